/*
 * alloc.h - memory for the kernel itself: pages, objects, bytes.
 *
 * Every function may be called in any context that holds no lock of rank SLAB
 * or below.  NULL always means out of memory; nothing here panics for want of
 * it.
 */
#pragma once

#include "kernel/lib/types.h"

#define PAGE_ORDERS 11              /* blocks of 1 .. 1024 pages */

enum alloc_flags {
    ALLOC_ZERO = 1,                 /* filled with zeroes */
    /* Do not dip into the reserve that keeps the kernel going: what user
     * programs ask for. */
    ALLOC_USER = 2,
};

/* 2^order pages, naturally aligned, in the direct map. */
void *pages_alloc(unsigned order, unsigned flags);
void pages_free(void *block, unsigned order);

/* `size` bytes, aligned to 16 (to the size, for powers of two up to a page). */
void *kmalloc(size_t size);
void *kzalloc(size_t size);

/* `p` may be NULL. */
void kfree(void *p);

/* A larger or smaller copy; on failure NULL, and the old one stays. */
void *krealloc(void *p, size_t size);

char *kstrdup(const char *s);

/*
 * Objects of one kind.  A cache is a static variable:
 *     static struct cache lwp_cache = CACHE("lwp", struct lwp);
 */
struct cache;
void *cache_alloc(struct cache *c);
void *cache_zalloc(struct cache *c);
void cache_free(struct cache *c, void *object);

#include "mm/slab.h"

/* Sums for /proc/meminfo and leak tests, in pages. */
size_t pages_total(void);           /* that the allocator was ever given */
size_t pages_free_count(void);      /* free now, per-hart caches included */

/* Free blocks of each order, those caches left out, for /proc/buddyinfo. */
void pages_free_blocks(size_t blocks[PAGE_ORDERS]);

/*
 * Testing: let the n-th allocation from now fail (1: the next one), 0: none.
 * Counts pages_alloc, kmalloc and cache_alloc of the running thread only.
 */
void alloc_fail_nth(unsigned n);
