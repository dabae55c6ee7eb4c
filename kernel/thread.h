/*
 * thread.h - threads: what the scheduler knows.  No process, no file.
 *
 * States: NEW -> READY -> RUNNING -> READY | SLEEPING | EXITED, SLEEPING ->
 * READY.  A thread is on a run queue when READY, and current on a hart when
 * RUNNING.  (Seeds 002, 004: rows R12-R20, S11-S16.)
 *
 * Threads of the kernel, as a library has them:
 *
 *     t = thread_create("reader", read_on, &device);   NULL: no memory
 *     sched_set_affinity(t, 1 << 2);                   bound to hart 2, if at all
 *     thread_start(t);
 *     code = thread_join(t);       or thread_detach(t), and it frees itself
 *
 * and in the thread: current_thread() (hart.h), thread_delay(ns), sched_yield()
 * (sched.h), thread_park() until another's thread_unpark(t), thread_exit(code).
 * To wait for a condition there are wait queues (wait.h) and mutexes.
 */
#pragma once

#include "arch.h"
#include "kernel/lib/avl.h"
#include "kernel/lib/list.h"
#include "kernel/wait.h"

#define THREAD_NAME_MAX 16

enum thread_state {
    THREAD_NEW,
    THREAD_READY,
    THREAD_RUNNING,
    THREAD_SLEEPING,            /* how: see `sleep` */
    THREAD_EXITED,
};

/* Scheduling policies; the numbers are Linux's SCHED_*. */
enum sched_policy {
    POLICY_FAIR = 0,            /* SCHED_OTHER: as kernel/scheduler.h says */
    POLICY_FIFO = 1,
    POLICY_RR = 2,
    POLICY_BATCH = 3,           /* fair, does not preempt on wake-up */
    POLICY_IDLE = 5,            /* fair with the least weight */
};

/*
 * arch.flags: reasons for a detour on the way to user mode, set by anyone
 * with thread_set_flags().  The first two also interrupt sleeps.
 */
#define TF_SIGNAL       0x0001  /* a signal may have to be handled */
#define TF_KILL         0x0002  /* a fatal one: killable sleeps end too */
#define TF_RESCHED      0x0004  /* give up the hart */
#define TF_NOTIFY       0x0008  /* the upper layer has other work */
#define TF_WHOLE        0x0010  /* reload all registers from the frame */
#define TF_TRACE        0x80000000u /* calls go through syscall_traced() */

struct thread {
    struct arch_thread arch;    /* first: the trap entry knows its offsets */

    /* set at birth, then constant */
    char name[THREAD_NAME_MAX]; /* or written by the thread itself: torn reads
                                 * give a mixed name, never a fault */
    void (*entry)(void *);
    void *arg;
    /* Called when the last reference goes; NULL for plain kernel threads. */
    void (*destroy)(struct thread *t);
    /* What kernel/fs keeps for the thread (fd table, cwd, credentials); NULL
     * in kernel threads.  Opaque here. */
    struct fs_task *fs_task;

    /* atomic */
    u32 refs;
    bool reset_on_fork;         /* its children start as ordinary threads */
    u8 state;                   /* enum thread_state; changed under the lock of
                                 * the run queue of `hart` */

    /* guarded by the run-queue lock of `hart` */
    struct hart *hart;          /* where it runs or last ran */
    struct list run_node;
    u8 policy, rt_priority;     /* 1..99, greater is more urgent; 0 = fair */
    s8 nice;                    /* -20..19 */
    u8 boost;                   /* inherited priority, 0 = none */
    bool special;               /* see runq_is_special() */
    u16 bucket;                 /* where it is queued, see runq.h */
    bool wake_pending;          /* woken between prepare and sleep */
    u32 weight;
    u64 affinity;               /* harts it may run on */
    /* times in units of arch_ticks() */
    u64 vtime;                  /* CPU time by weight, << VTIME_SHIFT */
    u64 slice_end;              /* its slice ends when cpu_ticks gets here */
    u64 ran_since;              /* when it last got the hart, or was charged */
    u64 cpu_ticks;              /* all CPU time */
    u64 user_ticks;             /* of it in user mode */
    u64 switches_wanted, switches_forced;

    u8 sleep;                   /* enum wait_how of the present sleep */

    /* guarded by the lock of thread.c's table */
    struct list all_node;

    /* guarded by `lock` */
    struct spinlock lock;       /* RANK_WAITQ */
    struct waitq joiners;
    long exit_code;
    bool exited, detached;
    bool park_token;
    struct waitq parked;
};

/*
 * Make a kernel thread that will run entry(arg) and exit when that returns.
 * NULL: out of memory.  It starts with thread_start(); the caller holds one
 * reference.  May sleep.
 */
struct thread *thread_create(const char *name, void (*entry)(void *),
                             void *arg);

/*
 * The same in memory of the caller's (the first member of a larger struct, all
 * zero).  destroy(t) frees that memory.  -ENOMEM if there is no kernel stack.
 * Scheduling parameters and affinity are the running thread's.
 */
int thread_init(struct thread *t, const char *name, void (*entry)(void *),
                void *arg, void (*destroy)(struct thread *t));

/* Give back a thread that was never started. */
void thread_abandon(struct thread *t);

void thread_start(struct thread *t);
void thread_get(struct thread *t);
void thread_put(struct thread *t);
void thread_set_name(struct thread *t, const char *name);

/* End the running thread.  Its stack is freed by whoever runs next. */
noreturn void thread_exit(long code);

/*
 * Sleep until t has exited; its code; drops the caller's reference.  Any number
 * of threads may join one, each with a reference of its own (thread_get()).
 */
long thread_join(struct thread *t);

/* Drop the reference: nobody will join t, it is freed when it exits.  Once. */
void thread_detach(struct thread *t);

/*
 * park: sleep until unpark; an unpark that came first is remembered, once
 * (seed 004, row R20).
 */
void thread_park(void);
void thread_unpark(struct thread *t);

/* Sleep for a time in ns; not interruptible.  For kernel threads. */
void thread_delay(nsec_t ns);

/* Announce a sleep; see thread_sleep() in wait.h.  Forgets earlier wake-ups. */
void thread_prepare_sleep(enum wait_how how);

/* Make a sleeping (or about-to-sleep) thread ready.  false if it was neither.
 * Any context; the caller may hold locks up to rank RUNQ. */
bool thread_wake(struct thread *t);

/* Set flags; interrupt the thread's sleep if they do that, or make its hart
 * notice them soon if it is in user mode. */
void thread_set_flags(struct thread *t, u32 flags);

/* The running thread's: it sees them before it sleeps or leaves the kernel. */
static inline void thread_set_own_flags(struct thread *t, u32 flags)
{
    __atomic_or_fetch(&t->arch.flags, flags, __ATOMIC_RELAXED);
}

/* What the flags were. */
static inline u32 thread_clear_flags(struct thread *t, u32 flags)
{
    return __atomic_fetch_and(&t->arch.flags, ~flags, __ATOMIC_RELAXED);
}

/* Ask a thread to give up its hart; the caller sends an IPI if that is another
 * one. */
static inline void thread_set_resched(struct thread *t)
{
    __atomic_or_fetch(&t->arch.flags, TF_RESCHED, __ATOMIC_RELAXED);
}

static inline bool thread_has_flags(const struct thread *t, u32 flags)
{
    return READ_ONCE(t->arch.flags) & flags;
}

/* Has the running thread a signal to handle / a fatal one? Long loops in the
 * kernel ask this and return -ERESTARTSYS or -EINTR. */
static inline bool interrupted(void)
{
    return thread_has_flags(current_thread(), TF_SIGNAL | TF_KILL);
}

/*
 * Of a thread that sleeps; the caller holds a reference.  The return addresses
 * on its kernel stack, innermost first: how many.  Where it waits: the one
 * behind the scheduler's own.  The system call that it is in.  It may be awake
 * when these return; 0 or false: it was not asleep.
 */
unsigned thread_trace(struct thread *t, u64 *pcs, unsigned room);
u64 thread_wait_channel(struct thread *t);
bool thread_blocked_call(struct thread *t, struct arch_call *out);

/* How many threads were made since boot. */
u64 thread_made_count(void);

/* All threads, for /proc and panics: fn(t, arg) with the table locked. */
void thread_for_each(void (*fn)(struct thread *t, void *arg), void *arg);

/* Make the code that runs on `h` now its idle thread (boot only). */
int thread_init_idle(struct hart *h);
