/*
 * scheduler.h - how threads without a real-time priority share a hart.
 *
 * There are several ways to do it; the boot argument sched=NAME chooses one for
 * good.  Each is a file sched_NAME.c with a struct scheduler, and a row of
 * the table in scheduler.c.  docs/tour.md says how to write another one.
 *
 * Whatever the scheduler, real-time threads (sched(7)) come before its threads,
 * idle harts steal, and the timer ends slices.  (Seed 002, row S33; R09, R10.)
 */
#pragma once

#include "kernel/thread.h"

struct scheduler {
    const char *name;

    /*
     * The queue of one hart, of whatever type the scheduler likes; NULL if out
     * of memory.  All other functions are called with the lock of the hart's
     * run queue held: they may not sleep, and need no lock of their own.
     */
    void *(*create)(void);

    /*
     * Queue a thread: a new one, one that has woken, one whose slice is over,
     * or (`first`) one that was interrupted in its slice, which should go on
     * soon.  t->run_node is the scheduler's to use.  These are up to date:
     * t->weight (WEIGHT_NICE_0 for nice 0), t->cpu_ticks (all its CPU time), and
     * t->vtime, its CPU time divided by its weight, which is lifted to that of
     * the last thread that ran when a sleeper wakes.
     */
    void (*add)(void *queue, struct thread *t, bool first);

    /* Take a queued thread off. */
    void (*remove)(void *queue, struct thread *t);

    /* The thread that should run next, of those that may run on a hart of the
     * mask (t->affinity); it stays queued.  NULL: there is none. */
    struct thread *(*next)(void *queue, u64 hart_mask);

    /* How long t may run while others wait, in ns; NEVER: until it blocks. */
    nsec_t (*slice)(const struct thread *t);

    /* May t, which has become ready, push the running thread off the hart at
     * once?  NULL: never. */
    bool (*preempts)(const struct thread *t, const struct thread *running);
};

extern const struct scheduler fair_scheduler, fifo_scheduler, rr_scheduler,
    stride_scheduler;

/* The one in use; set once at boot. */
extern const struct scheduler *scheduler;

/* The queue that sched_fifo.c and sched_rr.c have in common: first in, first
 * out.  For the table of operations of others, too. */
void *fifo_create(void);
void fifo_add(void *queue, struct thread *t, bool first);
void fifo_remove(void *queue, struct thread *t);
struct thread *fifo_next(void *queue, u64 hart_mask);

/* Choose by the boot argument; an unknown name is reported, and the first of
 * the table is used. */
void scheduler_choose(void);
