/*
 * pool.h - memory for handles.
 */
#pragma once

#include <stddef.h>

/*
 * Blocks of one size.  They never leave the pool, so that a stale handle points
 * to a block nonetheless: one whose type says that it is none.
 */
struct rt_pool {
    size_t size;                        /* of a block, a multiple of 8, >= 16 */
    /* Where room comes from: *bytes of zeros, wanted at least `size`; NULL: out of
     * memory. */
    void *(*more)(size_t *bytes);
    void *free;                         /* linked by their last words */
};

/* Both with the library's lock held.  A block is all zeros; NULL: no memory. */
void *__rt_pool_get(struct rt_pool *pool);
void __rt_pool_put(struct rt_pool *pool, void *block);

/* The usual source of room. */
void *__rt_pool_more(size_t *bytes);
