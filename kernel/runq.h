/*
 * runq.h - the run queue of one hart, for the scheduler's own files only.
 *
 * Real-time threads are on one list for each priority.  The others are the
 * scheduler's (scheduler.h).  The fair one keeps its ready threads here, in a
 * ring of buckets, each about a time slice of virtual time wide: a thread goes
 * to the end of the bucket of its virtual time, the next to run is the first of
 * the earliest bucket.  All operations take constant time.
 *
 * Times are in ticks of the hardware counter, as the paths through here are
 * among the hottest there are.
 */
#pragma once

#include "kernel/lib/bitmap.h"
#include "kernel/sched.h"
#include "kernel/time.h"

#define SLICE           (4 * NSEC_PER_MSEC)
#define BUCKETS         BITS_PER_WORD   /* so one word maps the ring */
#define WEIGHT_NICE_0   1024
#define VTIME_SHIFT     8               /* virtual time: ticks and a fraction */
#define RT_LEVELS       (RT_PRIORITY_MAX + 1)

/* t->bucket: of the ring, of a list of real-time threads, or this. */
#define BUCKET_SCHEDULER (BUCKETS + RT_LEVELS)

/* Added to runq.special: switches go by way of the idle thread. */
#define VIA_IDLE        (1u << 31)

struct runq {
    struct spinlock lock;               /* RANK_RUNQ */

    /* set at birth, then constant */
    struct hart *hart;
    u64 hart_bit;
    void *queue;                        /* the scheduler's, but the fair one's */
    unsigned bucket_shift;              /* width of a bucket, log2 */

    /* guarded by lock */
    unsigned ready;                     /* threads queued */
    unsigned special;                   /* of them not on the ring; VIA_IDLE */
    unsigned rt_ready;                  /* real-time ones of them */
    u64 vtime;                          /* of the last thread picked ... */
    u64 base;                           /* ... and the number of its bucket */
    u64 first;                          /* earliest bucket in use; ~0: none */
    u64 fair_map;
    bool timer_armed;
    struct thread *leaving;             /* EXITED, or READY for another hart */
    struct list fair[BUCKETS];          /* bucket number modulo BUCKETS */
    u64 rt_map[BITMAP_WORDS(RT_LEVELS)];
    struct list rt[RT_LEVELS];          /* [0] is the most urgent */
    struct timer timer;                 /* end of slice, call for thieves */
};

/* The ring does not do for it: call when its priorities change. */
bool runq_is_special(const struct thread *t);

/* A bucket is 2^bucket_shift of virtual time wide.  -ENOMEM. */
int runq_init(struct runq *rq, struct hart *h, unsigned bucket_shift);

/* All of these: rq->lock is held. */

void runq_add_special(struct runq *rq, struct thread *t, bool first);
void runq_remove_special(struct runq *rq, struct thread *t);

/* The thread to take when rq->special is not 0; NULL: the idle thread. */
struct thread *runq_pick_special(struct runq *rq);

/* The first bucket in use, after that of before has become empty. */
u64 runq_first_bucket(const struct runq *rq);

/* Queue a thread at the end of its place; it becomes READY. */
static always_inline void runq_add(struct runq *rq, struct thread *t)
{
    t->state = THREAD_READY;
    t->hart = rq->hart;
    rq->ready++;
    if (unlikely(t->special)) {
        runq_add_special(rq, t, false);
        return;
    }
    u64 base = rq->base, number = t->vtime >> rq->bucket_shift;
    if (number <= base)
        number = base;
    else if (unlikely(number - base >= BUCKETS))
        number = base + BUCKETS - 1;    /* far ahead is the last one */
    if (number < rq->first)
        rq->first = number;
    t->bucket = number % BUCKETS;
    rq->fair_map |= 1ul << number % BUCKETS;
    list_add_tail(&rq->fair[number % BUCKETS], &t->run_node);
}

static always_inline void runq_remove_fair(struct runq *rq, struct thread *t,
                                           unsigned bucket)
{
    bool last = t->run_node.next == t->run_node.prev;   /* but the head */

    list_remove(&t->run_node);
    if (last) {
        rq->fair_map &= ~(1ul << bucket);
        rq->first = rq->fair_map ? runq_first_bucket(rq) : ~0ul;
    }
}

static inline void runq_remove(struct runq *rq, struct thread *t)
{
    rq->ready--;
    if (unlikely(t->special))
        runq_remove_special(rq, t);
    else
        runq_remove_fair(rq, t, t->bucket);
}

/* The first thread of the ring; there is one. */
static inline struct thread *runq_first_fair(const struct runq *rq)
{
    return list_entry(rq->fair[rq->first % BUCKETS].next, struct thread,
                      run_node);
}

/* The queue's clock follows the thread that runs next. */
static inline void runq_advance(struct runq *rq, const struct thread *t)
{
    if (t->vtime > rq->vtime) {
        rq->vtime = t->vtime;
        rq->base = t->vtime >> rq->bucket_shift;
    }
}

/* Take off the thread that should run next; NULL if there is none. */
static always_inline struct thread *runq_take(struct runq *rq)
{
    struct thread *t;

    if (!rq->ready)
        return NULL;
    if (unlikely(rq->special)) {
        t = runq_pick_special(rq);
        if (t)
            runq_remove(rq, t);
    } else {
        t = runq_first_fair(rq);
        runq_advance(rq, t);
        rq->ready--;
        runq_remove_fair(rq, t, rq->first % BUCKETS);
    }
    return t;
}

/* Move a queued special thread before its equals. */
void runq_put_first(struct runq *rq, struct thread *t);

/* The first thread that may run on a hart of the mask, or NULL. */
struct thread *runq_find_for(struct runq *rq, u64 harts_mask);

/* Assert that maps, lists and counts agree. */
void runq_check(const struct runq *rq);

/* sched.c, for the scheduler's other files */
u64 sched_idle_mask(void);
void sched_arm_timer(struct runq *rq, nsec_t delay);
void sched_expect_switch(struct runq *rq);
void sched_set_idle(u64 hart_bit, bool idle);
void sched_add_locked(struct runq *rq, struct thread *t);
void sched_resched_locked(struct runq *rq);

static inline struct runq *this_runq(void)
{
    return this_hart()->runq;
}

/* If others wait for this hart, see to it that they get a turn. */
static inline void expect_switch(struct runq *rq)
{
    if (unlikely(rq->ready && !rq->timer_armed))
        sched_expect_switch(rq);
}

/* Charge the running thread for the time since it was last charged. */
static inline void sched_charge(struct thread *t, u64 now)
{
    u64 ran = now - t->ran_since;
    struct hart *h = this_hart();
    u64 user = h->arch.user_ticks - h->user_charged;

    t->ran_since = now;
    t->cpu_ticks += ran;
    t->user_ticks += user;
    h->user_charged = h->arch.user_ticks;
    if (likely(t->weight == WEIGHT_NICE_0)) {
        t->vtime += ran << VTIME_SHIFT;
    } else {
        t->vtime += ran * (WEIGHT_NICE_0 << VTIME_SHIFT) / t->weight;
        if (t->nice > 0)
            h->nice_ticks += user;
    }
}

/* Take the lock of t's run queue, which guards t's state. */
static inline void sched_lock(struct thread *t)
{
    for (;;) {
        struct runq *rq = READ_ONCE(t->hart)->runq;
        spin_lock_rank(&rq->lock, RANK_RUNQ);
        if (likely(rq == t->hart->runq))
            return;
        spin_unlock(&rq->lock);
    }
}

/* Take the lock of this hart's run queue, which is the running thread's. */
static inline struct runq *sched_lock_here(void)
{
    u64 irqs = irq_disable();
    struct runq *rq = this_hart()->runq;

    spin_take(&rq->lock, RANK_RUNQ, irqs);
    return rq;
}

static inline void sched_unlock(struct thread *t)
{
    spin_unlock(&t->hart->runq->lock);
}
