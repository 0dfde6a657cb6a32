/*
 * The CNI launcher: a CNI executable that hands its call to a server over a unix socket.
 * The contract with the server is docs/cni-socket.md; the names below are those of that page.
 *
 * The program runs once for every CNI call, so its start is the product: it is static, uses no stdio and no heap on the
 * usual path, and its large buffers live in .bss, where a page costs nothing until it is touched.
 */
#ifndef LAUNCHER_H
#define LAUNCHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Overridden by tests at compile time only; a caller's environment must never choose where a root process connects. */
#ifndef RUN_DIR
#define RUN_DIR "/run/flannel"
#endif
#ifndef SYSTEM_RUNTIME
#define SYSTEM_RUNTIME "/usr/lib/flannel-j/bin/cni-standalone"
#endif
#ifndef VERSION
#define VERSION "0.1.0"
#endif
#ifndef BUILD
#define BUILD VERSION
#endif
#ifndef HELLO_MS
/* From connect to the daemon's hello. On a node that is short of processor time, a JVM of one's own would come later than a late hello. */
#define HELLO_MS 5000
#endif
#ifndef ROUND_MS
#define ROUND_MS 30000 /* from REQUEST or REPORT to the server's next frame */
#endif
#ifndef STANDALONE_MS
/* Until the stand-alone process has said hello: whoever holds the lock is alive, and on a node that is short of processor time it comes late. */
#define STANDALONE_MS 60000
#endif
#ifndef TEXT_BUSY_MS
#define TEXT_BUSY_MS 1000 /* between two tries of execve that end with ETXTBSY */
#endif
#ifndef STARTS_LIMIT
#define STARTS_LIMIT 2 /* stand-alone processes that one launcher starts */
#endif

#define DAEMON_SOCKET RUN_DIR "/cni.sock"
#define STANDALONE_SOCKET RUN_DIR "/cni-standalone.sock"
#define STANDALONE_LOCK RUN_DIR "/cni-standalone.lock"
#define STANDALONE_LOG RUN_DIR "/cni-standalone.log"

enum {
    PROTOCOL = 1,
    HELLO_LIMIT = 128,
    FRAME_LIMIT = 4 << 20,
    STDIN_LIMIT = 1 << 20,
    ENV_ONE_LIMIT = 128 << 10,
    ENV_ALL_LIMIT = 256 << 10,
    ENV_COUNT_LIMIT = 64,
    EXECUTE_STDIN_LIMIT = 2 << 20,
    FOREIGN_STDOUT_LIMIT = 1 << 20,
    FOREIGN_STDERR_TAIL = 16 << 10,
    ROUND_LIMIT = 64,
    LOG_LIMIT = 1 << 20,
};

/* Codes of CNI error objects, CNI specification 1.1.0, section "Error". */
enum {
    CNI_BAD_ENVIRONMENT = 4,
    CNI_IO_FAILURE = 5,
    CNI_TRY_AGAIN_LATER = 11,
    CNI_NOT_AVAILABLE = 50,
    CNI_INTERNAL = 999,
};

enum kind { KIND_REQUEST = 1, KIND_ANSWER = 2, KIND_EXECUTE = 3, KIND_REPORT = 4, KIND_DELIVERED = 5 };

enum section_type {
    SECTION_KIND = 0x01,
    SECTION_PROTOCOL = 0x02,
    SECTION_BUILD = 0x03,
    SECTION_PLUGIN = 0x04,
    SECTION_ENV = 0x05,
    SECTION_STDIN = 0x06,
    SECTION_NETNS = 0x07,
    SECTION_STATUS = 0x08,
    SECTION_STDOUT = 0x09,
    SECTION_STDERR = 0x0a,
    SECTION_COMMAND = 0x0b,
    SECTION_OUTCOME = 0x0c,
    SECTION_CODE = 0x0d,
    SECTION_TEXT = 0x0e,
    SECTION_PATH = 0x0f,
    SECTION_FLAGS = 0x10,
    SECTION_REASON = 0x11,
};

/* Bytes that belong to someone else. */
struct span {
    const unsigned char *data;
    size_t length;
};

/* A bounded, always terminated text; what does not fit is cut off. */
struct text {
    size_t length;
    char data[2048];
};

enum { NETNS_GIVEN = 1, OWN_KNOWN = 2, POD_KNOWN = 4, NETNS_REAL = 8, SOCKET_REAL = 16 }; /* pod.flags */

/* The pod's side of a call: what N, S and the NETNS section carry. */
struct pod {
    uint32_t flags;
    uint32_t step;
    uint32_t error;
    uint64_t own_device, own_inode, device, inode;
    int own_fd, fd, socket_fd; /* -1 where there is none */
    struct text why;
};

/* One CNI call. */
struct call {
    const char *plugin;
    const char *command;
    const char *netns; /* CNI_NETNS, "" if absent */
    char **environment;
    struct span config; /* stdin of the call */
    int root_fd;
    struct pod pod;
    struct text reason; /* why the daemon is not the one that answers; empty while it may be */
};

/* How an attempt to have a call served ended. */
enum outcome {
    ANSWERED,    /* the answer has been passed on; the exit status is known */
    NOT_REACHED, /* no hello, nothing was sent: going elsewhere is free */
    LOST,        /* the end came after the hello: the server may have acted */
};

/* text.c */
void text_add(struct text *text, const char *string);
void text_add_bytes(struct text *text, const void *bytes, size_t length);
void text_add_uncapitalized(struct text *text, const char *string);
void text_add_number(struct text *text, long long number);
void text_add_errno(struct text *text, const char *operation, const char *object, int error);
int64_t now_ms(void);
void sleep_ms(int64_t milliseconds);
bool write_all(int fd, const void *bytes, size_t length);

/* json_error.c: both return the exit status of the launcher */
int answer_error(const struct call *call, int code, const char *message, const char *details);
struct span cni_version_of(struct span config);

/* about.c */
bool known_plugin(const char *name);
void add_known_plugins(struct text *text);
int answer_version(void);
int answer_about(const char *plugin);

/* input.c: false after an error object has been written */
bool check_environment(const struct call *call);
bool read_config(struct call *call);

/* pod.c */
bool open_descriptors(struct call *call);
bool renew_pod_socket(struct call *call);

/* connection.c */
int connect_to(const char *path, int64_t deadline, struct text *why);
bool await_hello(int fd, int64_t deadline, struct text *why);
bool send_request(int fd, const int passed[3], const struct span parts[2], int64_t deadline, bool *begun, struct text *why);
bool send_bytes(int fd, struct span first, struct span second, int64_t deadline, struct text *why);
bool receive_frame(int fd, int64_t deadline, struct span *frame, struct text *why);

/* frame.c */
struct frame {
    unsigned char *data;
    size_t length, size;
};
void frame_begin(struct frame *frame, enum kind kind);
void frame_add(struct frame *frame, enum section_type type, const void *value, size_t length);
void frame_add_number(struct frame *frame, enum section_type type, uint32_t value);
unsigned char *frame_reserve(struct frame *frame, enum section_type type, size_t length, size_t present);
void frame_end(struct frame *frame, size_t following);
void put_u32(unsigned char *at, uint32_t value);
void put_u64(unsigned char *at, uint64_t value);
uint32_t get_u32(const unsigned char *at);

struct section {
    unsigned type;
    struct span value;
};
bool next_section(struct span *rest, struct section *section);
bool frame_kind(struct span frame, enum kind *kind);

/* request.c */
struct frame *build_request(const struct call *call);

/* exchange.c */
enum outcome exchange(struct call *call, int fd, int64_t hello_deadline, int *status, struct text *why);

/* foreign.c and child.c */
struct execution { /* EXECUTE, taken apart */
    struct span type, command, config;
    struct span sections; /* for its ENV sections */
    bool has_command;
};
enum foreign_outcome { FOREIGN_EXITED = 0, FOREIGN_SIGNALLED = 1, FOREIGN_NOT_FOUND = 2, FOREIGN_NOT_RUN = 3 };
struct foreign_result {
    enum foreign_outcome outcome;
    uint32_t code;
    bool truncated;
    struct span output, error_tail;
    struct text path, text;
};
void run_foreign(const struct call *call, const struct execution *execution, struct foreign_result *result);
int run_child(const char *path, char **environment, int config_fd, struct foreign_result *result);
void ignore_broken_pipes(void);
void restore_broken_pipes(void);

/* standalone.c and spawn.c */
enum outcome ask_standalone(struct call *call, int *status, struct text *why);
bool find_runtime(struct text *path, struct text *looked_at);
bool start_runtime(const char *path, int lock_fd, struct text *why);

#endif
