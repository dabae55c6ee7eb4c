/*
 * signal.c - sending signals, and which thread is to take them.
 */
#include "lwp/signal.h"

#include "kernel/lib/errno.h"
#include "lwp/coredump.h"
#include "lwp/lwp.h"
#include "lwp/ptrace.h"
#include "lwp/session.h"
#include "lwp/signalfd.h"
#include "lwp/sigqueue.h"

/* Does signo, with the default action, end the process at once? Those that
 * leave a core end it in the thread that takes them. */
static bool is_fatal(const struct lwp *lwp, u64 handler, int signo)
{
    const sigset_t others = signals_core | signals_ignored | signals_stop |
                            signal_bit(SIGCONT);

    return handler == SIG_DFL && !lwp->sig_protected &&
           !(signal_bit(signo) & others);
}

/* Would it do nothing? A blocked signal stays, as the action may change before
 * it is unblocked, and sigtimedwait(2) may want it; the first process gets only
 * what it asked for. */
static bool is_ignored(const struct lwp *lwp, u64 handler, int signo)
{
    if (handler == SIG_IGN)
        return true;
    if (handler != SIG_DFL)
        return false;
    return lwp->sig_protected ||
           (signal_bit(signo) & (signals_ignored | signal_bit(SIGCONT)));
}

static bool takes(const struct lwp_thread *t, int signo)
{
    return !(signal_mask_now(&t->signal) & signal_bit(signo));
}

static struct lwp_thread *oldest_thread(const struct lwp *lwp)
{
    return list_first(&lwp->signal.threads, struct lwp_thread, signal.node);
}

/*
 * Who takes a signal that was sent to `to`, or to the process (NULL): then the
 * running thread if it is of this process and will, else the oldest thread
 * that will.  NULL: nobody now; all have blocked it, or are stopped, which
 * only SIGKILL ends (or a tracer).
 */
static struct lwp_thread *choose_thread(struct lwp *lwp, struct lwp_thread *to,
                                        int signo)
{
    struct lwp_thread *t = lwp_thread_of(current_thread());

    if (lwp->signal.job == JOB_STOPPED && signo != SIGKILL &&
        !lwp_thread_traced(to ? to : oldest_thread(lwp)))
        return NULL;
    if (to)
        return takes(to, signo) ? to : NULL;
    if (t && t->lwp == lwp && !list_empty(&t->signal.node) && takes(t, signo))
        return t;
    signal_for_each_thread(t, lwp) {
        if (takes(t, signo))
            return t;
    }
    return NULL;
}

/* Is the signal to be queued even if it would do nothing, or kill? It may be
 * taken later, or a tracer wants to hear of it. */
static bool wants_all(const struct lwp_thread *t, int signo)
{
    return (t->signal.blocked & signal_bit(signo)) || lwp_thread_traced(t);
}

/*
 * Queue a signal to thread t (NULL: to the process) and wake who takes it.
 * `fatal` is set if the process has to die of it at once.
 */
static int send_locked(struct lwp *lwp, struct lwp_thread *t,
                       const struct siginfo *info, bool *fatal)
{
    struct lwp_signal *s = &lwp->signal;
    struct lwp_thread *main, *taker;
    int signo = info->signo, error;
    u64 handler;

    assert(spin_held(&s->lock));
    main = oldest_thread(lwp);
    if (!main || (t && list_empty(&t->signal.node)))
        return 0;
    if (unlikely(READ_ONCE(lwp->core)) && signo != SIGKILL)
        return 0;                           /* it is dead already */
    job_signal_sent_locked(lwp, signo);
    handler = signal_handler_locked(s, signo);
    if (is_ignored(lwp, handler, signo) && !wants_all(t ? t : main, signo))
        return 0;
    taker = choose_thread(lwp, t, signo);
    if (taker && is_fatal(lwp, handler, signo) &&
        (signo == SIGKILL || !wants_all(taker, signo))) {
        *fatal = true;
        return 0;
    }
    error = pending_add(lwp, t ? &t->signal.pending : &s->shared, info);
    if (error)
        return error;
    if (taker)
        signal_notify(taker);
    if (unlikely(s->watched))
        signalfd_wake(lwp);
    return 0;
}

static int send(struct lwp *lwp, struct lwp_thread *t,
                const struct siginfo *info)
{
    bool fatal = false;
    int error;

    spin_lock(&lwp->signal.lock);
    error = send_locked(lwp, t, info, &fatal);
    spin_unlock(&lwp->signal.lock);
    if (fatal)
        lwp_terminate(lwp, LWP_STATUS_SIGNAL(info->signo, false));
    return error;
}

int signal_send(struct lwp *lwp, const struct siginfo *info)
{
    return send(lwp, NULL, info);
}

int signal_send_thread(struct lwp_thread *t, const struct siginfo *info)
{
    return send(t->lwp, t, info);
}

void signal_send_kernel(struct lwp *lwp, int signo)
{
    struct siginfo info = { .signo = signo, .code = SI_KERNEL };

    send(lwp, NULL, &info);
}

/*
 * A fault that is blocked or ignored would come again for ever: the action
 * becomes the default one, which is fatal even to the first process, unless a
 * tracer decides otherwise.
 */
void signal_force_fault(int signo, int code, vaddr_t address)
{
    struct lwp_thread *t = current_lwp_thread();
    struct lwp *lwp = t->lwp;
    struct siginfo info = { .signo = signo, .code = code,
                            .fault.address = address };

    spin_lock(&lwp->signal.lock);
    if (signal_handler_locked(&lwp->signal, signo) <= SIG_IGN ||
        (t->signal.blocked & signal_bit(signo))) {
        if (!lwp_thread_traced(t)) {
            spin_unlock(&lwp->signal.lock);
            coredump_terminate(&info);
            return;
        }
        t->signal.blocked &= ~signal_bit(signo);
        sighand_reset_locked(lwp, signo);
    }
    pending_add(lwp, &t->signal.pending, &info);
    signal_notify(t);
    spin_unlock(&lwp->signal.lock);
}

static bool cred_may_signal(const struct cred *me, const struct cred *to)
{
    return me->euid == to->suid || me->euid == to->uid ||
           me->uid == to->suid || me->uid == to->uid;
}

int signal_may_send(struct lwp *to, int signo)
{
    const struct cred *me = current_cred();
    struct lwp_thread *main;
    struct cred *cred = NULL;
    bool may;

    if (to == current_lwp() || cred_is_root(me))
        return 0;
    if (signo == SIGCONT && READ_ONCE(to->sid) == READ_ONCE(current_lwp()->sid))
        return 0;
    spin_lock(&to->lock);
    main = lwp_main_thread_locked(to);
    if (main)
        cred = cred_of(&main->fs_task);
    spin_unlock(&to->lock);
    if (!cred)
        return 0;
    may = cred_may_signal(me, cred);
    cred_put(cred);
    return may ? 0 : -EPERM;
}
