#include "chain.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TIMES = 1 << 20, ADDRESSES = 1 << 16 };

static const char USAGE[] =
    "usage: cni-chain churn --chain NAME:CONFLIST:CNI_PATH [--chain ...] OPTIONS\n"
    "Attaches pods, then detaches and attaches them again and again from as many threads, each list for a turn; prints how long the calls took.\n"
    "Ends with a DEL of all. The last --chain is the peer: ratios are its times over the others'.\n"
    "  --pods N       pods of each list (default 250)\n"
    "  --at-once N    threads (default 100)\n"
    "  --seconds N    in all (default 60); SIGTERM ends it earlier\n"
    "  --turn N       seconds for one list (default 5)\n"
    "  --ports        every second pod has a host port\n"
    "  --check CMD    run as CMD FILE when nothing is under way: with pods, after GC, without pods; FILE has a line \"ADDRESS ID\" for each pod\n"
    "  --others FILE  such lines of pods that were attached by others to the first list, for check and GC\n"
    "  --forget N     pods of a hundred that get no DEL but are left to GC\n"
    "  --kills N      plugins killed in the midst of a call, which is then taken for failed and followed by DEL until that succeeds\n"
    "  --every N      one call of N is killed (default 5)\n"
    "  --patience N   seconds until a call that is repeated must have succeeded (default 60)\n"
    "  --seed N       of all that is random (default 1)\n";

struct churned {
    struct chain chain;
    double *times[2]; // ADD, DEL; ms
    atomic_int count[2], failures, repeated;
};

enum state { ABSENT, LIVE, UNSURE };

struct pod {
    struct churned *churned;
    int pod, serial;
    enum state state;
    char id[80];
    struct buffer result;
    unsigned address; // last two bytes
};

static struct churned chains[CHAINS];
static struct pod pods[CHAINS][PODS];
static atomic_int owners[ADDRESSES]; // of addresses: pod + 1
static int chain_count, pod_count = 250, threads = 100, every = 5, forget;
static bool ports, with_kills;
static unsigned seed = 1;
static int patience = 60;
static const char *check_command;
static struct buffer others;
static atomic_int kills_left, kills_done, given_twice, shown;
static volatile sig_atomic_t stopped;
static atomic_int current; // list whose turn it is
static pthread_barrier_t barrier;
static double turn_end;
static bool over;

static void stop(int signal_number) {
    (void)signal_number;
    stopped = 1;
}

static void complain(const char *what, struct pod *pod, const char *why, size_t length) {
    if (atomic_fetch_add(&shown, 1) < 20) fprintf(stderr, "%s %s: %.*s\n", what, pod->id, (int)length, why);
}

// The first address of a result. Texts of results are our own and the reference plugins': no need for a parser.
static const char *find_address(struct pod *pod, size_t *length) {
    const char *at = pod->result.p ? strstr(pod->result.p, "\"address\"") : NULL;
    at = at ? strchr(at + 9, '"') : NULL;
    if (!at) return NULL;
    *length = strcspn(at + 1, "/\"");
    return at + 1;
}

static void claim(struct pod *pod) {
    size_t length;
    const char *address = find_address(pod, &length);
    unsigned a, b;
    if (!address || sscanf(address, "%*u.%*u.%u.%u", &a, &b) != 2) {
        complain("no address", pod, pod->result.p ? pod->result.p : "", pod->result.n);
        atomic_fetch_add(&pod->churned->failures, 1);
        return;
    }
    pod->address = (a & 255) << 8 | (b & 255);
    int nobody = 0;
    if (pod->churned == &chains[0] && !atomic_compare_exchange_strong(&owners[pod->address], &nobody, pod->pod + 1)) {
        complain("given twice", pod, address, length);
        atomic_fetch_add(&given_twice, 1);
    }
}

static void disclaim(struct pod *pod) {
    int own = pod->pod + 1;
    if (pod->churned == &chains[0]) atomic_compare_exchange_strong(&owners[pod->address], &own, 0);
}

static struct doom *choose_doom(struct doom *doom, unsigned *random) {
    if (!with_kills || rand_r(random) % every) return NULL;
    if (atomic_fetch_sub(&kills_left, 1) <= 0) return NULL;
    *doom = (struct doom){rand_r(random) % 3 == 0, 1 + rand_r(random) % 70, 0, false};
    if (rand_r(random) % 3 == 0) doom->microseconds = 1 + rand_r(random) % (rand_r(random) % 4 ? 4000 : 60000);
    return doom;
}

static bool run(struct pod *pod, enum verb verb, unsigned *random, bool measure) {
    char netns[128], capabilities[128];
    int place = (int)(pod->churned - chains) * pod_count + pod->pod;
    pod_path(netns, sizeof netns, place);
    snprintf(capabilities, sizeof capabilities, "{\"portMappings\":[{\"hostPort\":%d,\"containerPort\":80,\"protocol\":\"tcp\"}]}", 20000 + pod->pod);
    struct doom doom, *doomed = random ? choose_doom(&doom, random) : NULL;
    struct attachment a = {pod->id, netns, "eth0", "", pod->churned->chain.path, {0}, {0}, {0}, doomed};
    if (ports && pod->pod % 2 == 0) a.capabilities = (struct slice){capabilities, strlen(capabilities)};
    if (verb == DEL && pod->result.n) a.previous = json_trim((struct slice){pod->result.p, pod->result.n});
    struct buffer problem = {0}, result = {0};
    double start = now();
    bool good = network_run(&pod->churned->chain.network, verb, &a, &result, &problem);
    double took = now() - start;
    bool struck = doomed && doom.struck;
    if (struck) atomic_fetch_add(&kills_done, 1);
    if (doomed && !struck) atomic_fetch_add(&kills_left, 1);
    if (verb == ADD) {
        buffer_free(&pod->result);
        pod->result = good ? result : (struct buffer){0};
    }
    if (good && measure && !doomed) {
        int at = atomic_fetch_add(&pod->churned->count[verb], 1);
        if (at < TIMES) pod->churned->times[verb][at] = took;
    }
    // While processes are killed, their callers are told to try again: code 11.
    bool again = with_kills && !good && problem.p && strstr(problem.p, "\"code\": 11");
    if (again) atomic_fetch_add(&pod->churned->repeated, 1);
    if (!good && !struck && !again) {
        complain("failed", pod, problem.p ? problem.p : "", problem.n);
        atomic_fetch_add(&pod->churned->failures, 1);
    }
    if (!good || verb == DEL) buffer_free(&result);
    buffer_free(&problem);
    return good;
}

// The next call of a pod, as a runtime makes it: a failed ADD is followed by DEL, and a DEL is repeated until it succeeds.
static void advance(struct pod *pod, unsigned *random, bool measure) {
    if (pod->state == ABSENT) {
        snprintf(pod->id, sizeof pod->id, "churn-%d-%s-%d-%d", (int)getpid(), pod->churned->chain.name, pod->pod, pod->serial++);
        pod->state = run(pod, ADD, random, measure) ? LIVE : UNSURE;
        if (pod->state == LIVE) claim(pod);
        return;
    }
    bool first = pod->state == LIVE;
    if (first) disclaim(pod);
    pod->state = run(pod, DEL, random, measure && first) ? ABSENT : UNSURE;
    if (pod->state == UNSURE) poll(NULL, 0, 20);
}

static bool turn_over(void) {
    return stopped || now() >= turn_end;
}

static void *work(void *argument) {
    int self = (int)(size_t)argument;
    unsigned random = seed * 7919u + (unsigned)self;
    while (true) {
        pthread_barrier_wait(&barrier);
        if (over) return NULL;
        struct pod *own = pods[atomic_load(&current)];
        int mine = (pod_count - self + threads - 1) / threads;
        while (mine > 0 && !turn_over()) {
            struct pod *pod = &own[self + threads * (int)(rand_r(&random) % (unsigned)mine)];
            advance(pod, &random, true);
            if (pod->state == ABSENT && !turn_over()) advance(pod, &random, true);
        }
        pthread_barrier_wait(&barrier);
    }
}

// Brings every pod of a list to a state, by as many threads, without a kill. False if a call still fails when patience ends.
struct task {
    int self, chain;
    enum state wanted;
    bool good;
};

static void *settle_thread(void *argument) {
    struct task *task = argument;
    double end = now() + 1e3 * patience;
    task->good = true;
    for (int i = task->self; i < pod_count; i += threads) {
        struct pod *pod = &pods[task->chain][i];
        while (pod->state == UNSURE || (task->wanted != UNSURE && pod->state != task->wanted)) {
            advance(pod, NULL, false);
            if (now() > end) {
                task->good = false;
                break;
            }
        }
    }
    return NULL;
}

// UNSURE: only what is unsure is detached.
static bool settle(int chain, enum state wanted) {
    static pthread_t workers[PODS];
    static struct task tasks[PODS];
    bool good = true;
    for (int i = 0; i < threads; i++) {
        tasks[i] = (struct task){i, chain, wanted, false};
        if (pthread_create(&workers[i], NULL, settle_thread, &tasks[i])) abort();
    }
    for (int i = 0; i < threads; i++) {
        pthread_join(workers[i], NULL);
        good = good && tasks[i].good;
    }
    if (!good) printf("%s: calls still failed after %d s\n", chains[chain].chain.name, patience);
    return good;
}

// What the first list's pods are, for somebody who compares it with the node.
static bool check(const char *when) {
    char file[64], command[4096];
    if (!check_command) return true;
    snprintf(file, sizeof file, "/run/cni-chain-%d.pods", (int)getpid());
    FILE *out = fopen(file, "w");
    if (!out) return false;
    for (int i = 0; i < pod_count; i++) {
        size_t length = 0;
        const char *address = find_address(&pods[0][i], &length);
        if (pods[0][i].state == LIVE) fprintf(out, "%.*s %s\n", (int)length, address ? address : "?", pods[0][i].id);
    }
    fwrite(others.p ? others.p : "", 1, others.n, out);
    fclose(out);
    snprintf(command, sizeof command, "%s %s", check_command, file);
    printf("%s: ", when);
    fflush(stdout);
    bool good = system(command) == 0;
    unlink(file);
    return good;
}

static void add_valid(struct buffer *valid, const char *id) {
    buffer_text(valid, valid->n > 1 ? ",{\"containerID\":" : "{\"containerID\":");
    buffer_json_text(valid, id);
    buffer_text(valid, ",\"ifname\":\"eth0\"}");
}

// Some containers are lost by the runtime; GC is told of all others.
static bool collect(void) {
    struct buffer valid = {0}, result = {0}, problem = {0};
    int lost = 0;
    buffer_text(&valid, "[");
    for (int i = 0; i < pod_count; i++) {
        struct pod *pod = &pods[0][i];
        if (pod->state != LIVE) continue;
        if (i * 37 % 100 < forget) {
            disclaim(pod);
            pod->state = ABSENT;
            lost++;
            continue;
        }
        add_valid(&valid, pod->id);
    }
    char id[128];
    for (const char *line = others.p; line && sscanf(line, "%*s %127s", id) == 1; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) add_valid(&valid, id);
    buffer_text(&valid, "]");
    struct attachment a = {"", "", "", "", chains[0].chain.path, {0}, {0}, {valid.p, valid.n}, NULL};
    bool good = network_run(&chains[0].chain.network, GC, &a, &result, &problem);
    printf("GC of %d attachments: %s%.*s\n", lost, good ? "done" : "failed: ", (int)problem.n, problem.p ? problem.p : "");
    buffer_free(&valid);
    buffer_free(&result);
    buffer_free(&problem);
    return good;
}

static void report(void) {
    struct times times[CHAINS];
    for (int c = 0; c < chain_count; c++) {
        struct churned *from = &chains[c];
        times[c] = (struct times){from->chain.name, {from->times[ADD], from->times[DEL]}, {0, 0}};
        for (int verb = ADD; verb <= DEL; verb++) times[c].count[verb] = from->count[verb] < TIMES ? from->count[verb] : TIMES;
    }
    report_times(times, chain_count);
    for (int c = 0; c < chain_count; c++) {
        printf("%-14s %d failures", chains[c].chain.name, chains[c].failures);
        if (with_kills) printf(", %d calls told to try again, %d launchers killed, %d addresses given twice", chains[c].repeated, kills_done, given_twice);
        printf("\n");
    }
}

static bool do_churn(double seconds, double turn) {
    static pthread_t workers[PODS];
    pthread_barrier_init(&barrier, NULL, (unsigned)threads + 1);
    for (int i = 0; i < threads; i++) {
        if (pthread_create(&workers[i], NULL, work, (void *)(size_t)i)) abort();
    }
    double end = now() + seconds * 1e3;
    for (int i = 0; now() < end && !stopped; i++) {
        atomic_store(&current, i % chain_count);
        turn_end = now() + turn * 1e3 < end || chain_count == 1 ? now() + turn * 1e3 : end;
        pthread_barrier_wait(&barrier);
        pthread_barrier_wait(&barrier);
    }
    over = true;
    pthread_barrier_wait(&barrier);
    for (int i = 0; i < threads; i++) pthread_join(workers[i], NULL);
    bool good = true;
    for (int c = 0; c < chain_count; c++) good = settle(c, UNSURE) && good;
    good = check("with pods") && good;
    if (forget) good = collect() && check("after GC") && good;
    for (int c = 0; c < chain_count; c++) good = settle(c, ABSENT) && good;
    return check("without pods") && good;
}

int churn(int count, char **arguments) {
    static const struct option OPTIONS[] = {
        {"chain", 1, NULL, 'c'}, {"pods", 1, NULL, 'p'},  {"at-once", 1, NULL, 'o'}, {"seconds", 1, NULL, 's'}, {"turn", 1, NULL, 't'}, {"ports", 0, NULL, 'P'},
        {"check", 1, NULL, 'C'}, {"kills", 1, NULL, 'k'}, {"every", 1, NULL, 'e'},   {"seed", 1, NULL, 'S'},    {"forget", 1, NULL, 'f'}, {"others", 1, NULL, 'O'},
        {"patience", 1, NULL, 'w'}, {NULL, 0, NULL, 0},
    };
    int option, seconds = 60, turn = 5;
    bool good = true;
    while ((option = getopt_long(count, arguments, "", OPTIONS, NULL)) != -1) {
        switch (option) {
        case 'c': good = chain_count < CHAINS && chain_load(&chains[chain_count++].chain, optarg) && good; break;
        case 'p': pod_count = number(optarg, 1, PODS); break;
        case 'o': threads = number(optarg, 1, PODS); break;
        case 's': seconds = number(optarg, 1, 86400); break;
        case 't': turn = number(optarg, 1, 3600); break;
        case 'P': ports = true; break;
        case 'C': check_command = optarg; break;
        case 'O': good = buffer_read_file(&others, optarg) && good; break;
        case 'k': kills_left = number(optarg, 0, 1000000); with_kills = true; break;
        case 'e': every = number(optarg, 1, 1000); break;
        case 'w': patience = (int)number(optarg, 1, 3600); break;
        case 'S': seed = (unsigned)number(optarg, 0, 1 << 30); break;
        case 'f': forget = number(optarg, 0, 100); break;
        default: good = false;
        }
    }
    if (!good || !chain_count) {
        fputs(USAGE, stderr);
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    signal(SIGTERM, stop);
    signal(SIGINT, stop);
    for (int c = 0; c < chain_count; c++) {
        for (int verb = ADD; verb <= DEL; verb++) chains[c].times[verb] = calloc(TIMES, sizeof(double));
        for (int i = 0; i < pod_count; i++) pods[c][i] = (struct pod){.churned = &chains[c], .pod = i};
    }
    if (!make_pods(pod_count * chain_count)) return 1;
    for (int c = 0; c < chain_count; c++) good = settle(c, LIVE) && good;
    good = good && do_churn(seconds, turn);
    report();
    for (int c = 0; c < chain_count; c++) good = good && !chains[c].failures;
    return good && !given_twice ? 0 : 1;
}
