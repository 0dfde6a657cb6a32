/*
 * Makes many CNI calls side by side and kills some of the launchers at random moments.
 *   storm LAUNCHER CALLS PARALLEL SEED < CONFIG
 * Each call is an ADD for container "c<number>". One line for each: "<number> <exit status, or -1 if killed> <bytes on its stdout>".
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PARALLEL_LIMIT = 256, AT_ONCE_US = 1024 };

struct run {
    pid_t pid;
    int number, out;
    long kill_at; /* microseconds; 0 = never */
};

static long now_us(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000L + time.tv_nsec / 1000;
}

static struct run start(const char *launcher, int number, int config)
{
    int ends[2];
    char container[64];
    if (pipe2(ends, O_CLOEXEC) != 0)
        exit(2);
    snprintf(container, sizeof container, "CNI_CONTAINERID=c%d", number);
    pid_t pid = vfork();
    if (pid == 0) {
        char *arguments[] = {(char *)(size_t)launcher, NULL};
        char *environment[] = {"CNI_COMMAND=ADD", container, "CNI_IFNAME=eth0", "CNI_NETNS=/proc/self/ns/net", "CNI_PATH=/nonexistent", NULL};
        dup2(config, 0);
        dup2(ends[1], 1);
        execve(launcher, arguments, environment);
        _exit(127);
    }
    if (pid < 0)
        exit(2);
    close(ends[1]);
    /* Half of them may end in peace. A call takes 0.3 ms or 30 ms, as the machine is: moments of every order up to 32 ms. */
    long longest = 64L << random() % 10;
    long kill_at = random() % 2 == 0 ? now_us() + random() % longest : 0;
    if (kill_at != 0 && longest <= AT_ONCE_US) {
        /* The loop below comes by too rarely to hit a call as short as this. */
        while (now_us() < kill_at)
            continue;
        kill(pid, SIGKILL);
        kill_at = 0;
    }
    return (struct run){pid, number, ends[0], kill_at};
}

static void report(struct run *run, int status)
{
    char buffer[4096];
    ssize_t length = read(run->out, buffer, sizeof buffer);
    close(run->out);
    printf("%d %d %zd\n", run->number, WIFEXITED(status) ? WEXITSTATUS(status) : -1, length < 0 ? 0 : length);
    run->pid = 0;
}

int main(int count, char **arguments)
{
    if (count != 5)
        return 2;
    int calls = atoi(arguments[2]), parallel = atoi(arguments[3]), started = 0, open = 0;
    struct run runs[PARALLEL_LIMIT] = {0};
    if (parallel > PARALLEL_LIMIT)
        return 2;
    srandom((unsigned)atoi(arguments[4]));
    char path[] = "/proc/self/fd/0";
    while (started < calls || open > 0) {
        for (int i = 0; i < parallel; i++) {
            struct run *run = &runs[i];
            int status;
            if (run->pid == 0 && started < calls) {
                int config = openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC); /* a position of its own */
                *run = start(arguments[1], started++, config);
                close(config);
                open++;
            }
            if (run->pid == 0)
                continue;
            if (run->kill_at != 0 && now_us() >= run->kill_at) {
                kill(run->pid, SIGKILL);
                run->kill_at = 0;
            }
            if (waitpid(run->pid, &status, WNOHANG) == run->pid) {
                report(run, status);
                open--;
            }
        }
        usleep(50);
    }
    return 0;
}
