/*
 * switch.h - from one thread to the next on this hart, for sched.c and
 * handoff.c; the rest of the kernel calls sched_switch().
 */
#pragma once

#include "kernel/runq.h"

/* sched.c */
void sched_begin_slice(struct thread *t);

/* The thread before has exited, or may not run on this hart any more.  Releases
 * the lock. */
void sched_see_off(struct runq *rq);

/* On the new thread's stack: let go of the queue and of the thread before, and
 * have interrupts as this one had them. */
static inline void finish_switch(u64 irqs)
{
    struct runq *rq = this_runq();

    if (unlikely(rq->leaving)) {
        this_hart()->irq_was = irqs;
        sched_see_off(rq);
    } else {
        spin_unlock_last(&rq->lock, irqs);
    }
}

enum stay { SLEEPS, YIELDS, PREEMPTED };

/*
 * Queue the running thread again, here or, if it may not be here, elsewhere.  A
 * special one that is preempted in its slice goes on before its equals
 * (sched(7)).
 */
static inline void requeue(struct runq *rq, struct thread *t, enum stay why)
{
    if (unlikely(!(t->affinity & rq->hart_bit))) {
        t->state = THREAD_READY;
        rq->leaving = t;
    } else if (why == YIELDS || t != rq->hart->idle) {
        runq_add(rq, t);
        if (why == PREEMPTED && t->special && t->cpu_ticks < t->slice_end)
            runq_put_first(rq, t);
    }
}

/* Get `t`, which has been taken off the queue, ready to run. */
static inline void start_stretch(struct thread *t, u64 now)
{
    t->state = THREAD_RUNNING;
    t->ran_since = now;
    if (unlikely(t->cpu_ticks >= t->slice_end))
        sched_begin_slice(t);
}

/*
 * Run `next`, which is on no queue, or, if that is NULL, the next thread.  The
 * lock of rq, this hart's, is held and no other.  The running thread stays
 * ready, or (SLEEPS) is SLEEPING or EXITED.  Returns when it is picked again,
 * possibly on another hart, with the lock released.
 */
static always_inline void reschedule(struct runq *rq, struct thread *prev,
                                     enum stay why, struct thread *next)
{
    struct hart *h = this_hart();
    u64 irqs = h->irq_was;
    u64 now = arch_ticks();

    sched_charge(prev, now);
    if (why != SLEEPS)
        requeue(rq, prev, why);
    if (thread_has_flags(prev, TF_RESCHED))
        thread_clear_flags(prev, TF_RESCHED);
    if (!next)
        next = runq_take(rq);
    if (unlikely(!next))
        next = h->idle;
    start_stretch(next, now);
    expect_switch(rq);
    if (likely(next != prev)) {
        h->switches++;
        arch_switch(&prev->arch, &next->arch);
    }
    finish_switch(irqs);
}
