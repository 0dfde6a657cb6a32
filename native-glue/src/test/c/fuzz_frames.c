/*
 * Changed frames through the launcher's own code, built with sanitizers, in one process: what comes after the hello, the texts of
 * failures and the search for cniVersion. Each frame lies in memory of exactly its length, so that reading one byte too many is seen.
 * usage: fuzz_frames SECONDS SEED FILE; FILE holds the input of the moment.
 */
#define _GNU_SOURCE
#include "../../main/c/exchange.c"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

enum { MOST = 4096, BATCH = 20000, SEEDS = 8 };

struct input {
    uint32_t length;
    unsigned char data[MOST];
};

static struct input *now_tried, seeds[SEEDS];
static struct span rest;
static unsigned char *exact;
static uint64_t state;

/* The other side: connection.c, request.c and child.c. */
bool await_hello(int fd, int64_t deadline, struct text *why)
{
    return fd >= 0 && deadline > 0 && why != NULL;
}

static bool touch(struct span bytes)
{
    unsigned sum = 0;
    for (size_t i = 0; i < bytes.length; i++)
        sum += bytes.data[i];
    return sum != 1;
}

bool send_request(int fd, const int passed[3], const struct span parts[2], int64_t deadline, bool *begun, struct text *why)
{
    *begun = true;
    return touch(parts[0]) && touch(parts[1]) && fd >= 0 && passed[0] >= 0 && deadline > 0 && why != NULL;
}

bool send_bytes(int fd, struct span first, struct span second, int64_t deadline, struct text *why)
{
    return touch(first) && touch(second) && fd >= 0 && deadline >= 0 && why != NULL;
}

bool receive_frame(int fd, int64_t deadline, struct span *frame, struct text *why)
{
    free(exact);
    exact = NULL;
    why->length = 0;
    if (rest.length < 4 || fd < 0 || deadline <= 0)
        return false;
    size_t length = get_u32(rest.data);
    if (length > rest.length - 4)
        length = rest.length - 4;
    exact = malloc(length);
    memcpy(exact, rest.data + 4, length);
    *frame = (struct span){exact, length};
    rest = (struct span){rest.data + 4 + length, rest.length - 4 - length};
    return true;
}

struct frame *build_request(const struct call *call)
{
    static unsigned char bytes[16];
    static struct frame frame = {bytes, 0, sizeof bytes};
    frame_begin(&frame, call != NULL ? KIND_REQUEST : KIND_ANSWER);
    return &frame;
}

int run_child(const char *path, char **environment, int config_fd, struct foreign_result *result)
{
    for (; *environment != NULL; environment++)
        touch((struct span){(unsigned char *)*environment, strlen(*environment)});
    result->code = (uint32_t)strlen(path);
    return config_fd >= 0 ? 0 : 1;
}

static uint32_t any(uint32_t below)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return below == 0 ? 0 : (uint32_t)(state >> 20) % below;
}

static void seed(int number, enum kind kind, const char *type, const char *value, uint32_t status)
{
    static unsigned char bytes[MOST];
    struct frame frame = {bytes, 0, sizeof bytes};
    frame_begin(&frame, kind);
    frame_add_number(&frame, SECTION_STATUS, status);
    frame_add(&frame, SECTION_PLUGIN, type, strlen(type));
    frame_add(&frame, SECTION_ENV, value, strlen(value));
    frame_add(&frame, SECTION_COMMAND, "DEL", 3);
    frame_add(&frame, SECTION_STDIN, value, strlen(value));
    frame_add(&frame, SECTION_STDOUT, value, strlen(value));
    frame_end(&frame, 0);
    seeds[number].length = (uint32_t)frame.length;
    memcpy(seeds[number].data, bytes, frame.length);
}

static void change(struct input *input)
{
    static const uint32_t numbers[] = {0, 1, 4, 5, 6, 10, 255, 256, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff};
    for (uint32_t times = 1 + any(5); times > 0; times--) {
        uint32_t at = any(input->length), left = input->length - at;
        const struct input *other = &seeds[any(SEEDS)];
        switch (any(6)) {
        case 0:
            if (left > 0)
                input->data[at] ^= (unsigned char)(1 << any(8));
            break;
        case 1:
            if (left > 0)
                input->data[at] = (unsigned char)any(256);
            break;
        case 2:
            if (left >= 4)
                put_u32(input->data + at, numbers[any(sizeof numbers / sizeof *numbers)]);
            break;
        case 3:
            input->length = at;
            break;
        case 4:
            if (left > 1) {
                uint32_t cut = 1 + any(left < 40 ? left - 1 : 40);
                memmove(input->data + at, input->data + at + cut, left - cut);
                input->length -= cut;
            }
            break;
        default:
            if (input->length + other->length <= MOST) {
                memmove(input->data + at + other->length, input->data + at, left);
                memcpy(input->data + at, other->data, other->length);
                input->length += other->length;
            }
        }
    }
}

static void try(char **environment)
{
    static struct call call;
    struct text why = {0};
    int status = 0;
    rest = (struct span){now_tried->data, now_tried->length};
    call = (struct call){.plugin = "flannel", .command = "ADD", .netns = "", .environment = environment, .config = rest};
    if (exchange(&call, 0, 1, &status, &why) == NOT_REACHED || (unsigned)status > 255)
        abort();
    unsigned char *copy = malloc(now_tried->length + 1);
    memcpy(copy, now_tried->data, now_tried->length);
    call.config = (struct span){copy, now_tried->length};
    touch(cni_version_of(call.config));
    copy[now_tried->length] = '\0';
    answer_error(&call, 7, (const char *)copy, why.data);
    free(copy);
}

int main(int argc, char **argv)
{
    char *environment[] = {"CNI_PATH=/bin:relative", "CNI_COMMAND=ADD", NULL};
    if (argc != 4)
        return 2;
    time_t end = time(NULL) + atol(argv[1]);
    state = strtoull(argv[2], NULL, 10) * 2 + 1;
    int file = open(argv[3], O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (file < 0 || ftruncate(file, sizeof *now_tried) != 0)
        return 2;
    now_tried = mmap(NULL, sizeof *now_tried, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    seed(0, KIND_ANSWER, "", "{\"cniVersion\":\"1.0.0\"}", 0);
    seed(1, KIND_ANSWER, "x", "{\"a\":{\"b\":[\"\\\"\"]},\"CNIVERSION\" : \"0.4.0\"}", 255);
    seed(2, KIND_EXECUTE, "sh", "CNI_ARGS=a=b", 0);
    seed(3, KIND_EXECUTE, "none", "A=", 0);
    seed(4, KIND_EXECUTE, "../sh", "=", 0);
    seed(5, KIND_EXECUTE, "", "CNI_COMMAND=x", 0);
    seed(6, KIND_REPORT, "\xc3\xa4\xed\xa0\x80\xf4\x90", "\x01\"\\", 1);
    seed(7, KIND_DELIVERED, "", "", 256);
    for (uint64_t runs = 0;; runs += BATCH) {
        if (time(NULL) >= end) {
            printf("Done %llu runs of frames in %s second(s)\n", (unsigned long long)runs, argv[1]);
            return 0;
        }
        fflush(stdout);
        uint64_t after = state + 0x9e3779b97f4a7c15 * (runs + 1);
        pid_t child = fork(); /* what the launcher allocates lives as long as it does */
        if (child == 0) {
            int null = open("/dev/null", O_WRONLY);
            dup2(null, STDOUT_FILENO);
            dup2(null, STDERR_FILENO); /* a sanitizer writes to its log_path */
            for (int i = 0; i < BATCH; i++) {
                *now_tried = seeds[any(SEEDS)];
                change(now_tried);
                try(environment);
            }
            _exit(0);
        }
        int status;
        if (child < 0 || waitpid(child, &status, 0) != child || status != 0) {
            printf("a batch ended with status %x; its input is in %s\n", (unsigned)status, argv[3]);
            return 1;
        }
        state = after | 1;
    }
}
