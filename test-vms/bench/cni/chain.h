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
    struct doom *doom;                      // when to kill one of the plugins, or NULL
};

bool network_load(struct network *network, const char *file);
struct slice network_type(struct slice plugin); // with quotes

// Runs verb for the whole list in libcni's order. *result: the last ADD's output, or the failing plugin's. *problem: who failed and how.
bool network_run(
    const struct network *network, enum verb verb, const struct attachment *attachment, struct buffer *result, struct buffer *problem);

// plugin.c
// The end of one plugin by SIGKILL: right before its nth system call, or after a time if that is not 0.
struct doom {
    int plugin; // which of the list, counted from 0 in the order of their calls
    int syscall, microseconds;
    bool struck; // whether it was still there to be killed
};

struct outcome {
    struct buffer out, err;
    int status;  // as of waitpid
    int failure; // errno when it could not be run, or 0
};

void plugin_run(const char *file, char *const *environment, struct slice input, struct outcome *outcome, struct doom *doom);

// pods.c: pods to measure with, and what is said of times.
enum { CHAINS = 4, PODS = 1000 };
struct chain {
    const char *name, *path;
    struct network network;
};
bool chain_load(struct chain *chain, char *text); // NAME:CONFLIST:CNI_PATH
double now(void);                                 // milliseconds
void pod_path(char *path, size_t room, int pod);
bool make_pods(int count); // once; removed at exit
int compare_times(const void *a, const void *b);
double percentile(const double *sorted, int count, int percent); // nearest rank
int number(const char *text, int least, int most);               // of an option; ends the program if it is none

// times.c: how long calls took, as a plot and a table.
struct times {
    const char *name;
    double *ms[2]; // ADD, DEL; sorted by report_times
    int count[2];
};
void report_times(struct times *chains, int count); // the last is the peer of the others

// bench.c, churn.c
int bench(int count, char **arguments);
int churn(int count, char **arguments);

#endif
