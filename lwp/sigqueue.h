/*
 * sigqueue.h - sets of pending signals with what they carry; private to the
 * signal files.  All functions want the process's signal.lock held.
 */
#pragma once

#include "lwp/lwp.h"

void pending_init(struct pending *p);

/*
 * Add a signal.  A standard one that is pending already is not added again;
 * real-time ones queue, oldest first.  What must not get lost (kill(2), the
 * kernel) becomes pending without its details if there is no room for them.
 * -EAGAIN for a queued one (code < 0) beyond RLIMIT_SIGPENDING or memory.
 */
int pending_add(struct lwp *lwp, struct pending *p, const struct siginfo *info);

/* Take the oldest signo, which is in p->set. */
void pending_take(struct lwp *lwp, struct pending *p, int signo,
                  struct siginfo *info);

/* The process is gone: free what it kept for its next signal. */
void pending_free_spare(struct lwp_signal *s);

/* Look at number `index` of the queue; false: there are not so many. */
bool pending_peek(const struct pending *p, u64 index, struct siginfo *info);

/* Drop all signals of the set. */
void pending_discard(struct lwp *lwp, struct pending *p, sigset_t set);

/* The signal to handle first out of a set that is not empty: faults, then by
 * number (POSIX: the lowest real-time one first). */
int signal_first(sigset_t set);

/* Drop the signals of a set from all queues of the process. */
void signal_discard_locked(struct lwp *lwp, sigset_t set);

/* The thread's blocked signals, less those it waits for in sigtimedwait(2). */
static inline sigset_t signal_mask_now(const struct lwp_thread_signal *ts)
{
    return ts->blocked & ~ts->awaited;
}

/* t has something to do. */
static inline void signal_notify(struct lwp_thread *t)
{
    if (&t->thread == current_thread())
        thread_set_own_flags(&t->thread, TF_SIGNAL);
    else
        thread_set_flags(&t->thread, TF_SIGNAL);
}

/* The threads of a process. */
#define signal_for_each_thread(t, lwp) \
    list_for_each(t, &(lwp)->signal.threads, signal.node)

/* Make the running thread's TF_SIGNAL say whether it has anything to do. */
void signal_recalculate_locked(struct lwp_thread *t);

/* Other threads of t's process are to look at shared signals of the set. */
void signal_retarget_slow_locked(struct lwp_thread *t, sigset_t set);

static inline void signal_retarget_locked(struct lwp_thread *t, sigset_t set)
{
    set &= t->lwp->signal.shared.set;
    if (unlikely(set))
        signal_retarget_slow_locked(t, set);
}

/* A fault that a tracer is to hear of must not be lost: the action becomes the
 * default one. */
void sighand_reset_locked(struct lwp *lwp, int signo);

/* The handler of signo at this moment (an address, SIG_DFL, SIG_IGN). */
static inline u64 signal_handler_locked(const struct lwp_signal *s, int signo)
{
    return READ_ONCE(s->hand->actions[signo - 1].handler);
}

/* The action for a signal that is taken now: SA_RESETHAND is obeyed. */
void sighand_take_locked(struct lwp *lwp, int signo, struct sigaction *out);

/* Replace the action for signo in the running process (sigaction(2)). */
void signal_set_action(int signo, const struct sigaction *action,
                       struct sigaction *old);

/* --- jobctl.c ------------------------------------------------------------- */

/* What sending signo does to a stopped process, and to pending signals of the
 * opposite kind. */
void job_signal_sent_locked(struct lwp *lwp, int signo);

/* Begin a stop by signo; the thread then calls job_stop_wait(). */
void job_stop_begin_locked(struct lwp *lwp, int signo);

/* A thread joins while the process is about to stop. */
void job_thread_added_locked(struct lwp_thread *t);

/* A thread will not run in user mode any more, for the stop or because it
 * ends: not 0 if that completes the stop, which is to be reported (the
 * signal). */
int job_settle_locked(struct lwp_thread *t);

/* The process stops, or has: is the thread to sleep until it goes on? One that
 * has told its tracer of it is not. */
bool job_holds_locked(const struct lwp_thread *t);
