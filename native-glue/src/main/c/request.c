/* The REQUEST frame, docs/cni-socket.md 2.3 and 2.4. */
#include "launcher.h"

#include <string.h>

/* Everything but stdin, whose bytes are sent from where they were read to. 64 KiB are for all that is not environment. */
static unsigned char buffer[ENV_ALL_LIMIT + (64 << 10)];
static struct frame request = {buffer, 0, sizeof buffer};

enum { NETNS_FIXED_SIZE = 48 };

static void add_netns(struct frame *frame, const struct pod *pod)
{
    size_t length = NETNS_FIXED_SIZE + pod->why.length;
    unsigned char *at = frame_reserve(frame, SECTION_NETNS, length, length);
    if (at == NULL)
        return;
    put_u32(at, pod->flags);
    put_u32(at + 4, pod->step);
    put_u32(at + 8, pod->error);
    put_u32(at + 12, 0);
    put_u64(at + 16, pod->own_device);
    put_u64(at + 24, pod->own_inode);
    put_u64(at + 32, pod->device);
    put_u64(at + 40, pod->inode);
    memcpy(at + NETNS_FIXED_SIZE, pod->why.data, pod->why.length);
}

/* The frame up to and including the header of its last section STDIN; call->config follows. */
struct frame *build_request(const struct call *call)
{
    frame_begin(&request, KIND_REQUEST);
    frame_add_number(&request, SECTION_PROTOCOL, PROTOCOL);
    frame_add(&request, SECTION_BUILD, BUILD, sizeof BUILD - 1);
    frame_add(&request, SECTION_PLUGIN, call->plugin, strlen(call->plugin));
    for (char **entry = call->environment; *entry != NULL; entry++)
        if (strncmp(*entry, "CNI_", 4) == 0)
            frame_add(&request, SECTION_ENV, *entry, strlen(*entry));
    add_netns(&request, &call->pod);
    if (call->reason.length > 0)
        frame_add(&request, SECTION_REASON, call->reason.data, call->reason.length);
    frame_reserve(&request, SECTION_STDIN, call->config.length, 0);
    frame_end(&request, call->config.length);
    return &request;
}
