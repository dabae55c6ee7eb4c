/*
 * sched.h - who runs next.
 *
 * Each hart has a run queue: real-time threads first (99 FIFO/RR levels), then
 * the fair class, ordered by virtual time (CPU time divided by weight) in a
 * ring of buckets, so that every operation takes constant time.  Idle harts
 * steal.  The timer runs only while someone else waits for the hart.
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

/* Lend t a real-time priority (mutex inheritance); 0 takes it back. */
void sched_set_boost(struct thread *t, int rt_priority);

/* Restrict t to the harts of mask; -EINVAL if none of them is online.  If t
 * runs elsewhere it moves at its next switch; the running thread moves now. */
int sched_set_affinity(struct thread *t, u64 mask);

/* CPU time of t so far in ns, including the present stretch. */
nsec_t sched_cpu_time(struct thread *t);

/* The round-robin slice in ns. */
nsec_t sched_rr_interval(const struct thread *t);

/* Ready and running threads, and load averages (fixed point, 11 bits). */
unsigned sched_ready_count(void);
void sched_load_average(u64 load[3]);

void sched_init_hart(struct hart *h);

/* The idle loop; never returns. */
noreturn void sched_idle(void);
