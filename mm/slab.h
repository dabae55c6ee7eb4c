/*
 * slab.h - caches: objects of one size, cut from blocks of pages (slabs).
 *
 * Freed objects go to a magazine of the running hart first, a short list that
 * only this hart touches, with interrupts disabled; so most allocations take
 * no lock.  Magazines are filled from and emptied to the slabs in batches.  An
 * unused object holds the link to the next one in its first word.
 *
 * Every cache that was ever used is on one list, for /proc/slabinfo and the
 * leak tests.
 */
#pragma once

#include "kernel/lib/list.h"
#include "kernel/spinlock.h"

struct magazine {
    void *first;                /* unused objects, linked */
    u32 count;
};

struct cache {
    /* set at birth, then constant */
    const char *name;
    u32 size;                   /* bytes that the users of an object have */

    /* set by the first allocation, then constant */
    u32 stride;                 /* bytes from object to object; 0: not yet */
    u16 per_slab;               /* objects of one slab */
    u16 limit;                  /* most objects in a magazine */
    u16 id;                     /* index into the table of caches */
    u8 order;                   /* a slab has 2^order pages */

    struct spinlock lock;       /* RANK_SLAB */
    /* guarded by lock */
    struct list partial;        /* slabs with unused objects, and with others */
    struct list full;           /* slabs without any */
    size_t slabs;
    size_t out;                 /* objects not in slabs: in use or magazines */

    /* each hart's own, interrupts disabled */
    struct magazine magazines[MAX_HARTS];
};

#define CACHE(cache_name, type) CACHE_BYTES(cache_name, sizeof(type))
#define CACHE_BYTES(cache_name, bytes) { \
        .name = (cache_name), .size = (bytes), \
        .lock = SPINLOCK_INIT(RANK_SLAB) \
    }

struct slab_stat {
    const char *name;
    size_t used;                /* objects in use */
    size_t total;               /* objects there is room for */
    size_t size;                /* bytes of an object, padding included */
    size_t pages;               /* of all slabs */
    u32 per_slab;               /* objects of a slab */
    u32 slab_pages;             /* pages of a slab */
    u32 limit;                  /* most objects in a hart's magazine */
};

/* The i-th cache in the order of first use; false past the last.  `used` is
 * exact while no other hart allocates or frees. */
bool slab_stat(unsigned i, struct slab_stat *out);

/* Assert: lists, counts and links of all slabs and of this hart's magazines
 * agree.  Any context that holds no lock of rank SLAB or below. */
void slab_check(void);
