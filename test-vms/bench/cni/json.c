#include "chain.h"

#include <stdlib.h>
#include <string.h>

static const char *skip_blank(const char *p, const char *end) {
    while (p < end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r')) p++;
    return p;
}

static const char *skip_string(const char *p, const char *end) {
    for (p++; p < end && *p != '"'; p++) {
        if (*p == '\\') p++;
    }
    return p < end ? p + 1 : NULL;
}

// Behind the value that starts at p, or NULL. Brackets are counted, not matched by kind: what reads this is judged by the plugins.
static const char *skip_value(const char *p, const char *end) {
    int depth = 0;
    do {
        p = skip_blank(p, end);
        if (p >= end) return NULL;
        if (*p == '"') {
            if (!(p = skip_string(p, end))) return NULL;
        } else if (*p == '{' || *p == '[') {
            depth++;
            p++;
        } else if (*p == '}' || *p == ']') {
            if (--depth < 0) return NULL;
            p++;
        } else if (*p == ',' || *p == ':') {
            if (!depth) return NULL;
            p++;
        } else {
            while (p < end && !strchr(" \t\r\n,:{}[]\"", *p)) p++;
        }
    } while (depth);
    return p;
}

struct slice json_trim(struct slice value) {
    const char *end = value.p + value.n, *p = skip_blank(value.p, end);
    while (end > p && strchr(" \t\r\n", end[-1])) end--;
    return (struct slice){p, (size_t)(end - p)};
}

// The next value of *rest, behind the opening bracket or the comma.
static bool next_value(struct slice *rest, char open, struct slice *value) {
    const char *end = rest->p + rest->n, *p = skip_blank(rest->p, end);
    if (p >= end || (*p != open && *p != ',' && *p != ':')) return false;
    p = skip_blank(p + 1, end);
    const char *behind = skip_value(p, end);
    if (!behind) return false;
    *value = (struct slice){p, (size_t)(behind - p)};
    *rest = (struct slice){behind, (size_t)(end - behind)};
    return true;
}

bool json_next_element(struct slice *rest, struct slice *value) {
    return rest->p && next_value(rest, '[', value);
}

bool json_next_member(struct slice *rest, struct slice *key, struct slice *value) {
    return rest->p && next_value(rest, '{', key) && next_value(rest, '{', value);
}

bool json_equals(struct slice string, const char *text) {
    size_t n = strlen(text);
    return string.p && string.n == n + 2 && string.p[0] == '"' && !memcmp(string.p + 1, text, n);
}

struct slice json_member(struct slice object, const char *key) {
    struct slice name, value;
    while (json_next_member(&object, &name, &value)) {
        if (json_equals(name, key)) return value;
    }
    return (struct slice){0};
}

char *json_string(struct slice string) {
    if (!string.p || string.n < 2 || string.p[0] != '"') return NULL;
    return strndup(string.p + 1, string.n - 2);
}
