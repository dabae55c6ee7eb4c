/*
 * futex_queue.h - who waits for which word; private to the futex files.
 */
#pragma once

#include "kernel/lib/errno.h"
#include "kernel/lib/list.h"
#include "kernel/spinlock.h"
#include "kernel/thread.h"
#include "lwp/futex.h"
#include "mm/vm.h"

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
    /* atomic; the last thing that a waker touches */
    bool woken;                     /* and off the bucket */
};

/* The part of futex_key_get() that looks for a memory object. */
int futex_key_get_shared(vaddr_t addr, struct futex_key *key);

/* The key of a word of the running thread.  -EINVAL misaligned, -EFAULT.  A
 * `shared` one may sleep. */
static always_inline int futex_key_get(uptr_t word, bool shared,
                                       struct futex_key *key)
{
    vaddr_t addr = (vaddr_t)word;

    if (addr % sizeof(u32))
        return -EINVAL;
    if (addr >= USER_END)
        return -EFAULT;
    key->space = (u64)current_vm();
    key->place = addr;
    key->obj = NULL;
    return shared ? futex_key_get_shared(addr, key) : 0;
}

static inline void futex_key_put(struct futex_key *key)
{
    if (key->obj)
        vmobj_put(key->obj);
}

static inline bool futex_key_equal(const struct futex_key *a,
                                   const struct futex_key *b)
{
    return a->space == b->space && a->place == b->place;
}

#define FUTEX_BUCKET_BITS 8
extern struct futex_bucket futex_buckets[1 << FUTEX_BUCKET_BITS];

static inline struct futex_bucket *futex_bucket_of(const struct futex_key *key)
{
    /* Fibonacci hashing: the product's upper bits depend on all lower ones. */
    u64 hash = (key->space / 64 + key->place / 4) * 0x9e3779b97f4a7c15ul;

    return &futex_buckets[hash >> (64 - FUTEX_BUCKET_BITS)];
}

/* Wake one; the bucket's lock is held. */
static inline void futex_wake_locked(struct futex_waiter *w)
{
    list_remove(&w->node);
    thread_wake(w->thread);
    __atomic_store_n(&w->woken, true, __ATOMIC_RELEASE);
}

/*
 * Put a waiter on the queue of its key if the word still has `value`; -EAGAIN
 * if not, -EFAULT.  May sleep, but then announces a sleep of the caller's
 * (thread_prepare_sleep()) before it queues it.
 */
int futex_enqueue(struct futex_waiter *w, uptr_t word, u32 value);

/* Is it still waiting? Waits for a waker that is at it. */
bool futex_is_queued(struct futex_waiter *w);

/* Take it off, if it is still there: false if it was woken. */
bool futex_dequeue(struct futex_waiter *w);
