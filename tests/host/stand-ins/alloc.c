/*
 * alloc.c - the kernel's allocators on libc's, one libc block each, so that
 * ASan sees what is leaked, used too late or overrun.
 */
#include "alloc_host.h"

#include <stdlib.h>
#include <string.h>

size_t host_allocated;

static unsigned fail_countdown;

void alloc_fail_nth(unsigned n)
{
    fail_countdown = n;
}

static bool must_fail(void)
{
    return fail_countdown > 0 && --fail_countdown == 0;
}

/* Fresh memory is never zero by luck. */
static void *allocate(size_t alignment, size_t size, bool zero)
{
    void *p;

    if (must_fail() || posix_memalign(&p, alignment, size) != 0)
        return NULL;
    memset(p, zero ? 0 : 0xa5, size);
    host_allocated++;
    return p;
}

static void release(void *p)
{
    host_allocated -= p != NULL;
    free(p);
}

void *kmalloc(size_t size)
{
    return allocate(16, size, false);
}

void *kzalloc(size_t size)
{
    return allocate(16, size, true);
}

void kfree(void *p)
{
    release(p);
}

void *krealloc(void *p, size_t size)
{
    void *larger;

    if (must_fail() || (larger = realloc(p, size)) == NULL)
        return NULL;
    host_allocated += p == NULL;
    return larger;
}

char *kstrdup(const char *s)
{
    char *copy = kmalloc(strlen(s) + 1);

    return copy != NULL ? strcpy(copy, s) : NULL;
}

void *cache_alloc(struct cache *c)
{
    return allocate(16, c->size, false);
}

void *cache_zalloc(struct cache *c)
{
    return allocate(16, c->size, true);
}

void cache_free(struct cache *c unused_arg, void *object)
{
    release(object);
}

void *pages_alloc(unsigned order, unsigned flags)
{
    size_t size = PAGE_SIZE << order;

    return allocate(size, size, flags & ALLOC_ZERO);
}

void pages_free(void *block, unsigned order unused_arg)
{
    release(block);
}
