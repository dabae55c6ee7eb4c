/* fdt_token.h - private to fdt*.c: the tokens of the structure block. */
#pragma once

#include "kernel/lib/fdt.h"

enum {
    FDT_BEGIN_NODE = 1, FDT_END_NODE = 2, FDT_PROP = 3, FDT_NOP = 4,
    FDT_END = 9,
};

struct fdt_token {
    u32 kind;
    u32 next;               /* where the following token stands */
    const char *name;       /* of a node or a property */
    const u8 *data;         /* of a property ... */
    u32 length;             /* ... and how many bytes that is */
};

/* The token at `offset` of the blob; false if it is not all in the block. */
bool fdt_read_token(const struct fdt *fdt, u32 offset,
                    struct fdt_token *token);

u32 fdt_be32(const u8 *p);
