/* A plugin that is not ours: found and run where the runtime would have done it. cni.md 1.7 has the rules and texts. */
#define _GNU_SOURCE
#include "launcher.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *variable(char **environment, const char *name)
{
    size_t length = strlen(name);
    for (; *environment != NULL; environment++)
        if (strncmp(*environment, name, length) == 0 && (*environment)[length] == '=')
            return *environment + length + 1;
    return "";
}

static void not_found(struct foreign_result *result, const char *text)
{
    result->outcome = FOREIGN_NOT_FOUND;
    text_add(&result->text, text);
}

static bool regular_file(const char *path)
{
    struct stat stat_buffer;
    return stat(path, &stat_buffer) == 0 && S_ISREG(stat_buffer.st_mode);
}

/* The first regular file <dir>/<type> over a colon list; result->path is it. */
static bool find_plugin(const char *paths, struct span type, struct foreign_result *result)
{
    if (type.length == 0) {
        not_found(result, "no plugin name provided");
        return false;
    }
    if (memchr(type.data, '/', type.length) != NULL || memchr(type.data, '\0', type.length) != NULL) {
        not_found(result, "invalid plugin name: \"");
        text_add_bytes(&result->text, type.data, type.length);
        text_add(&result->text, "\"");
        return false;
    }
    if (*paths == '\0') {
        not_found(result, "no paths provided");
        return false;
    }
    struct text listed = {0};
    for (const char *directory = paths;;) {
        size_t length = strcspn(directory, ":");
        result->path.length = 0;
        text_add_bytes(&result->path, directory, length);
        if (length > 0 && directory[length - 1] != '/') /* an empty element is the working directory, as for Go's Join */
            text_add(&result->path, "/");
        text_add_bytes(&result->path, type.data, type.length);
        if (result->path.length < sizeof result->path.data - 1 && regular_file(result->path.data))
            return true;
        text_add(&listed, directory == paths ? "" : " ");
        text_add_bytes(&listed, directory, length);
        if (directory[length] == '\0')
            break;
        directory += length + 1;
    }
    result->path.length = 0;
    not_found(result, "failed to find plugin \"");
    text_add_bytes(&result->text, type.data, type.length);
    text_add(&result->text, "\" in path [");
    text_add(&result->text, listed.data);
    text_add(&result->text, "]");
    return false;
}

static char *copy(const char *prefix, struct span value)
{
    size_t length = strlen(prefix);
    char *string = malloc(length + value.length + 1);
    if (string == NULL)
        return NULL;
    memcpy(string, prefix, length);
    memcpy(string + length, value.data, value.length);
    string[length + value.length] = '\0';
    return string;
}

/* Replaces NAME=... or adds it. False if there is no memory. */
static bool set_variable(char **environment, size_t *count, char *entry)
{
    if (entry == NULL)
        return false;
    size_t name = strcspn(entry, "=") + 1;
    for (size_t i = 0; i < *count; i++) {
        if (strncmp(environment[i], entry, name) == 0) {
            environment[i] = entry;
            return true;
        }
    }
    environment[(*count)++] = entry;
    environment[*count] = NULL;
    return true;
}

/* The launcher's own environment with what EXECUTE changes. The few strings live as long as this short process. */
static char **changed_environment(const struct call *call, const struct execution *execution)
{
    size_t count = 0, additions = 1;
    struct section section;
    struct span rest = execution->sections;
    while (next_section(&rest, &section))
        additions += section.type == SECTION_ENV;
    while (call->environment[count] != NULL)
        count++;
    char **environment = malloc((count + additions + 1) * sizeof *environment);
    if (environment == NULL)
        return NULL;
    memcpy(environment, call->environment, (count + 1) * sizeof *environment);
    rest = execution->sections;
    while (next_section(&rest, &section))
        if (section.type == SECTION_ENV && memchr(section.value.data, '=', section.value.length) != NULL
            && !set_variable(environment, &count, copy("", section.value)))
            return NULL;
    if (execution->has_command && !set_variable(environment, &count, copy("CNI_COMMAND=", execution->command)))
        return NULL;
    return environment;
}

static void not_run(struct foreign_result *result, int error)
{
    result->outcome = FOREIGN_NOT_RUN;
    result->code = (uint32_t)error;
    text_add(&result->text, "fork/exec ");
    text_add(&result->text, result->path.data);
    text_add(&result->text, ": ");
    text_add_uncapitalized(&result->text, strerror(error));
}

/*
 * Standard input is a file in memory, not a pipe: it is complete before the plugin starts, so nobody has to feed it while it
 * runs, and it cannot block or break.
 */
static int config_file(struct span config)
{
    int fd = memfd_create("cni-config", MFD_CLOEXEC);
    if (fd < 0)
        return -1;
    if (!write_all(fd, config.data, config.length) || lseek(fd, 0, SEEK_SET) != 0) {
        int error = errno;
        close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

void run_foreign(const struct call *call, const struct execution *execution, struct foreign_result *result)
{
    result->outcome = FOREIGN_EXITED;
    result->code = 0;
    result->truncated = false;
    result->output = result->error_tail = (struct span){NULL, 0};
    result->path.length = result->text.length = 0;
    if (!find_plugin(variable(call->environment, "CNI_PATH"), execution->type, result))
        return;
    char **environment = changed_environment(call, execution);
    int config_fd = environment != NULL ? config_file(execution->config) : -1;
    if (config_fd < 0) {
        not_run(result, environment != NULL ? errno : ENOMEM);
        return;
    }
    for (int again = 5;; again--) {
        int error = run_child(result->path.data, environment, config_fd, result);
        if (error == 0)
            break;
        if (error != ETXTBSY || again == 0) {
            not_run(result, error);
            break;
        }
        sleep_ms(TEXT_BUSY_MS); /* someone is still writing the file: an upgrade of the plugins */
    }
    close(config_fd);
}
