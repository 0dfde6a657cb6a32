/* Runs one program to its end: pipes, the signal that must not be inherited, and what is left of its output. */
#define _GNU_SOURCE
#include "launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* One side of the pipes between launcher and child: [0] is read here, [1] belongs to the child. */
struct pipes {
    int output[2], error[2], exec[2];
};

static unsigned char output[FOREIGN_STDOUT_LIMIT];
static unsigned char tail[2 * FOREIGN_STDERR_TAIL];
static struct sigaction inherited_sigpipe;

/* Ignored signals are inherited over execve; so the caller's own setting is kept for the child. */
void ignore_broken_pipes(void)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGPIPE, &ignore, &inherited_sigpipe);
}

void restore_broken_pipes(void)
{
    sigaction(SIGPIPE, &inherited_sigpipe, NULL);
}

static void close_pair(int pair[2])
{
    for (int i = 0; i < 2; i++) {
        if (pair[i] >= 0)
            close(pair[i]);
        pair[i] = -1;
    }
}

/* Only the ends read here are made non-blocking: each end has a file description of its own. */
static bool open_pipes(struct pipes *pipes)
{
    *pipes = (struct pipes){{-1, -1}, {-1, -1}, {-1, -1}};
    if (pipe2(pipes->output, O_CLOEXEC) == 0 && pipe2(pipes->error, O_CLOEXEC) == 0 && pipe2(pipes->exec, O_CLOEXEC) == 0
        && fcntl(pipes->output[0], F_SETFL, O_NONBLOCK) == 0 && fcntl(pipes->error[0], F_SETFL, O_NONBLOCK) == 0)
        return true;
    int error = errno;
    close_pair(pipes->output);
    close_pair(pipes->error);
    close_pair(pipes->exec);
    errno = error;
    return false;
}

static _Noreturn void become(const char *path, char **environment, int config_fd, const struct pipes *pipes, pid_t parent)
{
    char *arguments[] = {(char *)(uintptr_t)path, NULL};
    int error;
    /* The kernel sends this when the launcher is gone; if it went before the request, its child has another parent by now. */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(127);
    restore_broken_pipes();
    if (dup2(config_fd, STDIN_FILENO) >= 0 && dup2(pipes->output[1], STDOUT_FILENO) >= 0
        && dup2(pipes->error[1], STDERR_FILENO) >= 0) {
        syscall(SYS_close_range, 3UL, (unsigned long)~0U, (unsigned long)CLOSE_RANGE_CLOEXEC); /* ours have the flag anyway; the caller's may not */
        execve(path, arguments, environment);
    }
    error = errno;
    write_all(pipes->exec[1], &error, sizeof error);
    _exit(127);
}

/* All of it goes to the launcher's stderr, the last bytes are kept as well. */
static void take_error(const unsigned char *bytes, size_t length, struct span *kept)
{
    write_all(STDERR_FILENO, bytes, length);
    if (kept->length + length > sizeof tail) {
        size_t keep = kept->length < FOREIGN_STDERR_TAIL ? kept->length : FOREIGN_STDERR_TAIL;
        memmove(tail, tail + kept->length - keep, keep);
        kept->length = keep;
    }
    memcpy(tail + kept->length, bytes, length);
    kept->length += length;
}

/* Reads once. False at the end of the pipe; `more` tells whether there was anything. */
static bool drain_output(int fd, struct foreign_result *result, bool *more)
{
    unsigned char surplus[4096];
    size_t room = sizeof output - result->output.length;
    ssize_t got = room > 0 ? read(fd, output + result->output.length, room) : read(fd, surplus, sizeof surplus);
    *more = got > 0;
    if (got > 0 && room > 0)
        result->output.length += (size_t)got;
    else if (got > 0)
        result->truncated = true;
    return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

static bool drain_error(int fd, struct foreign_result *result, bool *more)
{
    unsigned char bytes[FOREIGN_STDERR_TAIL];
    ssize_t got = read(fd, bytes, sizeof bytes);
    *more = got > 0;
    if (got > 0)
        take_error(bytes, (size_t)got, &result->error_tail);
    return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

/*
 * Reads both pipes until the process has ended. A background child of it may hold the pipes open for ever, so the end of the
 * process (its pidfd becomes readable) counts, not the end of the pipes; what is in them then is still taken, within bounds.
 * Kernels before 5.3 have no pidfd: there the end of the pipes has to do.
 */
static void read_until_exit(int output_fd, int error_fd, int process_fd, struct foreign_result *result)
{
    struct pollfd ready[] = {{.fd = output_fd, .events = POLLIN}, {.fd = error_fd, .events = POLLIN}, {.fd = process_fd, .events = POLLIN}};
    bool more;
    while (ready[0].fd >= 0 || ready[1].fd >= 0 || process_fd >= 0) {
        if (poll(ready, 3, -1) < 0)
            continue;
        if (ready[2].revents != 0)
            break;
        if (ready[0].revents != 0 && !drain_output(output_fd, result, &more))
            ready[0].fd = -1;
        if (ready[1].revents != 0 && !drain_error(error_fd, result, &more))
            ready[1].fd = -1;
    }
    more = ready[0].fd >= 0;
    for (int rest = 0; more && rest < 1024; rest++)
        drain_output(output_fd, result, &more);
    more = ready[1].fd >= 0;
    for (int rest = 0; more && rest < 1024; rest++)
        drain_error(error_fd, result, &more);
}

static void note_end(pid_t child, struct foreign_result *result)
{
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    if (WIFSIGNALED(status)) {
        result->outcome = FOREIGN_SIGNALLED;
        result->code = (uint32_t)WTERMSIG(status);
        text_add(&result->text, "signal: ");
        text_add_uncapitalized(&result->text, strsignal(WTERMSIG(status)));
    } else {
        result->outcome = FOREIGN_EXITED;
        result->code = (uint32_t)WEXITSTATUS(status);
    }
}

/* Gives 0 once the program has run, or the errno with which it could not be started. */
int run_child(const char *path, char **environment, int config_fd, struct foreign_result *result)
{
    struct pipes pipes;
    int error = 0;
    pid_t self = getpid();
    if (lseek(config_fd, 0, SEEK_SET) != 0 || !open_pipes(&pipes))
        return errno;
    pid_t child = fork();
    if (child == 0)
        become(path, environment, config_fd, &pipes, self);
    if (child < 0) {
        error = errno;
    } else {
        int process_fd = (int)syscall(SYS_pidfd_open, (long)child, 0UL);
        close(pipes.output[1]);
        close(pipes.error[1]);
        close(pipes.exec[1]);
        pipes.output[1] = pipes.error[1] = pipes.exec[1] = -1;
        while (read(pipes.exec[0], &error, sizeof error) < 0 && errno == EINTR)
            ;
        result->output = (struct span){output, 0};
        result->error_tail = (struct span){tail, 0};
        if (error == 0)
            read_until_exit(pipes.output[0], pipes.error[0], process_fd, result);
        if (process_fd >= 0)
            close(process_fd);
        note_end(child, result);
        size_t kept = result->error_tail.length;
        if (kept > FOREIGN_STDERR_TAIL)
            result->error_tail = (struct span){tail + kept - FOREIGN_STDERR_TAIL, FOREIGN_STDERR_TAIL};
    }
    close_pair(pipes.output);
    close_pair(pipes.error);
    close_pair(pipes.exec);
    return error;
}
