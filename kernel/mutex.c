/*
 * mutex.c - sleeping locks.  `owner` is the whole state while nobody waits: one
 * compare-and-swap takes or releases it.  Waiters set bit 0, which sends the
 * owner through mutex->lock on release.
 */
#include "kernel/mutex.h"

#include "kernel/lib/errno.h"
#include "kernel/thread.h"

#define WAITERS 1ul

static u64 *owner_word(struct mutex *m)
{
    return (u64 *)&m->owner;
}

void mutex_init(struct mutex *m)
{
    m->owner = NULL;
    spin_init(&m->lock, RANK_MUTEX);
    waitq_init(&m->waiters);
}

bool mutex_trylock(struct mutex *m)
{
    u64 expected = 0;

    return __atomic_compare_exchange_n(owner_word(m), &expected,
                                       (u64)current_thread(), false,
                                       __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

/* Take it if free, else leave the mark that someone waits; m->lock held. */
static bool take_or_mark(struct mutex *m)
{
    u64 old = __atomic_fetch_or(owner_word(m), WAITERS, __ATOMIC_ACQUIRE);

    if (old & ~WAITERS)
        return false;
    u64 mark = list_empty(&m->waiters.waiters) ? 0 : WAITERS;
    __atomic_store_n(owner_word(m), (u64)current_thread() | mark,
                     __ATOMIC_RELAXED);
    return true;
}

static int lock_slow(struct mutex *m, enum wait_how how)
{
    int error = 0;

    might_sleep();
    assert(!mutex_held(m));
    spin_lock(&m->lock);
    while (!take_or_mark(m)) {
        error = waitq_sleep(&m->waiters, &m->lock, how, NEVER);
        if (error)
            break;
    }
    spin_unlock(&m->lock);
    return error ? -EINTR : 0;
}

void mutex_lock(struct mutex *m)
{
    if (!mutex_trylock(m))
        lock_slow(m, WAIT_UNINTERRUPTIBLE);
}

int mutex_lock_killable(struct mutex *m)
{
    return mutex_trylock(m) ? 0 : lock_slow(m, WAIT_KILLABLE);
}

static noinline void unlock_slow(struct mutex *m)
{
    assert(mutex_held(m));
    spin_lock(&m->lock);
    __atomic_store_n(owner_word(m), 0, __ATOMIC_RELEASE);
    waitq_wake_one(&m->waiters, 0);
    spin_unlock(&m->lock);
}

/* Every page fault comes by here: the usual case needs no stack frame. */
void mutex_unlock(struct mutex *m)
{
    u64 expected = (u64)current_thread();

    if (unlikely(!__atomic_compare_exchange_n(owner_word(m), &expected, 0,
                                              false, __ATOMIC_RELEASE,
                                              __ATOMIC_RELAXED)))
        unlock_slow(m);
}

bool mutex_held(const struct mutex *m)
{
    return ((u64)READ_ONCE(m->owner) & ~WAITERS) == (u64)current_thread();
}
