/*
 * Starts the stand-alone process so that it keeps nothing of its caller. A runtime waits for the end of its plugin's standard
 * output (Go's exec.Cmd does), and would hang for as long as a background process holds a copy of it.
 */
#define _GNU_SOURCE
#include "launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LOCK_FD = 3, EXEC_FD = 4, FIRST_SPARE_FD = 10 };

static int open_log(void)
{
    int fd = open(STANDALONE_LOG, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK, 0600);
    struct stat stat;
    if (fd >= 0 && fstat(fd, &stat) == 0 && S_ISREG(stat.st_mode) && stat.st_size > LOG_LIMIT && ftruncate(fd, 0) != 0)
        return fd; /* a log that cannot be shortened is still a log */
    return fd;
}

static void close_from(unsigned first)
{
    struct rlimit limit;
    if (syscall(SYS_close_range, (unsigned long)first, (unsigned long)~0U, 0UL) == 0)
        return;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur > 65536) /* a kernel before 5.9 */
        limit.rlim_cur = 65536;
    for (unsigned fd = first; fd < limit.rlim_cur; fd++)
        close((int)fd);
}

/* Handlers do not survive execve, but ignored and blocked signals do. */
static void default_signals(void)
{
    struct sigaction standard = {.sa_handler = SIG_DFL};
    sigset_t none;
    for (int number = 1; number < NSIG; number++)
        sigaction(number, &standard, NULL); /* refused for KILL, STOP and those the C library keeps: they are default anyway */
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/*
 * Descriptors 0 to 2 are the null device and the log, 3 the lock, 4 the pipe that tells of a failed execve and closes with a good one.
 * Both are first moved out of the way, as either may be the number the other is to get.
 */
static bool arrange_descriptors(int lock_fd, int exec_fd)
{
    int lock = fcntl(lock_fd, F_DUPFD, FIRST_SPARE_FD);
    int exec = fcntl(exec_fd, F_DUPFD, FIRST_SPARE_FD);
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int log = open_log();
    if (log < 0)
        log = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (lock < 0 || exec < 0 || null < 0 || log < 0)
        return false;
    int null_spare = fcntl(null, F_DUPFD, FIRST_SPARE_FD), log_spare = fcntl(log, F_DUPFD, FIRST_SPARE_FD);
    if (dup2(null_spare, STDIN_FILENO) < 0 || dup2(log_spare, STDOUT_FILENO) < 0 || dup2(log_spare, STDERR_FILENO) < 0
        || dup2(lock, LOCK_FD) < 0 || dup3(exec, EXEC_FD, O_CLOEXEC) < 0)
        return false;
    close_from(EXEC_FD + 1);
    return true;
}

static _Noreturn void become_runtime(const char *path, int lock_fd, int exec_fd)
{
    char search[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    char language[] = "LANG=C", option[] = "--lock-fd=3";
    char *const environment[] = {search, language, NULL};
    char *const arguments[] = {(char *)(uintptr_t)path, option, NULL};
    umask(022);
    default_signals();
    if (chdir("/") == 0 && arrange_descriptors(lock_fd, exec_fd)) {
        exec_fd = EXEC_FD;
        execve(path, arguments, environment);
    }
    int error = errno;
    write_all(exec_fd, &error, sizeof error);
    _exit(127);
}

/* A session of its own, and no parent: neither the caller's terminal nor a killed process group reaches it. */
static _Noreturn void fork_again(const char *path, int lock_fd, int exec_fd)
{
    setsid();
    pid_t child = fork();
    if (child == 0)
        become_runtime(path, lock_fd, exec_fd);
    if (child < 0) {
        int error = errno;
        write_all(exec_fd, &error, sizeof error);
    }
    _exit(0);
}

bool start_runtime(const char *path, int lock_fd, struct text *why)
{
    int ends[2], error = 0;
    if (pipe2(ends, O_CLOEXEC) != 0) {
        text_add_errno(why, "pipe for", path, errno);
        return false;
    }
    pid_t child = fork();
    if (child == 0)
        fork_again(path, lock_fd, ends[1]);
    if (child < 0)
        error = errno;
    close(ends[1]);
    while (read(ends[0], &error, sizeof error) < 0 && errno == EINTR)
        ;
    close(ends[0]);
    while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR)
        ;
    if (error != 0)
        text_add_errno(why, "cannot start", path, error);
    return error == 0;
}
