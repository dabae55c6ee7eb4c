/*
 * futex_waitv.c - futex_waitv(2): sleep for several words at once.
 */
#include "kernel/lib/errno.h"
#include "kernel/thread.h"
#include "lwp/clock.h"
#include "lwp/deadline.h"
#include "lwp/futex_queue.h"
#include "lwp/syscall.h"
#include "mm/alloc.h"

#define WAITV_MAX           128
#define FUTEX2_SIZE_U32     2       /* the only size there is */

/* struct futex_waitv */
struct user_waitv {
    u64 value, word;
    u32 flags, reserved;
};

/* Queue for one of them.  -EAGAIN if the word has changed already. */
static int enqueue_one(struct futex_waiter *w, const struct user_waitv *u)
{
    int error;

    if ((u->flags & ~FUTEX_PRIVATE_FLAG) != FUTEX2_SIZE_U32 || u->reserved)
        return -EINVAL;
    w->thread = current_thread();
    w->bitset = FUTEX_BITSET_ANY;
    error = futex_key_get(uptr(u->word), !(u->flags & FUTEX_PRIVATE_FLAG),
                          &w->key);
    if (error)
        return error;
    error = futex_enqueue(w, uptr(u->word), u->value);
    if (error)
        futex_key_put(&w->key);
    return error;
}

static int enqueue_all(struct futex_waiter *waiters, unsigned *queued,
                       uptr_t from, unsigned count)
{
    struct user_waitv u;
    int error = 0;

    for (unsigned i = 0; i < count && !error; i++) {
        if (copy_from_user(&u, uptr_add(from, i * sizeof(u)), sizeof(u)))
            return -EFAULT;
        error = enqueue_one(&waiters[i], &u);
        if (!error)
            ++*queued;
    }
    return error;
}

/* The last that was woken, or `otherwise`. */
static int dequeue_all(struct futex_waiter *waiters, unsigned queued,
                       int otherwise)
{
    int result = otherwise;

    for (unsigned i = 0; i < queued; i++) {
        if (!futex_dequeue(&waiters[i]))
            result = i;
        futex_key_put(&waiters[i].key);
    }
    return result;
}

static bool all_queued(struct futex_waiter *waiters, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (!futex_is_queued(&waiters[i]))
            return false;
    }
    return true;
}

/* All timeouts of this call are absolute. */
static int read_deadline(uptr_t timeout, int clock, nsec_t *deadline)
{
    struct timespec ts;
    int error;

    *deadline = NEVER;
    if (!timeout)
        return 0;
    if (clock != CLOCK_MONOTONIC && clock != CLOCK_REALTIME)
        return -EINVAL;
    error = timespec_from_user(&ts, timeout);
    if (error)
        return error;
    *deadline = timespec_ns(&ts);
    if (clock == CLOCK_REALTIME)
        *deadline = deadline_realtime(*deadline);
    return 0;
}

long sys_futex_waitv(uptr_t from, unsigned count, unsigned flags,
                     uptr_t timeout, int clock)
{
    struct futex_waiter *waiters;
    unsigned queued = 0;
    nsec_t deadline;
    int error;

    if (flags || !count || count > WAITV_MAX || !from)
        return -EINVAL;
    error = read_deadline(timeout, clock, &deadline);
    if (error)
        return error;
    waiters = kmalloc(count * sizeof(*waiters));
    if (!waiters)
        return -ENOMEM;
    error = enqueue_all(waiters, &queued, from, count);
    if (!error) {
        thread_prepare_sleep(WAIT_INTERRUPTIBLE);
        if (all_queued(waiters, count))
            error = thread_sleep(deadline);
    }
    error = dequeue_all(waiters, queued, error);
    kfree(waiters);
    return error;
}
