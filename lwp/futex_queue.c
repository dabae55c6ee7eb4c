/*
 * futex_queue.c - the queues of futex waiters: hashed by key, a lock a bucket.
 */
#include "lwp/futex_queue.h"

#include "kernel/lib/errno.h"
#include "kernel/thread.h"
#include "mm/uaccess.h"
#include "mm/window.h"

struct futex_bucket futex_buckets[1 << FUTEX_BUCKET_BITS];

void futex_init(void)
{
    for (size_t i = 0; i < ARRAY_SIZE(futex_buckets); i++) {
        spin_init(&futex_buckets[i].lock, RANK_FUTEX);
        list_init(&futex_buckets[i].waiters);
    }
}

/* Memory that others may map as well is known by its object. */
int futex_key_get_shared(vaddr_t addr, struct futex_key *key)
{
    struct vm *vm = current_vm();
    struct area *a;
    int error = 0;

    mutex_lock(&vm->lock);
    a = vm_find_area_locked(vm, addr);
    if (!a) {
        error = -EFAULT;
    } else if ((a->flags & VM_SHARED) && a->obj) {
        key->obj = a->obj;
        key->space = (u64)a->obj;
        key->place = a->offset + (addr - area_start(a));
        vmobj_get(a->obj);
    }
    mutex_unlock(&vm->lock);
    return error;
}

/* Both under the queue's lock: who changes the word later finds the waiter. */
static int try_enqueue(struct futex_waiter *w, uptr_t word, u32 value)
{
    struct futex_bucket *b = w->bucket;
    const u32 *p;
    bool same;

    spin_lock(&b->lock);
    p = user_window_open(word, sizeof(*p), VM_ACCESS_READ);
    if (unlikely(!p)) {
        spin_unlock(&b->lock);
        return -EFAULT;
    }
    same = READ_ONCE(*p) == value;
    user_window_close(current_vm());
    if (same)
        list_add_tail(&b->waiters, &w->node);
    spin_unlock(&b->lock);
    return same ? 0 : -EAGAIN;
}

int futex_enqueue(struct futex_waiter *w, uptr_t word, u32 value)
{
    int error;
    u32 now;

    w->bucket = futex_bucket_of(&w->key);
    w->woken = false;
    for (;;) {
        /* Before it is queued: no wake-up is forgotten. */
        thread_prepare_sleep(WAIT_INTERRUPTIBLE);
        error = try_enqueue(w, word, value);
        if (likely(error != -EFAULT))
            return error;
        error = user_load_u32(word, &now);      /* faults the page in */
        if (error)
            return error;
    }
}

/* Lock the queue that it is, or was, on: moving it takes that lock too. */
static struct futex_bucket *lock_bucket(struct futex_waiter *w)
{
    struct futex_bucket *b;

    for (;;) {
        b = READ_ONCE(w->bucket);
        spin_lock(&b->lock);
        if (w->bucket == b)
            return b;
        spin_unlock(&b->lock);
    }
}

bool futex_is_queued(struct futex_waiter *w)
{
    struct futex_bucket *b = lock_bucket(w);
    bool queued = !w->woken;

    spin_unlock(&b->lock);
    return queued;
}

/* If it was woken the waker has done with it; else its lock is waited for. */
bool futex_dequeue(struct futex_waiter *w)
{
    struct futex_bucket *b;
    bool queued;

    if (__atomic_load_n(&w->woken, __ATOMIC_ACQUIRE))
        return false;
    b = lock_bucket(w);
    queued = !w->woken;
    if (queued)
        list_remove(&w->node);
    spin_unlock(&b->lock);
    return queued;
}
