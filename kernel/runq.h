/*
 * runq.h - the run queue of one hart, for the scheduler's own files only.
 *
 * Real-time threads are on one list for each priority.  The fair class keeps
 * its ready threads in a ring of buckets, each about 4 ms of virtual time wide,
 * which is a time slice: a thread goes to the end of the bucket of its virtual
 * time, the next to run is the first of the earliest bucket.  All operations
 * take constant time.
 */
#pragma once

#include "kernel/lib/bitmap.h"
#include "kernel/sched.h"
#include "kernel/time.h"

#define BUCKETS         BITS_PER_WORD   /* so one word maps the ring */
#define BUCKET_SHIFT    22              /* ns, about 4 ms */
#define WEIGHT_NICE_0   1024
#define RT_LEVELS       (RT_PRIORITY_MAX + 1)

struct runq {
    struct spinlock lock;               /* RANK_RUNQ */

    /* set at birth, then constant */
    struct hart *hart;

    /* guarded by lock */
    unsigned ready;                     /* threads queued */
    unsigned rt_ready;                  /* real-time ones of them */
    u64 vtime;                          /* of the last fair thread picked */
    u64 fair_map;
    bool timer_armed;
    struct thread *leaving;             /* EXITED, or READY for another hart */
    struct list fair[BUCKETS];
    u64 rt_map[BITMAP_WORDS(RT_LEVELS)];
    struct list rt[RT_LEVELS];          /* [0] is the most urgent */
    struct timer timer;                 /* end of slice, call for thieves */
};

/* Real-time priority, own or inherited; 0 for the fair class. */
static inline unsigned urgency(const struct thread *t)
{
    return MAX(t->rt_priority, t->boost);
}

/* All of these: rq->lock is held. */
void runq_init(struct runq *rq, struct hart *h);

/* The most urgent real-time thread; there is one. */
struct thread *runq_first_rt(const struct runq *rq);

/* The bucket of a virtual time; far ahead is the last one. */
static inline unsigned runq_bucket(const struct runq *rq, u64 vtime)
{
    u64 base = rq->vtime >> BUCKET_SHIFT;
    u64 ahead = (vtime >> BUCKET_SHIFT) - base;

    if ((s64)ahead < 0)
        ahead = 0;
    return (base + MIN(ahead, BUCKETS - 1ul)) % BUCKETS;
}

/* Queue a thread at the end of its place; it becomes READY. */
static inline void runq_add(struct runq *rq, struct thread *t)
{
    struct list *place;

    t->state = THREAD_READY;
    t->hart = rq->hart;
    rq->ready++;
    if (unlikely(t->rt_priority | t->boost)) {
        unsigned level = urgency(t);
        rq->rt_ready++;
        t->bucket = BUCKETS + RT_PRIORITY_MAX - level;
        bitmap_set(rq->rt_map, t->bucket - BUCKETS);
        place = &rq->rt[t->bucket - BUCKETS];
    } else {
        unsigned b = runq_bucket(rq, t->vtime);
        t->bucket = b;
        rq->fair_map |= 1ul << b;
        place = &rq->fair[b];
    }
    list_add_tail(place, &t->run_node);
}

static inline void runq_remove(struct runq *rq, struct thread *t)
{
    bool last = t->run_node.next == t->run_node.prev;   /* but the head */

    list_remove(&t->run_node);
    rq->ready--;
    if (unlikely(t->bucket >= BUCKETS)) {
        rq->rt_ready--;
        if (last)
            bitmap_clear(rq->rt_map, t->bucket - BUCKETS);
    } else if (last) {
        rq->fair_map &= ~(1ul << t->bucket);
    }
}

/* The first fair thread; there is one. */
static inline struct thread *runq_first_fair(const struct runq *rq)
{
    unsigned start = (rq->vtime >> BUCKET_SHIFT) % BUCKETS;
    u64 ring = rq->fair_map >> start | rq->fair_map << (-start % BUCKETS);
    unsigned b = (start + bit_lowest(ring)) % BUCKETS;

    return list_entry(rq->fair[b].next, struct thread, run_node);
}

/* Take off the thread that should run next; NULL if there is none. */
static inline struct thread *runq_take(struct runq *rq)
{
    struct thread *t;

    if (!rq->ready)
        return NULL;
    if (unlikely(rq->rt_ready)) {
        t = runq_first_rt(rq);
    } else {
        t = runq_first_fair(rq);
        if (t->vtime > rq->vtime)
            rq->vtime = t->vtime;
    }
    runq_remove(rq, t);
    return t;
}

/* Move a queued real-time thread before its equals. */
void runq_put_first(struct runq *rq, struct thread *t);

/* The first thread that may run on a hart of the mask, or NULL. */
struct thread *runq_find_for(struct runq *rq, u64 harts_mask);

/* Assert that maps, lists and counts agree. */
void runq_check(const struct runq *rq);

/* sched.c, for idle.c and schedparam.c */
u64 sched_idle_mask(void);
void sched_set_idle(u64 hart_bit, bool idle);
void sched_add_locked(struct runq *rq, struct thread *t);
void sched_resched_locked(struct runq *rq);

/* Charge the running thread for the time since it was last charged. */
static inline void sched_charge(struct thread *t, nsec_t now)
{
    nsec_t ran = now - t->ran_since;
    struct hart *h = this_hart();
    u64 user = h->arch.user_ticks - h->user_charged;

    t->ran_since = now;
    t->cpu_time += ran;
    t->user_ticks += user;
    h->user_charged = h->arch.user_ticks;
    if (t->weight == WEIGHT_NICE_0) {
        t->vtime += ran;
    } else {
        t->vtime += ran * WEIGHT_NICE_0 / t->weight;
        if (t->nice > 0)
            h->nice_ticks += user;
    }
}

/* Take the lock of t's run queue, which guards t's state. */
static inline void sched_lock(struct thread *t)
{
    for (;;) {
        struct runq *rq = READ_ONCE(t->hart)->runq;
        spin_lock(&rq->lock);
        if (likely(rq == t->hart->runq))
            return;
        spin_unlock(&rq->lock);
    }
}

static inline void sched_unlock(struct thread *t)
{
    spin_unlock(&t->hart->runq->lock);
}
