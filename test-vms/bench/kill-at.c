// Kills a process right before the nth of its system calls that change something, counted over all of its threads from now on: so one of
// every two steps of an ADD or DEL that a server carries out is the last one. Nothing in that process knows of it.
//   kill-at PID N MILLISECONDS     prints what it was about to do; after so many milliseconds it is killed where it is
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <linux/ptrace.h>

static volatile sig_atomic_t late;

static void be_late(int number) {
    (void)number;
    late = 1;
}

static const char *change(const struct ptrace_syscall_info *info) {
    switch (info->entry.nr) {
    case SYS_sendto: return "sendto";
    case SYS_sendmsg: return "sendmsg";
    case SYS_write: return "write";
    case SYS_pwrite64: return "pwrite64";
    case SYS_ftruncate: return "ftruncate";
    case SYS_renameat: return "renameat";
    case SYS_renameat2: return "renameat2";
    case SYS_linkat: return "linkat";
    case SYS_unlinkat: return "unlinkat";
    case SYS_mkdirat: return "mkdirat";
    case SYS_flock: return "flock";
    case SYS_utimensat: return "utimensat";
    case SYS_openat: return info->entry.args[2] & O_CREAT ? "openat" : NULL;
    case SYS_openat2: return "openat2"; // its flags are in that process's memory
    default: return NULL;
    }
}

// All of its threads, those too that start meanwhile.
static bool seize(int pid) {
    char path[64];
    bool found = true, any = false;
    snprintf(path, sizeof path, "/proc/%d/task", pid);
    while (found) {
        found = false;
        DIR *tasks = opendir(path);
        struct dirent *task;
        while (tasks && (task = readdir(tasks))) {
            int tid = atoi(task->d_name);
            if (tid > 0 && !ptrace(PTRACE_SEIZE, tid, NULL, PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE)) {
                ptrace(PTRACE_INTERRUPT, tid, NULL, NULL);
                found = any = true;
            }
        }
        if (tasks) closedir(tasks);
    }
    return any;
}

// What a stopped thread stopped for; NULL: nothing that counts.
static const char *stopped_for(int tid, int status, int *pass) {
    *pass = 0;
    if (WSTOPSIG(status) == (SIGTRAP | 0x80)) {
        struct ptrace_syscall_info info;
        if (ptrace(PTRACE_GET_SYSCALL_INFO, tid, sizeof info, &info) > 0 && info.op == PTRACE_SYSCALL_INFO_ENTRY) return change(&info);
    } else if (!(status >> 16)) {
        *pass = WSTOPSIG(status); // a signal of its own: a JVM uses SIGSEGV
    }
    return NULL;
}

int main(int count, char **arguments) {
    if (count != 4) {
        fprintf(stderr, "usage: kill-at PID N MILLISECONDS\n");
        return 2;
    }
    int pid = atoi(arguments[1]), n = atoi(arguments[2]), milliseconds = atoi(arguments[3]), tid, status, pass;
    struct sigaction action = {.sa_handler = be_late}; // no SA_RESTART: it ends waitpid
    // Again and again: the first may come between two waits.
    struct itimerval timer = {{0, 10000}, {milliseconds / 1000, milliseconds % 1000 * 1000 + 1}};
    sigaction(SIGALRM, &action, NULL);
    if (!seize(pid)) {
        fprintf(stderr, "kill-at: %d: %s\n", pid, strerror(errno));
        return 1;
    }
    setitimer(ITIMER_REAL, &timer, NULL);
    while (!late) {
        tid = waitpid(-1, &status, __WALL);
        if (tid < 0 && errno != EINTR) break;
        if (tid < 0 || !WIFSTOPPED(status)) continue;
        const char *what = stopped_for(tid, status, &pass);
        if (what && --n <= 0) {
            printf("%s\n", what);
            kill(pid, SIGKILL);
            return 0;
        }
        ptrace(PTRACE_SYSCALL, tid, NULL, pass);
    }
    printf("%s\n", late ? "late" : "gone");
    kill(pid, SIGKILL);
    return 0;
}
