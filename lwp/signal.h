/*
 * signal.h - signals: who has which pending, who may send, what happens.
 *
 * A process has one struct lwp_signal (lwp->signal), each of its threads one
 * struct lwp_thread_signal; struct sighand holds the handlers and is shared by
 * clone(CLONE_SIGHAND).  A signal may be sent from interrupt handlers and
 * timers, and with any lock held that is outside rank LWP.
 *
 * Semantics: POSIX.1-2017 2.4, Linux signal(7); lwp.md section G.
 */
#pragma once

#include "kernel/lib/list.h"
#include "kernel/spinlock.h"
#include "kernel/thread.h"
#include "lwp/siginfo.h"

struct lwp;
struct lwp_thread;

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
    bool restorer_layout;           /* sigaction(2) came with SA_RESTORER */
    struct sigaction actions[SIGNAL_MAX];   /* of signal n at n - 1 */
};

/* What stop and continue signals have done to the process (jobctl.c). */
enum job_state {
    JOB_RUNNING,
    JOB_STOPPING,                   /* its threads are on their way */
    JOB_STOPPED,
};

/* The signals of a process. */
struct lwp_signal {
    struct spinlock lock;           /* RANK_SIGNAL */
    /* guarded by lock */
    struct sighand *hand;           /* changes in exec; NULL at the end */
    struct list threads;            /* lwp_thread.signal.node, oldest first */
    struct pending shared;          /* sent to the process as a whole */
    unsigned queued;                /* signals on all its queues */
    struct queued_signal *spare;    /* for the next one, or NULL */
    u8 job;                         /* enum job_state */
    u8 stop_signal;                 /* that stopped it */
    bool stop_taken;                /* a stop signal is being acted upon */
    bool report_continue;           /* the parent has yet to hear of it */
    unsigned running;               /* threads that have yet to stop */
    struct waitq stopped;           /* stopped threads sleep here */
    bool watched;                   /* by a signalfd: tell it what comes */
};

/* The signals of one thread. */
struct lwp_thread_signal {
    /* guarded by the process's signal.lock */
    struct list node;               /* on signal.threads; self-linked: gone */
    struct pending pending;         /* sent to this thread alone */
    sigset_t blocked;               /* only the thread itself changes it */
    sigset_t awaited;               /* sigtimedwait(2) sleeps for these */
    bool stopping;                  /* counted in signal.running */

    /* the running thread's own */
    sigset_t saved_blocked;         /* to restore once a handler is set up */
    bool restore_blocked;           /* saved_blocked is valid */
    struct sigstack altstack;
};

/* --- life ----------------------------------------------------------------- */

/* The first process: default actions, nothing pending.  -ENOMEM. */
int lwp_signal_init(struct lwp *lwp);

/*
 * A new process by fork or clone: nothing pending, the parent's handlers
 * copied, or shared with `share` (CLONE_SIGHAND).  -ENOMEM.
 */
int lwp_signal_fork(struct lwp *lwp, struct lwp *parent, bool share);

/*
 * execve(2): handlers of its own, caught signals back to default, ignored ones
 * stay ignored; no alternate stack.  The caller is the process's only thread.
 * -ENOMEM leaves everything as it was.
 */
int lwp_signal_exec(struct lwp *lwp);

/* CLONE_CLEAR_SIGHAND: like exec, for a process that does not run yet. */
void lwp_signal_clear_handlers(struct lwp *lwp);

/* The process is gone: drop what is pending, and the handlers.  Also for one
 * that never ran.  After it, sending to the process is refused silently. */
void lwp_signal_destroy(struct lwp *lwp);

/* Make t a thread of t->lwp that can be signalled, with this mask and no
 * alternate stack (fork: the caller copies signal.altstack). */
void lwp_thread_signal_add(struct lwp_thread *t, sigset_t blocked);

/*
 * The running thread leaves: signals that it might have handled go to others,
 * a stop no longer waits for it, its own pending ones are dropped.
 */
void lwp_thread_signal_remove(struct lwp_thread *t);

/* --- sending -------------------------------------------------------------- */

/*
 * Send to the process or to one thread.  A signal that would be ignored is
 * dropped; a fatal one calls lwp_terminate().  info->signo is valid (1 to
 * SIGNAL_MAX).  0, also for processes that are dead; -EAGAIN if a queued
 * (info->code < 0) real-time signal finds no room.  Any context; takes locks
 * of rank LWP and SIGNAL.
 */
int signal_send(struct lwp *lwp, const struct siginfo *info);
int signal_send_thread(struct lwp_thread *t, const struct siginfo *info);

/* From the kernel itself, without detail (SI_KERNEL). */
void signal_send_kernel(struct lwp *lwp, int signo);

/*
 * A fault of the running thread, caused by its last instruction: sent to it
 * even if blocked or ignored (then it is fatal).  sigaction(2), si_addr.
 */
void signal_force_fault(int signo, int code, vaddr_t address);

/* kill(2)'s rule: may the running process send signo to `to`? 0, -EPERM. */
int signal_may_send(struct lwp *to, int signo);

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

/*
 * Wait for a signal of `set` until the deadline and take it.  -EAGAIN at the
 * deadline, -ERESTARTSYS for another signal.  sigtimedwait(2), signalfd(2).
 */
int signal_wait(sigset_t set, nsec_t deadline, struct siginfo *info);

/* Those of `set` that the running thread could take now.  From now on signals
 * for its process wake signalfd_queue(). */
sigset_t signal_watch(sigset_t set);

/* What sigpending(2) and /proc/pid/status show of a thread. */
struct signal_sets {
    sigset_t pending, shared, blocked, ignored, caught;
    unsigned queued;
};
void signal_read_sets(struct lwp_thread *t, struct signal_sets *out);

/* The action for signo: handler and flags.  SIGCHLD's (ignored, SA_NOCLDWAIT)
 * decides whether children become zombies.  Takes the locks of rank SIGNAL. */
void signal_read_action(struct lwp *lwp, int signo, struct sigaction *out);

/* --- stop and continue (jobctl.c) ----------------------------------------- */

/* Sleep while the process is stopped; called by signal_deliver(). */
void job_stop_wait(struct lwp_thread *t);

/* Is the process stopped (all of its threads)? For /proc and wait(2). */
bool job_stopped(struct lwp *lwp);

/* --- frames (sigframe.c) -------------------------------------------------- */

/*
 * Push a frame for a handler and point tf at the handler.  -EFAULT if the
 * stack can't take it.
 */
int sigframe_push(struct trapframe *tf, const struct sigaction *action,
                  const struct siginfo *info, sigset_t blocked);

/* rt_sigreturn(2): take the frame at tf's sp back.  -EFAULT if it is none. */
int sigframe_pop(struct trapframe *tf);
