/*
 * pi.h - priority inheritance: the owner of a lock runs with the greatest
 * real-time priority of those who wait for it, and whoever it waits for itself
 * does too.
 *
 * The locks are PI futexes (futex_pi.c) and the mutexes of the RT-Thread API
 * (rt_mutex.c).  Their waiters are on one list, so that a chain may lead
 * through both.  It is short: only those who sleep are on it.
 */
#pragma once

#include "kernel/spinlock.h"
#include "lwp/lwp.h"

#define PI_WAITING 1

struct pi_waiter {
    /* set by who waits, then constant */
    struct lwp_thread *thread;
    u64 space, place;               /* what for: names that only it has */
    /* guarded by pi_lock */
    struct list node;
    struct lwp_thread *owner;       /* has it now; alive as long as this */
    int result;                     /* PI_WAITING, 0 (it is its own), -errno;
                                     * may be read bare */
};

extern struct spinlock pi_lock;     /* RANK_FUTEX */
/* guarded by pi_lock */
extern struct list pi_waiters;      /* longest waiting first */

static inline bool pi_waits_for(const struct pi_waiter *w, u64 space, u64 place)
{
    return w->space == space && w->place == place;
}

/*
 * Queue the running thread behind the owner.  -EDEADLK if that waits, by
 * whatever chain, for the running thread; -EAGAIN if it has begun to end.
 */
int pi_wait_locked(struct pi_waiter *w, struct lwp_thread *owner);

/* Sleep until the result is there.  0, -ERESTARTSYS, -ETIMEDOUT: but it may
 * have come at the same time. */
int pi_sleep(struct pi_waiter *w, nsec_t deadline);

/* It waits no more.  Once pi_lock is released, w may be gone. */
void pi_end_locked(struct pi_waiter *w, int result);
/* The same where many end: their owner keeps what they lent it until
 * pi_inherit_locked(), which walks all waiters. */
void pi_drop_locked(struct pi_waiter *w, int result);

/* Lend t the greatest urgency of its waiters; likewise along the chain of
 * owners.  NULL: nobody. */
void pi_inherit_locked(struct lwp_thread *t);

/* The thread's own priority is another one: so is what it lends. */
void pi_priority_changed(const struct lwp_thread *t);

/* The lock is next's: it is told, and the others wait for its thread now. */
void pi_pass_locked(struct pi_waiter *next);

/* Who should have that lock next, NULL: nobody waits for it. */
struct pi_waiter *pi_most_urgent_locked(u64 space, u64 place);

/* The running thread has this urgency at least, until told otherwise; 0: it
 * has its own. */
void pi_set_floor(unsigned floor);
