/*
 * ptrace_stop.c - the tracee's side: it stops, tells its tracer, and does what
 * that wants.
 */
#include "lwp/ptrace.h"

#include "lwp/pid.h"
#include "lwp/ptrace_link.h"
#include "lwp/sigqueue.h"
#include "lwp/wait.h"

/* What a stop shows to the tracer. */
struct stop {
    int code;                       /* wait status >> 8 */
    int why;                        /* CLD_* of the tracer's SIGCHLD */
    enum ptrace_syscall_op op;
    u64 message;
    struct siginfo *info;           /* NULL: a group stop has none; it may be
                                     * changed by the tracer */
};

/* --- stopping ------------------------------------------------------------- */

/* Any stop is what PTRACE_INTERRUPT asked for. */
static void request_met(struct ptrace *p)
{
    struct spinlock *lock = &p->tracee->lwp->signal.lock;

    spin_lock(lock);
    p->trap_stop = false;
    spin_unlock(lock);
}

/*
 * PTRACE_LISTEN: has anything come that the tracer is to be told of? TF_SIGNAL
 * would not let the thread sleep; it is worked out anew after the stop.
 */
static bool trap_due(struct ptrace *p)
{
    struct lwp_thread *t = p->tracee;
    bool due;

    spin_lock(&t->lwp->signal.lock);
    thread_clear_flags(&t->thread, TF_SIGNAL);
    due = ptrace_has_request_locked(t);
    spin_unlock(&t->lwp->signal.lock);
    return due;
}

static void sleep_stopped_locked(struct ptrace *p)
{
    struct thread *me = current_thread();

    while (p->stopped && !thread_has_flags(me, TF_KILL)) {
        if (p->listening && trap_due(p))
            break;
        waitq_sleep(&p->resumed, &proc_tree_lock,
                    p->listening ? WAIT_INTERRUPTIBLE : WAIT_KILLABLE, NEVER);
    }
    p->stopped = p->listening = false;
}

static void publish_locked(struct ptrace *p, const struct stop *stop)
{
    p->code = stop->code;
    p->syscall_op = stop->op;
    p->message = stop->message;
    p->has_info = stop->info;
    if (stop->info)
        p->info = *stop->info;
    p->resume_signal = 0;
    p->reported = false;
    p->stopped = true;
    ptrace_tell_locked(p, stop->why, stop->code & 0x7f);
}

/* The tracer may have changed the mask, or sent something.  A reason to look at
 * signals that was there stays: a call that it has interrupted waits to be
 * restarted. */
static void look_again(struct lwp_thread *t)
{
    struct lwp_signal *s = &t->lwp->signal;
    bool had_reason;

    spin_lock(&s->lock);
    had_reason = thread_has_flags(&t->thread, TF_SIGNAL);
    signal_recalculate_locked(t);
    if (had_reason)
        signal_notify(t);
    spin_unlock(&s->lock);
}

/*
 * Stop.  The signal to go on with: the tracer's choice, 0 for none; `unheard`
 * if there is no tracer any more.
 */
static int ptrace_stop(const struct stop *stop, int unheard)
{
    struct lwp_thread *t = current_lwp_thread();
    struct ptrace *p = t->ptrace;
    int signo = unheard;

    arch_fpu_save(&t->thread.arch);
    spin_lock(&proc_tree_lock);
    if (p->tracer && !thread_has_flags(&t->thread, TF_KILL)) {
        request_met(p);
        publish_locked(p, stop);
        sleep_stopped_locked(p);
        signo = p->resume_signal;
        if (stop->info)
            *stop->info = p->info;
    }
    spin_unlock(&proc_tree_lock);

    look_again(t);
    return signo;
}

/* The siginfo that stops other than for a signal come with. */
static struct siginfo trap_info(int signo, int code)
{
    struct siginfo info = { .signo = signo, .code = code };

    info.sender.pid = current_lwp_thread()->tid;
    info.sender.uid = current_cred()->uid;
    return info;
}

/* --- signals -------------------------------------------------------------- */

int ptrace_signal_stop(struct siginfo *info)
{
    struct lwp_thread *t = current_lwp_thread();
    struct stop stop = { .code = info->signo, .why = CLD_TRAPPED,
                         .info = info };
    int signo = ptrace_stop(&stop, info->signo);

    if (!signo)
        return 0;
    /* The tracer's own idea, of which it gave no details. */
    if (signo != info->signo) {
        *info = (struct siginfo){ .signo = signo, .code = SI_USER };
        info->sender.pid = READ_ONCE(t->lwp->ppid);
    }
    if (t->signal.blocked & signal_bit(signo)) {
        signal_send_thread(t, info);
        return 0;
    }
    return signo;
}

/* --- group stops, PTRACE_INTERRUPT ---------------------------------------- */

/* Seized tracees tell a group stop from a signal by its event, others by the
 * lack of a siginfo. */
static void group_stop(const struct ptrace *p, int signo)
{
    int code = signo;
    struct siginfo info;
    struct stop stop = { .why = CLD_STOPPED };

    if (p->seized) {
        code |= PTRACE_EVENT_STOP << 8;
        info = trap_info(signo, code);
        stop.info = &info;
    }
    stop.code = code;
    ptrace_stop(&stop, 0);
}

void ptrace_continued_locked(struct lwp *lwp)
{
    struct lwp_thread *t;

    signal_for_each_thread(t, lwp) {
        if (lwp_thread_traced(t) && t->ptrace->seized) {
            t->ptrace->trap_notify = true;
            signal_notify(t);
        }
    }
}

bool ptrace_has_request_locked(const struct lwp_thread *t)
{
    return t->signal.stopping || t->ptrace->trap_stop || t->ptrace->trap_notify;
}

bool ptrace_attend_locked(struct lwp_thread *t)
{
    struct lwp_signal *s = &t->lwp->signal;
    struct ptrace *p = t->ptrace;
    int signo, stopped_by;

    assert(spin_held(&s->lock));
    if (!ptrace_has_request_locked(t))
        return false;
    p->trap_stop = p->trap_notify = false;
    signo = s->job == JOB_RUNNING && p->seized ? SIGTRAP : s->stop_signal;
    stopped_by = job_settle_locked(t);
    spin_unlock(&s->lock);
    if (stopped_by)
        lwp_report_stop(t->lwp, stopped_by);
    group_stop(p, signo);
    spin_lock(&s->lock);
    return true;
}

/* --- events --------------------------------------------------------------- */

static bool wants_event(const struct lwp_thread *t, enum ptrace_event event)
{
    return lwp_thread_traced(t) && (t->ptrace->options & (1u << event));
}

static void event_stop(enum ptrace_event event, u64 message)
{
    int code = SIGTRAP | event << 8;
    struct siginfo info = trap_info(SIGTRAP, code);
    struct stop stop = { .code = code, .why = CLD_TRAPPED, .message = message,
                         .info = &info };

    ptrace_stop(&stop, 0);
}

void ptrace_event(enum ptrace_event event, u64 message)
{
    if (wants_event(current_lwp_thread(), event))
        event_stop(event, message);
}

void ptrace_exec_stop(pid_t old_tid)
{
    struct lwp_thread *t = current_lwp_thread();
    struct siginfo info = trap_info(SIGTRAP, SI_USER);

    if (!lwp_thread_traced(t))
        return;
    if (wants_event(t, PTRACE_EVENT_EXEC))
        event_stop(PTRACE_EVENT_EXEC, old_tid);
    else if (!t->ptrace->seized)
        signal_send_thread(t, &info);
}

/*
 * Whoever ends is told to by TF_KILL, which would end the stop: it is put
 * aside, unless it came by SIGKILL.  A SIGKILL from now on sets it again.
 */
static bool put_aside_kill(struct lwp_thread *t)
{
    struct lwp *lwp = t->lwp;
    bool killed;

    spin_lock(&lwp->lock);
    killed = lwp->killed;
    if (!killed)
        thread_clear_flags(&t->thread, TF_KILL);
    spin_unlock(&lwp->lock);
    return !killed;
}

void ptrace_exit_stop(lwp_status_t status)
{
    struct lwp_thread *t = current_lwp_thread();
    u32 flags = READ_ONCE(t->thread.arch.flags) & TF_KILL;

    if (!wants_event(t, PTRACE_EVENT_EXIT) || !put_aside_kill(t))
        return;
    if (READ_ONCE(t->lwp->group_exiting))
        status = t->lwp->exit_status;
    event_stop(PTRACE_EVENT_EXIT, status);
    thread_set_own_flags(&t->thread, flags);
}

/* --- system calls --------------------------------------------------------- */

void ptrace_syscall_stop(enum ptrace_syscall_op op)
{
    struct lwp_thread *t = current_lwp_thread();
    const struct ptrace *p = t->ptrace;
    int code = SIGTRAP;
    struct siginfo info;
    struct stop stop = { .why = CLD_TRAPPED, .op = op, .message = op };

    if (!lwp_thread_traced(t) || !p->syscalls)
        return;
    if (p->options & PTRACE_O_TRACESYSGOOD)
        code |= 0x80;
    info = trap_info(SIGTRAP, code);
    stop.code = code;
    stop.info = &info;
    info.signo = ptrace_stop(&stop, 0);
    info.code = SI_KERNEL;
    if (info.signo)
        signal_send_thread(t, &info);
}
