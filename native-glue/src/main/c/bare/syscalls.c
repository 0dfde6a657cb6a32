/* System calls under their C library names: the result is -1 and errno where the kernel gives a negative number. */
#define _GNU_SOURCE
#include "bare.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { KERNEL_SIGSET_SIZE = 8 };

#define AT(pointer) ((long)(pointer))
#define CALL(number, a, b, c, d, e, f) bare_result(bare_syscall(number, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f)))
#define CALL0(number) CALL(number, 0, 0, 0, 0, 0, 0)
#define CALL1(number, a) CALL(number, a, 0, 0, 0, 0, 0)
#define CALL2(number, a, b) CALL(number, a, b, 0, 0, 0, 0)
#define CALL3(number, a, b, c) CALL(number, a, b, c, 0, 0, 0)
#define CALL4(number, a, b, c, d) CALL(number, a, b, c, d, 0, 0)

/* errno of the headers is *__errno_location(). */
static int last_error;

int *__errno_location(void)
{
    return &last_error;
}

long bare_result(long result)
{
    if (result < 0 && result > -4096) {
        last_error = (int)-result;
        return -1;
    }
    return result;
}

long syscall(long number, ...)
{
    long a[6];
    va_list arguments;
    va_start(arguments, number);
    for (int i = 0; i < 6; i++)
        a[i] = va_arg(arguments, long);
    va_end(arguments);
    return CALL(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

void _exit(int status)
{
    for (;;)
        bare_syscall(SYS_exit_group, status, 0, 0, 0, 0, 0);
}

int madvise(void *start, size_t length, int advice)
{
    return (int)CALL3(SYS_madvise, AT(start), length, advice);
}

/* Files. Newer machines have only the calls that take a directory, so those are used everywhere. */

int open(const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    int mode = (flags & O_CREAT) != 0 ? va_arg(arguments, int) : 0;
    va_end(arguments);
    return (int)CALL4(SYS_openat, AT_FDCWD, AT(path), flags, mode);
}

int fcntl(int fd, int command, ...)
{
    va_list arguments;
    va_start(arguments, command);
    long argument = va_arg(arguments, long);
    va_end(arguments);
    return (int)CALL3(SYS_fcntl, fd, command, argument);
}

int close(int fd)
{
    return (int)CALL1(SYS_close, fd);
}

ssize_t read(int fd, void *bytes, size_t length)
{
    return CALL3(SYS_read, fd, AT(bytes), length);
}

ssize_t write(int fd, const void *bytes, size_t length)
{
    return CALL3(SYS_write, fd, AT(bytes), length);
}

off_t lseek(int fd, off_t offset, int whence)
{
    return CALL3(SYS_lseek, fd, offset, whence);
}

int ftruncate(int fd, off_t length)
{
    return (int)CALL2(SYS_ftruncate, fd, length);
}

/* On 64-bit machines the kernel's struct stat is the header's. */
int fstat(int fd, struct stat *result)
{
    return (int)CALL2(SYS_fstat, fd, AT(result));
}

int stat(const char *path, struct stat *result)
{
    return (int)CALL4(SYS_newfstatat, AT_FDCWD, AT(path), AT(result), 0);
}

int access(const char *path, int mode)
{
    return (int)CALL3(SYS_faccessat, AT_FDCWD, AT(path), mode);
}

ssize_t readlink(const char *path, char *bytes, size_t length)
{
    return CALL4(SYS_readlinkat, AT_FDCWD, AT(path), AT(bytes), length);
}

int mkdir(const char *path, mode_t mode)
{
    return (int)CALL3(SYS_mkdirat, AT_FDCWD, AT(path), mode);
}

int chdir(const char *path)
{
    return (int)CALL1(SYS_chdir, AT(path));
}

mode_t umask(mode_t mask)
{
    return (mode_t)CALL1(SYS_umask, mask);
}

int flock(int fd, int operation)
{
    return (int)CALL2(SYS_flock, fd, operation);
}

int memfd_create(const char *name, unsigned flags)
{
    return (int)CALL2(SYS_memfd_create, AT(name), flags);
}

int pipe2(int ends[2], int flags)
{
    return (int)CALL2(SYS_pipe2, AT(ends), flags);
}

int dup3(int fd, int wanted, int flags)
{
    return (int)CALL3(SYS_dup3, fd, wanted, flags);
}

/* dup3 refuses equal numbers, where dup2 only checks that the descriptor is open. */
int dup2(int fd, int wanted)
{
    return fd == wanted ? (fcntl(fd, F_GETFD) < 0 ? -1 : fd) : dup3(fd, wanted, 0);
}

/* Sockets. */

int socket(int family, int type, int protocol)
{
    return (int)CALL3(SYS_socket, family, type, protocol);
}

int connect(int fd, const struct sockaddr *address, socklen_t length)
{
    return (int)CALL3(SYS_connect, fd, AT(address), length);
}

ssize_t recv(int fd, void *bytes, size_t length, int flags)
{
    return CALL(SYS_recvfrom, fd, AT(bytes), length, flags, 0, 0);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    return CALL3(SYS_sendmsg, fd, AT(message), flags);
}

int poll(struct pollfd *ready, nfds_t count, int timeout)
{
    struct timespec left = {timeout / 1000, timeout % 1000 * 1000000L};
    return (int)CALL(SYS_ppoll, AT(ready), count, timeout < 0 ? 0 : AT(&left), 0, KERNEL_SIGSET_SIZE, 0);
}

/* Time. */

int clock_gettime(clockid_t clock, struct timespec *time)
{
    return (int)CALL2(SYS_clock_gettime, clock, AT(time));
}

int nanosleep(const struct timespec *wanted, struct timespec *left)
{
    return (int)CALL2(SYS_nanosleep, AT(wanted), AT(left));
}

/* Processes. */

pid_t fork(void)
{
    return (pid_t)CALL(SYS_clone, SIGCHLD, 0, 0, 0, 0, 0);
}

int execve(const char *path, char *const *arguments, char *const *environment)
{
    return (int)CALL3(SYS_execve, AT(path), AT(arguments), AT(environment));
}

pid_t waitpid(pid_t pid, int *status, int options)
{
    return (pid_t)CALL4(SYS_wait4, pid, AT(status), options, 0);
}

pid_t getpid(void)
{
    return (pid_t)CALL0(SYS_getpid);
}

pid_t getppid(void)
{
    return (pid_t)CALL0(SYS_getppid);
}

pid_t setsid(void)
{
    return (pid_t)CALL0(SYS_setsid);
}

int setns(int fd, int type)
{
    return (int)CALL2(SYS_setns, fd, type);
}

int prctl(int option, ...)
{
    va_list arguments;
    va_start(arguments, option);
    long argument = va_arg(arguments, long);
    va_end(arguments);
    return (int)CALL2(SYS_prctl, option, argument);
}

int getrlimit(__rlimit_resource_t resource, struct rlimit *limit)
{
    return (int)CALL4(SYS_prlimit64, 0, resource, 0, AT(limit));
}

/* Signals. No handler is ever set here, so the kernel's restorer is not needed. */

struct kernel_sigaction {
    void (*handler)(int);
    unsigned long flags;
#if defined __x86_64__
    void (*restorer)(void);
#endif
    unsigned long mask;
};

int sigaction(int number, const struct sigaction *wanted, struct sigaction *former)
{
    struct kernel_sigaction set = {0}, was = {0};
    if (wanted != NULL)
        set.handler = wanted->sa_handler;
    long result = CALL4(SYS_rt_sigaction, number, wanted != NULL ? AT(&set) : 0, AT(&was), KERNEL_SIGSET_SIZE);
    if (result == 0 && former != NULL) {
        memset(former, 0, sizeof *former);
        former->sa_handler = was.handler;
    }
    return (int)result;
}

int sigemptyset(sigset_t *set)
{
    memset(set, 0, sizeof *set);
    return 0;
}

int sigprocmask(int how, const sigset_t *set, sigset_t *former)
{
    return (int)CALL4(SYS_rt_sigprocmask, how, AT(set), AT(former), KERNEL_SIGSET_SIZE);
}
