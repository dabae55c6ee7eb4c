/*
 * sched.c - switching, waking, time slices.
 *
 * The lock of a hart's run queue is held across a switch and released by
 * whoever runs next, so under it a thread either runs or has its registers
 * saved.
 *
 * A thread made ready goes to the waker's own hart: most wakers sleep at once
 * (pipes, futexes), and then no other hart is disturbed.  If the waker goes on
 * running while other harts idle, the slice timer, which comes early then,
 * tells one of them to steal.  One that has slept starts at the queue's present
 * virtual time: it comes soon, but has not saved up credit.
 */
#include "kernel/sched.h"

#include "kernel/lib/errno.h"
#include "kernel/runq.h"
#include "mm/alloc.h"

#define SLICE           (4 * NSEC_PER_MSEC)
#define RR_SLICE        (100 * NSEC_PER_MSEC)
#define WAKE_ADVANTAGE  NSEC_PER_MSEC   /* to preempt a fair thread */
#define STEAL_DELAY     (100 * NSEC_PER_USEC)

static u64 online_harts;                /* atomic */
static u64 idle_harts;                  /* atomic */

static inline struct runq *this_runq(void)
{
    return this_hart()->runq;
}

u64 sched_idle_mask(void)
{
    return __atomic_load_n(&idle_harts, __ATOMIC_RELAXED);
}

void sched_set_idle(u64 hart_bit, bool idle)
{
    if (idle)
        __atomic_or_fetch(&idle_harts, hart_bit, __ATOMIC_SEQ_CST);
    else
        __atomic_and_fetch(&idle_harts, ~hart_bit, __ATOMIC_SEQ_CST);
}

/* --- time --- */

static nsec_t slice_of(const struct thread *t)
{
    if (!urgency(t))
        return SLICE;
    return t->policy == POLICY_RR ? RR_SLICE : NEVER / 2;
}

static void arm_timer(struct runq *rq, nsec_t when)
{
    rq->timer_armed = true;
    timer_start(&rq->timer, when);
}

/* If others wait for this hart, see to it that they get a turn. */
static inline void expect_switch(struct runq *rq, nsec_t now)
{
    if (unlikely(rq->ready && !rq->timer_armed))
        arm_timer(rq, now + (sched_idle_mask() ? STEAL_DELAY : SLICE));
}

static void kick_thief(void)
{
    u64 idle = sched_idle_mask();

    if (idle)
        arch_ipi(arch_hart_of(bit_lowest(idle)));
}

static void slice_timeout(struct timer *timer)
{
    struct runq *rq = container_of(timer, struct runq, timer);
    struct thread *t = current_thread();
    nsec_t now = time_now();

    spin_lock(&rq->lock);
    rq->timer_armed = false;
    if (rq->ready) {
        sched_charge(t, now);
        kick_thief();
        if (t == rq->hart->idle || t->cpu_time >= t->slice_end) {
            thread_set_resched(t);
            arm_timer(rq, now + SLICE);
        } else {
            arm_timer(rq, now + MIN(SLICE, t->slice_end - t->cpu_time));
        }
    }
    spin_unlock(&rq->lock);
}

/* --- switching --- */

/* The thread before has exited, or may not run on this hart any more. */
static noinline void see_off(struct runq *rq)
{
    struct thread *t = rq->leaving;

    rq->leaving = NULL;
    if (t->state == THREAD_EXITED) {
        spin_unlock(&rq->lock);
        thread_put(t);
    } else {
        sched_wake_unlock(t);
    }
}

/* On the new thread's stack: let go of the queue and of the thread before. */
static inline void finish_switch(void)
{
    struct runq *rq = this_runq();

    if (unlikely(rq->leaving))
        see_off(rq);
    else
        spin_unlock(&rq->lock);
}

void trap_thread_begin(void)
{
    this_hart()->irq_was = IRQS_ON;
    finish_switch();
}

enum stay { SLEEPS, YIELDS, PREEMPTED };

/*
 * Queue the running thread again, here or, if it may not be here, elsewhere.  A
 * real-time thread that is preempted in its slice goes on before its equals
 * (sched(7)).
 */
static inline void requeue(struct runq *rq, struct thread *t, enum stay why)
{
    if (unlikely(!(t->affinity >> rq->hart->arch.id & 1))) {
        t->state = THREAD_READY;
        rq->leaving = t;
    } else if (t != rq->hart->idle) {
        runq_add(rq, t);
        if (why == PREEMPTED && urgency(t) && t->cpu_time < t->slice_end)
            runq_put_first(rq, t);
    }
}

/* Get `t`, which has been taken off the queue, ready to run. */
static inline void start_stretch(struct thread *t, nsec_t now)
{
    t->state = THREAD_RUNNING;
    t->ran_since = now;
    if (t->cpu_time >= t->slice_end)
        t->slice_end = t->cpu_time + slice_of(t);
}

/*
 * Run the next thread.  The lock of rq, this hart's, is held.  The running
 * thread stays ready, or (SLEEPS) is SLEEPING or EXITED.  Returns when it is
 * picked again, possibly on another hart, with the lock released.
 */
static always_inline void reschedule(struct runq *rq, struct thread *prev,
                                     enum stay why)
{
    struct hart *h = rq->hart;
    u64 irqs = h->irq_was;
    nsec_t now = time_now();

    sched_charge(prev, now);
    if (why != SLEEPS)
        requeue(rq, prev, why);
    if (thread_has_flags(prev, TF_RESCHED))
        thread_clear_flags(prev, TF_RESCHED);
    struct thread *next = runq_take(rq);
    if (unlikely(!next))
        next = h->idle;
    start_stretch(next, now);
    expect_switch(rq, now);
    if (likely(next != prev)) {
        h->switches++;
        arch_switch(&prev->arch, &next->arch);
        this_hart()->irq_was = irqs;
    }
    finish_switch();
}

void sched_switch(void)
{
    struct runq *rq = this_runq();
    struct thread *t = current_thread();

    t->switches_wanted++;
    if (t->state == THREAD_EXITED)
        rq->leaving = t;
    reschedule(rq, t, SLEEPS);
}

void sched_yield(void)
{
    struct thread *t = current_thread();

    might_sleep();
    if (!READ_ONCE(this_runq()->ready))
        return;
    sched_lock(t);
    t->switches_wanted++;
    reschedule(this_runq(), t, YIELDS);
}

void sched_preempt(void)
{
    struct thread *t = current_thread();

    sched_lock(t);
    t->switches_forced++;
    reschedule(this_runq(), t, PREEMPTED);
}

void trap_exit_kernel(void)
{
    struct hart *h = this_hart();
    struct thread *t = current_thread();

    if (t && thread_has_flags(t, TF_RESCHED) && !h->held && t != h->idle)
        sched_preempt();
}

/* --- waking --- */

/* May a thread that has become ready push `running` off its hart at once? */
static bool preempts(const struct thread *t, const struct thread *running)
{
    if (running == running->hart->idle)
        return true;
    if (urgency(t) || urgency(running))
        return urgency(t) > urgency(running);
    return t->policy == POLICY_FAIR &&
           running->vtime + (time_now() - running->ran_since) >
               t->vtime + WAKE_ADVANTAGE;
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
void sched_add_locked(struct runq *rq, struct thread *t)
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
        expect_switch(rq, time_now());
}

/* The hart for a thread that becomes ready: this one, an idle one for urgent
 * work, else any that the thread may use. */
static struct hart *choose_hart(const struct thread *t)
{
    u64 allowed = t->affinity & __atomic_load_n(&online_harts, __ATOMIC_RELAXED);
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
    t->vtime = MIN(t->vtime, SLICE);
    t->hart = h;
    this_hart()->irq_was = 0;
    spin_unlock(&from->lock);
    spin_lock(&to->lock);
    this_hart()->irq_was = irqs;
    t->vtime += to->vtime;
}

void sched_wake_unlock(struct thread *t)
{
    struct hart *h = choose_hart(t);

    while (h != t->hart) {
        hand_over(t, h);
        if (!(t->affinity >> h->arch.id & 1))
            h = choose_hart(t);         /* restricted while on its way */
    }
    sched_add_locked(h->runq, t);
    sched_unlock(t);
}

void sched_add(struct thread *t)
{
    sched_lock(t);
    sched_wake_unlock(t);
}

/* --- the whole --- */

nsec_t sched_rr_interval(const struct thread *t)
{
    if (t->policy == POLICY_FIFO)
        return 0;
    return t->policy == POLICY_RR ? RR_SLICE : SLICE;
}

unsigned sched_ready_count(void)
{
    unsigned n = 0;

    for (unsigned i = 0; i < hart_count; i++) {
        const struct hart *h = &harts[i];
        if (!h->online)
            continue;
        n += READ_ONCE(h->runq->ready);
        n += READ_ONCE(h->arch.thread) != &h->idle->arch;
    }
    return n;
}

u64 hart_online_mask(void)
{
    return __atomic_load_n(&online_harts, __ATOMIC_RELAXED);
}

int sched_init_hart(struct hart *h)
{
    struct runq *rq = kzalloc(sizeof(*rq));

    if (!rq)
        return -ENOMEM;
    runq_init(rq, h);
    timer_init(&rq->timer, slice_timeout);
    h->runq = rq;
    return 0;
}

void sched_online(struct hart *h)
{
    h->idle->ran_since = time_now();
    h->arch.thread = &h->idle->arch;
    h->online = true;
    __atomic_or_fetch(&online_harts, 1ul << h->arch.id, __ATOMIC_SEQ_CST);
}
