/* CNI error objects, and the one value of the configuration that they repeat. */
#include "launcher.h"

#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { VERSION_LENGTH_LIMIT = 32 };

/* Large enough for two texts of which every byte is escaped (\u0001), so nothing is ever cut off. */
struct output {
    size_t length;
    char data[2 * 6 * sizeof(struct text) + 1024];
};

static void put(struct output *output, const void *bytes, size_t length)
{
    if (length > sizeof output->data - output->length)
        length = sizeof output->data - output->length;
    memcpy(output->data + output->length, bytes, length);
    output->length += length;
}

static void put_raw(struct output *output, const char *string)
{
    put(output, string, strlen(string));
}

/* Length of the well-formed UTF-8 sequence at `at`, 0 if there is none (RFC 3629: no surrogates, nothing overlong). */
static size_t utf8_length(const unsigned char *at, size_t left)
{
    if (at[0] < 0x80)
        return 1;
    size_t length = at[0] >= 0xc2 && at[0] < 0xe0 ? 2 : at[0] >= 0xe0 && at[0] < 0xf0 ? 3 : at[0] >= 0xf0 && at[0] < 0xf5 ? 4 : 0;
    if (length == 0 || length > left)
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    if ((at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] > 0x9f) || (at[0] == 0xf0 && at[1] < 0x90)
        || (at[0] == 0xf4 && at[1] > 0x8f))
        return 0;
    return length;
}

static void put_quoted(struct output *output, const char *string)
{
    static const char hex[] = "0123456789abcdef";
    const unsigned char *at = (const unsigned char *)string;
    size_t left = strlen(string);
    put_raw(output, "\"");
    while (left > 0) {
        size_t length = utf8_length(at, left);
        if (length == 0) {
            put(output, "\xef\xbf\xbd", 3); /* U+FFFD */
            length = 1;
        } else if (*at == '"' || *at == '\\') {
            char escaped[2] = {'\\', (char)*at};
            put(output, escaped, 2);
        } else if (*at < 0x20) {
            char escaped[6] = {'\\', 'u', '0', '0', hex[*at >> 4], hex[*at & 15]};
            put(output, escaped, 6);
        } else {
            put(output, at, length);
        }
        at += length;
        left -= length;
    }
    put_raw(output, "\"");
}

int answer_error(const struct call *call, int code, const char *message, const char *details)
{
    struct output output = {.length = 0};
    struct text number = {0};
    struct span version = cni_version_of(call->config);
    put_raw(&output, "{\n");
    if (version.length > 0) {
        put_raw(&output, "    \"cniVersion\": \"");
        put(&output, version.data, version.length);
        put_raw(&output, "\",\n");
    }
    text_add_number(&number, code);
    put_raw(&output, "    \"code\": ");
    put_raw(&output, number.data);
    put_raw(&output, ",\n    \"msg\": ");
    put_quoted(&output, message);
    if (details != NULL && *details != '\0') {
        put_raw(&output, ",\n    \"details\": ");
        put_quoted(&output, details);
    }
    put_raw(&output, "\n}\n");
    write_all(STDOUT_FILENO, output.data, output.length);
    return 1;
}

/* Moves `at` behind a string whose opening quote is at `at`; the value is what stands between the quotes, escapes untouched. */
static const unsigned char *skip_string(const unsigned char *at, const unsigned char *end, struct span *value)
{
    const unsigned char *start = ++at;
    while (at < end && *at != '"')
        at += *at == '\\' && end - at > 1 ? 2 : 1;
    *value = (struct span){start, (size_t)(at - start)};
    return at < end ? at + 1 : end;
}

static const unsigned char *skip_blanks(const unsigned char *at, const unsigned char *end)
{
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r'))
        at++;
    return at;
}

static bool plain_version(struct span value)
{
    if (value.length == 0 || value.length > VERSION_LENGTH_LIMIT)
        return false;
    for (size_t i = 0; i < value.length; i++) {
        unsigned char c = value.data[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' || c == '+'))
            return false;
    }
    return true;
}

/*
 * Finds the value of "cniVersion" in the outermost object: no parser, only strings and depth are followed. Keys are compared
 * without case and the last one wins, as Go's decoder has it. Empty if there is none or it is not a plain word.
 */
struct span cni_version_of(struct span config)
{
    static const char key[] = "cniVersion";
    const unsigned char *at = config.data, *end = config.data + config.length;
    struct span found = {NULL, 0};
    int depth = 0;
    while (at < end) {
        if (*at == '{' || *at == '[') {
            depth++;
        } else if (*at == '}' || *at == ']') {
            depth--;
        } else if (*at == '"') {
            struct span name, value;
            at = skip_blanks(skip_string(at, end, &name), end);
            if (depth != 1 || at == end || *at != ':' || name.length != sizeof key - 1
                || strncasecmp((const char *)name.data, key, name.length) != 0)
                continue;
            at = skip_blanks(at + 1, end);
            if (at < end && *at == '"') {
                at = skip_string(at, end, &value);
                found = plain_version(value) ? value : (struct span){NULL, 0};
            }
            continue;
        }
        at++;
    }
    return found;
}
