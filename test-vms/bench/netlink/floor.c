// floor [ROUNDS]: what the kernel takes for the objects of a pod (veth pair with its host end on a bridge, address, routes), and for taking
// them away, with no program around it. Run it in a network namespace of its own: it makes cni-floor and pods in it.
#include "nl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/veth.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ROUNDS = 2000 };

static double create[ROUNDS], settle[ROUNDS], inside[ROUNDS], whole[ROUNDS], seen_gone[ROUNDS], acknowledged[ROUNDS];
static int control, events, pod_fd, pod_control;
static unsigned bridge;

static void make_bridge(void) {
    struct message m;
    struct ifinfomsg link = {.ifi_family = AF_UNSPEC, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
    begin(&m, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &link, sizeof link);
    text_attribute(&m, IFLA_IFNAME, "cni-floor");
    struct rtattr *info = attribute(&m, IFLA_LINKINFO, NULL, 0);
    text_attribute(&m, IFLA_INFO_KIND, "bridge");
    end_nest(&m, info);
    send_all(control, &m, 1);
    demand(await_acks(control, 1), "bridge");
    bridge = if_nametoindex("cni-floor");
}

static void make_pod_namespace(void) {
    int own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    if (unshare(CLONE_NEWNET)) demand(errno, "unshare");
    pod_fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    pod_control = open_netlink();
    if (setns(own, CLONE_NEWNET)) demand(errno, "setns");
}

static void veth_pair(struct message *m, int round) {
    static const unsigned char mac[] = {0x0a, 0x58, 10, 244, 1, 2};
    struct ifinfomsg link = {.ifi_family = AF_UNSPEC, .ifi_flags = IFF_UP, .ifi_change = IFF_UP}, peer = {0};
    char name[16];
    snprintf(name, sizeof name, "floor%d", round);
    begin(m, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &link, sizeof link);
    text_attribute(m, IFLA_IFNAME, name);
    number_attribute(m, IFLA_MTU, 1450);
    number_attribute(m, IFLA_MASTER, bridge);
    struct rtattr *info = attribute(m, IFLA_LINKINFO, NULL, 0);
    text_attribute(m, IFLA_INFO_KIND, "veth");
    struct rtattr *data = attribute(m, IFLA_INFO_DATA, NULL, 0);
    struct rtattr *other = attribute(m, VETH_INFO_PEER, &peer, sizeof peer);
    text_attribute(m, IFLA_IFNAME, "eth0");
    number_attribute(m, IFLA_MTU, 1450);
    number_attribute(m, IFLA_NET_NS_FD, (uint32_t)pod_fd);
    attribute(m, IFLA_ADDRESS, mac, sizeof mac);
    end_nest(m, other);
    end_nest(m, data);
    end_nest(m, info);
}

static void port_settings(struct message *m, unsigned index) {
    struct ifinfomsg link = {.ifi_family = AF_BRIDGE, .ifi_index = (int)index};
    unsigned char yes = 1;
    begin(m, RTM_SETLINK, 0, &link, sizeof link);
    struct rtattr *port = attribute(m, IFLA_PROTINFO | NLA_F_NESTED, NULL, 0);
    attribute(m, IFLA_BRPORT_MODE, &yes, 1);
    end_nest(m, port);
}

// Address, link up, default route and the route to the cluster.
static int inside_pod(struct message *m, unsigned index) {
    struct ifaddrmsg address = {.ifa_family = AF_INET, .ifa_prefixlen = 24, .ifa_index = index};
    struct ifinfomsg up = {.ifi_family = AF_UNSPEC, .ifi_index = (int)index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
    struct rtmsg route = {.rtm_family = AF_INET, .rtm_table = RT_TABLE_MAIN, .rtm_protocol = RTPROT_BOOT, .rtm_type = RTN_UNICAST};
    uint32_t own = htonl(0x0af40102), gateway = htonl(0x0af40101), cluster = htonl(0x0af40000);
    begin(&m[0], RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &address, sizeof address);
    attribute(&m[0], IFA_LOCAL, &own, 4);
    attribute(&m[0], IFA_ADDRESS, &own, 4);
    begin(&m[1], RTM_NEWLINK, 0, &up, sizeof up);
    begin(&m[2], RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, &route, sizeof route);
    attribute(&m[2], RTA_GATEWAY, &gateway, 4);
    route.rtm_dst_len = 16;
    begin(&m[3], RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, &route, sizeof route);
    attribute(&m[3], RTA_DST, &cluster, 4);
    attribute(&m[3], RTA_GATEWAY, &gateway, 4);
    return 4;
}

static unsigned pod_index(void) {
    struct message m;
    struct ifinfomsg link = {.ifi_family = AF_UNSPEC};
    char room[16384];
    begin(&m, RTM_GETLINK, 0, &link, sizeof link);
    text_attribute(&m, IFLA_IFNAME, "eth0");
    m.header.nlmsg_flags = NLM_F_REQUEST;
    send_all(pod_control, &m, 1);
    if (recv(pod_control, room, sizeof room, 0) < 0) demand(errno, "recv");
    const struct nlmsghdr *h = (const struct nlmsghdr *)room;
    if (h->nlmsg_type != RTM_NEWLINK) demand(-((const struct nlmsgerr *)NLMSG_DATA(h))->error, "eth0");
    return (unsigned)((const struct ifinfomsg *)NLMSG_DATA(h))->ifi_index;
}

static void add(int round, unsigned *index) {
    struct message m[4];
    char name[16];
    snprintf(name, sizeof name, "floor%d", round);
    double start = milliseconds();
    veth_pair(m, round);
    send_all(control, m, 1);
    demand(await_acks(control, 1), "veth");
    create[round] = milliseconds() - start;
    *index = if_nametoindex(name);
    double middle = milliseconds();
    port_settings(m, *index);
    send_all(control, m, 1);
    demand(await_acks(control, 1), "port");
    settle[round] = milliseconds() - middle;
    unsigned pod = pod_index();
    middle = milliseconds();
    int count = inside_pod(m, pod);
    send_all(pod_control, m, count);
    demand(await_acks(pod_control, count), "pod");
    inside[round] = milliseconds() - middle;
    whole[round] = milliseconds() - start;
}

static void drain(int fd) {
    char room[65536];
    while (recv(fd, room, sizeof room, MSG_DONTWAIT) >= 0 || errno == ENOBUFS) {
    }
}

// Whoever sends RTM_DELLINK is held in sendmsg for an RCU barrier, and the notification comes long before: so another thread sends.
struct removal {
    struct message message;
    double acknowledged;
};

static void *remove_link(void *argument) {
    struct removal *r = argument;
    send_all(control, &r->message, 1);
    demand(await_acks(control, 1), "removal");
    r->acknowledged = milliseconds();
    return NULL;
}

static void await_removal(unsigned index) {
    char room[65536];
    for (;;) {
        ssize_t n = recv(events, room, sizeof room, 0);
        int left = (int)n;
        for (const struct nlmsghdr *h = (const struct nlmsghdr *)room; n > 0 && NLMSG_OK(h, left); h = NLMSG_NEXT(h, left)) {
            const struct ifinfomsg *link = NLMSG_DATA(h);
            if (h->nlmsg_type == RTM_DELLINK && link->ifi_family == AF_UNSPEC && link->ifi_index == (int)index) return;
        }
    }
}

static void del(int round, unsigned index) {
    struct ifinfomsg link = {.ifi_family = AF_UNSPEC, .ifi_index = (int)index};
    struct removal r;
    pthread_t thread;
    drain(events);
    begin(&r.message, RTM_DELLINK, 0, &link, sizeof link);
    double start = milliseconds();
    demand(pthread_create(&thread, NULL, remove_link, &r), "thread");
    await_removal(index);
    seen_gone[round] = milliseconds() - start;
    pthread_join(thread, NULL);
    acknowledged[round] = r.acknowledged - start;
}

int main(int count, char **arguments) {
    int rounds = count > 1 ? atoi(arguments[1]) : 200;
    if (rounds < 1 || rounds > ROUNDS) return 2;
    control = open_netlink();
    events = open_netlink();
    subscribe(events, RTNLGRP_LINK);
    make_bridge();
    make_pod_namespace();
    for (int round = 0; round < rounds; round++) {
        unsigned index;
        add(round, &index);
        del(round, index);
    }
    printf("%-44s %9s %9s %9s %9s\n", "ms", "p50", "p90", "p99", "max");
    print_row("ADD: veth pair, end on a bridge", create, rounds);
    print_row("ADD: settings of the bridge port", settle, rounds);
    print_row("ADD: address, link up, two routes", inside, rounds);
    print_row("ADD: all of it", whole, rounds);
    print_row("DEL: until the link is gone (notification)", seen_gone, rounds);
    print_row("DEL: until the kernel acknowledges", acknowledged, rounds);
    struct message m;
    struct ifinfomsg link = {.ifi_family = AF_UNSPEC, .ifi_index = (int)bridge};
    begin(&m, RTM_DELLINK, 0, &link, sizeof link);
    send_all(control, &m, 1);
    return await_acks(control, 1);
}
