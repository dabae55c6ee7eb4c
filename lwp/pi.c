/* pi.c - priority inheritance. */
#include "lwp/pi.h"

#include "kernel/lib/errno.h"
#include "kernel/sched.h"

#define CHAIN_MAX 64                /* owners that wait for owners */

struct spinlock pi_lock = SPINLOCK_INIT(RANK_FUTEX);
struct list pi_waiters = LIST_INIT(pi_waiters);

/* Whom t waits for, or NULL. */
static struct lwp_thread *next_in_chain(const struct lwp_thread *t)
{
    struct pi_waiter *w;

    list_for_each(w, &pi_waiters, node) {
        if (w->thread == t)
            return w->owner;
    }
    return NULL;
}

void pi_inherit_locked(struct lwp_thread *t)
{
    struct pi_waiter *w;
    unsigned boost;

    assert(spin_held(&pi_lock));
    for (int i = 0; t && i < CHAIN_MAX; i++) {
        boost = t->boost_floor;
        list_for_each(w, &pi_waiters, node) {
            if (w->owner == t)
                boost = MAX(boost, urgency(&w->thread->thread));
        }
        sched_set_boost(&t->thread, boost);
        t = next_in_chain(t);
    }
}

void pi_priority_changed(const struct lwp_thread *t)
{
    spin_lock(&pi_lock);
    pi_inherit_locked(next_in_chain(t));
    spin_unlock(&pi_lock);
}

void pi_set_floor(unsigned floor)
{
    struct lwp_thread *me = current_lwp_thread();

    spin_lock(&pi_lock);
    me->boost_floor = floor;
    pi_inherit_locked(me);
    spin_unlock(&pi_lock);
}

/* Does waiting for `owner` close a ring? */
static bool closes_ring(struct lwp_thread *owner)
{
    for (int i = 0; owner && i < CHAIN_MAX; i++) {
        if (owner == current_lwp_thread())
            return true;
        owner = next_in_chain(owner);
    }
    return false;
}

int pi_wait_locked(struct pi_waiter *w, struct lwp_thread *owner)
{
    assert(spin_held(&pi_lock));
    if (closes_ring(owner))
        return -EDEADLK;
    w->owner = owner;
    w->result = PI_WAITING;
    list_add_tail(&pi_waiters, &w->node);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);    /* see futex_exit_pi() */
    if (READ_ONCE(owner->owns_nothing)) {
        list_remove(&w->node);
        return -EAGAIN;
    }
    pi_inherit_locked(owner);
    return 0;
}

int pi_sleep(struct pi_waiter *w, nsec_t deadline)
{
    int error = 0;

    while (!error) {
        thread_prepare_sleep(WAIT_INTERRUPTIBLE);
        if (READ_ONCE(w->result) != PI_WAITING)
            return 0;
        error = thread_sleep(deadline);
    }
    return error;
}

void pi_drop_locked(struct pi_waiter *w, int result)
{
    assert(spin_held(&pi_lock));
    list_remove(&w->node);
    WRITE_ONCE(w->result, result);
    thread_wake(&w->thread->thread);
}

void pi_end_locked(struct pi_waiter *w, int result)
{
    pi_drop_locked(w, result);
    pi_inherit_locked(w->owner);
}

void pi_pass_locked(struct pi_waiter *next)
{
    struct lwp_thread *heir = next->thread;
    struct pi_waiter *w;

    list_for_each(w, &pi_waiters, node) {
        if (w != next && pi_waits_for(w, next->space, next->place))
            w->owner = heir;
    }
    pi_end_locked(next, 0);
    pi_inherit_locked(heir);
}

struct pi_waiter *pi_most_urgent_locked(u64 space, u64 place)
{
    struct pi_waiter *w, *best = NULL;

    assert(spin_held(&pi_lock));
    list_for_each(w, &pi_waiters, node) {
        if (pi_waits_for(w, space, place) &&
            (!best || urgency(&w->thread->thread) >
                      urgency(&best->thread->thread)))
            best = w;
    }
    return best;
}
