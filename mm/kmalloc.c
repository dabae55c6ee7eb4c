/* kmalloc.c - memory of any size: caches up to 2 KiB, blocks of pages above. */
#include "kernel/lib/assert.h"
#include "kernel/lib/string.h"
#include "mm/alloc.h"
#include "mm/page.h"
#include "mm/slab_private.h"

#define STEP    16
#define LARGEST 2048

static struct cache sizes[] = {
    CACHE_BYTES("size-16", 16),     CACHE_BYTES("size-32", 32),
    CACHE_BYTES("size-64", 64),     CACHE_BYTES("size-96", 96),
    CACHE_BYTES("size-128", 128),   CACHE_BYTES("size-192", 192),
    CACHE_BYTES("size-256", 256),   CACHE_BYTES("size-384", 384),
    CACHE_BYTES("size-512", 512),   CACHE_BYTES("size-1024", 1024),
    CACHE_BYTES("size-2048", 2048),
};

/* size rounded up to steps -> place in sizes[]. */
static const u8 size_index[LARGEST / STEP + 1] = {
    [0 ... 1] = 0, [2] = 1, [3 ... 4] = 2, [5 ... 6] = 3, [7 ... 8] = 4,
    [9 ... 12] = 5, [13 ... 16] = 6, [17 ... 24] = 7, [25 ... 32] = 8,
    [33 ... 64] = 9, [65 ... 128] = 10,
};

static void *large_alloc(size_t size)
{
    unsigned order = 0;

    while (order < PAGE_ORDERS && PAGE_SIZE << order < size)
        order++;
    void *p = pages_alloc(order, 0);
    if (p)
        virt_to_page(p)->kind = PAGE_LARGE;
    return p;
}

void *kmalloc(size_t size)
{
    if (unlikely(size > LARGEST))
        return large_alloc(size);
    return cache_alloc(&sizes[size_index[(size + STEP - 1) / STEP]]);
}

void *kzalloc(size_t size)
{
    void *p = kmalloc(size);

    if (p)
        memset(p, 0, size);
    return p;
}

void kfree(void *p)
{
    if (!p)
        return;
    struct page *page = virt_to_page(p);
    if (likely(page->kind == PAGE_SLAB)) {
        cache_free(cache_of_page(page), p);
        return;
    }
    assert(page->kind == PAGE_LARGE && !((u64)p & PAGE_MASK));
    page->kind = PAGE_USED;
    pages_free(p, page->order);
}

static size_t usable_size(const void *p)
{
    const struct page *page = virt_to_page(p);

    return page->kind == PAGE_SLAB ? cache_of_page(page)->size
                                   : PAGE_SIZE << page->order;
}

void *krealloc(void *p, size_t size)
{
    if (!p)
        return kmalloc(size);
    size_t have = usable_size(p);
    if (size <= have && size > have / 2)
        return p;

    void *copy = kmalloc(size);
    if (!copy)
        return NULL;
    memcpy(copy, p, MIN(have, size));
    kfree(p);
    return copy;
}

char *kstrdup(const char *s)
{
    size_t n = strlen(s) + 1;
    char *copy = kmalloc(n);

    if (copy)
        memcpy(copy, s, n);
    return copy;
}
