/*
 * shm_segment.h - the memory of one lwp_shm segment; between shm.c, which
 * keeps the segments, and shm_segment.c.
 *
 * The pages are one block, set aside when the segment is made; the object is
 * lent each of them when it is first touched.  A segment that is larger than
 * any block, or for which memory was too much in pieces, gets its pages from
 * the allocator one by one instead.
 */
#pragma once

#include "kernel/lib/avl.h"
#include "mm/vmobj.h"

struct segment {
    struct vmobj obj;               /* first; one reference is the table's */

    /* set at birth, then constant */
    u64 size;                       /* bytes */
    struct page *block;             /* a reference on each; NULL: no block */
    pid_t creator;                  /* 0: the kernel */
    char name[12];                  /* in /proc/PID/maps */

    bool seen;                      /* the kernel has had the block's address;
                                     * atomic */

    /* guarded by the table's lock */
    struct avl_node node;           /* by key */
    int id;
    unsigned pins;                  /* the kernel is attached, or a program is
                                     * about to be */
};

/* In no table, with one reference.  -ENOMEM.  May sleep. */
int segment_create(size_t size, struct segment **out);

extern const struct vmobj_ops segment_ops;

static inline struct segment *segment_of(struct vmobj *o)
{
    return container_of(o, struct segment, obj);
}
