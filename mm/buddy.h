/*
 * buddy.h - the free lists behind page.c: blocks of 2^order pages.
 */
#pragma once

#include "kernel/spinlock.h"
#include "mm/page.h"

struct buddy {
    /* set at boot, then constant */
    pfn_t first, end;
    size_t total;
    size_t reserve;             /* pages that ALLOC_USER leaves alone */

    struct spinlock lock;       /* RANK_PAGE */
    /* guarded by lock */
    struct list free[PAGE_ORDERS];
    u64 nonempty;               /* bit per order: its list is not empty */
    size_t free_pages;          /* on the lists; read without the lock */
};

extern struct buddy buddy;

/* A block, split off the smallest that is large enough, or NULL. */
struct page *buddy_take_locked(unsigned order);

/* Put a block back and join it with its partners. */
void buddy_put_locked(struct page *p, unsigned order);

/* Assert what page.h says of blocks. */
void buddy_check_locked(void);
