/* What is said on one connection, from the hello to DELIVERED: docs/cni-socket.md section 1. */
#include "launcher.h"

#include <unistd.h>

/* All of a REPORT but the plugin's output, which is sent from where it was read to. */
static unsigned char report_buffer[FOREIGN_STDERR_TAIL + (16 << 10)];

static bool malformed(struct text *why)
{
    why->length = 0;
    text_add(why, "its answer is malformed");
    return false;
}

/* ANSWER: 1 = passed on, 0 = malformed. */
static bool pass_on(struct span frame, int fd, int *status, struct text *why)
{
    struct section section;
    struct span output = {0}, error = {0};
    uint32_t number = UINT32_MAX;
    while (next_section(&frame, &section)) {
        if (section.type == SECTION_STATUS)
            number = section.value.length == 4 ? get_u32(section.value.data) : UINT32_MAX;
        else if (section.type == SECTION_STDOUT)
            output = section.value;
        else if (section.type == SECTION_STDERR)
            error = section.value;
    }
    if (number > 255)
        return malformed(why);
    write_all(STDERR_FILENO, error.data, error.length);
    if (!write_all(STDOUT_FILENO, output.data, output.length)) {
        *status = 1; /* nobody reads: without DELIVERED the server takes an ADD back */
        return true;
    }
    unsigned char bytes[16];
    struct frame delivered = {bytes, 0, sizeof bytes};
    frame_begin(&delivered, KIND_DELIVERED);
    frame_end(&delivered, 0);
    /* The runtime has its answer; whether the server still listens changes nothing for it, and 14 bytes always fit. */
    send_bytes(fd, (struct span){bytes, delivered.length}, (struct span){0}, 0, why);
    *status = (int)number;
    return true;
}

static bool take_apart(struct span frame, struct execution *execution, struct text *why)
{
    struct section section;
    bool has_type = false, has_config = false;
    *execution = (struct execution){.sections = frame};
    while (next_section(&frame, &section)) {
        if (section.type == SECTION_PLUGIN) {
            execution->type = section.value;
            has_type = true;
        } else if (section.type == SECTION_STDIN) {
            execution->config = section.value;
            has_config = true;
        } else if (section.type == SECTION_COMMAND) {
            execution->command = section.value;
            execution->has_command = true;
        }
    }
    return has_type && has_config && execution->config.length <= EXECUTE_STDIN_LIMIT ? true : malformed(why);
}

static bool send_report(int fd, const struct foreign_result *result, struct text *why)
{
    struct frame report = {report_buffer, 0, sizeof report_buffer};
    frame_begin(&report, KIND_REPORT);
    frame_add_number(&report, SECTION_OUTCOME, result->outcome);
    frame_add_number(&report, SECTION_CODE, result->code);
    frame_add_number(&report, SECTION_FLAGS, result->truncated ? 1 : 0);
    if (result->path.length > 0)
        frame_add(&report, SECTION_PATH, result->path.data, result->path.length);
    if (result->text.length > 0)
        frame_add(&report, SECTION_TEXT, result->text.data, result->text.length);
    frame_add(&report, SECTION_STDERR, result->error_tail.data, result->error_tail.length);
    frame_reserve(&report, SECTION_STDOUT, result->output.length, 0);
    frame_end(&report, result->output.length);
    return send_bytes(fd, (struct span){report_buffer, report.length}, result->output, now_ms() + ROUND_MS, why);
}

static bool serve_rounds(const struct call *call, int fd, int64_t deadline, int *status, struct text *why)
{
    static struct foreign_result result;
    for (int round = 0; round <= ROUND_LIMIT; round++) {
        struct span frame;
        enum kind kind;
        struct execution execution;
        if (!receive_frame(fd, deadline, &frame, why))
            return false;
        if (!frame_kind(frame, &kind))
            return malformed(why);
        if (kind == KIND_ANSWER)
            return pass_on(frame, fd, status, why);
        if (kind != KIND_EXECUTE || round == ROUND_LIMIT)
            return malformed(why);
        if (!take_apart(frame, &execution, why))
            return false;
        run_foreign(call, &execution, &result);
        if (!send_report(fd, &result, why))
            return false;
        deadline = now_ms() + ROUND_MS;
    }
    return malformed(why);
}

enum outcome exchange(struct call *call, int fd, int64_t hello_deadline, int *status, struct text *why)
{
    if (!await_hello(fd, hello_deadline, why))
        return NOT_REACHED;
    const struct pod *pod = &call->pod;
    int passed[3] = {call->root_fd,
                     (pod->flags & NETNS_REAL) != 0 ? pod->fd : call->root_fd,
                     (pod->flags & SOCKET_REAL) != 0 ? pod->socket_fd : call->root_fd};
    struct frame *request = build_request(call);
    struct span parts[2] = {{request->data, request->length}, call->config};
    int64_t deadline = now_ms() + ROUND_MS;
    bool begun = false;
    /* If not even the first byte can be sent, the server has given up before it had anything. */
    if (!send_request(fd, passed, parts, deadline, &begun, why))
        return begun ? LOST : NOT_REACHED;
    return serve_rounds(call, fd, deadline, status, why) ? ANSWERED : LOST;
}
