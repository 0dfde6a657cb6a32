// who: tells a peer by which address it is seen.
//   who serve PORT                  answers on TCP and UDP, IPv4 and IPv6, for ever
//   who ask tcp|udp ADDRESS PORT    prints what the server saw; status 1 if no answer comes in two seconds
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
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

// An address of either family.
union address {
    struct sockaddr any;
    struct sockaddr_in ipv4;
    struct sockaddr_in6 ipv6;
};

static size_t text_of(const union address *peer, char text[INET6_ADDRSTRLEN + 1]) {
    if (peer->any.sa_family == AF_INET) {
        inet_ntop(AF_INET, &peer->ipv4.sin_addr, text, INET6_ADDRSTRLEN);
    } else {
        inet_ntop(AF_INET6, &peer->ipv6.sin6_addr, text, INET6_ADDRSTRLEN);
    }
    strcat(text, "\n");
    return strlen(text);
}

static socklen_t size_of(const union address *address) {
    return address->any.sa_family == AF_INET ? sizeof address->ipv4 : sizeof address->ipv6;
}

// Answers from the address that was asked, which need not be the one that the route back would choose.
static void answer_datagram(int fd) {
    char text[INET6_ADDRSTRLEN + 1];
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(struct in6_pktinfo))];
    } control;
    union address peer;
    struct iovec data = {text, sizeof text};
    struct msghdr message = {&peer, sizeof peer, &data, 1, &control, sizeof control, 0};
    if (recvmsg(fd, &message, 0) < 0) return;
    struct cmsghdr *part = CMSG_FIRSTHDR(&message);
    if (part && part->cmsg_type == IP_PKTINFO) ((struct in_pktinfo *)CMSG_DATA(part))->ipi_ifindex = 0;
    if (part && part->cmsg_type == IPV6_PKTINFO) ((struct in6_pktinfo *)CMSG_DATA(part))->ipi6_ifindex = 0;
    data.iov_len = text_of(&peer, text);
    if (sendmsg(fd, &message, 0) < 0) fail("sendmsg");
}

// Listens in one family; a kernel without IPv6 has no socket for it.
static int listen_in(int family, int port, int *tcp, int *udp) {
    union address here = {.ipv6 = {.sin6_family = (sa_family_t)family, .sin6_port = htons((uint16_t)port)}};
    int yes = 1;
    *tcp = socket(family, SOCK_STREAM, 0);
    *udp = socket(family, SOCK_DGRAM, 0);
    if (*tcp < 0 || *udp < 0) return errno == EAFNOSUPPORT && family == AF_INET6 ? 0 : fail("socket");
    setsockopt(*tcp, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (family == AF_INET6) {
        setsockopt(*tcp, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes);
        setsockopt(*udp, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes);
        setsockopt(*udp, IPPROTO_IPV6, IPV6_RECVPKTINFO, &yes, sizeof yes);
    } else {
        setsockopt(*udp, IPPROTO_IP, IP_PKTINFO, &yes, sizeof yes);
    }
    if (bind(*tcp, &here.any, size_of(&here)) || listen(*tcp, 64)) return fail("tcp");
    if (bind(*udp, &here.any, size_of(&here))) return fail("udp");
    return 0;
}

static int serve(int port) {
    struct pollfd fds[4] = {{-1, POLLIN, 0}, {-1, POLLIN, 0}, {-1, POLLIN, 0}, {-1, POLLIN, 0}};
    union address peer;
    char text[INET6_ADDRSTRLEN + 1];
    if (listen_in(AF_INET, port, &fds[0].fd, &fds[1].fd) || listen_in(AF_INET6, port, &fds[2].fd, &fds[3].fd)) return 1;
    while (poll(fds, 4, -1) > 0 || errno == EINTR) {
        for (int i = 0; i < 4; i += 2) {
            socklen_t size = sizeof peer;
            if (fds[i].revents) {
                int fd = accept(fds[i].fd, &peer.any, &size);
                if (fd >= 0 && send(fd, text, text_of(&peer, text), MSG_NOSIGNAL) < 0) fail("send");
                if (fd >= 0) close(fd);
            }
            if (fds[i + 1].revents) answer_datagram(fds[i + 1].fd);
        }
    }
    return fail("poll");
}

static int ask(int type, const char *address, int port) {
    int family = strchr(address, ':') ? AF_INET6 : AF_INET;
    union address there = {.ipv6 = {.sin6_family = (sa_family_t)family, .sin6_port = htons((uint16_t)port)}};
    struct timeval patience = {2, 0};
    char text[64];
    int fd = socket(family, type, 0);
    void *binary = family == AF_INET ? (void *)&there.ipv4.sin_addr : (void *)&there.ipv6.sin6_addr;
    if (inet_pton(family, address, binary) != 1) return fail(address);
    // The send time limit is connect's too.
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (connect(fd, &there.any, size_of(&there))) return fail(address);
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
