/*
 * fdt.c - the device tree's blocks and tokens, and its check: the part that
 * must not trust what it reads.  What is built on it is in fdt_walk.c.
 */
#include "kernel/lib/fdt.h"

#include "kernel/lib/errno.h"
#include "kernel/lib/fdt_token.h"
#include "kernel/lib/string.h"

#define FDT_MAGIC 0xd00dfeed
#define FDT_VERSION 17

enum {                          /* byte offsets in the header */
    MAGIC = 0, TOTAL_SIZE = 4, OFF_STRUCT = 8, OFF_STRINGS = 12,
    OFF_RESERVED = 16, VERSION = 20, LAST_COMPATIBLE = 24,
    SIZE_STRINGS = 32, SIZE_STRUCT = 36, HEADER_SIZE = 40,
};

#define RESERVATION_SIZE 16

u32 fdt_be32(const u8 *p)
{
    return (u32)p[0] << 24 | (u32)p[1] << 16 | (u32)p[2] << 8 | p[3];
}

static u64 read_be64(const u8 *p)
{
    return (u64)fdt_be32(p) << 32 | fdt_be32(p + 4);
}

/* The string at `offset` if it ends before `end`, else NULL. */
static const char *string_at(const struct fdt *fdt, u64 offset, u32 end)
{
    if (offset >= end ||
        memchr(fdt->blob + offset, '\0', end - offset) == NULL)
        return NULL;
    return (const char *)fdt->blob + offset;
}

static bool read_begin(const struct fdt *fdt, u32 offset,
                       struct fdt_token *token)
{
    token->name = string_at(fdt, offset, fdt->structure_end);
    if (token->name == NULL)
        return false;
    token->next = offset + ALIGN_UP(strlen(token->name) + 1, 4);
    return true;
}

static bool read_property(const struct fdt *fdt, u32 offset,
                          struct fdt_token *token)
{
    u32 end = fdt->structure_end;

    if (end - offset < 8)
        return false;
    u32 length = fdt_be32(fdt->blob + offset);
    u32 name = fdt_be32(fdt->blob + offset + 4);
    offset += 8;
    if (length > end - offset)
        return false;
    token->name = string_at(fdt, (u64)fdt->strings + name, fdt->strings_end);
    token->data = fdt->blob + offset;
    token->length = length;
    token->next = offset + ALIGN_UP(length, 4);
    return token->name != NULL;
}

bool fdt_read_token(const struct fdt *fdt, u32 offset, struct fdt_token *token)
{
    bool sound = true;

    if (offset > fdt->structure_end || fdt->structure_end - offset < 4)
        return false;
    token->kind = fdt_be32(fdt->blob + offset);
    token->next = offset + 4;
    if (token->kind == FDT_BEGIN_NODE)
        sound = read_begin(fdt, offset + 4, token);
    else if (token->kind == FDT_PROP)
        sound = read_property(fdt, offset + 4, token);
    return sound;
}

/* Does [offset, offset + size) lie in the blob, with offset aligned? */
static bool block_inside(const struct fdt *fdt, u32 offset, u32 size, u32 align)
{
    return offset % align == 0 && offset >= HEADER_SIZE &&
           offset <= fdt->size && size <= fdt->size - offset;
}

static int check_header(struct fdt *fdt, size_t max_size)
{
    const u8 *blob = fdt->blob;

    if (max_size < HEADER_SIZE || fdt_be32(blob + MAGIC) != FDT_MAGIC)
        return -EINVAL;
    fdt->size = fdt_be32(blob + TOTAL_SIZE);
    if (fdt->size < HEADER_SIZE || fdt->size > max_size || fdt->size > INT_MAX)
        return -EINVAL;
    if (fdt_be32(blob + VERSION) < FDT_VERSION ||
        fdt_be32(blob + LAST_COMPATIBLE) > FDT_VERSION)
        return -EINVAL;

    fdt->structure = fdt_be32(blob + OFF_STRUCT);
    fdt->strings = fdt_be32(blob + OFF_STRINGS);
    fdt->reservations = fdt_be32(blob + OFF_RESERVED);
    u32 structure_size = fdt_be32(blob + SIZE_STRUCT);
    u32 strings_size = fdt_be32(blob + SIZE_STRINGS);
    if (!block_inside(fdt, fdt->structure, structure_size, 4) ||
        !block_inside(fdt, fdt->strings, strings_size, 1) ||
        !block_inside(fdt, fdt->reservations, RESERVATION_SIZE, 8))
        return -EINVAL;
    fdt->structure_end = fdt->structure + structure_size;
    fdt->strings_end = fdt->strings + strings_size;
    return 0;
}

/* The list of reservations ends inside the blob. */
static int check_reservations(const struct fdt *fdt)
{
    struct fdt_range range;
    u32 count = 0;

    while (fdt_reservation(fdt, count, &range))
        count++;
    u64 end = fdt->reservations + ((u64)count + 1) * RESERVATION_SIZE;
    return end <= fdt->size ? 0 : -EINVAL;
}

/* Where a check of the structure block has got to. */
struct nesting {
    int depth;              /* open nodes */
    bool child_seen;        /* the open node has had one: no more properties */
    bool root_seen;
};

static bool follow_token(struct nesting *at, u32 kind)
{
    switch (kind) {
    case FDT_BEGIN_NODE:
        if (at->depth == FDT_DEPTH_MAX || (at->depth == 0 && at->root_seen))
            return false;
        at->depth++;
        at->root_seen = true;
        at->child_seen = false;
        return true;
    case FDT_END_NODE:
        at->child_seen = true;
        return at->depth-- > 0;
    case FDT_PROP:
        return at->depth > 0 && !at->child_seen;
    default:
        return kind == FDT_NOP;
    }
}

static int check_structure(const struct fdt *fdt)
{
    struct nesting at = { 0 };
    struct fdt_token token;

    for (u32 offset = fdt->structure; fdt_read_token(fdt, offset, &token);
         offset = token.next) {
        if (token.kind == FDT_END)
            return at.depth == 0 && at.root_seen ? 0 : -EINVAL;
        if (!follow_token(&at, token.kind))
            return -EINVAL;
    }
    return -EINVAL;
}

int fdt_open(struct fdt *fdt, const void *blob, size_t max_size)
{
    *fdt = (struct fdt){ .blob = blob };
    int error = check_header(fdt, max_size);
    if (error == 0)
        error = check_reservations(fdt);
    if (error == 0)
        error = check_structure(fdt);
    return error;
}

bool fdt_reservation(const struct fdt *fdt, u32 index, struct fdt_range *range)
{
    u64 offset = fdt->reservations + (u64)index * RESERVATION_SIZE;

    if (offset + RESERVATION_SIZE > fdt->size)
        return false;
    range->base = read_be64(fdt->blob + offset);
    range->size = read_be64(fdt->blob + offset + 8);
    return (range->base | range->size) != 0;
}
