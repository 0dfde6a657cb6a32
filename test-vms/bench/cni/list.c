#include "chain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

extern char **environ;

static const char *const VERBS[] = {"ADD", "DEL", "CHECK", "STATUS", "GC"};

bool network_load(struct network *network, const char *file) {
    *network = (struct network){0};
    if (!buffer_read_file(&network->text, file)) {
        fprintf(stderr, "cni-chain: %s: cannot be read\n", file);
        return false;
    }
    struct slice whole = json_trim((struct slice){network->text.p, network->text.n});
    network->name = json_member(whole, "name");
    network->version = json_member(whole, "cniVersion");
    struct slice list = json_member(whole, "plugins"), plugin;
    if (!list.p) network->plugins[network->count++] = whole; // a .conf with a single plugin
    while (network->count < 16 && json_next_element(&list, &plugin)) network->plugins[network->count++] = plugin;
    if (!network->version.p) network->version = (struct slice){"\"0.1.0\"", 7};
    if (!network->name.p || !network->count || !network_type(network->plugins[0]).p) {
        fprintf(stderr, "cni-chain: %s: no name, no plugins or no type\n", file);
        return false;
    }
    return true;
}

struct slice network_type(struct slice plugin) {
    return json_member(plugin, "type");
}

static void member(struct buffer *b, const char *key, struct slice value) {
    buffer_text(b, b->n > 1 ? "," : "");
    buffer_json_text(b, key);
    buffer_text(b, ":");
    buffer_slice(b, value);
}

// The plugin's own object with what the runtime adds.
static void configuration(
    struct buffer *b, const struct network *network, enum verb verb, struct slice plugin, const struct attachment *a, struct slice previous) {
    static const char *const added[] = {"name", "cniVersion", "prevResult", "runtimeConfig"};
    buffer_text(b, "{");
    member(b, "cniVersion", network->version);
    member(b, "name", network->name);
    struct slice rest = plugin, key, value;
    while (json_next_member(&rest, &key, &value)) {
        bool ours = false;
        for (int i = 0; i < 4; i++) ours = ours || json_equals(key, added[i]);
        if (ours) continue;
        buffer_text(b, ",");
        buffer_slice(b, key);
        buffer_text(b, ":");
        buffer_slice(b, value);
    }
    if (previous.p) member(b, "prevResult", previous);
    if (verb == GC && a->valid.p) member(b, "cni.dev/valid-attachments", a->valid);
    struct buffer runtime = {0};
    buffer_text(&runtime, "{");
    rest = a->capabilities;
    struct slice wanted = json_member(plugin, "capabilities");
    while (json_next_member(&rest, &key, &value)) {
        char *name = json_string(key);
        struct slice yes = name ? json_member(wanted, name) : (struct slice){0};
        if (yes.n == 4 && !memcmp(yes.p, "true", 4)) member(&runtime, name, value);
        free(name);
    }
    buffer_text(&runtime, "}");
    if (runtime.n > 2) member(b, "runtimeConfig", (struct slice){runtime.p, runtime.n});
    buffer_free(&runtime);
    buffer_text(b, "}");
}

static bool find(char *file, size_t room, const char *path, const char *type) {
    for (const char *p = path; *p;) {
        size_t n = strcspn(p, ":");
        struct stat st;
        snprintf(file, room, "%.*s/%s", (int)n, p, type);
        if (!stat(file, &st) && S_ISREG(st.st_mode)) return true;
        p += n + (p[n] == ':');
    }
    return false;
}

// The runtime's own environment without CNI_*, then the CNI variables as libcni sets them.
static char **make_environment(enum verb verb, const struct attachment *a, struct buffer *room) {
    bool pod = verb != STATUS && verb != GC;
    const char *const pairs[][2] = {
        {"CNI_COMMAND=", VERBS[verb]},         {"CNI_CONTAINERID=", pod ? a->id : ""}, {"CNI_NETNS=", pod ? a->netns : ""},
        {"CNI_ARGS=", a->args},                {"CNI_IFNAME=", pod ? a->ifname : ""},  {"CNI_PATH=", a->path},
    };
    size_t count = 0, filled = 0, at[6];
    while (environ[count]) count++;
    char **result = calloc(count + 7, sizeof *result);
    for (size_t i = 0; i < count; i++) {
        if (strncmp(environ[i], "CNI_", 4)) result[filled++] = environ[i];
    }
    for (int i = 0; i < 6; i++) {
        at[i] = room->n;
        buffer_text(room, pairs[i][0]);
        buffer_text(room, pairs[i][1]);
        buffer_add(room, "", 1);
    }
    for (int i = 0; i < 6; i++) result[filled++] = room->p + at[i];
    return result;
}

static bool run_one(
    const struct network *network, enum verb verb, struct slice plugin, const struct attachment *a, struct slice previous, struct buffer *out,
    struct buffer *problem, struct doom *doom) {
    struct buffer input = {0}, room = {0};
    struct outcome outcome = {0};
    char file[4096], text[64];
    char *type = json_string(network_type(plugin));
    char **environment = make_environment(verb, a, &room);
    bool good = false;
    configuration(&input, network, verb, plugin, a, previous);
    if (!type || !find(file, sizeof file, a->path, type)) {
        buffer_text(problem, type ? type : "?");
        buffer_text(problem, ": no such plugin in ");
        buffer_text(problem, a->path);
    } else {
        plugin_run(file, environment, (struct slice){input.p, input.n}, &outcome, doom);
        good = !outcome.failure && outcome.status == 0;
        if (!good) {
            if (outcome.failure) {
                snprintf(text, sizeof text, " %s: %s\n", VERBS[verb], strerror(outcome.failure));
            } else if (WIFSIGNALED(outcome.status)) {
                snprintf(text, sizeof text, " %s: killed by signal %d\n", VERBS[verb], WTERMSIG(outcome.status));
            } else {
                snprintf(text, sizeof text, " %s: exit status %d\n", VERBS[verb], WEXITSTATUS(outcome.status));
            }
            buffer_text(problem, type);
            buffer_text(problem, text);
            buffer_slice(problem, (struct slice){outcome.out.p, outcome.out.n});
            buffer_slice(problem, (struct slice){outcome.err.p, outcome.err.n});
        }
    }
    buffer_free(out);
    *out = outcome.out;
    buffer_free(&outcome.err);
    buffer_free(&input);
    buffer_free(&room);
    free(environment);
    free(type);
    return good;
}

bool network_run(
    const struct network *network, enum verb verb, const struct attachment *attachment, struct buffer *result, struct buffer *problem) {
    struct slice previous = verb == DEL || verb == CHECK ? attachment->previous : (struct slice){0};
    struct buffer out = {0};
    bool good = true;
    for (int i = 0; i < network->count; i++) {
        struct slice plugin = network->plugins[verb == DEL ? network->count - 1 - i : i];
        if (!run_one(network, verb, plugin, attachment, previous, &out, problem, attachment->doom && attachment->doom->plugin == i ? attachment->doom : NULL)) {
            good = false;
            if (verb != GC) break; // libcni: GC goes on, every other verb stops at the first failure
        }
        if (verb == ADD) {
            buffer_free(result);
            *result = out;
            out = (struct buffer){0};
            previous = json_trim((struct slice){result->p ? result->p : "", result->n});
            if (!previous.n) previous.p = NULL;
        }
    }
    buffer_free(&out);
    return good;
}
