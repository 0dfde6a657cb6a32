/*
 * The course of one CNI call. One file serves all plugin names; its own name, flannel-j-cni, takes the plugin's as first argument.
 * Which failure leads where is the table of docs/cni-socket.md section 3.
 */
#include "launcher.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define OWN_NAME "flannel-j-cni"

static struct call call;
static struct text why;

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

static const char *environment_value(const char *name)
{
    const char *value = getenv(name);
    return value != NULL ? value : "";
}

static bool is(const char *command)
{
    return strcmp(call.command, command) == 0;
}

static int unknown_plugin(void)
{
    struct text message = {0}, details = {0};
    text_add(&message, "unknown plugin \"");
    text_add(&message, call.plugin);
    text_add(&message, "\"");
    text_add(&details, "this executable is the CNI launcher of flannel-j " VERSION ": link or copy it under one of the names ");
    add_known_plugins(&details);
    text_add(&details, ", or run it as " OWN_NAME " NAME");
    if (*call.command != '\0')
        return answer_error(&call, CNI_INTERNAL, message.data, details.data);
    text_add(&message, ": ");
    text_add(&message, details.data);
    text_add(&message, "\n");
    write_all(STDERR_FILENO, message.data, message.length);
    return 1;
}

/* Descriptors 0 to 2 that the caller has closed would otherwise be given to our own sockets and files. */
static void fill_standard_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            open("/dev/null", O_RDWR); /* gets the lowest free number, which is fd */
}

/* msg: what was tried and how it ended, in order; details: what to do about it. */
static int not_served(int code, const char *remedy)
{
    return answer_error(&call, code, call.reason.data, remedy);
}

static int ask_standalone_instead(void)
{
    int status = 1;
    enum outcome outcome = ask_standalone(&call, &status, &why);
    if (outcome == ANSWERED)
        return status;
    text_add(&call.reason, outcome == LOST ? "; stand-alone process lost during the call: " : "; stand-alone: ");
    text_add(&call.reason, why.data);
    return not_served(CNI_TRY_AGAIN_LATER, "start flanneld-j on this node, or install its stand-alone runtime");
}

static int daemon_not_reached(void)
{
    text_add(&call.reason, "daemon not reached at " DAEMON_SOCKET ": ");
    text_add(&call.reason, why.data);
    if (is("STATUS"))
        return not_served(CNI_NOT_AVAILABLE, "start flanneld-j on this node");
    if (is("ADD") || is("DEL") || is("CHECK") || is("GC"))
        return ask_standalone_instead();
    struct text message = {0};
    text_add(&message, "unknown CNI_COMMAND: ");
    text_add(&message, call.command);
    return answer_error(&call, CNI_BAD_ENVIRONMENT, message.data, NULL);
}

/* The daemon may have acted, or may still be acting: only what can be done twice is asked for again. */
static int daemon_lost(void)
{
    text_add(&call.reason, "daemon lost during the call at " DAEMON_SOCKET ": ");
    text_add(&call.reason, why.data);
    if (is("DEL") || is("CHECK") || is("GC"))
        return renew_pod_socket(&call) ? ask_standalone_instead() : 1;
    return not_served(is("STATUS") ? CNI_NOT_AVAILABLE : CNI_TRY_AGAIN_LATER,
                      "it was not tried again, because the daemon may have acted; see the log of flanneld-j");
}

/* The connection is made first: the daemon accepts it and says hello while stdin is read and the descriptors are opened. */
static int ask(void)
{
    int status = 1;
    int64_t hello_deadline = now_ms() + HELLO_MS;
    int fd = connect_to(DAEMON_SOCKET, hello_deadline, &why);
    if (!read_config(&call) || !open_descriptors(&call))
        return 1;
    if (fd < 0)
        return daemon_not_reached();
    enum outcome outcome = exchange(&call, fd, hello_deadline, &status, &why);
    close(fd);
    switch (outcome) {
    case ANSWERED:
        return status;
    case NOT_REACHED:
        return daemon_not_reached();
    case LOST:
        break;
    }
    return daemon_lost();
}

static int run(int argc, char **argv)
{
    call.plugin = argc > 0 ? base_name(argv[0]) : OWN_NAME;
    if (strcmp(call.plugin, OWN_NAME) == 0)
        call.plugin = argc > 1 ? argv[1] : "";
    call.command = environment_value("CNI_COMMAND");
    call.netns = environment_value("CNI_NETNS");
    ignore_broken_pipes();
    if (!known_plugin(call.plugin))
        return unknown_plugin();
    if (*call.command == '\0')
        return answer_about(call.plugin);
    if (is("VERSION"))
        return answer_version();
    if (!check_environment(&call))
        return 1;
    return ask();
}

/*
 * Where transparent huge pages are set to "always", as Debian does, the first touch of the static buffers would be answered with 2 MiB,
 * cleared first: time for each call, and 200 MiB for a hundred that wait. Not by prctl, which what we execute would inherit.
 */
static void refuse_huge_pages(void)
{
    extern char __bss_start[], _end[];
    enum { LARGEST_PAGE = 65536 };
    uintptr_t start = ((uintptr_t)__bss_start + LARGEST_PAGE - 1) / LARGEST_PAGE * LARGEST_PAGE;
    uintptr_t end = (uintptr_t)_end / LARGEST_PAGE * LARGEST_PAGE;
    if (start < end)
        madvise((void *)start, end - start, MADV_NOHUGEPAGE); /* fails on a kernel without them */
}

int main(int argc, char **argv, char **environment)
{
    refuse_huge_pages();
    fill_standard_descriptors();
    call.environment = environment;
    _exit(run(argc, argv));
}
