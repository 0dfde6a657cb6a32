#include "chain.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int pods;

double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

void pod_path(char *path, size_t room, int pod) {
    snprintf(path, room, "/run/netns/cni-chain-%d-%d", (int)getpid(), pod);
}

static void remove_pods(void) {
    char path[128];
    while (pods > 0) {
        pod_path(path, sizeof path, --pods);
        umount2(path, MNT_DETACH);
        unlink(path);
    }
}

// Namespaces are made before and removed after everything: tearing one down takes the rtnl lock long after its last user is gone, and
// that would be measured as somebody's ADD.
bool make_pods(int count) {
    char path[128];
    mkdir("/run/netns", 0755);
    atexit(remove_pods);
    for (pods = 0; pods < count; pods++) {
        pod_path(path, sizeof path, pods);
        int fd = open(path, O_CREAT | O_RDONLY | O_CLOEXEC, 0444);
        pid_t child = fd < 0 ? -1 : fork();
        if (child == 0) _exit(unshare(CLONE_NEWNET) || mount("/proc/self/ns/net", path, NULL, MS_BIND, NULL) ? errno : 0);
        int status = -1;
        if (fd >= 0) close(fd);
        if (child < 0 || waitpid(child, &status, 0) < 0 || status) {
            fprintf(stderr, "cni-chain: %s: %s\n", path, strerror(status > 0 ? WEXITSTATUS(status) : errno));
            unlink(path);
            return false;
        }
    }
    return true;
}

int compare_times(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double percentile(const double *sorted, int count, int percent) {
    int rank = (count * percent + 99) / 100;
    return sorted[rank > 0 ? rank - 1 : 0];
}

bool chain_load(struct chain *chain, char *text) {
    char *conflist = strchr(text, ':'), *path = conflist ? strchr(conflist + 1, ':') : NULL;
    if (!path) return false;
    *conflist++ = *path++ = 0;
    chain->name = text;
    chain->path = path;
    return network_load(&chain->network, conflist);
}

int number(const char *text, int least, int most) {
    char *end;
    long n = strtol(text, &end, 10);
    if (*end || n < least || n > most) {
        fprintf(stderr, "cni-chain: %s is not a number from %d to %d\n", text, least, most);
        exit(2);
    }
    return (int)n;
}
