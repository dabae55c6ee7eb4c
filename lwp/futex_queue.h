/*
 * futex_queue.h - who waits for which word; private to the futex files.
 */
#pragma once

#include "kernel/lib/list.h"
#include "kernel/spinlock.h"
#include "lwp/futex.h"

struct thread;
struct vmobj;

/* What a word is known by: see futex.h. */
struct futex_key {
    u64 space;                      /* address of the struct vm or vmobj */
    u64 place;                      /* address or offset in it */
    struct vmobj *obj;              /* referenced, or NULL */
};

struct futex_bucket {
    struct spinlock lock;           /* RANK_FUTEX */
    struct list waiters;            /* longest waiting first */
} __attribute__((aligned(64)));

struct futex_waiter {
    struct thread *thread;
    u32 bitset;
    /* guarded by the bucket's lock */
    struct list node;
    struct futex_key key;
    struct futex_bucket *bucket;    /* changes when requeued */
    bool woken;                     /* and off the bucket */
};

/* The key of a word of the running thread.  -EINVAL misaligned, -EFAULT.  A
 * `shared` one may sleep. */
int futex_key_get(uptr_t word, bool shared, struct futex_key *key);
void futex_key_put(struct futex_key *key);

static inline bool futex_key_equal(const struct futex_key *a,
                                   const struct futex_key *b)
{
    return a->space == b->space && a->place == b->place;
}

struct futex_bucket *futex_bucket_of(const struct futex_key *key);

/* Wake up to `count` waiters for key whose bits meet bitset: how many. */
unsigned futex_wake_key(const struct futex_key *key, unsigned count, u32 bitset);

/* Wake one; the bucket's lock is held. */
void futex_wake_locked(struct futex_waiter *w);

/* Put a waiter on the queue of its key; take it off: false if it was woken. */
void futex_enqueue(struct futex_waiter *w);
bool futex_dequeue(struct futex_waiter *w);
