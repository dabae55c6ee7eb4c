/*
 * handoff.c - sleeping with a lock that is released on the way, and giving the
 * hart straight to the thread that is waited for.
 */
#include "kernel/switch.h"
#include "kernel/wait.h"

#define INTERRUPTS (TF_SIGNAL | TF_KILL)

/*
 * Would `to` run here next, if it were woken and this thread slept?  Yes, if
 * nobody else is ready.  One that last ran elsewhere is locked there.
 */
static inline bool is_next(const struct runq *rq, const struct thread *to)
{
    return to->hart == rq->hart && to->state == THREAD_SLEEPING &&
           !(rq->ready | rq->special) && (to->affinity & rq->hart_bit);
}

/* What waking it, and taking it off the queue again, would do. */
static inline void take_asleep(struct runq *rq, struct thread *to)
{
    to->wake_pending = true;
    to->vtime = MAX(to->vtime, rq->vtime);
    if (likely(!urgency(to)))
        runq_advance(rq, to);
}

/* Wake it the usual way.  The lock of rq is released, and taken again. */
static noinline void wake_relock(struct runq *rq, struct thread *to, bool *told)
{
    spin_unlock(&rq->lock);
    thread_wake(to);
    __atomic_store_n(told, true, __ATOMIC_RELEASE);
    spin_lock(&rq->lock);
}

void thread_hand_over(struct thread *to, bool *told, struct spinlock *lock)
{
    struct thread *t = current_thread();
    struct runq *rq = this_runq();

    spin_lock_rank(&rq->lock, RANK_RUNQ);
    if (to && likely(is_next(rq, to) && !thread_has_flags(t, INTERRUPTS))) {
        take_asleep(rq, to);
        *told = true;
    } else {
        if (to)
            wake_relock(rq, to, told);
        to = NULL;
        /* Whoever sets one now waits for the lock, and finds it asleep. */
        if (unlikely(thread_has_flags(t, INTERRUPTS))) {
            spin_unlock(&rq->lock);
            spin_unlock(lock);
            return;
        }
    }
    t->sleep = WAIT_INTERRUPTIBLE;
    t->wake_pending = false;
    t->state = THREAD_SLEEPING;
    t->switches_wanted++;
    spin_unlock(lock);
    reschedule(rq, t, SLEEPS, to);
}
