/*
 * vmobj.h - memory objects: sets of pages that can be mapped.  A file's page
 * cache, a shared anonymous region, a device's registers.  Private anonymous
 * memory has none: its pages belong to the page tables that map them.
 *
 * All users of a file's data, read(2) and mmap(2) alike, use the same pages.
 */
#pragma once

#include "kernel/lib/list.h"
#include "kernel/spinlock.h"
#include "mm/page.h"

struct vmobj;
struct area;

struct vmobj_ops {
    /*
     * Fill a page that the object does not hold yet; NULL: it is zeroed.
     * Sleeps; called with an address space locked, so it may take no lock
     * that is held across copies from or to user memory.  -EIO, -ENOMEM.
     */
    int (*read_page)(struct vmobj *o, u64 index, struct page *page);
    /* The page of the object's own that belongs at `index`, as it is, with a
     * reference for the caller; NULL: it has none.  Such objects have no holes
     * punched into them. */
    struct page *(*own_page)(struct vmobj *o, u64 index);
    /* The last reference is gone, and all pages with it. */
    void (*destroy)(struct vmobj *o);
    /* Pages of a device: the frame of `index`, mapped uncounted. */
    int (*device_pfn)(struct vmobj *o, u64 index, pfn_t *pfn);
    /* Called with o->lock held before `pages` pages are added (-ENOSPC
     * refuses), and with a negative number after some were dropped.  NULL:
     * nobody counts. */
    int (*charge)(struct vmobj *o, s64 pages);
};

struct vmobj {
    /* set at birth, then constant */
    const struct vmobj_ops *ops;

    /* atomic */
    u32 refs;

    struct spinlock lock;           /* RANK_VMOBJ */
    /* guarded by lock */
    struct page_map pages;          /* index -> page, one reference each; the
                                     * page's obj and index say so too */
    u64 size;                       /* bytes; access beyond its last page is
                                     * SIGBUS */
    struct list areas;              /* mappings, for truncation */
    u64 page_limit;                 /* most pages it may hold, 0: no limit */
    u32 changes;                    /* how often data came, by reads or writes */
    u32 fenced;                     /* `changes` when all harts were last told to
                                     * forget instructions: before code is mapped */
};

/* Pages that `bytes` bytes reach into. */
static inline u64 vmobj_pages_of(u64 bytes)
{
    return (bytes >> PAGE_SHIFT) + !!(bytes & PAGE_MASK);
}

/* In place, one reference. */
void vmobj_init(struct vmobj *o, const struct vmobj_ops *ops, u64 size);

/* Shared anonymous memory of `size` bytes; NULL: out of memory. */
struct vmobj *vmobj_create_anon(u64 size);

/* ops->charge of shared memory that is no file's: the sum of it is in
 * /proc/meminfo. */
int vmobj_charge_shared(struct vmobj *o, s64 pages);
u64 vmobj_shared_pages(void);

void vmobj_get(struct vmobj *o);
/* A reference, unless the last one is gone and destroy() is about to be
 * called: for tables that objects leave only there. */
bool must_check vmobj_try_get(struct vmobj *o);
void vmobj_put(struct vmobj *o);

/*
 * The page at `index`, with a reference, made or read if absent and `create`.
 * -ENOENT absent and not create; -ENOMEM; -ENOSPC at page_limit; errors of
 * read_page.  May sleep.  Does not look at size.
 */
int vmobj_lookup_page(struct vmobj *o, u64 index, bool create,
                      struct page **out);

/*
 * Put a page of the caller's into the object, which takes a reference of its
 * own; if another was quicker, the caller's page is given back and *page is the
 * other's.  On failure (-ENOSPC, -ENOMEM) the caller's page is given back, too.
 */
int vmobj_add_page(struct vmobj *o, u64 index, struct page **page);

/*
 * Set the size.  Shrinking drops pages beyond it, zeroes the rest of the last
 * one, and unmaps them everywhere, private copies too (mmap(2): SIGBUS behind
 * the end).  May sleep.
 */
void vmobj_set_size(struct vmobj *o, u64 size);

/* Drop the pages [first, end) and unmap them everywhere (hole punching);
 * private copies stay. */
void vmobj_drop_pages(struct vmobj *o, u64 first, u64 end);

size_t vmobj_page_count(struct vmobj *o);

/* Does any area map it, and how many do. */
bool vmobj_is_mapped(struct vmobj *o);
size_t vmobj_area_count(struct vmobj *o);

/* The first index from *index on that has a page; false: none has. */
bool vmobj_next_page(struct vmobj *o, u64 *index);

/* Copy bytes between an object's pages and an iterator, at `offset`.  Reading
 * stops at `size` and gives zeroes for absent pages without making them;
 * writing makes pages and raises size.  Bytes moved, or the error if none. */
struct iter;
ssize_t vmobj_read(struct vmobj *o, u64 offset, struct iter *it);
ssize_t vmobj_write(struct vmobj *o, u64 offset, struct iter *it);
