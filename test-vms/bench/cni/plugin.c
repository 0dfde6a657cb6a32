#include "chain.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct pipes {
    int in[2], out[2], err[2];
};

static void close_all(struct pipes *p) {
    int *ends[] = {p->in, p->out, p->err};
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 2; j++) {
            if (ends[i][j] >= 0) close(ends[i][j]);
        }
    }
}

static bool open_all(struct pipes *p) {
    *p = (struct pipes){{-1, -1}, {-1, -1}, {-1, -1}};
    return !pipe2(p->in, O_CLOEXEC) && !pipe2(p->out, O_CLOEXEC) && !pipe2(p->err, O_CLOEXEC);
}

// posix_spawn of glibc is CLONE_VM | CLONE_VFORK: it costs the same however large this process is.
static int start(const char *file, char *const *environment, const struct pipes *pipes, pid_t *pid) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, pipes->in[0], 0);
    posix_spawn_file_actions_adddup2(&actions, pipes->out[1], 1);
    posix_spawn_file_actions_adddup2(&actions, pipes->err[1], 2);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t pipe_signal;
    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    posix_spawnattr_setsigdefault(&attributes, &pipe_signal);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    char *const arguments[] = {(char *)file, NULL};
    int failure = posix_spawn(pid, file, &actions, &attributes, arguments, environment);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return failure;
}

// Writes input and reads both outputs until their writers are gone.
static void talk(struct pipes *pipes, struct slice input, struct outcome *outcome) {
    struct pollfd fds[] = {{pipes->in[1], POLLOUT, 0}, {pipes->out[0], POLLIN, 0}, {pipes->err[0], POLLIN, 0}};
    int open_outputs = 2;
    fcntl(pipes->in[1], F_SETFL, O_NONBLOCK);
    while (open_outputs) {
        if (fds[0].fd >= 0) {
            ssize_t n = input.n ? write(fds[0].fd, input.p, input.n) : 0;
            if (n > 0) {
                input.p += n;
                input.n -= (size_t)n;
            }
            if (!input.n || (n < 0 && errno != EAGAIN && errno != EINTR)) {
                close(fds[0].fd);
                fds[0].fd = pipes->in[1] = -1;
            }
        }
        if (poll(fds, 3, -1) < 0 && errno != EINTR) return;
        for (int i = 1; i < 3; i++) {
            if (fds[i].fd < 0 || !fds[i].revents) continue;
            char piece[16384];
            ssize_t n = read(fds[i].fd, piece, sizeof piece);
            if (n > 0) {
                buffer_add(i == 1 ? &outcome->out : &outcome->err, piece, (size_t)n);
            } else if (n == 0 || errno != EINTR) {
                fds[i].fd = -1;
                open_outputs--;
            }
        }
    }
}

void plugin_run(const char *file, char *const *environment, struct slice input, struct outcome *outcome) {
    struct pipes pipes;
    pid_t pid;
    outcome->failure = open_all(&pipes) ? start(file, environment, &pipes, &pid) : errno;
    if (!outcome->failure) {
        close(pipes.in[0]);
        close(pipes.out[1]);
        close(pipes.err[1]);
        pipes.in[0] = pipes.out[1] = pipes.err[1] = -1;
        talk(&pipes, input, outcome);
        while (waitpid(pid, &outcome->status, 0) < 0 && errno == EINTR) {
        }
    }
    close_all(&pipes);
}
