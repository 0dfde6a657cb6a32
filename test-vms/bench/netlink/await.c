// await CONDITION... [-- CMD...]: starts CMD, prints the milliseconds from just before its start until each condition holds, and ends with
// status 0 when all do (CMD goes on; its process ID is printed), 1 when they do not within --seconds (default 60).
//   --file PATH                     it is there and not empty
//   --socket PATH                   a stream socket that says something (the hello of the CNI server)
//   --http PORT PATH                127.0.0.1 answers with status 200
//   --objects DEVICE ROUTES NEIGHBOURS FDB   so many IPv4 routes, neighbours and FDB entries on a device
// await --event FROM TO EXPECT...   renames FROM to TO and prints the milliseconds until the kernel has told of every EXPECT:
//   route:10.1.2.0/24 neighbour:10.1.2.0=MAC fdb:MAC=10.1.1.1
#include "nl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/neighbour.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#ifndef SOL_NETLINK
#define SOL_NETLINK 270
#endif

enum kind { FILE_THERE, SOCKET_SPEAKS, HTTP_OK, OBJECTS };

struct condition {
    enum kind kind;
    const char *text, *name;
    int numbers[3];
    double held;
};

static int dump(int fd, int type, const void *body, size_t size, int index, int index_attribute) {
    struct message m;
    static char room[1 << 18];
    int count = 0;
    begin(&m, type, NLM_F_DUMP, body, size);
    m.header.nlmsg_flags &= (uint16_t)~NLM_F_ACK;
    if (index_attribute) number_attribute(&m, index_attribute, (uint32_t)index);
    send_all(fd, &m, 1);
    for (;;) {
        ssize_t n = recv(fd, room, sizeof room, 0);
        if (n < 0) demand(errno, "dump");
        int left = (int)n;
        for (const struct nlmsghdr *h = (const struct nlmsghdr *)room; NLMSG_OK(h, left); h = NLMSG_NEXT(h, left)) {
            if (h->nlmsg_type == NLMSG_DONE || h->nlmsg_type == NLMSG_ERROR) return count;
            const struct rtmsg *route = NLMSG_DATA(h);
            count += type != RTM_GETROUTE || (route->rtm_table == RT_TABLE_MAIN && route->rtm_type == RTN_UNICAST);
        }
    }
}

static bool objects_there(const struct condition *c) {
    static int fd = -1;
    int index = (int)if_nametoindex(c->text), yes = 1;
    if (!index) return false;
    if (fd < 0) {
        fd = open_netlink();
        setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &yes, sizeof yes);
    }
    struct rtmsg route = {.rtm_family = AF_INET};
    struct ndmsg neighbour = {.ndm_family = AF_INET}, entry = {.ndm_family = AF_BRIDGE, .ndm_ifindex = index};
    return dump(fd, RTM_GETROUTE, &route, sizeof route, index, RTA_OIF) >= c->numbers[0] &&
        dump(fd, RTM_GETNEIGH, &neighbour, sizeof neighbour, index, NDA_IFINDEX) >= c->numbers[1] &&
        dump(fd, RTM_GETNEIGH, &entry, sizeof entry, index, 0) >= c->numbers[2];
}

static bool speaks(int fd, const void *address, socklen_t size, const char *request, const char *reply) {
    char text[64] = "";
    struct timeval patience = {1, 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    bool good = fd >= 0 && !connect(fd, address, size) && send(fd, request, strlen(request), MSG_NOSIGNAL) >= 0 &&
        recv(fd, text, sizeof text - 1, 0) > 0 && strstr(text, reply);
    if (fd >= 0) close(fd);
    return good;
}

static bool holds(const struct condition *c) {
    struct stat st;
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    struct sockaddr_in loopback = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    char request[512];
    switch (c->kind) {
    case FILE_THERE: return !stat(c->text, &st) && st.st_size > 0;
    case SOCKET_SPEAKS:
        snprintf(local.sun_path, sizeof local.sun_path, "%s", c->text);
        return speaks(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), &local, sizeof local, "", "flannel-j");
    case HTTP_OK:
        loopback.sin_port = htons((uint16_t)atoi(c->text));
        snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", c->name);
        return speaks(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), &loopback, sizeof loopback, request, " 200 ");
    case OBJECTS: return objects_there(c);
    }
    return false;
}

static int await_conditions(struct condition *conditions, int count, double start, double seconds) {
    int left = count;
    while (left && milliseconds() - start < seconds * 1e3) {
        for (int i = 0; i < count; i++) {
            if (conditions[i].held || !holds(&conditions[i])) continue;
            conditions[i].held = milliseconds() - start;
            left--;
        }
        poll(NULL, 0, 1);
    }
    for (int i = 0; i < count; i++) printf("%s %.2f\n", conditions[i].name ? conditions[i].name : conditions[i].text, conditions[i].held ? conditions[i].held : -1.0);
    return left ? 1 : 0;
}

static void mac_text(char *out, const unsigned char *mac) {
    sprintf(out, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
}

// A notification in the words of EXPECT; empty if it is of another kind.
static void tell(char *out, const struct nlmsghdr *h) {
    char address[64] = "", mac[32] = "";
    *out = 0;
    if (h->nlmsg_type == RTM_NEWROUTE) {
        const struct rtmsg *route = NLMSG_DATA(h);
        const struct rtattr *destination = find_attribute(h, sizeof *route, RTA_DST);
        if (!destination || route->rtm_family != AF_INET) return;
        inet_ntop(AF_INET, RTA_DATA(destination), address, sizeof address);
        sprintf(out, "route:%s/%d", address, route->rtm_dst_len);
    } else if (h->nlmsg_type == RTM_NEWNEIGH) {
        const struct ndmsg *neighbour = NLMSG_DATA(h);
        const struct rtattr *destination = find_attribute(h, sizeof *neighbour, NDA_DST), *lladdr = find_attribute(h, sizeof *neighbour, NDA_LLADDR);
        if (!destination || !lladdr || RTA_PAYLOAD(destination) != 4) return;
        inet_ntop(AF_INET, RTA_DATA(destination), address, sizeof address);
        mac_text(mac, RTA_DATA(lladdr));
        if (neighbour->ndm_family == AF_BRIDGE) {
            sprintf(out, "fdb:%s=%s", mac, address);
        } else if (neighbour->ndm_family == AF_INET) {
            sprintf(out, "neighbour:%s=%s", address, mac);
        }
    }
}

static int await_event(const char *from, const char *to, char **expected, int count, double seconds) {
    int fd = open_netlink(), left = count;
    char room[65536], text[128];
    struct timeval patience = {(time_t)seconds, 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    subscribe(fd, RTNLGRP_IPV4_ROUTE);
    subscribe(fd, RTNLGRP_NEIGH);
    double start = milliseconds();
    if (rename(from, to)) demand(errno, to);
    while (left) {
        ssize_t n = recv(fd, room, sizeof room, 0);
        if (n < 0) demand(errno, "no such event");
        int rest = (int)n;
        for (const struct nlmsghdr *h = (const struct nlmsghdr *)room; NLMSG_OK(h, rest); h = NLMSG_NEXT(h, rest)) {
            tell(text, h);
            for (int i = 0; *text && i < count; i++) {
                if (!expected[i] || strcmp(expected[i], text)) continue;
                expected[i] = NULL;
                left--;
            }
        }
    }
    printf("%.3f\n", milliseconds() - start);
    return 0;
}

int main(int count, char **arguments) {
    struct condition conditions[8];
    int used = 0, i;
    double seconds = 60;
    for (i = 1; i < count && strcmp(arguments[i], "--"); i++) {
        struct condition *c = &conditions[used];
        const char *option = arguments[i];
        int rest = count - i - 1;
        memset(c, 0, sizeof *c);
        if (!strcmp(option, "--event") && rest > 2) return await_event(arguments[i + 1], arguments[i + 2], arguments + i + 3, rest - 2, 20);
        if (used == 8 || rest < 1) return 2;
        c->text = arguments[++i];
        if (!strcmp(option, "--seconds")) {
            seconds = atof(c->text);
            continue;
        } else if (!strcmp(option, "--file")) {
            c->kind = FILE_THERE;
        } else if (!strcmp(option, "--socket")) {
            c->kind = SOCKET_SPEAKS;
        } else if (!strcmp(option, "--http") && rest >= 2) {
            c->kind = HTTP_OK;
            c->name = arguments[++i];
        } else if (!strcmp(option, "--objects") && rest >= 4) {
            c->kind = OBJECTS;
            for (int j = 0; j < 3; j++) c->numbers[j] = atoi(arguments[++i]);
        } else {
            fprintf(stderr, "await: %s: no such condition\n", option);
            return 2;
        }
        used++;
    }
    double start = milliseconds();
    if (i + 1 < count) {
        pid_t child = fork();
        if (child == 0) {
            int null = open("/dev/null", O_RDWR);
            dup2(null, 0);
            dup2(2, 1);
            setsid();
            execvp(arguments[i + 1], arguments + i + 1);
            demand(errno, arguments[i + 1]);
        }
        printf("pid %d\n", (int)child);
    }
    return await_conditions(conditions, used, start, seconds);
}
