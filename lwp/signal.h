/*
 * signal.h - signals: who has which pending, who may send, what happens.
 *
 * A process has one struct signals (in struct lwp), each of its threads one
 * struct thread_signals (in the thread's struct); struct sighand holds the
 * handlers and is shared by clone(CLONE_SIGHAND).  Nothing here needs any
 * other lock of a process: a signal may be sent from interrupt handlers and
 * timers, with any lock held that is outside rank SIGNAL.
 *
 * Semantics: POSIX.1-2017 2.4, Linux signal(7); lwp.md section G.
 */
#pragma once

#include "kernel/lib/list.h"
#include "kernel/spinlock.h"
#include "kernel/thread.h"
#include "lwp/siginfo.h"

struct lwp;
struct rlimit;

/* Signals sent and not yet taken. */
struct pending {
    sigset_t set;
    struct list queue;              /* struct queued_signal, oldest first */
};

/* What the processes of one clone(CLONE_SIGHAND) family share. */
struct sighand {
    u32 refs;                       /* atomic */
    struct spinlock lock;           /* RANK_SIGNAL_SECOND */
    /* guarded by lock */
    struct sigaction actions[SIGNAL_MAX];   /* of signal n at n - 1 */
    bool restorer_layout;           /* sigaction(2) came with SA_RESTORER */
};

/* What stop and continue signals have done to the process (jobctl.c). */
enum job_state {
    JOB_RUNNING,
    JOB_STOPPING,                   /* its threads are on their way */
    JOB_STOPPED,
};

/* The signals of a process. */
struct signals {
    struct spinlock lock;           /* RANK_SIGNAL */
    /* guarded by lock */
    struct sighand *hand;           /* changes only in exec */
    struct list threads;            /* struct thread_signals, main one first */
    struct pending shared;          /* sent to the process as a whole */
    unsigned queued;                /* signals on all its queues */
    u64 queue_limit;                /* RLIMIT_SIGPENDING */
    bool exiting;                   /* exit_group() or a fatal signal */
    int exit_status;                /* as wait(2) encodes it, if exiting */
    bool protected;                 /* pid 1: only signals that it catches */
    u8 job;                         /* enum job_state */
    u8 stop_signal;                 /* that stopped it */
    unsigned to_stop;               /* threads that have yet to stop */
    unsigned stopped;               /* threads that have */
    struct waitq continued;         /* stopped threads sleep here */
    struct waitq signalled;         /* signalfd: something came */
};

/* The signals of one thread. */
struct thread_signals {
    /* set at birth, then constant */
    struct thread *thread;
    struct signals *process;

    /* guarded by process->lock */
    struct list node;               /* on process->threads */
    struct pending pending;         /* sent to this thread alone */
    sigset_t blocked;               /* only the thread itself changes it */
    sigset_t awaited;               /* sigtimedwait(2) sleeps for these */
    bool dying;                     /* it must exit: exec or exit_group */
    bool stopping;                  /* counted in process->to_stop */

    /* the running thread's own */
    sigset_t saved_blocked;         /* to restore once a handler is set up */
    bool restore_blocked;           /* saved_blocked is valid */
    struct sigstack altstack;
};

/* --- life ---------------------------------------------------------------- */

/* The first process: default actions, nothing pending.  -ENOMEM. */
int signals_init(struct signals *s);

/*
 * A new process by fork or clone: nothing pending, the parent's handlers
 * copied, or shared with `share`.  -ENOMEM.
 */
int signals_fork(struct signals *s, struct signals *parent, bool share);

/*
 * Handlers for a new program: a copy of its own if they are shared, caught
 * signals back to default, ignored ones stay ignored (execve(2)).  The caller
 * is the process's only thread.  -ENOMEM leaves everything as it was.
 */
int signals_exec(struct signals *s);

/* CLONE_CLEAR_SIGHAND: like exec, but for a process not yet running. */
void signals_clear_handlers(struct signals *s);

/* The process is gone: drop what is pending, and the handlers. */
void signals_destroy(struct signals *s);

/*
 * Make t a thread of s, with mask `blocked` and no alternate stack.  -EAGAIN
 * if the process is exiting: the new thread must not start.
 */
int thread_signals_add(struct thread_signals *ts, struct signals *s,
                       struct thread *thread, sigset_t blocked);

/*
 * The running thread leaves: signals it might have handled go to others, and
 * a stop no longer waits for it.  Its own pending ones are dropped.
 */
void thread_signals_remove(struct thread_signals *ts);

/* --- sending -------------------------------------------------------------- */

/*
 * Send to the process or to one thread.  A signal that would be ignored is
 * dropped; a fatal one begins the process's end.  info->signo is valid (1 to
 * SIGNAL_MAX).  0, also for processes that are dead; -EAGAIN if a queued
 * (info->code < 0) real-time signal finds no room.  Any context; takes
 * s->lock.
 */
int signal_send(struct signals *s, const struct siginfo *info);
int signal_send_thread(struct thread_signals *ts, const struct siginfo *info);

/* From the kernel itself, without detail (SI_KERNEL). */
void signal_send_kernel(struct signals *s, int signo);

/*
 * A fault of the running thread, caused by its last instruction: sent to it
 * even if blocked or ignored (then it is fatal).  sigaction(2), si_addr.
 */
void signal_force_fault(int signo, int code, vaddr_t address);

/* SIGSEGV without mercy: a handler's frame could not be written or read. */
void signal_force_fatal(int signo);

/* kill(2)'s rule: may the running process send signo to `to`? 0, -EPERM. */
int signal_may_send(struct lwp *to, int signo);

/* --- the end of a process ------------------------------------------------- */

/*
 * Begin the end of a process with a wait(2) status: its threads, but for the
 * caller, are told to exit.  Only the first call counts; false for others
 * (and s->exit_status stands).
 */
bool signal_begin_exit(struct signals *s, int status);

/*
 * exec: tell all threads but the running one to exit.  -EAGAIN if the process
 * is exiting or another thread does the same.  The caller then waits.
 */
int signal_kill_siblings(struct signals *s);

/* --- receiving ------------------------------------------------------------ */

/*
 * Handle what is pending for the running thread, on its way to user mode:
 * stops, dies, or sets tf up so that the handlers run; decides on restarting
 * an interrupted system call; restores a mask that sigsuspend(2) saved.
 * Called by trap_user_work() with interrupts enabled, no locks.
 */
void signal_deliver(struct trapframe *tf);

/*
 * Replace the running thread's mask (SIGKILL and SIGSTOP are left out), and
 * see again what is deliverable.
 */
void signal_set_mask(sigset_t blocked);

/*
 * For ppoll, pselect, epoll_pwait, sigsuspend: a mask for the duration of the
 * call.  It returns -ERESTARTNOHAND when interrupted, and the old mask is put
 * back on the way to user mode, after a handler's frame has saved it.
 * _end() is called if it was not interrupted: it puts the mask back at once.
 */
void signal_mask_begin(sigset_t blocked);
void signal_mask_end(void);

/*
 * Take the next pending signal of `set` for the running thread; 0 if there is
 * none.  sigtimedwait(2), signalfd(2).
 */
int signal_take(sigset_t set, struct siginfo *info);

/* Pending for the running thread or its process. */
sigset_t signal_pending_set(struct thread_signals *ts);

/* What /proc/pid/status shows. */
struct signal_sets {
    sigset_t pending, shared, blocked, ignored, caught;
    unsigned queued;
};
void signal_read_sets(struct thread_signals *ts, struct signal_sets *out);

/* Has the process this action for signo? `handler`: SIG_DFL, SIG_IGN, or 2
 * for any address.  SIGCHLD's decides whether children become zombies. */
bool signal_action_is(struct signals *s, int signo, u64 handler, u64 flags);

/* --- stop and continue (jobctl.c) ----------------------------------------- */

/*
 * Sleep while the process is stopped.  Called by signal_deliver(); true if it
 * was stopped at all.
 */
bool job_stop_wait(struct thread_signals *ts);

/* --- frames (sigframe.c) --------------------------------------------------- */

/*
 * Push a frame for a handler and point tf at the handler.  -EFAULT if the
 * stack can't take it.
 */
int sigframe_push(struct trapframe *tf, const struct sigaction *action,
                  const struct siginfo *info, sigset_t blocked);

/* rt_sigreturn(2): take the frame at tf's sp back.  -EFAULT if it is none. */
int sigframe_pop(struct trapframe *tf);
