/* What the caller hands over: its environment and its standard input. */
#include "launcher.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

/* One byte more than allowed, so that a configuration of exactly the limit is told from a longer one. */
static unsigned char config[STDIN_LIMIT + 1];

bool check_environment(const struct call *call)
{
    size_t all = 0, count = 0;
    struct text message = {0};
    for (char **entry = call->environment; *entry != NULL; entry++) {
        if (strncmp(*entry, "CNI_", 4) != 0)
            continue;
        size_t length = strlen(*entry);
        count++;
        all += length;
        if (length > ENV_ONE_LIMIT) {
            const char *equals = strchr(*entry, '=');
            text_add(&message, "environment variable ");
            text_add_bytes(&message, *entry, equals != NULL && equals - *entry < 64 ? (size_t)(equals - *entry) : 64);
            text_add(&message, " is longer than 131072 bytes");
            answer_error(call, CNI_BAD_ENVIRONMENT, message.data, NULL);
            return false;
        }
    }
    if (count > ENV_COUNT_LIMIT || all > ENV_ALL_LIMIT) {
        text_add(&message, "too many CNI_* environment variables: ");
        text_add_number(&message, (long long)count);
        text_add(&message, " of together ");
        text_add_number(&message, (long long)all);
        text_add(&message, " bytes; at most 64 of together 262144 bytes are accepted");
        answer_error(call, CNI_BAD_ENVIRONMENT, message.data, NULL);
        return false;
    }
    return true;
}

/* Reads to the end, as the specification wants; a caller that keeps the pipe open keeps the plugin waiting. */
bool read_config(struct call *call)
{
    size_t length = 0;
    struct text message = {0};
    for (;;) {
        ssize_t got = read(STDIN_FILENO, config + length, sizeof config - length);
        if (got > 0) {
            length += (size_t)got;
            if (length > STDIN_LIMIT)
                break;
        } else if (got == 0) {
            call->config = (struct span){config, length};
            return true;
        } else if (errno == EAGAIN) {
            struct pollfd ready = {.fd = STDIN_FILENO, .events = POLLIN};
            poll(&ready, 1, -1);
        } else if (errno != EINTR) {
            text_add_errno(&message, "read network configuration from stdin", NULL, errno);
            answer_error(call, CNI_IO_FAILURE, message.data, NULL);
            return false;
        }
    }
    call->config = (struct span){config, STDIN_LIMIT};
    answer_error(call, CNI_IO_FAILURE, "network configuration on stdin is longer than 1048576 bytes",
                 "shorten the configuration, or find out what writes so much to the plugin's standard input");
    return false;
}
