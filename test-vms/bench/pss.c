// Memory of all processes with one of these names (comm), together: sum of their proportional set sizes, looked at again and again.
//   pss NAME...     until SIGTERM; then prints the greatest sum, and of how many processes it was
#include <ctype.h>
#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PAUSE_MS = 5 };

static volatile sig_atomic_t stopped;

static void stop(int number) {
    (void)number;
    stopped = 1;
}

static bool is_named(const char *pid, char **names, char comm[64]) {
    char path[300];
    snprintf(path, sizeof path, "/proc/%s/comm", pid);
    FILE *file = fopen(path, "r");
    bool known = file && fgets(comm, 64, file);
    if (file) fclose(file);
    if (!known) return false;
    comm[strcspn(comm, "\n")] = 0;
    while (*names && strcmp(*names, comm)) names++;
    return *names;
}

static long size_of(const char *pid) {
    char path[300], line[256];
    long kilobytes = 0;
    snprintf(path, sizeof path, "/proc/%s/smaps_rollup", pid);
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file)) {
        if (sscanf(line, "Pss: %ld", &kilobytes) == 1) break;
    }
    if (file) fclose(file);
    return kilobytes;
}

int main(int count, char **names) {
    long most = 0, largest = 0;
    int processes = 0, looks = 0;
    char comm[64], largest_name[64] = "";
    if (count < 2) {
        fprintf(stderr, "usage: pss NAME...\n");
        return 2;
    }
    signal(SIGTERM, stop);
    do {
        DIR *proc = opendir("/proc");
        struct dirent *entry;
        long sum = 0, one = 0;
        int found = 0;
        char one_name[64] = "";
        while (proc && (entry = readdir(proc))) {
            if (!isdigit((unsigned char)entry->d_name[0]) || !is_named(entry->d_name, names + 1, comm)) continue;
            long size = size_of(entry->d_name);
            sum += size;
            found++;
            if (size > one) {
                one = size;
                strcpy(one_name, comm);
            }
        }
        if (proc) closedir(proc);
        looks++;
        if (sum > most) {
            most = sum;
            processes = found;
            largest = one;
            strcpy(largest_name, one_name);
        }
        poll(NULL, 0, PAUSE_MS);
    } while (!stopped);
    printf("at most %.1f MiB in %d processes, %.1f of it in %s (%d looks)\n", (double)most / 1024, processes, (double)largest / 1024, largest_name, looks);
    return 0;
}
