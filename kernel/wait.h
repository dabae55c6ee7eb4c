/*
 * wait.h - wait queues: how threads sleep until something happens.
 *
 * A queue has no lock of its own.  It lies in an object whose spinlock guards
 * both the queue and the condition waited for, like a monitor's condition
 * variable, so a wake-up cannot fall between test and sleep:
 *
 *     spin_lock(&p->lock);
 *     while (pipe_empty(p)) {
 *         error = waitq_sleep(&p->readers, &p->lock, WAIT_INTERRUPTIBLE, NEVER);
 *         if (error)
 *             break;
 *     }
 */
#pragma once

#include "kernel/lib/list.h"
#include "kernel/spinlock.h"

struct waitq {
    struct list waiters;        /* struct waiter, longest waiting first */
};

/*
 * One waiting: a sleeping thread, or (poll, epoll) a callback.  It is off the
 * queue when woken by waitq_wake_one() or _all(), unless it is a callback.
 */
struct waiter {
    struct list node;
    struct thread *thread;
    /* Called with the queue's lock held instead of waking the thread; stays
     * queued.  `events` is what the waker passed (POLLIN ...). */
    void (*notify)(struct waiter *w, unsigned events);
};

#define WAITQ_INIT(name) { LIST_INIT((name).waiters) }

static inline void waitq_init(struct waitq *q)
{
    list_init(&q->waiters);
}

enum wait_how {
    WAIT_UNINTERRUPTIBLE,
    WAIT_KILLABLE,              /* ends for a fatal signal */
    WAIT_INTERRUPTIBLE,         /* ends for any signal that will be handled */
};

/*
 * Release `lock`, sleep, take `lock` again.  0 when woken (test the condition
 * again: another may have been quicker), -ERESTARTSYS when interrupted,
 * -ETIMEDOUT when the deadline (CLOCK_MONOTONIC, ns) passes; a wake-up that
 * came first wins over both.  Holds no other spinlock.  Sleeps.
 */
int waitq_sleep(struct waitq *q, struct spinlock *lock, enum wait_how how,
                nsec_t deadline);

/*
 * Wake the longest waiting thread / all threads, and run all callbacks.  The
 * queue's lock is held.  `events` goes to the callbacks.
 */
void waitq_wake_one(struct waitq *q, unsigned events);
void waitq_wake_all(struct waitq *q, unsigned events);

/* Add or remove a callback waiter; the queue's lock is held. */
void waitq_add(struct waitq *q, struct waiter *w);
void waitq_remove(struct waiter *w);

/*
 * Sleep with no queue: until thread_wake(), a signal (as `how` says) or the
 * deadline.  0, -ERESTARTSYS or -ETIMEDOUT.  The caller has announced itself
 * with thread_prepare_sleep() and then tested its condition; a wake-up since
 * then makes this return at once.
 */
int thread_sleep(nsec_t deadline);

/*
 * Release `lock` and sleep until thread_wake() or a signal.  Whoever wakes this
 * thread holds that lock, so it need not announce itself.  Returns when it was
 * woken, interrupted, or by chance: the caller looks which.
 *
 * If `to` is not NULL it is woken first: a sleeper that cannot go away without
 * the lock, or before it sees *told, which is set last and with release.  If
 * nobody else waits for this hart it has the hart at once, and neither of the
 * two goes by way of the run queue.
 */
void thread_hand_over(struct thread *to, bool *told, struct spinlock *lock);
