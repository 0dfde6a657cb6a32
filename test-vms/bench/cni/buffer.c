#include "chain.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void buffer_add(struct buffer *b, const char *p, size_t n) {
    if (b->n + n + 1 > b->room) {
        b->room = (b->n + n + 1) * 2;
        b->p = realloc(b->p, b->room);
        if (!b->p) abort();
    }
    if (n) memcpy(b->p + b->n, p, n);
    b->n += n;
    b->p[b->n] = 0;
}

void buffer_text(struct buffer *b, const char *text) {
    buffer_add(b, text, strlen(text));
}

void buffer_slice(struct buffer *b, struct slice s) {
    buffer_add(b, s.p, s.n);
}

void buffer_json_text(struct buffer *b, const char *text) {
    buffer_text(b, "\"");
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        char escaped[8];
        if (c == '"' || c == '\\') {
            snprintf(escaped, sizeof escaped, "\\%c", c);
        } else if (c < 0x20) {
            snprintf(escaped, sizeof escaped, "\\u%04x", c);
        } else {
            snprintf(escaped, sizeof escaped, "%c", c);
        }
        buffer_text(b, escaped);
    }
    buffer_text(b, "\"");
}

void buffer_free(struct buffer *b) {
    free(b->p);
    *b = (struct buffer){0};
}

bool buffer_read_file(struct buffer *b, const char *path) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return false;
    char piece[16384];
    ssize_t n;
    while ((n = read(fd, piece, sizeof piece)) > 0) buffer_add(b, piece, (size_t)n);
    close(fd);
    if (n == 0) buffer_add(b, "", 0);
    return n == 0;
}
