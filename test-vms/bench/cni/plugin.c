#include "chain.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

struct pipes {
    int in[2], out[2], err[2];
};

// A process that is killed after a time.
struct victim {
    pid_t pid;
    double at;
    struct doom *doom; // NULL: it lives
};

static void strike_if_due(struct victim *victim) {
    if (!victim->doom || now() < victim->at) return;
    victim->doom->struck = true; // unless it has ended meanwhile; it is not waited for before
    kill(victim->pid, SIGKILL);
    victim->doom = NULL;
}

static void close_all(struct pipes *p) {
    int *ends[] = {p->in, p->out, p->err};
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 2; j++) {
            if (ends[i][j] >= 0) close(ends[i][j]);
        }
    }
}

static void close_child_ends(struct pipes *p) {
    close(p->in[0]);
    close(p->out[1]);
    close(p->err[1]);
    p->in[0] = p->out[1] = p->err[1] = -1;
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

// The child of a tracer: it stops at its execve.
static pid_t start_traced(const char *file, char *const *environment, const struct pipes *pipes) {
    char *const arguments[] = {(char *)file, NULL};
    pid_t pid = fork();
    if (pid) return pid;
    if (dup2(pipes->in[0], 0) < 0 || dup2(pipes->out[1], 1) < 0 || dup2(pipes->err[1], 2) < 0) _exit(126);
    signal(SIGPIPE, SIG_DFL);
    ptrace(PTRACE_TRACEME, 0, NULL, NULL);
    execve(file, arguments, environment);
    _exit(127);
}

// Lets it go on until right before the system call that it is doomed at, or to its own end. Its children are not traced.
static int await_doom(pid_t pid, struct doom *doom) {
    int status = 0, stops = 0, signal_number = 0;
    while (waitpid(pid, &status, 0) >= 0 || errno == EINTR) {
        if (WIFEXITED(status) || WIFSIGNALED(status)) break;
        if (!stops) ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
        bool syscall_stop = WSTOPSIG(status) == (SIGTRAP | 0x80);
        // One stop when it enters a system call and one when it leaves.
        if (syscall_stop && stops++ == 2 * (doom->syscall - 1)) {
            doom->struck = true;
            kill(pid, SIGKILL);
            continue;
        }
        signal_number = syscall_stop || WSTOPSIG(status) == SIGTRAP ? 0 : WSTOPSIG(status);
        ptrace(PTRACE_SYSCALL, pid, NULL, signal_number);
    }
    return status;
}

// Writes input and reads both outputs until their writers are gone.
static void talk(struct pipes *pipes, struct slice input, struct outcome *outcome, struct victim *victim) {
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
        int patience = victim->doom ? (int)(victim->at - now()) : -1;
        int ready = poll(fds, 3, victim->doom && patience < 0 ? 0 : patience);
        if (ready < 0 && errno != EINTR) return;
        if (ready <= 0) strike_if_due(victim);
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

static void run_traced(const char *file, char *const *environment, struct slice input, struct outcome *outcome, struct pipes *pipes, struct doom *doom) {
    struct victim none = {0, 0, NULL};
    // A configuration fits into the pipe: this process is busy tracing while it is read.
    if (write(pipes->in[1], input.p, input.n) != (ssize_t)input.n) outcome->failure = EPIPE;
    close(pipes->in[1]);
    pipes->in[1] = -1;
    pid_t pid = start_traced(file, environment, pipes);
    close_child_ends(pipes);
    if (pid < 0) {
        outcome->failure = errno;
        return;
    }
    outcome->status = await_doom(pid, doom);
    talk(pipes, (struct slice){"", 0}, outcome, &none);
}

void plugin_run(const char *file, char *const *environment, struct slice input, struct outcome *outcome, struct doom *doom) {
    struct pipes pipes;
    struct victim victim = {0, 0, doom};
    outcome->failure = open_all(&pipes) ? 0 : errno;
    if (!outcome->failure && doom && !doom->microseconds) {
        run_traced(file, environment, input, outcome, &pipes, doom);
    } else if (!outcome->failure) {
        outcome->failure = start(file, environment, &pipes, &victim.pid);
        close_child_ends(&pipes);
        if (doom) victim.at = now() + doom->microseconds / 1e3;
        if (!outcome->failure) talk(&pipes, input, outcome, &victim);
        while (!outcome->failure && waitpid(victim.pid, &outcome->status, 0) < 0 && errno == EINTR) {
        }
        if (doom && doom->struck && !WIFSIGNALED(outcome->status)) doom->struck = false;
    }
    close_all(&pipes);
}
