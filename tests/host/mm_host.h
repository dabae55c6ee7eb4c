/*
 * mm_host.h - for tests of mm/: the kernel's own page allocator over the arena
 * of "physical" memory.
 */
#pragma once

#include <string.h>

#include "mm/memmap.h"
#include "mm/page.h"

#define HOST_PAGES  (HOST_RAM_SIZE >> PAGE_SHIFT)

static struct page host_page_array[HOST_PAGES];

/* Before the allocator lives there are no tables on the host. */
paddr_t memmap_early_page(void)
{
    return 0;
}

/* Give the allocator the first `pages` pages; once in a test program, as
 * caches keep what they have. */
static inline void host_memory_begin(size_t pages)
{
    pfn_t first = HOST_RAM_BASE >> PAGE_SHIFT;

    page_init(host_page_array, first, first + HOST_PAGES);
    page_clear_edges(first, first + pages);
    page_add_range(first, first + pages);
    page_set_reserve(16);
}

/* Objects in use, of all caches but those for bytes of any size. */
static inline size_t host_objects_used(void)
{
    struct slab_stat s;
    size_t used = 0;

    for (unsigned i = 0; slab_stat(i, &s); i++)
        used += s.used;
    return used;
}

/* Pages in use, but for those of slabs. */
static inline size_t host_pages_used(void)
{
    struct slab_stat s;
    size_t used = pages_total() - pages_free_count();

    for (unsigned i = 0; slab_stat(i, &s); i++)
        used -= s.pages;
    return used;
}
