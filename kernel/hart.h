/*
 * hart.h - what each hardware thread has of its own.  In the kernel, tp
 * points to the running hart's struct hart.
 */
#pragma once

#include "arch.h"
#include "kernel/lib/types.h"

struct thread;
struct runq;
struct timer_queue;

enum hart_irq { HART_IRQ_TIMER, HART_IRQ_IPI, HART_IRQ_EXTERNAL, HART_IRQS };

struct hart {
    struct arch_hart arch;      /* first: the trap entry knows its offsets;
                                 * arch.id is 0 .. hart_count - 1 */

    /* set at birth, then constant */
    struct thread *idle;
    struct runq *runq;
    struct timer_queue *timers;

    /* this hart's own, interrupts disabled */
    u64 held;                   /* ranks of the spinlocks it holds */
    u64 irq_was;                /* irq_disable()'s, before the first of them */
    u64 user_charged;           /* of arch.user_ticks, to threads */
    u64 nice_ticks;             /* of them, to threads with a nice value > 0 */

    /* atomic */
    bool online;
    u64 interrupts[HART_IRQS];  /* how many of each kind it took */
    u64 switches;               /* from one thread to another */
    u64 waits;                  /* for an interrupt, with nothing to run */
};

extern struct hart harts[MAX_HARTS];
extern unsigned hart_count;     /* harts found in the device tree, <= MAX */

/* The running hart.  Only a name: it may change at any preemption point. */
static inline struct hart *this_hart(void)
{
    return (struct hart *)arch_this_hart;
}

/* The running thread; that cannot change under its own feet. */
static inline struct thread *current_thread(void)
{
    return (struct thread *)arch_this_hart->thread;
}

/* Bit mask of the harts that run threads. */
u64 hart_online_mask(void);

/* Fill harts[] from the device tree; the boot hart only. */
void hart_init(u64 boot_hartid);

/* Make the run queue, timers and idle thread of a hart.  -ENOMEM. */
int hart_prepare(struct hart *h);

/* Start all other harts and wait for them (a bounded time each; one that does
 * not come is reported and left out). */
void hart_start_all(void);
