/*
 * jobctl.c - stopping and continuing processes (POSIX 2.4.3; rows G-15, G-16).
 *
 * The thread that takes a stop signal begins the stop; each other thread joins
 * it on its way to user mode, and the last one to do so reports it to the
 * parent.  SIGCONT ends the stop when it is sent, whatever becomes of it after.
 */
#include "kernel/lib/errno.h"
#include "lwp/lwp.h"
#include "lwp/ptrace.h"
#include "lwp/sigqueue.h"
#include "lwp/wait.h"

void job_stop_begin_locked(struct lwp *lwp, int signo)
{
    struct lwp_signal *s = &lwp->signal;
    struct lwp_thread *t;

    assert(spin_held(&s->lock));
    if (s->job != JOB_RUNNING)
        return;
    s->job = JOB_STOPPING;
    s->stop_signal = signo;
    s->running = 0;
    signal_for_each_thread(t, lwp) {
        t->signal.stopping = true;
        s->running++;
        signal_notify(t);
    }
}

int job_settle_locked(struct lwp_thread *t)
{
    struct lwp_signal *s = &t->lwp->signal;

    assert(spin_held(&s->lock));
    if (!t->signal.stopping)
        return 0;
    t->signal.stopping = false;
    if (--s->running || list_empty(&s->threads))
        return 0;
    s->job = JOB_STOPPED;
    return s->stop_signal;
}

void job_stop_wait(struct lwp_thread *t)
{
    struct lwp_signal *s = &t->lwp->signal;
    int stopped_by, error = 0;

    spin_lock(&s->lock);
    stopped_by = job_settle_locked(t);
    if (stopped_by) {
        spin_unlock(&s->lock);
        lwp_report_stop(t->lwp, stopped_by);
        spin_lock(&s->lock);
    }
    /* Whoever comes to be traced meanwhile stops for its tracer instead. */
    while (s->job != JOB_RUNNING && !error && !lwp_thread_traced(t))
        error = waitq_sleep(&s->stopped, &s->lock, WAIT_KILLABLE, NEVER);
    spin_unlock(&s->lock);
}

void job_thread_added_locked(struct lwp_thread *t)
{
    struct lwp_signal *s = &t->lwp->signal;

    if (s->job == JOB_STOPPING) {
        t->signal.stopping = true;
        s->running++;
    }
}

bool job_holds_locked(const struct lwp_thread *t)
{
    return t->signal.stopping || !lwp_thread_traced(t);
}

static void continue_locked(struct lwp *lwp)
{
    struct lwp_signal *s = &lwp->signal;
    struct lwp_thread *t;

    if (s->job == JOB_RUNNING)
        return;
    s->report_continue = s->job == JOB_STOPPED;
    s->job = JOB_RUNNING;
    signal_for_each_thread(t, lwp)
        t->signal.stopping = false;
    waitq_wake_all(&s->stopped, 0);
}

void job_signal_sent_locked(struct lwp *lwp, int signo)
{
    assert(spin_held(&lwp->signal.lock));
    if (signo == SIGCONT) {
        signal_discard_locked(lwp, signals_stop);
        lwp->signal.stop_taken = false;
        continue_locked(lwp);
        ptrace_continued_locked(lwp);
    } else if (signal_bit(signo) & signals_stop) {
        signal_discard_locked(lwp, signal_bit(SIGCONT));
    }
}

bool job_stopped(struct lwp *lwp)
{
    return READ_ONCE(lwp->signal.job) == JOB_STOPPED;
}
