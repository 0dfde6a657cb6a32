#include "nl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

static uint32_t sequence;

void begin(struct message *m, int type, int flags, const void *body, size_t size) {
    memset(m, 0, sizeof *m);
    m->header.nlmsg_len = (uint32_t)NLMSG_LENGTH(size);
    m->header.nlmsg_type = (uint16_t)type;
    m->header.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags);
    m->header.nlmsg_seq = ++sequence;
    memcpy(NLMSG_DATA(&m->header), body, size);
}

struct rtattr *attribute(struct message *m, int type, const void *value, size_t size) {
    struct rtattr *a = (struct rtattr *)(m->bytes + NLMSG_ALIGN(m->header.nlmsg_len));
    a->rta_type = (uint16_t)type;
    a->rta_len = (uint16_t)RTA_LENGTH(size);
    if (size) memcpy(RTA_DATA(a), value, size);
    m->header.nlmsg_len = (uint32_t)(NLMSG_ALIGN(m->header.nlmsg_len) + RTA_ALIGN(a->rta_len));
    if (m->header.nlmsg_len > sizeof m->bytes) abort();
    return a;
}

void text_attribute(struct message *m, int type, const char *text) {
    attribute(m, type, text, strlen(text) + 1);
}

void number_attribute(struct message *m, int type, uint32_t value) {
    attribute(m, type, &value, sizeof value);
}

void end_nest(struct message *m, struct rtattr *nest) {
    nest->rta_len = (uint16_t)(m->bytes + m->header.nlmsg_len - (char *)nest);
}

int open_netlink(void) {
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), size = 8 << 20;
    struct sockaddr_nl any = {.nl_family = AF_NETLINK};
    // A socket that was never bound has port 0, which is the kernel's own as the sender of a broadcast: it would be passed over.
    if (fd < 0 || bind(fd, (struct sockaddr *)&any, sizeof any)) demand(errno, "netlink socket");
    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
    return fd;
}

void subscribe(int fd, int group) {
    if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group)) demand(errno, "netlink group");
}

void send_all(int fd, struct message *messages, int count) {
    struct iovec parts[16];
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    struct msghdr packet = {.msg_name = &kernel, .msg_namelen = sizeof kernel, .msg_iov = parts, .msg_iovlen = (size_t)count};
    for (int i = 0; i < count; i++) parts[i] = (struct iovec){messages[i].bytes, NLMSG_ALIGN(messages[i].header.nlmsg_len)};
    if (sendmsg(fd, &packet, 0) < 0) demand(errno, "sendmsg");
}

int await_acks(int fd, int count) {
    char room[65536];
    int failure = 0;
    while (count > 0) {
        ssize_t n = recv(fd, room, sizeof room, 0);
        if (n < 0) demand(errno, "recv");
        int left = (int)n;
        for (struct nlmsghdr *h = (struct nlmsghdr *)room; NLMSG_OK(h, left); h = NLMSG_NEXT(h, left)) {
            if (h->nlmsg_type != NLMSG_ERROR) continue;
            int error = -((struct nlmsgerr *)NLMSG_DATA(h))->error;
            if (error && !failure) failure = error;
            count--;
        }
    }
    return failure;
}

void demand(int failure, const char *what) {
    if (!failure) return;
    fprintf(stderr, "%s: %s\n", what, strerror(failure));
    exit(1);
}

double milliseconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

const struct rtattr *find_attribute(const struct nlmsghdr *h, size_t body, int type) {
    int left = (int)h->nlmsg_len - (int)NLMSG_SPACE(body);
    for (const struct rtattr *a = (const struct rtattr *)((const char *)h + NLMSG_SPACE(body)); RTA_OK(a, left); a = RTA_NEXT(a, left)) {
        if (a->rta_type == type) return a;
    }
    return NULL;
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void print_row(const char *name, double *values, int count) {
    qsort(values, (size_t)count, sizeof *values, compare);
    printf("%-44s %9.3f %9.3f %9.3f %9.3f\n", name, values[(count * 50 + 99) / 100 - 1], values[(count * 90 + 99) / 100 - 1],
        values[(count * 99 + 99) / 100 - 1], values[count - 1]);
}
