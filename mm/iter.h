/*
 * iter.h - where a read or write puts or takes its bytes: one user buffer, a
 * vector of them, or kernel memory.  File systems and pipes see only this.
 */
#pragma once

#include "mm/uaccess.h"

#define IOV_MAX 1024

struct iovec {
    u64 base;                   /* user address, or kernel pointer */
    u64 len;
};

struct iter {
    size_t left;                /* bytes still to go */
    size_t done;                /* bytes moved so far */
    bool user;
    struct iovec one;           /* what is left of the present segment */
    const struct iovec *next;   /* the segments behind it */
    unsigned segments;          /* how many */
};

static inline void iter_init(struct iter *it, bool user, u64 base, u64 n)
{
    it->left = n;
    it->done = 0;
    it->user = user;
    it->one = (struct iovec){ base, n };
    it->next = NULL;
    it->segments = 0;
}

static inline void iter_user(struct iter *it, uptr_t buf, size_t n)
{
    iter_init(it, true, (u64)buf, n);
}

static inline void iter_kernel(struct iter *it, void *buf, size_t n)
{
    iter_init(it, false, (u64)buf, n);
}

/*
 * From a user array of `count` iovecs, copied into a kernel array: `fast` (of
 * IOV_FAST) or *heap, which the caller kfree()s.  -EINVAL for count > IOV_MAX
 * or a sum of lengths above SSIZE_MAX, -EFAULT, -ENOMEM.  readv(2).
 */
#define IOV_FAST 8
int iter_user_vector(struct iter *it, uptr_t array, unsigned count,
                     struct iovec *fast, struct iovec **heap);

/*
 * Move up to n bytes to / from the iterator and advance it.  The bytes moved;
 * less than asked only at its end or at a fault; -EFAULT if a fault stopped
 * the very first byte.  May sleep.
 */
ssize_t iter_put(struct iter *it, const void *src, size_t n);
ssize_t iter_put_zeroes(struct iter *it, size_t n);
ssize_t iter_get(struct iter *it, void *dst, size_t n);

/* Step back over n bytes that were got but not used: allowed only within the
 * present segment's last get. */
void iter_revert(struct iter *it, size_t n);
