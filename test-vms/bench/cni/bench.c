#include "chain.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char USAGE[] =
    "usage: cni-chain bench --chain NAME:CONFLIST:CNI_PATH [--chain ...] [--calls N] [--at-once N] [--rounds N] [--settle MS] [--first]\n"
    "Runs ADD and DEL of each list in turn and prints wall times in milliseconds.\n"
    "The last --chain is the peer: ratios are its median over the others'.\n"
    "  --calls N     pods one at a time, for each list (default 200; 0: none), after 40 that do not count\n"
    "  --at-once N   pods attached together by as many threads, then detached together (default 0: none)\n"
    "  --rounds N    how many times --at-once is done (default 5)\n"
    "  --settle MS   pause before each call that is made alone (default 0): the kernel goes on with a removed link after the call has ended,\n"
    "                and that would be measured as the next one's\n"
    "  --first       prints the very first ADD of the first list too\n";

struct measured {
    struct chain chain;
    double *times[2]; // ADD, DEL: one at a time, ms
    double *rounds[2]; // all at once, ms
    double *single[2]; // each call of all at once, ms
    int failures;
};

static struct measured chains[CHAINS];
static int chain_count, pods;

struct call {
    struct measured *chain;
    int pod;
    char id[64];
    struct buffer result;
    double took[2];
    bool failed;
};

static void run_call(struct call *call, enum verb verb) {
    char netns[128];
    pod_path(netns, sizeof netns, call->pod);
    struct attachment a = {call->id, netns, "eth0", "", call->chain->chain.path, {0}, {0}, {0}, NULL};
    if (verb == DEL && call->result.n) a.previous = json_trim((struct slice){call->result.p, call->result.n});
    struct buffer problem = {0};
    double start = now();
    bool good = network_run(&call->chain->chain.network, verb, &a, &call->result, &problem);
    call->took[verb] = now() - start;
    if (!good && !call->failed) {
        call->failed = true;
        fprintf(stderr, "%s: %.*s\n", call->chain->chain.name, (int)problem.n, problem.p);
    }
    buffer_free(&problem);
}

// Same names of IDs as a container runtime's: 64 hex digits would only be longer to write.
static void new_call(struct call *call, struct measured *chain, int pod, int serial) {
    *call = (struct call){.chain = chain, .pod = pod};
    snprintf(call->id, sizeof call->id, "chain-%d-%s-%d", (int)getpid(), chain->chain.name, serial);
}

static void one_at_a_time(int calls, int settle, bool first) {
    enum { WARM_UP = 40 };
    for (int i = -WARM_UP; i < calls; i++) {
        for (int turn = 0; turn < chain_count; turn++) {
            int c = i % 2 ? chain_count - 1 - turn : turn; // each follows each equally often
            struct call call;
            new_call(&call, &chains[c], (i + WARM_UP) % pods, i + WARM_UP);
            poll(NULL, 0, settle);
            run_call(&call, ADD);
            poll(NULL, 0, settle);
            run_call(&call, DEL);
            if (first && i == -WARM_UP && c == 0) printf("%-14s first ADD %8.2f ms\n", chains[c].chain.name, call.took[ADD]);
            chains[c].failures += call.failed;
            for (int v = 0; i >= 0 && v < 2; v++) chains[c].times[v][i] = call.took[v];
            buffer_free(&call.result);
        }
    }
}

static pthread_barrier_t barrier;

static void *at_once_thread(void *argument) {
    struct call *call = argument;
    for (int verb = ADD; verb <= DEL; verb++) {
        pthread_barrier_wait(&barrier);
        run_call(call, (enum verb)verb);
        pthread_barrier_wait(&barrier);
    }
    return NULL;
}

static void at_once(int count, int rounds) {
    static struct call calls[PODS];
    static pthread_t threads[PODS];
    pthread_barrier_init(&barrier, NULL, (unsigned)count + 1);
    for (int round = 0; round < rounds; round++) {
        for (int c = 0; c < chain_count; c++) {
            struct measured *chain = &chains[c];
            for (int i = 0; i < count; i++) {
                new_call(&calls[i], chain, i, 1000000 + round * count + i);
                if (pthread_create(&threads[i], NULL, at_once_thread, &calls[i])) abort();
            }
            for (int verb = ADD; verb <= DEL; verb++) {
                pthread_barrier_wait(&barrier);
                double start = now();
                pthread_barrier_wait(&barrier);
                chain->rounds[verb][round] = now() - start;
            }
            for (int i = 0; i < count; i++) {
                pthread_join(threads[i], NULL);
                chain->failures += calls[i].failed;
                for (int verb = ADD; verb <= DEL; verb++) chain->single[verb][round * count + i] = calls[i].took[verb];
                buffer_free(&calls[i].result);
            }
        }
    }
}

static void print_table(const char *title, double *(*values)(struct measured *, int verb), int count) {
    printf("\n%s\n%-14s %-4s %9s %9s %9s %9s   ratio of medians\n", title, "", "ms", "p50", "p90", "p99", "max");
    for (int verb = ADD; verb <= DEL; verb++) {
        for (int c = 0; c < chain_count; c++) qsort(values(&chains[c], verb), (size_t)count, sizeof(double), compare_times);
        double peer = percentile(values(&chains[chain_count - 1], verb), count, 50);
        for (int c = 0; c < chain_count; c++) {
            const double *v = values(&chains[c], verb);
            printf("%-14s %-4s %9.2f %9.2f %9.2f %9.2f", chains[c].chain.name, verb ? "DEL" : "ADD", percentile(v, count, 50),
                percentile(v, count, 90), percentile(v, count, 99), v[count - 1]);
            if (c < chain_count - 1) printf("   %s takes %.1f times as long", chains[chain_count - 1].chain.name, peer / percentile(v, count, 50));
            printf("\n");
        }
    }
}

static double *times_of(struct measured *chain, int verb) {
    return chain->times[verb];
}

static double *rounds_of(struct measured *chain, int verb) {
    return chain->rounds[verb];
}

static double *single_of(struct measured *chain, int verb) {
    return chain->single[verb];
}

int bench(int count, char **arguments) {
    static const struct option OPTIONS[] = {
        {"chain", 1, NULL, 'c'}, {"calls", 1, NULL, 'n'}, {"at-once", 1, NULL, 'o'}, {"rounds", 1, NULL, 'r'}, {"settle", 1, NULL, 's'}, {"first", 0, NULL, 'f'}, {NULL, 0, NULL, 0},
    };
    int option, calls = 200, together = 0, rounds = 5, settle = 0;
    bool good = true, first = false;
    while ((option = getopt_long(count, arguments, "", OPTIONS, NULL)) != -1) {
        switch (option) {
        case 'c': good = chain_count < CHAINS && chain_load(&chains[chain_count++].chain, optarg) && good; break;
        case 'n': calls = number(optarg, 0, 1000000); break;
        case 'o': together = number(optarg, 0, PODS); break;
        case 'r': rounds = number(optarg, 1, 1000); break;
        case 's': settle = number(optarg, 0, 10000); break;
        case 'f': first = true; break;
        default: good = false;
        }
    }
    if (!good || !chain_count || (!calls && !together)) {
        fputs(USAGE, stderr);
        return 2;
    }
    for (int c = 0; c < chain_count; c++) {
        for (int verb = ADD; verb <= DEL; verb++) {
            chains[c].times[verb] = calloc((size_t)calls + 1, sizeof(double));
            chains[c].rounds[verb] = calloc((size_t)rounds, sizeof(double));
            chains[c].single[verb] = calloc((size_t)rounds * (size_t)together + 1, sizeof(double));
        }
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    pods = together > 4 ? together : 4;
    if (!make_pods(pods)) return 1;
    if (calls) {
        one_at_a_time(calls, settle, first);
        print_table("one at a time", times_of, calls);
    }
    if (together) {
        char title[64];
        at_once(together, rounds);
        snprintf(title, sizeof title, "%d at once: wall time for all", together);
        print_table(title, rounds_of, rounds);
        snprintf(title, sizeof title, "%d at once: each", together);
        print_table(title, single_of, rounds * together);
    }
    int failures = 0;
    printf("\n");
    for (int c = 0; c < chain_count; c++) {
        printf("%-14s %d failures\n", chains[c].chain.name, chains[c].failures);
        failures += chains[c].failures;
    }
    return failures ? 1 : 0;
}
