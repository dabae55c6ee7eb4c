/*
 * fdt.h - read a flattened device tree (Devicetree Specification 0.4, chapter
 * 5) where it lies.  fdt_open() checks all of the blob once; it must not
 * change after that.  Pure, no memory needed.
 *
 *      struct fdt_walk walk = FDT_WALK_START;
 *      while (fdt_next_node(&fdt, &walk))
 *          if (fdt_is_compatible(&fdt, &walk.node, "ns16550a"))
 *              fdt_read_reg(&fdt, &walk.node, 0, &range);
 */
#pragma once

#include "kernel/lib/types.h"

#define FDT_DEPTH_MAX 16        /* nodes above each other, the root included */

struct fdt {                    /* all set by fdt_open, then constant */
    const u8 *blob;
    u32 size;                   /* bytes, of all of it */
    u32 structure;              /* where the structure block begins */
    u32 structure_end;
    u32 strings;                /* where the property names begin */
    u32 strings_end;
    u32 reservations;           /* where the memory reservations begin */
};

struct fdt_node {
    const char *name;           /* with its unit address; "" for the root */
    u32 properties;             /* where its properties begin */
    int depth;                  /* 0 for the root */
    u32 address_cells;          /* in which its reg is written: what its */
    u32 size_cells;             /* parent says, or 2 and 1 */
};

struct fdt_prop {
    const char *name;
    const u8 *data;             /* big-endian, any alignment */
    u32 length;                 /* bytes */
};

struct fdt_range {
    u64 base, size;             /* bytes */
};

/* A walk over all nodes, each before its children. */
struct fdt_walk {
    struct fdt_node node;       /* the current one */
    u32 next;                   /* where to go on */
    int depth;                  /* of the node that `next` is in */
    struct {
        u32 address, size;
    } cells[FDT_DEPTH_MAX];     /* what each open node says for its children */
};

#define FDT_WALK_START { .depth = -1 }

/*
 * Check the blob at `blob`, of at most max_size bytes, and set up *fdt.
 * -EINVAL if it is no version 17 device tree, or broken anywhere: blocks
 * outside the blob, bad nesting, unterminated names, deeper than
 * FDT_DEPTH_MAX, a property behind a child.
 */
int fdt_open(struct fdt *fdt, const void *blob, size_t max_size);

/* Move to the next node; false when there is none. */
bool fdt_next_node(const struct fdt *fdt, struct fdt_walk *walk);

/*
 * The node of a path such as "/soc/serial@10000000", whose components may
 * leave out the unit address ("/memory": the first one), or of an alias.
 * A ':' ends the path, as in /chosen's stdout-path.
 */
bool fdt_find_node(const struct fdt *fdt, const char *path,
                   struct fdt_node *node);

/* The node whose phandle is this. */
bool fdt_find_phandle(const struct fdt *fdt, u32 phandle,
                      struct fdt_node *node);

bool fdt_find_prop(const struct fdt *fdt, const struct fdt_node *node,
                   const char *name, struct fdt_prop *prop);

/* The index-th 32-bit cell of a property; false if it is not that long. */
bool fdt_prop_cell(const struct fdt_prop *prop, u32 index, u32 *value);

/* A number property of one or two cells (32 or 64 bits). */
bool fdt_prop_number(const struct fdt_prop *prop, u64 *value);

/* The index-th string of a string list; NULL if there is none. */
const char *fdt_prop_string(const struct fdt_prop *prop, u32 index);

/* find_prop and prop_number, or prop_string(0), in one. */
bool fdt_read_number(const struct fdt *fdt, const struct fdt_node *node,
                     const char *name, u64 *value);
const char *fdt_read_string(const struct fdt *fdt, const struct fdt_node *node,
                            const char *name);

/* Is `name` one of the node's "compatible" strings? */
bool fdt_is_compatible(const struct fdt *fdt, const struct fdt_node *node,
                       const char *name);

/* Usable: it has no "status", or that is "okay". */
bool fdt_is_enabled(const struct fdt *fdt, const struct fdt_node *node);

/*
 * The index-th address range of the node's "reg".  -ENOENT if there are not
 * that many; -EINVAL if the cell counts are not 1 or 2 (size: 0 to 2), or the
 * range wraps round.  Addresses are the parent's: `ranges` is not applied.
 */
int fdt_read_reg(const struct fdt *fdt, const struct fdt_node *node, u32 index,
                 struct fdt_range *range);

/* The index-th entry of the memory reservation block. */
bool fdt_reservation(const struct fdt *fdt, u32 index,
                     struct fdt_range *range);
