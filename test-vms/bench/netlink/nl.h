// Just enough rtnetlink for the benchmarks: what the kernel takes for the same work with nothing around it.
#ifndef NL_H
#define NL_H

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct message {
    union {
        struct nlmsghdr header;
        char bytes[2048];
    };
};

void begin(struct message *m, int type, int flags, const void *body, size_t size);
struct rtattr *attribute(struct message *m, int type, const void *value, size_t size); // a nest if size is 0
void text_attribute(struct message *m, int type, const char *text);
void number_attribute(struct message *m, int type, uint32_t value);
void end_nest(struct message *m, struct rtattr *nest);

int open_netlink(void);
void subscribe(int fd, int group);
void send_all(int fd, struct message *messages, int count);     // in one sendmsg
int await_acks(int fd, int count);                              // first errno, or 0
void demand(int failure, const char *what);                     // ends the program if failure is not 0
double milliseconds(void);                                      // monotonic

// The attribute of a received message, or NULL.
const struct rtattr *find_attribute(const struct nlmsghdr *h, size_t body, int type);

void print_row(const char *name, double *values, int count); // sorts them; p50 p90 p99 max

#endif
