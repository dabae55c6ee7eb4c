/*
 * futex.c - waiting, waking and moving waiters.
 */
#include "lwp/futex.h"

#include "kernel/lib/errno.h"
#include "lwp/futex_ops.h"
#include "lwp/futex_queue.h"
#include "lwp/lwp.h"
#include "mm/uaccess.h"
#include "mm/window.h"

static unsigned wake_key(const struct futex_key *key, unsigned count,
                         u32 bitset)
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

int futex_wake(uptr_t word, bool shared, unsigned count, u32 bitset)
{
    struct futex_key key;
    int result = futex_key_get(word, shared, &key);

    if (result)
        return result;
    result = wake_key(&key, count, bitset);
    futex_key_put(&key);
    return result;
}

int futex_wait(const struct futex_wait *wait)
{
    struct futex_waiter w;
    int error;

    w.thread = current_thread();
    w.bitset = wait->bitset;
    error = futex_key_get(wait->word, wait->shared, &w.key);
    if (error)
        return error;
    error = futex_enqueue(&w, wait->word, wait->value);
    if (!error) {
        error = thread_sleep(wait->deadline);
        if (!futex_dequeue(&w))
            error = 0;
    }
    futex_key_put(&w.key);
    return error;
}

/* --- moving waiters ------------------------------------------------------- */

static void move_locked(struct futex_waiter *w, const struct futex_key *key,
                        struct futex_bucket *to)
{
    list_remove(&w->node);
    list_add_tail(&to->waiters, &w->node);
    w->key = *key;
    if (key->obj)
        vmobj_get(key->obj);
    WRITE_ONCE(w->bucket, to);
}

/* Wake and move; *moved says how many references to from->obj were dropped. */
static int requeue_locked(const struct futex_key *from,
                          const struct futex_key *to,
                          const struct futex_requeue *r, unsigned *moved)
{
    struct futex_bucket *source = futex_bucket_of(from);
    struct futex_waiter *w, *next;
    unsigned woken = 0;

    list_for_each_safe(w, next, &source->waiters, node) {
        if (!futex_key_equal(&w->key, from))
            continue;
        if (woken < r->wake) {
            futex_wake_locked(w);
            woken++;
        } else if (*moved < r->move) {
            move_locked(w, to, futex_bucket_of(to));
            ++*moved;
        } else {
            break;
        }
    }
    return woken;
}

/* The value is tested with both queues locked, so the page must be there: if
 * it is not, it is faulted in and all is tried again. */
static int test_word_locked(const struct futex_requeue *r)
{
    const u32 *word;
    u32 value;

    if (!r->compare)
        return 0;
    word = user_window_open(r->word, sizeof(*word), VM_ACCESS_READ);
    if (!word)
        return -EFAULT;
    value = READ_ONCE(*word);
    user_window_close(current_vm());
    return value == r->value ? 0 : -EAGAIN;
}

static int requeue_keys(const struct futex_requeue *r, struct futex_key *from,
                        struct futex_key *to)
{
    struct futex_bucket *a = futex_bucket_of(from), *b = futex_bucket_of(to);
    unsigned moved = 0, i;
    int result;
    u32 value;

    for (;;) {
        spin_lock_two(&a->lock, &b->lock);
        result = test_word_locked(r);
        if (!result && futex_key_equal(from, to))
            result = requeue_locked(from, to, &(struct futex_requeue){
                                        .wake = r->wake }, &moved);
        else if (!result)
            result = requeue_locked(from, to, r, &moved);
        spin_unlock_two(&a->lock, &b->lock);
        if (result != -EFAULT)
            break;
        result = user_load_u32(r->word, &value);
        if (result)
            return result;
    }
    for (i = 0; from->obj && i < moved; i++)
        vmobj_put(from->obj);
    return result < 0 ? result : result + (int)moved;
}

int futex_requeue(const struct futex_requeue *r)
{
    struct futex_key from, to;
    int result;

    result = futex_key_get(r->word, r->shared, &from);
    if (result)
        return result;
    result = futex_key_get(r->target, r->shared, &to);
    if (!result) {
        result = requeue_keys(r, &from, &to);
        futex_key_put(&to);
    }
    futex_key_put(&from);
    return result;
}
