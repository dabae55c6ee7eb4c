/*
 * page.h - one struct page for each page of RAM, and the buddy allocator.
 *
 * A page with refs == 0 is free or inside a block whose first page counts for
 * it.  User pages are counted: one reference for each page-table entry that
 * maps it and one for a memory object that holds it.
 *
 * Free memory lies on lists of blocks of 2^order pages, aligned to their size.
 * Two free blocks that together make one of the next order never lie side by
 * side: they are joined at once.  Single pages pass through a cache of each
 * hart, which is filled and emptied in batches.
 */
#pragma once

#include "arch.h"
#include "kernel/lib/list.h"
#include "mm/alloc.h"

enum page_kind {
    PAGE_RESERVED,              /* firmware, image, hole, not first of a block */
    PAGE_FREE,                  /* on a buddy list, order valid */
    PAGE_CACHED,                /* free, in a hart's cache */
    PAGE_USED,                  /* pages_alloc(), or a user page */
    PAGE_SLAB,                  /* part of a cache */
    PAGE_LARGE,                 /* kmalloc() of more than the largest cache */
};

struct vmobj;

struct page {
    union {
        u32 refs;               /* atomic */
        u32 cache_id;           /* PAGE_SLAB */
    };
    u8 kind, order;
    u16 slab_used;              /* objects of the slab that are out */
    union {
        struct list node;       /* free lists, slab lists */
        struct {
            struct vmobj *obj;  /* that holds the page; NULL: anonymous */
            u64 index;          /* its place there, in pages */
        };
    };
    union {
        void *slab_free;        /* first unused object */
        struct page *next;      /* chains of whoever owns the page alone */
    };
};
_Static_assert(sizeof(struct page) == 32, "the page array is 0.8 % of RAM");

/* Where the struct page of pfn 0 would be. */
extern u64 page_array_origin;

static inline struct page *pfn_to_page(pfn_t pfn)
{
    return (struct page *)(page_array_origin + pfn * sizeof(struct page));
}

static inline pfn_t page_to_pfn(const struct page *p)
{
    return ((u64)p - page_array_origin) / sizeof(struct page);
}

static inline void *page_to_virt(const struct page *p)
{
    return pfn_to_virt(page_to_pfn(p));
}

static inline struct page *virt_to_page(const void *va)
{
    return pfn_to_page(virt_to_pfn(va));
}

/* One page with one reference, or NULL. */
struct page *page_alloc(unsigned flags);

/* Whole pages in the direct map, a little faster than memcpy() and memset() of
 * any size. */
void page_copy(void *to, const void *from);
void page_zero(void *page);

/* Make single pages, each with one reference, of a block of pages_alloc(). */
void pages_split(void *block, unsigned order);

static inline void page_get(struct page *p)
{
    __atomic_add_fetch(&p->refs, 1, __ATOMIC_RELAXED);
}

/* Give back a single page whose last reference is gone. */
void page_free(struct page *p);

/* The same for a page that holds nothing but zeroes (an emptied page table):
 * a few of them are kept for ALLOC_ZERO. */
void page_free_zeroed(struct page *p);

/* Drop the only reference to such a page. */
static inline void page_put_zeroed(struct page *p)
{
    p->refs--;
    page_free_zeroed(p);
}

/* Drop a reference; the last one frees the page. */
static inline void page_put(struct page *p)
{
    /* Below zero is a bug, which page_free() reports. */
    if ((s32)__atomic_sub_fetch(&p->refs, 1, __ATOMIC_ACQ_REL) <= 0)
        page_free(p);
}

/*
 * Begin with no memory.  array[0] is for page `first`, which like `end` is a
 * multiple of the largest block; the array may hold anything.  Tests begin anew
 * with it.
 */
void page_init(struct page *array, pfn_t first, pfn_t end);

/*
 * Say that the blocks at both ends of the range are not all free: what lies
 * beside a range is looked at when its pages are joined.  For all ranges that
 * will be added, before the first is.
 */
void page_clear_edges(pfn_t first, pfn_t end);

/*
 * Give the allocator the free pages [first, end), inside what page_init() was
 * told.  Ranges do not overlap; a later one lies between earlier ones.
 */
void page_add_range(pfn_t first, pfn_t end);

/* Keep `pages` of the free ones from ALLOC_USER. */
void page_set_reserve(size_t pages);

/* Put the pages in this hart's cache back on the lists, so that they can join
 * into blocks. */
void page_drain_local(void);

/*
 * Assert: blocks aligned, no two joinable neighbours, all counts right, zeroed
 * pages zero.  Other harts must not allocate meanwhile.
 */
void page_check(void);

/* index -> page: a radix tree of 64-way nodes; the lock is the owner's. */
struct page_map {
    void *root;
    unsigned height;            /* levels of nodes, 0: empty */
    size_t count;
};

#define PAGE_MAP_INIT { NULL, 0, 0 }

/* The page at index, or NULL. */
struct page *page_map_find(const struct page_map *m, u64 index);

/* The same for n indices in a row, which do not wrap around. */
void page_map_find_run(const struct page_map *m, u64 index, struct page **pages,
                       unsigned n);

/* -EEXIST if the place is taken, -ENOMEM.  Does not sleep. */
int page_map_add(struct page_map *m, u64 index, struct page *page);

/* Take out and return the page at index, or NULL. */
struct page *page_map_remove(struct page_map *m, u64 index);

/* The first page at or after *index, whose place goes to *index; or NULL. */
struct page *page_map_next(const struct page_map *m, u64 *index);

/* Assert that no node is empty and that the counts are right. */
void page_map_check(const struct page_map *m);
