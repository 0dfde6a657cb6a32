/* Bounded texts, time and writing: the little that stdio would have been used for. */
#include "launcher.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

void text_add_bytes(struct text *text, const void *bytes, size_t length)
{
    size_t room = sizeof text->data - 1 - text->length;
    if (length > room)
        length = room;
    memcpy(text->data + text->length, bytes, length);
    text->length += length;
    text->data[text->length] = '\0';
}

void text_add(struct text *text, const char *string)
{
    text_add_bytes(text, string, strlen(string));
}

/* Go's error texts are the C library's with a small first letter. */
void text_add_uncapitalized(struct text *text, const char *string)
{
    char first = *string >= 'A' && *string <= 'Z' ? (char)(*string + ('a' - 'A')) : *string;
    text_add_bytes(text, &first, *string != '\0');
    text_add(text, *string != '\0' ? string + 1 : string);
}

void text_add_number(struct text *text, long long number)
{
    char digits[24];
    size_t at = sizeof digits;
    bool negative = number < 0;
    unsigned long long rest = negative ? 0ULL - (unsigned long long)number : (unsigned long long)number;
    do
        digits[--at] = (char)('0' + rest % 10);
    while ((rest /= 10) != 0);
    if (negative)
        digits[--at] = '-';
    text_add_bytes(text, digits + at, sizeof digits - at);
}

/* `connect "/run/flannel/cni.sock": Connection refused` */
void text_add_errno(struct text *text, const char *operation, const char *object, int error)
{
    text_add(text, operation);
    if (object != NULL) {
        text_add(text, " \"");
        text_add(text, object);
        text_add(text, "\"");
    }
    text_add(text, ": ");
    text_add(text, strerror(error));
}

int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void sleep_ms(int64_t milliseconds)
{
    struct timespec left = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    while (nanosleep(&left, &left) != 0 && errno == EINTR)
        ;
}

/* SIGPIPE is ignored, so a reader that has gone shows as EPIPE; a caller's non-blocking pipe shows as EAGAIN. */
bool write_all(int fd, const void *bytes, size_t length)
{
    const char *at = bytes;
    while (length > 0) {
        ssize_t written = write(fd, at, length);
        if (written >= 0) {
            at += written;
            length -= (size_t)written;
        } else if (errno == EAGAIN) {
            struct pollfd ready = {.fd = fd, .events = POLLOUT};
            poll(&ready, 1, -1);
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}
