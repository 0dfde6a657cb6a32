/*
 * What the launcher costs: pairs of an empty static program and the launcher, run one after the other by the same code, against
 * a server that only answers. usage: bench EMPTY LAUNCHER RUN_DIR PAIRS
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char config[] = "{\"cniVersion\":\"1.0.0\",\"name\":\"cbr0\",\"type\":\"flannel\",\"delegate\":{\"hairpinMode\":true,\"isDefaultGateway\":true}}";
static const char result[] = "{\"cniVersion\":\"1.0.0\",\"interfaces\":[{\"name\":\"cni0\",\"mac\":\"0a:58:0a:f4:00:01\"}],\"ips\":[]}";
static char netns[64] = "CNI_NETNS=";

static void check(int good, const char *what)
{
    if (!good) {
        perror(what);
        exit(1);
    }
}

/* Length 0 is where the length goes; then KIND=ANSWER, STATUS=0, STDOUT. */
static size_t answer(unsigned char *at)
{
    static const unsigned char start[] = {0, 0, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 2, 0, 8, 0, 0, 0, 4, 0, 0, 0, 0,
                                          0, 9, 0, 0, 0, sizeof result - 1};
    memcpy(at, start, sizeof start);
    memcpy(at + sizeof start, result, sizeof result - 1);
    at[3] = (unsigned char)(sizeof start + sizeof result - 1 - 4);
    return sizeof start + sizeof result - 1;
}

/* "RNS" with three descriptors, and the beginning of the frame; how many bytes of that. */
static ssize_t take_first(int fd, unsigned char *bytes, size_t size)
{
    char tags[3], control[CMSG_SPACE(3 * sizeof(int))];
    struct iovec parts[] = {{tags, sizeof tags}, {bytes, size}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2, .msg_control = control, .msg_controllen = sizeof control};
    int passed[3];
    ssize_t got = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
    if (got < 3 || CMSG_FIRSTHDR(&message) == NULL || CMSG_FIRSTHDR(&message)->cmsg_len != CMSG_LEN(sizeof passed))
        return -1;
    memcpy(passed, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof passed);
    for (int i = 0; i < 3; i++)
        close(passed[i]);
    return got - 3;
}

static void serve(int listener)
{
    static const char hello[] = "flannel-j-cni 1 bench\n";
    unsigned char bytes[65536], reply[1024];
    size_t reply_length = answer(reply);
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0)
            continue;
        ssize_t first = write(fd, hello, sizeof hello - 1) > 0 ? take_first(fd, bytes, sizeof bytes) : -1;
        int good = first >= 0;
        size_t length = good ? (size_t)first : 0;
        while (good && (length < 4 || length < 4 + ((size_t)bytes[2] << 8 | bytes[3]))) {
            ssize_t got = read(fd, bytes + length, sizeof bytes - length);
            good = got > 0;
            length += good ? (size_t)got : 0;
        }
        if (good && write(fd, reply, reply_length) == (ssize_t)reply_length)
            while (read(fd, bytes, sizeof bytes) > 0)
                ;
        close(fd);
    }
}

static void start_server(const char *directory)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s/cni.sock", directory);
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    check(bind(listener, (struct sockaddr *)&address, sizeof address) == 0 && listen(listener, 128) == 0, "bind");
    if (fork() == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        serve(listener);
    }
    close(listener);
}

/* A namespace for CNI_NETNS, held by a child of ours; without the privilege the launcher is measured without one. */
static void make_netns(void)
{
    int ready[2];
    char byte;
    check(pipe2(ready, O_CLOEXEC) == 0, "pipe");
    pid_t holder = fork();
    if (holder == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (unshare(CLONE_NEWNET) == 0 && write(ready[1], "", 1) == 1)
            pause();
        _exit(1);
    }
    close(ready[1]);
    if (read(ready[0], &byte, 1) == 1)
        snprintf(netns, sizeof netns, "CNI_NETNS=/proc/%d/ns/net", holder);
    else
        fprintf(stderr, "bench: no network namespace (needs root); measured without one\n");
    close(ready[0]);
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

/* As a runtime does it: stdin and stdout are pipes, stdout is read to its end, then the process is waited for. */
static double run(char *path, int expect_output)
{
    static char command[] = "CNI_COMMAND=ADD", id[] = "CNI_CONTAINERID=b6d9b1b5d0c4", name[] = "CNI_IFNAME=eth0", search[] = "CNI_PATH=/opt/cni/bin";
    char argument[] = "flannel", *arguments[] = {argument, NULL}, *environment[] = {command, id, netns, name, search, NULL};
    int input[2], output[2], status;
    char bytes[4096];
    ssize_t got, all = 0;
    pid_t child;
    posix_spawn_file_actions_t actions;
    check(pipe2(input, O_CLOEXEC) == 0 && pipe2(output, O_CLOEXEC) == 0, "pipe");
    check(write(input[1], config, sizeof config - 1) > 0, "write");
    close(input[1]);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input[0], 0);
    posix_spawn_file_actions_adddup2(&actions, output[1], 1);
    double start = now();
    check(posix_spawn(&child, path, &actions, NULL, arguments, environment) == 0, path);
    close(output[1]);
    while ((got = read(output[0], bytes, sizeof bytes)) > 0)
        all += got;
    waitpid(child, &status, 0);
    double taken = now() - start;
    check(status == 0 && all == (expect_output ? (ssize_t)sizeof result - 1 : 0), "unexpected answer");
    posix_spawn_file_actions_destroy(&actions);
    close(input[0]);
    close(output[0]);
    return taken;
}

static int compare(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static double quantile(double *sorted, int count, double part)
{
    return sorted[(int)(part * (count - 1))];
}

int main(int argc, char **argv)
{
    check(argc == 5, "usage: bench EMPTY LAUNCHER RUN_DIR PAIRS");
    int pairs = atoi(argv[4]);
    double *empty = calloc((size_t)pairs, sizeof *empty), *launcher = calloc((size_t)pairs, sizeof *launcher),
           *difference = calloc((size_t)pairs, sizeof *difference);
    start_server(argv[3]);
    make_netns();
    for (int i = -20; i < pairs; i++) {
        /* In turn: what runs second finds the processor awake. */
        double first = run(argv[1 + (i & 1)], i & 1), second = run(argv[2 - (i & 1)], !(i & 1));
        if (i < 0)
            continue;
        empty[i] = i & 1 ? second : first;
        launcher[i] = i & 1 ? first : second;
        difference[i] = launcher[i] - empty[i];
    }
    qsort(empty, (size_t)pairs, sizeof *empty, compare);
    qsort(launcher, (size_t)pairs, sizeof *launcher, compare);
    qsort(difference, (size_t)pairs, sizeof *difference, compare);
    printf("%d pairs        p50      p90      p99\n", pairs);
    printf("empty       %7.3f  %7.3f  %7.3f ms\n", quantile(empty, pairs, .5), quantile(empty, pairs, .9), quantile(empty, pairs, .99));
    printf("launcher    %7.3f  %7.3f  %7.3f ms\n", quantile(launcher, pairs, .5), quantile(launcher, pairs, .9), quantile(launcher, pairs, .99));
    printf("difference  %7.3f  %7.3f  %7.3f ms (limit: 0.3 at p50); ratio of medians %.2f\n", quantile(difference, pairs, .5),
           quantile(difference, pairs, .9), quantile(difference, pairs, .99), quantile(launcher, pairs, .5) / quantile(empty, pairs, .5));
    return 0;
}
