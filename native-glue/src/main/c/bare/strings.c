/* Strings, memory and the kernel's error texts. Lengths here are small; the large copies are done by the kernel. */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

extern char **environ;

/* The compiler calls the first four by itself, so they must not be turned into calls of themselves: see the Makefile's flags. */
void *memcpy(void *restrict to, const void *restrict from, size_t length)
{
    unsigned char *out = to;
    const unsigned char *in = from;
    while (length-- > 0)
        *out++ = *in++;
    return to;
}

void *memmove(void *to, const void *from, size_t length)
{
    unsigned char *out = to;
    const unsigned char *in = from;
    if ((uintptr_t)out - (uintptr_t)in >= length)
        return memcpy(to, from, length);
    while (length-- > 0)
        out[length] = in[length];
    return to;
}

void *memset(void *to, int value, size_t length)
{
    unsigned char *out = to;
    while (length-- > 0)
        *out++ = (unsigned char)value;
    return to;
}

int memcmp(const void *left, const void *right, size_t length)
{
    const unsigned char *a = left, *b = right;
    for (; length > 0; a++, b++, length--)
        if (*a != *b)
            return *a - *b;
    return 0;
}

void *memchr(const void *bytes, int value, size_t length)
{
    const unsigned char *at = bytes;
    for (; length > 0; at++, length--)
        if (*at == (unsigned char)value)
            return (void *)(uintptr_t)at;
    return NULL;
}

size_t strlen(const char *string)
{
    size_t length = 0;
    while (string[length] != '\0')
        length++;
    return length;
}

int strncmp(const char *left, const char *right, size_t length)
{
    for (; length > 0; left++, right++, length--)
        if (*left != *right || *left == '\0')
            return (unsigned char)*left - (unsigned char)*right;
    return 0;
}

int strcmp(const char *left, const char *right)
{
    return strncmp(left, right, SIZE_MAX);
}

static int small_letter(unsigned char c)
{
    return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

int strncasecmp(const char *left, const char *right, size_t length)
{
    for (; length > 0; left++, right++, length--)
        if (small_letter((unsigned char)*left) != small_letter((unsigned char)*right) || *left == '\0')
            return small_letter((unsigned char)*left) - small_letter((unsigned char)*right);
    return 0;
}

char *strchr(const char *string, int value)
{
    for (;; string++) {
        if (*string == (char)value)
            return (char *)(uintptr_t)string;
        if (*string == '\0')
            return NULL;
    }
}

char *strrchr(const char *string, int value)
{
    char *found = NULL;
    for (;; string++) {
        if (*string == (char)value)
            found = (char *)(uintptr_t)string;
        if (*string == '\0')
            return found;
    }
}

size_t strcspn(const char *string, const char *stops)
{
    size_t length = 0;
    while (string[length] != '\0' && strchr(stops, string[length]) == NULL)
        length++;
    return length;
}

char *getenv(const char *name)
{
    size_t length = strlen(name);
    for (char **entry = environ; *entry != NULL; entry++)
        if (strncmp(*entry, name, length) == 0 && (*entry)[length] == '=')
            return *entry + length + 1;
    return NULL;
}

/* A mapping for each: the launcher allocates a few times, and only for a foreign plugin; nothing is given back. */
void *malloc(size_t size)
{
    long at = syscall(SYS_mmap, 0L, size > 0 ? size : 1, (long)(PROT_READ | PROT_WRITE), (long)(MAP_PRIVATE | MAP_ANONYMOUS), -1L, 0L);
    return at == -1 ? NULL : (void *)at;
}

struct name {
    int number;
    const char *text;
};

/* What sockets, files, namespaces, fork and execve can fail with; any other is shown by its number. */
static const struct name errors[] = {
    {EPERM, "Operation not permitted"}, {ENOENT, "No such file or directory"}, {EIO, "Input/output error"},
    {ENXIO, "No such device or address"}, {E2BIG, "Argument list too long"}, {ENOEXEC, "Exec format error"},
    {EBADF, "Bad file descriptor"}, {EAGAIN, "Resource temporarily unavailable"}, {ENOMEM, "Cannot allocate memory"},
    {EACCES, "Permission denied"}, {EFAULT, "Bad address"}, {EBUSY, "Device or resource busy"}, {EEXIST, "File exists"},
    {ENODEV, "No such device"}, {ENOTDIR, "Not a directory"}, {EISDIR, "Is a directory"}, {EINVAL, "Invalid argument"},
    {ENFILE, "Too many open files in system"}, {EMFILE, "Too many open files"}, {ETXTBSY, "Text file busy"},
    {EFBIG, "File too large"}, {ENOSPC, "No space left on device"}, {EROFS, "Read-only file system"}, {EPIPE, "Broken pipe"},
    {ENAMETOOLONG, "File name too long"}, {ENOSYS, "Function not implemented"}, {ELOOP, "Too many levels of symbolic links"},
    {ELIBBAD, "Accessing a corrupted shared library"}, {EMSGSIZE, "Message too long"}, {EPROTOTYPE, "Protocol wrong type for socket"},
    {EAFNOSUPPORT, "Address family not supported by protocol"}, {EPROTONOSUPPORT, "Protocol not supported"},
    {ECONNRESET, "Connection reset by peer"}, {ENOBUFS, "No buffer space available"}, {ENOTCONN, "Transport endpoint is not connected"},
    {ETOOMANYREFS, "Too many references: cannot splice"}, {ETIMEDOUT, "Connection timed out"}, {ECONNREFUSED, "Connection refused"},
    {ESTALE, "Stale file handle"}, {EDQUOT, "Disk quota exceeded"},
};

static const struct name signals[] = {
    {SIGHUP, "Hangup"}, {SIGINT, "Interrupt"}, {SIGQUIT, "Quit"}, {SIGILL, "Illegal instruction"}, {SIGTRAP, "Trace/breakpoint trap"},
    {SIGABRT, "Aborted"}, {SIGBUS, "Bus error"}, {SIGFPE, "Floating point exception"}, {SIGKILL, "Killed"},
    {SIGSEGV, "Segmentation fault"}, {SIGPIPE, "Broken pipe"}, {SIGALRM, "Alarm clock"}, {SIGTERM, "Terminated"},
};

static char *named(const struct name *names, size_t count, int number, char *unknown, size_t prefix)
{
    for (size_t i = 0; i < count; i++)
        if (names[i].number == number)
            return (char *)(uintptr_t)names[i].text;
    unknown[prefix] = (char)('0' + number / 100 % 10);
    unknown[prefix + 1] = (char)('0' + number / 10 % 10);
    unknown[prefix + 2] = (char)('0' + number % 10);
    return unknown;
}

char *strerror(int number)
{
    static char unknown[] = "Error 000";
    return named(errors, sizeof errors / sizeof *errors, number, unknown, sizeof "Error " - 1);
}

char *strsignal(int number)
{
    static char unknown[] = "Signal 000";
    return named(signals, sizeof signals / sizeof *signals, number, unknown, sizeof "Signal " - 1);
}
