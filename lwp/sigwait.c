/*
 * sigwait.c - waiting for signals instead of handling them.
 */
#include "kernel/lib/errno.h"
#include "kernel/time.h"
#include "lwp/sigqueue.h"

/* For these signals the thread can be woken although they are blocked. */
static void await_signals(struct lwp_thread *t, sigset_t set)
{
    struct lwp_signal *s = &t->lwp->signal;

    spin_lock(&s->lock);
    t->signal.awaited = set;
    signal_recalculate_locked(t);
    spin_unlock(&s->lock);
}

int signal_wait(sigset_t set, nsec_t deadline, struct siginfo *info)
{
    struct lwp_thread *t = current_lwp_thread();
    int signo = signal_take(set, info), error = 0;

    if (signo)
        return signo;
    if (deadline <= time_now())
        return -EAGAIN;
    await_signals(t, set);
    while (!signo && !error) {
        thread_prepare_sleep(WAIT_INTERRUPTIBLE);
        error = thread_sleep(deadline);
        signo = signal_take(set, info);
    }
    await_signals(t, 0);
    if (signo)
        return signo;
    return error == -ETIMEDOUT ? -EAGAIN : error;
}

sigset_t signal_watch(sigset_t set)
{
    struct lwp_thread *t = current_lwp_thread();
    struct lwp_signal *s = &t->lwp->signal;

    spin_lock(&s->lock);
    s->watched = true;
    set &= t->signal.pending.set | s->shared.set;
    spin_unlock(&s->lock);
    return set;
}
