/* One connection to a server. The socket never blocks: every wait is a poll with a deadline. */
#define _GNU_SOURCE
#include "launcher.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* The largest frame, its length, and one byte more to notice a server that sends what nobody asked for. */
static unsigned char received[FRAME_LIMIT + 4 + 1];

/*
 * Connects, or gives -1 and says why; errno is that of connect. A full backlog (a server that does not accept) makes a
 * non-blocking connect fail with EAGAIN; no event says when there is room again.
 */
int connect_to(const char *path, int64_t deadline, struct text *why)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    why->length = 0;
    if (strlen(path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        text_add_errno(why, "connect", NULL, errno);
        return -1;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        text_add_errno(why, "socket(AF_UNIX)", NULL, errno);
        return -1;
    }
    while (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        if (errno == EINTR || (errno == EAGAIN && now_ms() < deadline)) {
            if (errno == EAGAIN)
                sleep_ms(1);
            continue;
        }
        int error = errno;
        text_add_errno(why, "connect", NULL, error);
        close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

/* Waits until the socket is ready. False when the deadline has passed. */
static bool await(int fd, short events, int64_t deadline)
{
    struct pollfd ready = {.fd = fd, .events = events};
    for (;;) {
        int64_t left = deadline - now_ms();
        int count = poll(&ready, 1, left > 0 ? (int)left : 0);
        if (count > 0)
            return true;
        if (count == 0 && left <= 0)
            return false;
    }
}

static bool word_begins(const char *hello, size_t length)
{
    return length > 0 && hello[0] > ' ' && hello[0] < 0x7f;
}

/* `flannel-j-cni 1 <build>`, without its newline; further words are for launchers newer than this one. */
static bool understood(const char *hello, size_t length, struct text *why)
{
    static const char start[] = "flannel-j-cni ";
    static const char version[] = "1 ";
    size_t fixed = sizeof start - 1, known = fixed + sizeof version - 1;
    if (length < fixed || memcmp(hello, start, fixed) != 0) {
        text_add(why, "its greeting is not that of flannel-j");
        return false;
    }
    if (length <= known || memcmp(hello + fixed, version, sizeof version - 1) != 0 || !word_begins(hello + known, length - known)) {
        text_add(why, "it speaks another protocol version than 1: ");
        text_add_bytes(why, hello, length);
        return false;
    }
    return true;
}

bool await_hello(int fd, int64_t deadline, struct text *why)
{
    char hello[HELLO_LIMIT];
    size_t length = 0;
    why->length = 0;
    for (;;) {
        if (!await(fd, POLLIN, deadline)) {
            text_add(why, "no hello in time");
            return false;
        }
        ssize_t got = recv(fd, hello + length, sizeof hello - length, 0);
        if (got < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (got < 0) {
            text_add_errno(why, "reading its hello", NULL, errno);
            return false;
        }
        if (got == 0) {
            text_add(why, "it closed the connection before its hello");
            return false;
        }
        length += (size_t)got;
        const char *newline = memchr(hello, '\n', length);
        if (newline != NULL && (size_t)(newline - hello) == length - 1)
            return understood(hello, length - 1, why);
        if (newline != NULL || length == sizeof hello) {
            text_add(why, "its greeting is not that of flannel-j");
            return false;
        }
    }
}

static bool send_message(int fd, struct msghdr *message, int64_t deadline, struct text *why)
{
    while (message->msg_iovlen > 0) {
        ssize_t sent = sendmsg(fd, message, MSG_NOSIGNAL);
        if (sent < 0 && errno == EAGAIN) {
            if (!await(fd, POLLOUT, deadline)) {
                text_add(why, "it does not read the request");
                return false;
            }
            continue;
        }
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0) {
            text_add_errno(why, "sending to it", NULL, errno);
            return false;
        }
        message->msg_control = NULL; /* descriptors travel with the first byte */
        message->msg_controllen = 0;
        for (size_t left = (size_t)sent; message->msg_iovlen > 0;) {
            struct iovec *part = message->msg_iov;
            size_t taken = left < part->iov_len ? left : part->iov_len;
            part->iov_base = (char *)part->iov_base + taken;
            part->iov_len -= taken;
            left -= taken;
            if (part->iov_len > 0)
                break;
            message->msg_iov++;
            message->msg_iovlen--;
        }
    }
    return true;
}

/* The descriptors travel with the first byte. *begun: whether the server has got anything at all, which a failure leaves open. */
bool send_request(int fd, const int passed[3], const struct span parts[2], int64_t deadline, bool *begun, struct text *why)
{
    static char tags[] = {'R', 'N', 'S'};
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(3 * sizeof(int))];
    } control = {0};
    struct iovec vector[] = {{tags, sizeof tags},
                             {(void *)(uintptr_t)parts[0].data, parts[0].length},
                             {(void *)(uintptr_t)parts[1].data, parts[1].length}};
    struct msghdr message = {.msg_iov = vector,
                             .msg_iovlen = parts[1].length > 0 ? 3 : 2,
                             .msg_control = &control,
                             .msg_controllen = sizeof control.bytes};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(3 * sizeof(int));
    memcpy(CMSG_DATA(header), passed, 3 * sizeof(int));
    why->length = 0;
    bool sent = send_message(fd, &message, deadline, why);
    *begun = message.msg_control == NULL;
    return sent;
}

bool send_bytes(int fd, struct span first, struct span second, int64_t deadline, struct text *why)
{
    struct iovec parts[] = {{(void *)(uintptr_t)first.data, first.length}, {(void *)(uintptr_t)second.data, second.length}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = second.length > 0 ? 2 : 1};
    why->length = 0;
    return send_message(fd, &message, deadline, why);
}

/* The frame stays valid until the next one is received. False at the end, at a time-out and for a length out of bounds. */
bool receive_frame(int fd, int64_t deadline, struct span *frame, struct text *why)
{
    size_t length = 0;
    why->length = 0;
    for (;;) {
        if (!await(fd, POLLIN, deadline)) {
            text_add(why, "it did not answer in time");
            return false;
        }
        ssize_t got = recv(fd, received + length, sizeof received - length, 0);
        if (got < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (got < 0) {
            text_add_errno(why, "reading its answer", NULL, errno);
            return false;
        }
        if (got == 0) {
            text_add(why, length == 0 ? "it closed the connection before it answered" : "it closed the connection within its answer");
            return false;
        }
        length += (size_t)got;
        if (length < 4)
            continue;
        size_t announced = get_u32(received);
        if (announced == 0 || announced > FRAME_LIMIT || length > announced + 4) {
            text_add(why, "its answer is malformed");
            return false;
        }
        if (length == announced + 4) {
            *frame = (struct span){received + 4, announced};
            return true;
        }
    }
}
