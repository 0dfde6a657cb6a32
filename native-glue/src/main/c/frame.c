/* Frames and their sections, docs/cni-socket.md section 2. */
#include "launcher.h"

#include <string.h>

enum { LENGTH_SIZE = 4, HEADER_SIZE = 6 };

static void put_u16(unsigned char *at, unsigned value)
{
    at[0] = (unsigned char)(value >> 8);
    at[1] = (unsigned char)value;
}

void put_u32(unsigned char *at, uint32_t value)
{
    put_u16(at, value >> 16);
    put_u16(at + 2, value & 0xffff);
}

void put_u64(unsigned char *at, uint64_t value)
{
    put_u32(at, (uint32_t)(value >> 32));
    put_u32(at + 4, (uint32_t)value);
}

uint32_t get_u32(const unsigned char *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/*
 * Adds a section of `length` bytes of which `present` are kept in this frame's own buffer; the rest follows from elsewhere.
 * Callers size their buffers by the limits of launcher.h; a section that does not fit all the same is left out whole.
 */
unsigned char *frame_reserve(struct frame *frame, enum section_type type, size_t length, size_t present)
{
    if (present > frame->size - frame->length || frame->size - frame->length - present < HEADER_SIZE)
        return NULL;
    unsigned char *at = frame->data + frame->length;
    put_u16(at, type);
    put_u32(at + 2, (uint32_t)length);
    frame->length += HEADER_SIZE + present;
    return at + HEADER_SIZE;
}

void frame_add(struct frame *frame, enum section_type type, const void *value, size_t length)
{
    unsigned char *at = frame_reserve(frame, type, length, length);
    if (at != NULL && length > 0)
        memcpy(at, value, length);
}

void frame_add_number(struct frame *frame, enum section_type type, uint32_t value)
{
    unsigned char bytes[4];
    put_u32(bytes, value);
    frame_add(frame, type, bytes, sizeof bytes);
}

void frame_begin(struct frame *frame, enum kind kind)
{
    frame->length = LENGTH_SIZE;
    frame_add_number(frame, SECTION_KIND, kind);
}

/* Writes the length; `following` bytes of the last section are sent from another buffer. */
void frame_end(struct frame *frame, size_t following)
{
    put_u32(frame->data, (uint32_t)(frame->length - LENGTH_SIZE + following));
}

/* Takes the next section off `rest`. False at the end, and with `rest` not empty where a section runs over the end. */
bool next_section(struct span *rest, struct section *section)
{
    if (rest->length < HEADER_SIZE)
        return false;
    size_t length = get_u32(rest->data + 2);
    if (length > rest->length - HEADER_SIZE)
        return false;
    section->type = (unsigned)rest->data[0] << 8 | rest->data[1];
    section->value = (struct span){rest->data + HEADER_SIZE, length};
    rest->data += HEADER_SIZE + length;
    rest->length -= HEADER_SIZE + length;
    return true;
}

/* Checks that a frame consists of whole sections and begins with a KIND. */
bool frame_kind(struct span frame, enum kind *kind)
{
    struct section section;
    if (!next_section(&frame, &section) || section.type != SECTION_KIND || section.value.length != 4)
        return false;
    uint32_t number = get_u32(section.value.data);
    if (number < KIND_REQUEST || number > KIND_DELIVERED)
        return false;
    *kind = (enum kind)number;
    while (next_section(&frame, &section))
        ;
    return frame.length == 0;
}
