/* idle.c - harts without work steal some, or wait for an interrupt. */
#include "kernel/runq.h"

static bool steal_from(struct runq *victim, struct runq *rq)
{
    if (!READ_ONCE(victim->ready))
        return false;
    spin_lock_two(&victim->lock, &rq->lock);
    struct thread *t = runq_find_for(victim, 1ul << rq->hart->arch.id);
    if (t) {
        runq_remove(victim, t);
        t->vtime = rq->vtime;
        runq_add(rq, t);
    }
    spin_unlock_two(&victim->lock, &rq->lock);
    return t;
}

static bool steal(struct runq *rq)
{
    unsigned self = rq->hart->arch.id;

    for (unsigned i = 1; i < hart_count; i++) {
        struct hart *h = &harts[(self + i) % hart_count];
        if (h->online && steal_from(h->runq, rq))
            return true;
    }
    return false;
}

/* Wait for an interrupt, unless there is work.  Interrupts are disabled, so
 * that one which brings work cannot come between the look and the wait. */
static void idle_once(struct runq *rq)
{
    u64 bit = 1ul << rq->hart->arch.id;

    if (READ_ONCE(rq->ready) || steal(rq))
        return;
    sched_set_idle(bit, true);
    if (!READ_ONCE(rq->ready)) {
        rq->hart->waits++;
        arch_idle();
    }
    sched_set_idle(bit, false);
}

void sched_idle(void)
{
    struct runq *rq = this_hart()->runq;

    for (;;) {
        irq_disable();
        idle_once(rq);
        irq_enable();
        if (READ_ONCE(rq->ready))
            sched_preempt();
    }
}
