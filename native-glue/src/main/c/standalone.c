/*
 * Being served by the stand-alone process: docs/cni-socket.md section 4.
 *
 * The lock is free exactly when there is no such process: whoever starts it takes the lock first and hands it down over fork and
 * execve, so there is no instant in which a second one could be started, and none in which a dead starter leaves it taken.
 */
#define _GNU_SOURCE
#include "launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * A hundred that wait may not take the processor from the one process that they wait for: the longer it takes, the seldomer they look,
 * and none waits longer than a sixteenth of the time that has passed in any case.
 */
enum { FIRST_PAUSE_MS = 2, USUAL_PAUSE_MS = 20, LONGEST_PAUSE_MS = 200, SHARE_OF_WAIT = 16 };

static int64_t next_pause(int64_t pause, int64_t waited)
{
    int64_t most = waited / SHARE_OF_WAIT;
    most = most < USUAL_PAUSE_MS ? USUAL_PAUSE_MS : most > LONGEST_PAUSE_MS ? LONGEST_PAUSE_MS : most;
    return pause * 3 / 2 < most ? pause * 3 / 2 : most;
}

static bool executable_file(const char *path)
{
    struct stat stat_buffer;
    return stat(path, &stat_buffer) == 0 && S_ISREG(stat_buffer.st_mode) && access(path, X_OK) == 0;
}

static bool try_runtime(const char *directory, const char *rest, struct text *path, struct text *looked_at)
{
    path->length = 0;
    text_add(path, directory);
    text_add(path, rest);
    text_add(looked_at, looked_at->length == 0 ? "" : ", ");
    text_add(looked_at, path->data);
    return executable_file(path->data);
}

/* The runtime that was installed with this very file comes first, so that both are of the same build. */
bool find_runtime(struct text *path, struct text *looked_at)
{
    char self[1024];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length > 0) {
        self[length] = '\0';
        char *slash = strrchr(self, '/');
        if (slash != NULL) {
            *slash = '\0';
            if (try_runtime(self, "/.flannel-j/bin/cni-standalone", path, looked_at)
                || try_runtime(self, "/../bin/cni-standalone", path, looked_at))
                return true;
        }
    }
    return try_runtime(SYSTEM_RUNTIME, "", path, looked_at);
}

/* The locked descriptor; -1 with `why` empty if someone else has the lock, and with a text if it cannot be had at all. */
static int take_lock(struct text *why)
{
    why->length = 0;
    int flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW;
    int fd = open(STANDALONE_LOCK, flags, 0600);
    if (fd < 0 && errno == ENOENT) {
        if (mkdir(RUN_DIR, 0755) != 0 && errno != EEXIST) {
            text_add_errno(why, "mkdir", RUN_DIR, errno);
            return -1;
        }
        fd = open(STANDALONE_LOCK, flags, 0600);
    }
    if (fd < 0) {
        text_add_errno(why, "open", STANDALONE_LOCK, errno);
        return -1;
    }
    while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EINTR)
            continue;
        if (errno != EWOULDBLOCK)
            text_add_errno(why, "flock", STANDALONE_LOCK, errno);
        close(fd);
        return -1;
    }
    return fd;
}

/* Starts the process if nobody else has. False if waiting for it is pointless. */
static bool start_if_free(int *starts, struct text *why)
{
    int lock_fd = take_lock(why);
    if (lock_fd < 0)
        return why->length == 0;
    struct text path, looked_at = {0};
    bool started = false;
    if (*starts == STARTS_LIMIT) {
        text_add(why, "the stand-alone process ended before it served; see " STANDALONE_LOG);
    } else if (!find_runtime(&path, &looked_at)) {
        text_add(why, "no executable cni-standalone at ");
        text_add(why, looked_at.data);
    } else {
        started = start_runtime(path.data, lock_fd, why);
        ++*starts;
    }
    close(lock_fd); /* the process has inherited its own copy */
    return started;
}

enum outcome ask_standalone(struct call *call, int *status, struct text *why)
{
    int64_t start = now_ms(), deadline = start + STANDALONE_MS, pause = FIRST_PAUSE_MS;
    int starts = 0;
    struct text attempt;
    for (;;) {
        int fd = connect_to(STANDALONE_SOCKET, deadline, &attempt);
        if (fd < 0 && errno != ENOENT && errno != ECONNREFUSED && errno != EAGAIN) {
            *why = attempt; /* waiting does not change a permission or a limit */
            return NOT_REACHED;
        }
        if (fd >= 0) {
            enum outcome outcome = exchange(call, fd, deadline, status, &attempt);
            close(fd);
            if (outcome != NOT_REACHED) {
                *why = attempt;
                return outcome;
            }
        }
        if (now_ms() >= deadline) {
            why->length = 0;
            text_add(why, "the stand-alone process did not serve in time: ");
            text_add(why, attempt.data);
            text_add(why, "; see " STANDALONE_LOG);
            return NOT_REACHED;
        }
        /* A connection that ended without a hello was one to a process that is leaving. */
        if (!start_if_free(&starts, why))
            return NOT_REACHED;
        sleep_ms(pause);
        pause = next_pause(pause, now_ms() - start);
    }
}
