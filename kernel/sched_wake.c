/*
 * sched_wake.c - threads that become ready: on which hart, and who gives way.
 *
 * A thread made ready goes to the waker's own hart: most wakers sleep at once
 * (pipes, futexes), and then no other hart is disturbed.  If the waker goes on
 * running while other harts idle, the slice timer, which comes early then,
 * tells one of them to steal.  One that has slept starts at the queue's present
 * virtual time: it comes soon, but has not saved up credit.
 */
#include "kernel/runq.h"
#include "kernel/scheduler.h"

#define WAKE_ADVANTAGE  NSEC_PER_MSEC   /* to preempt a fair thread */

static u64 wake_advantage;              /* in virtual time; set once at boot */

static noinline bool special_preempts(const struct thread *t,
                                      const struct thread *running)
{
    if (urgency(t) || urgency(running))
        return urgency(t) > urgency(running);
    return scheduler->preempts && scheduler->preempts(t, running);
}

/* May a thread that has become ready push `running` off its hart at once? */
static always_inline bool preempts(const struct thread *t, const struct thread *running)
{
    if (running == running->hart->idle)
        return true;
    if (unlikely(t->special | running->special))
        return special_preempts(t, running);
    u64 ran = arch_ticks() - running->ran_since;
    return t->policy == POLICY_FAIR &&
           running->vtime + (ran << VTIME_SHIFT) > t->vtime + wake_advantage;
}

/* Ask the thread that runs on rq's hart to give way; rq's lock is held. */
void sched_resched_locked(struct runq *rq)
{
    struct hart *h = rq->hart;
    struct thread *running =
        (struct thread *)READ_ONCE(h->arch.thread);

    thread_set_resched(running);
    /* A program looks at its flags when it leaves the kernel.  A kernel thread
     * never does: it is interrupted as soon as interrupts are on. */
    if (h != this_hart() || (!running->arch.space && running != h->idle))
        arch_ipi(&h->arch);
}

/* Put a ready thread on rq and see whether it should run at once. */
static always_inline void add_locked(struct runq *rq, struct thread *t)
{
    struct thread *running =
        (struct thread *)READ_ONCE(rq->hart->arch.thread);

    bool here = rq->hart == this_hart();

    t->vtime = MAX(t->vtime, rq->vtime);
    runq_add(rq, t);
    /* Another hart starts its slice timer itself, when it reschedules. */
    if (preempts(t, running) || !(here || rq->timer_armed))
        sched_resched_locked(rq);
    else if (here)
        expect_switch(rq);
}

void sched_add_locked(struct runq *rq, struct thread *t)
{
    add_locked(rq, t);
}

/* The hart for a thread that becomes ready: this one, an idle one for urgent
 * work, else any that the thread may use. */
static struct hart *choose_hart(const struct thread *t)
{
    u64 allowed = t->affinity & hart_online_mask();
    u64 idle = allowed & sched_idle_mask();
    struct hart *here = this_hart();

    if (idle && (urgency(t) || !(allowed >> here->arch.id & 1)))
        return &harts[bit_lowest(idle)];
    if (allowed >> here->arch.id & 1)
        return here;
    return allowed ? &harts[bit_lowest(allowed)] : here;
}

/*
 * Let t, which is on no queue, belong to hart h: the lock of its queue is held
 * before, that of h's afterwards.  t->hart changes under the old lock, as others
 * may be waiting for that one.  Interrupts stay disabled in between, or a waker
 * that is preempted there would keep t from running.
 */
static void hand_over(struct thread *t, struct hart *h)
{
    struct runq *from = t->hart->runq, *to = h->runq;
    u64 irqs = this_hart()->irq_was;

    t->state = THREAD_READY;            /* on its way: nobody else wakes it */
    /* The queues' clocks have nothing to do with each other; and what it ran
     * ahead while alone over there is no debt to those here. */
    t->vtime -= MIN(t->vtime, from->vtime);
    t->vtime = MIN(t->vtime, 1ul << from->bucket_shift);
    t->hart = h;
    this_hart()->irq_was = 0;
    spin_unlock(&from->lock);
    spin_lock(&to->lock);
    this_hart()->irq_was = irqs;
    t->vtime += to->vtime;
}

static noinline void bring_to_its_hart(struct thread *t)
{
    struct hart *h = choose_hart(t);

    while (h != t->hart) {
        hand_over(t, h);
        if (!(t->affinity >> h->arch.id & 1))
            h = choose_hart(t);         /* restricted while on its way */
    }
}

/* The same answer as choose_hart() gives, most times. */
static inline bool stays(const struct thread *t)
{
    return t->hart == this_hart() && !t->special &&
           (t->affinity & t->hart->runq->hart_bit);
}

void sched_wake_unlock(struct thread *t)
{
    if (unlikely(!stays(t)))
        bring_to_its_hart(t);
    add_locked(t->hart->runq, t);
    sched_unlock(t);
}

void sched_add(struct thread *t)
{
    sched_lock(t);
    sched_wake_unlock(t);
}

void sched_init(void)
{
    wake_advantage = ticks_of_time(WAKE_ADVANTAGE) << VTIME_SHIFT;
    scheduler_choose();
}
