/*
 * page.h - one struct page for each page of RAM, and the buddy allocator.
 *
 * A page with refs == 0 is free or inside a block whose first page counts for
 * it.  User pages are counted: one reference for each page-table entry that
 * maps it and one for a memory object that holds it.
 */
#pragma once

#include "arch.h"
#include "kernel/lib/list.h"
#include "mm/alloc.h"

enum page_kind {
    PAGE_RESERVED,              /* firmware, image, hole */
    PAGE_FREE,                  /* on a buddy list, order valid */
    PAGE_CACHED,                /* free, in a hart's cache */
    PAGE_USED,                  /* pages_alloc(), or a user page */
    PAGE_SLAB,                  /* part of a cache */
    PAGE_LARGE,                 /* kmalloc() of more than the largest cache */
};

struct page {
    u32 refs;                   /* atomic */
    u8 kind, order;
    u16 slab_used;
    union {
        struct list node;       /* free lists, slab lists */
        struct {
            struct vmobj *obj;  /* pages of a memory object */
            u64 index;
        };
    };
    void *slab_free;            /* first free object */
};
_Static_assert(sizeof(struct page) == 32, "the page array is 0.8 % of RAM");

struct page *pfn_to_page(pfn_t pfn);
pfn_t page_to_pfn(const struct page *p);

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

static inline void page_get(struct page *p)
{
    __atomic_add_fetch(&p->refs, 1, __ATOMIC_RELAXED);
}

/* Drop a reference; the last one frees the page. */
void page_put(struct page *p);

/* index -> page: a radix tree of 64-way nodes; the lock is the owner's. */
struct page_map {
    void *root;
    unsigned height;            /* levels of nodes, 0: empty */
    size_t count;
};
