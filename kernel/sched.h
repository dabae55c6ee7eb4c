/*
 * sched.h - who runs next.
 *
 * Each hart has a run queue: real-time threads first (99 FIFO/RR levels), then
 * the fair class, ordered by virtual time (CPU time divided by weight) in a
 * ring of buckets, so that every operation takes constant time - or as another
 * scheduler has it (scheduler.h).  Idle harts steal.  The timer runs only while
 * someone else waits for the hart.
 */
#pragma once

#include "kernel/thread.h"

#define RT_PRIORITY_MAX 99

/* Let another thread run; the running one stays ready.  sched_yield(2). */
void sched_yield(void);

/* Give up the hart because TF_RESCHED asks for it. */
void sched_preempt(void);

/*
 * Change policy, real-time priority (0 unless FIFO or RR) and nice value of a
 * thread.  -EINVAL for values out of range.  sched_setscheduler(2).
 */
int sched_set_policy(struct thread *t, int policy, int rt_priority);
void sched_set_nice(struct thread *t, int nice);

/* Of a thread that is not started yet: neither real-time nor above nice 0,
 * whatever its parent is (SCHED_RESET_ON_FORK of sched(7)). */
void sched_reset_inherited(struct thread *t);

/* Real-time priority, own or inherited; 0 for the scheduler's threads. */
static inline unsigned urgency(const struct thread *t)
{
    return MAX(t->rt_priority, t->boost);
}

/* Lend t a real-time priority (mutex inheritance); 0 takes it back. */
void sched_set_boost(struct thread *t, int rt_priority);

/* Restrict t to the harts of mask; -EINVAL if none of them is online.  If t
 * runs elsewhere it moves at its next switch; the running thread moves now. */
int sched_set_affinity(struct thread *t, u64 mask);

/* CPU time of t so far in ns, including the present stretch; of it, in user
 * mode (`user` may be NULL). */
nsec_t sched_cpu_time(struct thread *t, nsec_t *user);

/* User-mode time of a hart's threads with a nice value above 0, in ns. */
nsec_t sched_nice_time(struct hart *h);

/* The round-robin slice in ns. */
nsec_t sched_rr_interval(const struct thread *t);

/* Threads that are ready or running now. */
unsigned sched_ready_count(void);


/* For thread.c; the run-queue locks are in kernel/runq.h. */

/* Make a new thread ready; no run-queue lock held. */
void sched_add(struct thread *t);

/* Make t, which is on no queue and does not run, ready on a hart that it may
 * use; releases the lock of sched_lock(). */
void sched_wake_unlock(struct thread *t);

/* Switch away: the running thread is SLEEPING or EXITED.  The lock of this
 * hart's run queue is held, and released. */
void sched_switch(void);

/* Read the boot arguments sched= (scheduler.h) and switch=idle, which makes
 * every switch go by way of the idle thread (seed 003, row T11). */
void sched_init(void);
int sched_init_hart(struct hart *h);    /* -ENOMEM */

/* This hart takes part from now on. */
void sched_online(struct hart *h);

/* The idle loop; never returns. */
noreturn void sched_idle(void);
