/* pool.c - memory for handles. */
#include "user/lib/rt/pool.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK 1008                      /* bytes at a time */

void *__rt_pool_more(size_t *bytes)
{
    if (*bytes < CHUNK)
        *bytes = CHUNK;
    return calloc(1, *bytes);
}

static void **link_of(struct rt_pool *pool, void *block)
{
    return (void **)((char *)block + pool->size - sizeof(void *));
}

static void link_block(struct rt_pool *pool, void *block)
{
    *link_of(pool, block) = pool->free;
    pool->free = block;
}

static void grow(struct rt_pool *pool)
{
    size_t bytes = pool->size;
    char *room = pool->more(&bytes);

    for (; room && bytes >= pool->size; bytes -= pool->size)
        link_block(pool, room + bytes / pool->size * pool->size - pool->size);
}

void *__rt_pool_get(struct rt_pool *pool)
{
    void *block;

    if (!pool->free)
        grow(pool);
    block = pool->free;
    if (block) {
        pool->free = *link_of(pool, block);
        *link_of(pool, block) = NULL;
    }
    return block;
}

void __rt_pool_put(struct rt_pool *pool, void *block)
{
    memset(block, 0, pool->size);
    link_block(pool, block);
}
