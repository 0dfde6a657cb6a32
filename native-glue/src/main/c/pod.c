/* The descriptors a call hands over: root directory, pod namespace, and a netlink socket that lives inside it. */
#define _GNU_SOURCE
#include "launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STEP_OPEN = 1, STEP_FSTAT = 2, STEP_OWN = 3, STEP_SETNS = 4, STEP_SOCKET = 5 };

#define OWN_NETNS "/proc/self/ns/net"

static void fail(struct pod *pod, uint32_t step, const char *operation, const char *object)
{
    pod->step = step;
    pod->error = (uint32_t)errno;
    pod->why.length = 0;
    text_add_errno(&pod->why, operation, object, errno);
}

static int route_socket(void)
{
    return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
}

/* A netlink socket belongs for ever to the network namespace in which its maker was when it was made. */
static bool open_socket_inside(const struct call *call, struct pod *pod)
{
    bool own = pod->device == pod->own_device && pod->inode == pod->own_inode;
    if (!own && setns(pod->fd, CLONE_NEWNET) != 0) {
        fail(pod, STEP_SETNS, "setns", call->netns);
        return true;
    }
    pod->flags |= NETNS_REAL;
    pod->socket_fd = route_socket();
    if (pod->socket_fd >= 0)
        pod->flags |= SOCKET_REAL;
    else
        fail(pod, STEP_SOCKET, "socket(AF_NETLINK) in", call->netns);
    /* Foreign plugins and the stand-alone process are children of this one: it must never stay in the pod. */
    if (!own && setns(pod->own_fd, CLONE_NEWNET) != 0) {
        struct text message = {0};
        text_add_errno(&message, "cannot return to the own network namespace: setns", OWN_NETNS, errno);
        answer_error(call, CNI_INTERNAL, message.data, NULL);
        return false;
    }
    return true;
}

static bool open_pod(const struct call *call, struct pod *pod)
{
    struct stat stat;
    pod->own_fd = open(OWN_NETNS, O_RDONLY | O_CLOEXEC);
    if (pod->own_fd >= 0 && fstat(pod->own_fd, &stat) == 0) {
        pod->flags |= OWN_KNOWN;
        pod->own_device = stat.st_dev;
        pod->own_inode = stat.st_ino;
    } else if (*call->netns != '\0') {
        fail(pod, STEP_OWN, "open", OWN_NETNS);
    }
    if (*call->netns == '\0')
        return true;
    pod->flags |= NETNS_GIVEN;
    /* O_NONBLOCK: a path that is a FIFO or a device by mistake must not hang the call. */
    pod->fd = open(call->netns, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (pod->fd < 0) {
        fail(pod, STEP_OPEN, "open", call->netns);
        return true;
    }
    if (fstat(pod->fd, &stat) != 0) {
        fail(pod, STEP_FSTAT, "fstat", call->netns);
        return true;
    }
    pod->flags |= POD_KNOWN;
    pod->device = stat.st_dev;
    pod->inode = stat.st_ino;
    if ((pod->flags & OWN_KNOWN) == 0) /* there would be no way back */
        return true;
    return open_socket_inside(call, pod);
}

/* False after an error object has been written. A namespace that cannot be used is no error here: the server words it. */
bool open_descriptors(struct call *call)
{
    call->pod.own_fd = call->pod.fd = call->pod.socket_fd = -1;
    call->root_fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (call->root_fd < 0) {
        struct text message = {0};
        text_add_errno(&message, "open", "/", errno);
        answer_error(call, CNI_INTERNAL, message.data, NULL);
        return false;
    }
    return open_pod(call, &call->pod);
}

/* A server that was given up may still read from the old socket, so the next one gets a socket of its own. */
bool renew_pod_socket(struct call *call)
{
    struct pod *pod = &call->pod;
    if ((pod->flags & SOCKET_REAL) == 0)
        return true;
    close(pod->socket_fd);
    pod->socket_fd = -1;
    pod->flags &= ~(uint32_t)(NETNS_REAL | SOCKET_REAL);
    return open_socket_inside(call, pod);
}
