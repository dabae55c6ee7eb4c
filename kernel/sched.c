/*
 * sched.c - switching and time slices.
 *
 * The lock of a hart's run queue is held across a switch and released by
 * whoever runs next, so under it a thread either runs or has its registers
 * saved.
 */
#include "kernel/sched.h"

#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/params.h"
#include "kernel/scheduler.h"
#include "kernel/switch.h"
#include "mm/alloc.h"

#define RR_SLICE        (100 * NSEC_PER_MSEC)
#define STEAL_DELAY     (100 * NSEC_PER_USEC)

static u64 online_harts;                /* atomic */
static u64 idle_harts;                  /* atomic */

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
        return scheduler->slice(t);
    return t->policy == POLICY_RR ? RR_SLICE : NEVER;
}

void sched_begin_slice(struct thread *t)
{
    nsec_t slice = slice_of(t);

    t->slice_end = slice == NEVER ? NEVER : t->cpu_ticks + ticks_of_time(slice);
}

void sched_arm_timer(struct runq *rq, nsec_t delay)
{
    rq->timer_armed = true;
    timer_start(&rq->timer, time_now() + delay);
}

void sched_expect_switch(struct runq *rq)
{
    sched_arm_timer(rq, sched_idle_mask() ? STEAL_DELAY : SLICE);
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

    spin_lock(&rq->lock);
    rq->timer_armed = false;
    if (rq->ready) {
        sched_charge(t, arch_ticks());
        kick_thief();
        if (t == rq->hart->idle || t->cpu_ticks >= t->slice_end) {
            thread_set_resched(t);
            sched_arm_timer(rq, SLICE);
        } else {
            nsec_t rest = time_of_ticks(t->slice_end - t->cpu_ticks);
            sched_arm_timer(rq, MIN(SLICE, rest));
        }
    }
    spin_unlock(&rq->lock);
}

/* --- switching --- */

void sched_see_off(struct runq *rq)
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

void trap_thread_begin(void)
{
    finish_switch(IRQS_ON);
}

void sched_switch(void)
{
    struct runq *rq = this_runq();
    struct thread *t = current_thread();

    t->switches_wanted++;
    if (t->state == THREAD_EXITED)
        rq->leaving = t;
    reschedule(rq, t, SLEEPS, NULL);
}

static noinline void yield_to_others(void)
{
    struct thread *t = current_thread();
    struct runq *rq = sched_lock_here();

    t->switches_wanted++;
    reschedule(rq, t, YIELDS, NULL);
}

void sched_yield(void)
{
    might_sleep();
    if (READ_ONCE(this_runq()->ready))
        yield_to_others();
}

void sched_preempt(void)
{
    struct thread *t = current_thread();
    struct runq *rq = sched_lock_here();

    t->switches_forced++;
    reschedule(rq, t, PREEMPTED, NULL);
}

void trap_exit_kernel(void)
{
    struct hart *h = this_hart();
    struct thread *t = current_thread();

    if (t && thread_has_flags(t, TF_RESCHED) && !h->held && t != h->idle)
        sched_preempt();
}

/* --- the whole --- */

nsec_t sched_rr_interval(const struct thread *t)
{
    if (t->policy == POLICY_FIFO)
        return 0;
    if (t->policy == POLICY_RR)
        return RR_SLICE;
    nsec_t slice = scheduler->slice(t);
    return slice == NEVER ? 0 : slice;
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

/* sched=NAME, switch=idle */
static bool switches_via_idle(void)
{
    char value[8];

    return bootarg("switch", value, sizeof(value)) && !strcmp(value, "idle");
}

/* The widest bucket that is no wider than a slice. */
static unsigned bucket_shift(void)
{
    u64 slice = ticks_of_time(SLICE) << VTIME_SHIFT;
    unsigned shift = 0;

    while (slice >>= 1)
        shift++;
    return shift;
}

int sched_init_hart(struct hart *h)
{
    struct runq *rq = kzalloc(sizeof(*rq));

    if (!rq || runq_init(rq, h, bucket_shift())) {
        kfree(rq);
        return -ENOMEM;
    }
    if (switches_via_idle())
        rq->special = VIA_IDLE;
    timer_init(&rq->timer, slice_timeout);
    h->runq = rq;
    return 0;
}

void sched_online(struct hart *h)
{
    h->idle->ran_since = arch_ticks();
    h->arch.thread = &h->idle->arch;
    h->online = true;
    __atomic_or_fetch(&online_harts, 1ul << h->arch.id, __ATOMIC_SEQ_CST);
}
