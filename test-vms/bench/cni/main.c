#include "chain.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char USAGE[] =
    "usage: cni-chain add|del|check|status|gc OPTIONS      runs one list as a runtime does and prints its result\n"
    "       cni-chain bench OPTIONS                        measures lists beside each other; see cni-chain bench --help\n"
    "       cni-chain churn OPTIONS                        the same with pods that come and go all the time; see cni-chain churn --help\n"
    "  --conflist FILE   network configuration list (or a single configuration)\n"
    "  --path DIRS       CNI_PATH, default /opt/cni/bin\n"
    "  --netns PATH      CNI_NETNS\n"
    "  --id ID           CNI_CONTAINERID\n"
    "  --ifname NAME     CNI_IFNAME, default eth0\n"
    "  --args ARGS       CNI_ARGS\n"
    "  --cap JSON        capability arguments: {\"portMappings\":[...]}\n"
    "  --valid JSON      valid attachments of gc: [{\"containerID\":...,\"ifname\":...}]\n"
    "  --cache DIR       where results are kept between verbs, default /var/lib/cni/results; empty: nowhere\n";

static char *cache_file(const char *directory, const struct network *network, const struct attachment *a) {
    static char file[4096];
    char *name = json_string(network->name);
    snprintf(file, sizeof file, "%s/%s-%s-%s", directory, name ? name : "", a->id, a->ifname);
    free(name);
    return file;
}

static void keep_result(const char *file, const char *directory, const struct network *network, const struct attachment *a, struct buffer *result) {
    struct buffer b = {0};
    buffer_text(&b, "{\"kind\":\"cniCacheV1\",\"containerId\":");
    buffer_json_text(&b, a->id);
    buffer_text(&b, ",\"ifName\":");
    buffer_json_text(&b, a->ifname);
    buffer_text(&b, ",\"networkName\":");
    buffer_slice(&b, network->name);
    buffer_text(&b, ",\"netns\":");
    buffer_json_text(&b, a->netns);
    buffer_text(&b, ",\"result\":");
    buffer_slice(&b, json_trim((struct slice){result->p, result->n}));
    buffer_text(&b, "}");
    mkdir(directory, 0700);
    FILE *out = fopen(file, "w");
    if (!out || fwrite(b.p, 1, b.n, out) != b.n || fclose(out)) fprintf(stderr, "cni-chain: %s: %s\n", file, strerror(errno));
    buffer_free(&b);
}

static int one_call(enum verb verb, const char *conflist, const char *cache, struct attachment *a) {
    struct network network;
    if (!network_load(&network, conflist)) return 2;
    struct buffer kept = {0}, result = {0}, problem = {0};
    const char *file = *cache ? cache_file(cache, &network, a) : NULL;
    if (file && (verb == DEL || verb == CHECK) && buffer_read_file(&kept, file)) {
        a->previous = json_member((struct slice){kept.p, kept.n}, "result");
    }
    bool good = network_run(&network, verb, a, &result, &problem);
    if (!good) fwrite(problem.p, 1, problem.n, stderr);
    if (good && verb == ADD) fwrite(result.p, 1, result.n, stdout);
    if (good && verb == ADD && file && result.n) keep_result(file, cache, &network, a, &result);
    if (good && verb == DEL && file) unlink(file);
    return good ? 0 : 1;
}

int main(int count, char **arguments) {
    static const struct option OPTIONS[] = {
        {"conflist", 1, NULL, 'c'}, {"path", 1, NULL, 'p'},  {"netns", 1, NULL, 'n'}, {"id", 1, NULL, 'i'},    {"ifname", 1, NULL, 'f'},
        {"args", 1, NULL, 'a'},     {"cap", 1, NULL, 'C'},   {"valid", 1, NULL, 'v'}, {"cache", 1, NULL, 'd'}, {NULL, 0, NULL, 0},
    };
    static const char *const NAMES[] = {"add", "del", "check", "status", "gc"};
    signal(SIGPIPE, SIG_IGN);
    if (count > 1 && !strcmp(arguments[1], "bench")) return bench(count - 1, arguments + 1);
    if (count > 1 && !strcmp(arguments[1], "churn")) return churn(count - 1, arguments + 1);
    int verb = 0;
    while (verb < 5 && (count < 2 || strcmp(arguments[1], NAMES[verb]))) verb++;
    struct attachment a = {"", "", "eth0", "", "/opt/cni/bin", {0}, {0}, {0}, NULL};
    const char *conflist = NULL, *cache = "/var/lib/cni/results";
    int option;
    while (verb < 5 && (option = getopt_long(count - 1, arguments + 1, "", OPTIONS, NULL)) != -1) {
        switch (option) {
        case 'c': conflist = optarg; break;
        case 'p': a.path = optarg; break;
        case 'n': a.netns = optarg; break;
        case 'i': a.id = optarg; break;
        case 'f': a.ifname = optarg; break;
        case 'a': a.args = optarg; break;
        case 'C': a.capabilities = (struct slice){optarg, strlen(optarg)}; break;
        case 'v': a.valid = (struct slice){optarg, strlen(optarg)}; break;
        case 'd': cache = optarg; break;
        default: verb = 5;
        }
    }
    if (verb == 5 || !conflist) {
        fputs(USAGE, stderr);
        return 2;
    }
    return one_call((enum verb)verb, conflist, cache, &a);
}
