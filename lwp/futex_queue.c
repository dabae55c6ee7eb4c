/*
 * futex_queue.c - the queues of futex waiters: hashed by key, a lock a bucket.
 */
#include "lwp/futex_queue.h"

#include "kernel/lib/errno.h"
#include "kernel/thread.h"
#include "mm/vm.h"

#define BUCKET_BITS 8

static struct futex_bucket buckets[1 << BUCKET_BITS];

void futex_init(void)
{
    for (size_t i = 0; i < ARRAY_SIZE(buckets); i++) {
        spin_init(&buckets[i].lock, RANK_FUTEX);
        list_init(&buckets[i].waiters);
    }
}

struct futex_bucket *futex_bucket_of(const struct futex_key *key)
{
    /* Fibonacci hashing: the product's upper bits depend on all lower ones. */
    u64 hash = (key->space / 64 + key->place / 4) * 0x9e3779b97f4a7c15ul;

    return &buckets[hash >> (64 - BUCKET_BITS)];
}

/* Memory that others may map as well is known by its object. */
static int shared_key(vaddr_t addr, struct futex_key *key)
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

int futex_key_get(uptr_t word, bool shared, struct futex_key *key)
{
    vaddr_t addr = (vaddr_t)word;

    if (addr % sizeof(u32))
        return -EINVAL;
    if (addr >= USER_END)
        return -EFAULT;
    *key = (struct futex_key){ .space = (u64)current_vm(), .place = addr };
    return shared ? shared_key(addr, key) : 0;
}

void futex_key_put(struct futex_key *key)
{
    if (key->obj)
        vmobj_put(key->obj);
}

void futex_wake_locked(struct futex_waiter *w)
{
    assert(spin_held(&w->bucket->lock));
    list_remove(&w->node);
    w->woken = true;
    thread_wake(w->thread);
}

unsigned futex_wake_key(const struct futex_key *key, unsigned count, u32 bitset)
{
    struct futex_bucket *b = futex_bucket_of(key);
    struct futex_waiter *w, *next;
    unsigned woken = 0;

    spin_lock(&b->lock);
    list_for_each_safe(w, next, &b->waiters, node) {
        if (woken == count)
            break;
        if (futex_key_equal(&w->key, key) && (w->bitset & bitset)) {
            futex_wake_locked(w);
            woken++;
        }
    }
    spin_unlock(&b->lock);
    return woken;
}

void futex_enqueue(struct futex_waiter *w)
{
    struct futex_bucket *b = futex_bucket_of(&w->key);

    w->bucket = b;
    w->woken = false;
    spin_lock(&b->lock);
    list_add_tail(&b->waiters, &w->node);
    spin_unlock(&b->lock);
}

/* The lock is taken even if it was woken: the waker may not have done with w,
 * which goes away with the caller's stack. */
bool futex_dequeue(struct futex_waiter *w)
{
    struct futex_bucket *b;
    bool queued;

    for (;;) {
        b = READ_ONCE(w->bucket);
        spin_lock(&b->lock);
        if (w->bucket == b)
            break;
        spin_unlock(&b->lock);
    }
    queued = !w->woken;
    if (queued)
        list_remove(&w->node);
    spin_unlock(&b->lock);
    return queued;
}
