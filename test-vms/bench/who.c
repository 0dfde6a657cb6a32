// who: tells a peer by which address it is seen.
//   who serve PORT                  answers on TCP and UDP, IPv4, for ever
//   who ask tcp|udp ADDRESS PORT    prints what the server saw; status 1 if no answer comes in two seconds
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int fail(const char *what) {
    fprintf(stderr, "who: %s: %s\n", what, strerror(errno));
    return 1;
}

static size_t text_of(const struct sockaddr_in *peer, char text[INET_ADDRSTRLEN + 1]) {
    inet_ntop(AF_INET, &peer->sin_addr, text, INET_ADDRSTRLEN);
    strcat(text, "\n");
    return strlen(text);
}

// Answers from the address that was asked, which need not be the one that the route back would choose.
static void answer_datagram(int fd) {
    char text[INET_ADDRSTRLEN + 1];
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(struct in_pktinfo))];
    } control;
    struct sockaddr_in peer;
    struct iovec data = {text, sizeof text};
    struct msghdr message = {&peer, sizeof peer, &data, 1, &control, sizeof control, 0};
    if (recvmsg(fd, &message, 0) < 0) return;
    struct cmsghdr *part = CMSG_FIRSTHDR(&message);
    if (part && part->cmsg_type == IP_PKTINFO) ((struct in_pktinfo *)CMSG_DATA(part))->ipi_ifindex = 0;
    data.iov_len = text_of(&peer, text);
    if (sendmsg(fd, &message, 0) < 0) fail("sendmsg");
}

static int serve(int port) {
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)}, peer;
    int tcp = socket(AF_INET, SOCK_STREAM, 0), udp = socket(AF_INET, SOCK_DGRAM, 0), yes = 1;
    setsockopt(tcp, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    setsockopt(udp, IPPROTO_IP, IP_PKTINFO, &yes, sizeof yes);
    if (bind(tcp, (struct sockaddr *)&here, sizeof here) || listen(tcp, 64)) return fail("tcp");
    if (bind(udp, (struct sockaddr *)&here, sizeof here)) return fail("udp");
    struct pollfd fds[] = {{tcp, POLLIN, 0}, {udp, POLLIN, 0}};
    char text[INET_ADDRSTRLEN + 1];
    while (poll(fds, 2, -1) > 0 || errno == EINTR) {
        socklen_t size = sizeof peer;
        if (fds[0].revents) {
            int fd = accept(tcp, (struct sockaddr *)&peer, &size);
            if (fd >= 0 && send(fd, text, text_of(&peer, text), MSG_NOSIGNAL) < 0) fail("send");
            if (fd >= 0) close(fd);
        }
        if (fds[1].revents) answer_datagram(udp);
    }
    return fail("poll");
}

static int ask(int type, const char *address, int port) {
    struct sockaddr_in there = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct timeval patience = {2, 0};
    char text[64];
    int fd = socket(AF_INET, type, 0);
    if (inet_pton(AF_INET, address, &there.sin_addr) != 1) return fail(address);
    // The send time limit is connect's too.
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (connect(fd, (struct sockaddr *)&there, sizeof there)) return fail(address);
    if (type == SOCK_DGRAM && send(fd, "?", 1, 0) < 0) return fail(address);
    ssize_t n = recv(fd, text, sizeof text, 0);
    if (n <= 0) return fail(address);
    fwrite(text, 1, (size_t)n, stdout);
    return 0;
}

int main(int count, char **arguments) {
    if (count == 3 && !strcmp(arguments[1], "serve")) return serve(atoi(arguments[2]));
    if (count == 5 && !strcmp(arguments[1], "ask")) {
        return ask(!strcmp(arguments[2], "udp") ? SOCK_DGRAM : SOCK_STREAM, arguments[3], atoi(arguments[4]));
    }
    fputs("usage: who serve PORT | who ask tcp|udp ADDRESS PORT\n", stderr);
    return 2;
}
