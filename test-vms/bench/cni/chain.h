// cni-chain: runs lists of CNI plugins as a container runtime does (libcni: order, environment, standard input), and measures them.
#ifndef CHAIN_H
#define CHAIN_H

#include <stdbool.h>
#include <stddef.h>

// Bytes of someone else's memory. p is NULL where there is nothing.
struct slice {
    const char *p;
    size_t n;
};

// Bytes of its own. Zeroed is empty; p is NULL or ends with a zero byte that n does not count.
struct buffer {
    char *p;
    size_t n, room;
};

void buffer_add(struct buffer *b, const char *p, size_t n);
void buffer_text(struct buffer *b, const char *text);
void buffer_slice(struct buffer *b, struct slice s);
void buffer_json_text(struct buffer *b, const char *text); // with quotes and escapes
void buffer_free(struct buffer *b);
bool buffer_read_file(struct buffer *b, const char *path);

// json.c: enough JSON to take a configuration apart and put another together; values stay the text they are.
struct slice json_trim(struct slice value);
struct slice json_member(struct slice object, const char *key);                        // p NULL: absent
bool json_next_member(struct slice *rest, struct slice *key, struct slice *value);     // rest: first the object itself
bool json_next_element(struct slice *rest, struct slice *value);                       // rest: first the array itself
bool json_equals(struct slice string, const char *text);                              // string with its quotes
char *json_string(struct slice string);                                                // malloc'd; plain strings only

// list.c: one network configuration list.
struct network {
    struct buffer text;
    struct slice name, version; // with quotes
    struct slice plugins[16];
    int count;
};

enum verb { ADD, DEL, CHECK, STATUS, GC };

struct attachment {
    const char *id, *netns, *ifname, *args; // args: CNI_ARGS, or ""
    const char *path;                       // CNI_PATH
    struct slice capabilities;              // object of capability arguments, or p NULL
    struct slice previous;                  // result of an earlier ADD, or p NULL
    struct slice valid;                     // GC: array of valid attachments, or p NULL
};

bool network_load(struct network *network, const char *file);
struct slice network_type(struct slice plugin); // with quotes

// Runs verb for the whole list in libcni's order. *result: the last ADD's output, or the failing plugin's. *problem: who failed and how.
bool network_run(
    const struct network *network, enum verb verb, const struct attachment *attachment, struct buffer *result, struct buffer *problem);

// plugin.c
struct outcome {
    struct buffer out, err;
    int status;  // as of waitpid
    int failure; // errno when it could not be run, or 0
};

void plugin_run(const char *file, char *const *environment, struct slice input, struct outcome *outcome);

// bench.c
int bench(int count, char **arguments);

#endif
