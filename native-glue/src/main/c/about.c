/* What the launcher answers without any server: VERSION, and the call without CNI_COMMAND. */
#include "launcher.h"

#include <string.h>
#include <unistd.h>

/*
 * One entry for each plugin that the Java side serves. They all support every version from 0.1.0; a plugin for which the
 * reference starts later (bandwidth 0.3.0, firewall 0.4.0) needs a column for it.
 */
static const char *const plugins[] = {"flannel", "bridge", "host-local", "loopback", "portmap"};

#if defined __x86_64__
#define MACHINE "amd64"
#elif defined __aarch64__
#define MACHINE "arm64"
#else
#define MACHINE "unknown"
#endif

bool known_plugin(const char *name)
{
    for (size_t i = 0; i < sizeof plugins / sizeof *plugins; i++)
        if (strcmp(name, plugins[i]) == 0)
            return true;
    return false;
}

void add_known_plugins(struct text *text)
{
    for (size_t i = 0; i < sizeof plugins / sizeof *plugins; i++) {
        text_add(text, i == 0 ? "" : ", ");
        text_add(text, plugins[i]);
    }
}

/* The reference prints the newest version it knows, not the one of stdin, and does not read stdin at all. */
int answer_version(void)
{
    static const char answer[] = "{\"cniVersion\":\"1.1.0\",\"supportedVersions\":"
                                 "[\"0.1.0\",\"0.2.0\",\"0.3.0\",\"0.3.1\",\"0.4.0\",\"1.0.0\",\"1.1.0\"]}\n";
    return write_all(STDOUT_FILENO, answer, sizeof answer - 1) ? 0 : 1;
}

/* Tools read the first line of this (nerdctl does), each in the form that the plugin of that name prints. */
int answer_about(const char *plugin)
{
    struct text text = {0};
    if (strcmp(plugin, "flannel") == 0) {
        text_add(&text, "CNI Plugin flannel version v" VERSION " (linux/" MACHINE ") flannel-j " BUILD "\n");
    } else {
        text_add(&text, "CNI ");
        text_add(&text, plugin);
        text_add(&text, " plugin v" VERSION " (flannel-j " BUILD ")\n");
    }
    text_add(&text, "CNI protocol versions supported: 0.1.0, 0.2.0, 0.3.0, 0.3.1, 0.4.0, 1.0.0, 1.1.0\n");
    write_all(STDERR_FILENO, text.data, text.length);
    return 0;
}
