/* slab_private.h - what the files of the slab allocator share. */
#pragma once

#include "mm/debug.h"
#include "mm/page.h"
#include "mm/slab.h"

#define CACHES_MAX 128

/* The cache that a PAGE_SLAB page belongs to. */
struct cache *cache_of_page(const struct page *page);

/* The i-th cache in the order of first use, NULL past the last. */
struct cache *cache_at(unsigned i);

/* The first page of the slab that an object lies in. */
static inline struct page *slab_of(const struct cache *c, const void *object)
{
    return virt_to_page((void *)ALIGN_DOWN((u64)object, PAGE_SIZE << c->order));
}

/*
 * slab_debug.c, with debug=slab: fill an unused object with a pattern; panic
 * when it is taken if it was written to since; panic if an object that is being
 * freed is not in use, or not the cache's.
 */
static inline bool slab_debugging(void)
{
    return unlikely(mm_debug & MM_DEBUG_SLAB);
}

void slab_poison(const struct cache *c, void *object);
void slab_check_fresh(const struct cache *c, void *object);
void slab_check_free(const struct cache *c, void *object,
                     const struct magazine *m);
