/*
 * runq.h - the run queue of one hart, for the scheduler's own files only.
 *
 * Real-time threads are on one list for each priority.  The fair class keeps
 * its ready threads in a ring of buckets, each about 1 ms of virtual time wide:
 * a thread goes to the end of the bucket of its virtual time, the next to run
 * is the first of the earliest bucket.  All operations take constant time.
 */
#pragma once

#include "kernel/lib/bitmap.h"
#include "kernel/sched.h"
#include "kernel/time.h"

#define BUCKETS         256
#define BUCKET_SHIFT    20              /* ns, about 1 ms */
#define RT_LEVELS       (RT_PRIORITY_MAX + 1)

struct runq {
    struct spinlock lock;               /* RANK_RUNQ */

    /* set at birth, then constant */
    struct hart *hart;

    /* guarded by lock */
    unsigned ready;                     /* threads queued */
    u64 rt_map[BITMAP_WORDS(RT_LEVELS)];
    struct list rt[RT_LEVELS];          /* [0] is the most urgent */
    u64 fair_map[BITMAP_WORDS(BUCKETS)];
    struct list fair[BUCKETS];
    u64 vtime;                          /* of the last fair thread picked */
    struct thread *dead;                /* exited, to be released */
    struct thread *moving;              /* may not run here any more */
    bool timer_armed;
    struct timer timer;                 /* end of slice, call for thieves */
};

/* Real-time priority, own or inherited; 0 for the fair class. */
static inline unsigned urgency(const struct thread *t)
{
    return MAX(t->rt_priority, t->boost);
}

/* All of these: rq->lock is held. */
void runq_init(struct runq *rq, struct hart *h);
void runq_add(struct runq *rq, struct thread *t);       /* READY, at the end */
void runq_remove(struct runq *rq, struct thread *t);

/* The thread that should run next; the queue is not empty. */
struct thread *runq_first(const struct runq *rq);

/* Take that thread off; NULL if there is none. */
struct thread *runq_take(struct runq *rq);

/* The first thread that may run on a hart of the mask, or NULL. */
struct thread *runq_find_for(struct runq *rq, u64 harts_mask);

/* Assert that maps, lists and counts agree. */
void runq_check(const struct runq *rq);

/* sched.c, for idle.c and schedparam.c */
u64 sched_idle_mask(void);
void sched_set_idle(u64 hart_bit, bool idle);
void sched_add_locked(struct runq *rq, struct thread *t);
void sched_resched_locked(struct runq *rq);
void sched_charge(struct thread *t, nsec_t now);
