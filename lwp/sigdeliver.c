/*
 * sigdeliver.c - taking signals: what a thread does about them on its way to
 * user mode.
 */
#include "kernel/lib/errno.h"
#include "lwp/coredump.h"
#include "lwp/lwp.h"
#include "lwp/ptrace.h"
#include "lwp/session.h"
#include "lwp/sigqueue.h"
#include "lwp/syscall.h"
#include "lwp/wait.h"

#define CAUSE_NONE (~0ul)       /* the frame is no system call's any more */

/* The oldest signal of the set, from the thread's own queue first; 0: none. */
static int take_locked(struct lwp_thread *t, sigset_t set, struct siginfo *info)
{
    struct lwp_signal *s = &t->lwp->signal;
    struct pending *p = &t->signal.pending;
    int signo;

    if (!(p->set & set))
        p = &s->shared;
    if (!(p->set & set))
        return 0;
    signo = signal_first(p->set & set);
    pending_take(t->lwp, p, signo, info);
    return signo;
}

int signal_take(sigset_t set, struct siginfo *info)
{
    struct lwp_thread *t = current_lwp_thread();
    int signo;

    spin_lock(&t->lwp->signal.lock);
    signo = take_locked(t, set, info);
    signal_recalculate_locked(t);
    spin_unlock(&t->lwp->signal.lock);
    if (signo && info->from_timer)
        posix_timer_signal_taken(t->lwp, info);
    return signo;
}

/* --- masks ---------------------------------------------------------------- */

static void set_mask_locked(struct lwp_thread *t, sigset_t blocked)
{
    sigset_t added = blocked & ~t->signal.blocked;

    t->signal.blocked = blocked & ~SIGNALS_SURE;
    signal_retarget_locked(t, added);
    signal_recalculate_locked(t);
}

void signal_set_mask(sigset_t blocked)
{
    struct lwp_thread *t = current_lwp_thread();

    spin_lock(&t->lwp->signal.lock);
    set_mask_locked(t, blocked);
    spin_unlock(&t->lwp->signal.lock);
}

void signal_mask_begin(sigset_t blocked)
{
    struct lwp_thread_signal *ts = &current_lwp_thread()->signal;

    ts->saved_blocked = ts->blocked;
    ts->restore_blocked = true;
    signal_set_mask(blocked);
}

void signal_mask_end(void)
{
    struct lwp_thread_signal *ts = &current_lwp_thread()->signal;

    if (ts->restore_blocked) {
        ts->restore_blocked = false;
        signal_set_mask(ts->saved_blocked);
    }
}

/* --- default actions ------------------------------------------------------ */

/*
 * Stop, but not by the terminal's signals if nobody is left to continue the
 * group (POSIX 2.4.3).  To ask that, the lock is let go, as the session's is
 * outside it; a SIGCONT that comes meanwhile cancels the stop.
 */
static void stop_unless_orphaned(struct lwp_thread *t, int signo)
{
    struct lwp_signal *s = &t->lwp->signal;
    bool orphaned;

    if (signo != SIGSTOP) {
        s->stop_taken = true;
        spin_unlock(&s->lock);
        orphaned = lwp_is_orphaned(t->lwp);
        spin_lock(&s->lock);
        if (orphaned || !s->stop_taken)
            return;
    }
    job_stop_begin_locked(t->lwp, signo);
}

static void terminate_locked(struct lwp_thread *t, const struct siginfo *info)
{
    struct lwp *lwp = t->lwp;

    spin_unlock(&lwp->signal.lock);
    coredump_terminate(info);
    spin_lock(&lwp->signal.lock);
}

static void default_action_locked(struct lwp_thread *t,
                                  const struct siginfo *info)
{
    int signo = info->signo;

    if ((signal_bit(signo) & (signals_ignored | signal_bit(SIGCONT))) ||
        t->lwp->sig_protected)
        return;
    if (signal_bit(signo) & signals_stop)
        stop_unless_orphaned(t, signo);
    else
        terminate_locked(t, info);
}

/* What has to be done before any signal: the process ends, or stops, or goes
 * on.  The lock is let go meanwhile; true if anything was done. */
static bool attend_locked(struct lwp_thread *t)
{
    struct lwp_signal *s = &t->lwp->signal;
    u32 flags = READ_ONCE(t->thread.arch.flags);

    if (unlikely(flags & (TF_KILL | TF_TRACE))) {
        if (flags & TF_KILL) {
            spin_unlock(&s->lock);
            lwp_thread_exit(0);
        }
        if (ptrace_attend_locked(t))
            return true;
    }
    if (unlikely(s->job != JOB_RUNNING && job_holds_locked(t))) {
        spin_unlock(&s->lock);
        job_stop_wait(t);
    } else if (unlikely(s->report_continue)) {
        s->report_continue = false;
        spin_unlock(&s->lock);
        lwp_report_continue(t->lwp);
    } else {
        return false;
    }
    spin_lock(&s->lock);
    return true;
}

/* --- delivery ------------------------------------------------------------ */

/* A signal on its way to its handler. */
struct delivery {
    struct sigaction action;
    struct siginfo info;
    sigset_t blocked;               /* for the frame: to come back to */
};

/* What the tracer makes of a signal that has been taken; 0: nothing. */
static int show_tracer_locked(struct lwp_thread *t, struct siginfo *info)
{
    struct lwp_signal *s = &t->lwp->signal;
    int signo;

    /* A SIGCONT that comes meanwhile cancels the stop. */
    s->stop_taken = true;
    spin_unlock(&s->lock);
    signo = ptrace_signal_stop(info);
    spin_lock(&s->lock);
    if (signo && (signal_bit(signo) & signals_stop) && !s->stop_taken)
        return 0;
    return signo;
}

/* The mask while the handler runs. */
static void begin_handler_locked(struct lwp_thread *t, struct delivery *d)
{
    struct lwp_thread_signal *ts = &t->signal;
    sigset_t during = ts->blocked | d->action.mask;

    d->blocked = ts->restore_blocked ? ts->saved_blocked : ts->blocked;
    if (!(d->action.flags & SA_NODEFER))
        during |= signal_bit(d->info.signo);
    set_mask_locked(t, during);
}

/* For timer_getoverrun(2), also if the signal is about to be ignored.  The lock
 * is let go meanwhile. */
static noinline void count_overrun_locked(struct lwp *lwp, struct siginfo *info)
{
    spin_unlock(&lwp->signal.lock);
    posix_timer_signal_taken(lwp, info);
    spin_lock(&lwp->signal.lock);
}

/*
 * The next signal that has a handler; all others that come before it are dealt
 * with here.  false: nothing is left.
 */
static bool next_handled(struct lwp_thread *t, struct delivery *d)
{
    struct lwp_signal *s = &t->lwp->signal;
    int signo;

    spin_lock(&s->lock);
    for (;;) {
        if (attend_locked(t))
            continue;
        signo = take_locked(t, ~t->signal.blocked, &d->info);
        if (!signo)
            break;
        if (d->info.from_timer)
            count_overrun_locked(t->lwp, &d->info);
        if (unlikely(lwp_thread_traced(t)) &&
            !(signo = show_tracer_locked(t, &d->info)))
            continue;
        sighand_take_locked(t->lwp, signo, &d->action);
        if (d->action.handler == SIG_DFL)
            default_action_locked(t, &d->info);
        else if (d->action.handler != SIG_IGN)
            break;
    }
    if (signo)
        begin_handler_locked(t, d);
    else
        signal_recalculate_locked(t);
    spin_unlock(&s->lock);
    return signo;
}

/*
 * A system call that was interrupted: its -ERESTART*, else 0.  The frame is set
 * to run it again before any signal is looked at: so a tracer may save all
 * registers, run something else, and restore them.
 */
static long begin_restart(struct trapframe *tf)
{
    long why = tf->x[REG_A0];

    if (tf->cause != CAUSE_USER_ECALL)
        return 0;
    tf->cause = CAUSE_NONE;
    if (likely(why > -ERESTARTSYS || why < -ERESTART_BLOCK))
        return 0;
    tf->x[REG_A0] = tf->orig_a0;
    tf->tval = trapframe_pc(tf) -= 4;
    return why;
}

/*
 * Let it run again, or fail with -EINTR, unless a tracer has sent it elsewhere.
 * `action` is that of the handler about to run, NULL if there is none.
 */
static noinline void settle_restart(struct trapframe *tf, long why,
                                    const struct sigaction *action)
{
    bool again = !action || why == -ERESTARTNOINTR ||
                 (why == -ERESTARTSYS && (action->flags & SA_RESTART));

    if (trapframe_pc(tf) != tf->tval)
        return;
    if (!again) {
        tf->x[REG_A0] = -EINTR;
        trapframe_pc(tf) += 4;
        current_lwp_thread()->restart.fn = NULL;
    } else if (why == -ERESTART_BLOCK) {
        tf->x[REG_A7] = SYS_restart_syscall;
    }
}

/* Set up the call of a handler; what the stack refuses is a fault. */
static void call_handler(struct trapframe *tf, struct lwp_thread *t,
                         const struct delivery *d)
{
    static const struct siginfo stack_fault = { .signo = SIGSEGV,
                                                .code = SI_KERNEL };

    if (likely(!sigframe_push(tf, &d->action, &d->info, d->blocked))) {
        t->signal.restore_blocked = false;
        return;
    }
    signal_set_mask(d->blocked);
    if (d->info.signo == SIGSEGV)
        coredump_terminate(&stack_fault);
    else
        signal_force_fault(SIGSEGV, SI_KERNEL, 0);
}

void signal_deliver(struct trapframe *tf)
{
    struct lwp_thread *t = current_lwp_thread();
    long why = begin_restart(tf);
    struct delivery d;

    while (next_handled(t, &d)) {
        if (unlikely(why))
            settle_restart(tf, why, &d.action);
        why = 0;
        call_handler(tf, t, &d);
        if (!thread_has_flags(&t->thread, TF_SIGNAL | TF_KILL))
            break;
    }
    if (unlikely(why))
        settle_restart(tf, why, NULL);
    signal_mask_end();
}
