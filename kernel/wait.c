/* wait.c - wait queues. */
#include "kernel/wait.h"

#include "kernel/lib/errno.h"
#include "kernel/thread.h"

int waitq_sleep(struct waitq *q, struct spinlock *lock, enum wait_how how,
                nsec_t deadline)
{
    struct waiter w = { .thread = current_thread() };

    assert(spin_held(lock));
    list_add_tail(&q->waiters, &w.node);
    thread_prepare_sleep(how);
    spin_unlock(lock);
    int error = thread_sleep(deadline);
    spin_lock(lock);
    if (list_empty(&w.node))
        return 0;
    list_remove(&w.node);
    return error;
}

/* Wake the threads at the head of the queue, at most `threads` of them. */
static void wake(struct waitq *q, unsigned events, unsigned threads)
{
    struct waiter *w, *next;

    list_for_each_safe(w, next, &q->waiters, node) {
        if (w->notify) {
            w->notify(w, events);
        } else if (threads) {
            threads--;
            list_remove(&w->node);
            thread_wake(w->thread);
        }
    }
}

void waitq_wake_one(struct waitq *q, unsigned events)
{
    if (!list_empty(&q->waiters))
        wake(q, events, 1);
}

void waitq_wake_all(struct waitq *q, unsigned events)
{
    if (!list_empty(&q->waiters))
        wake(q, events, ~0u);
}

void waitq_add(struct waitq *q, struct waiter *w)
{
    list_add_tail(&q->waiters, &w->node);
}

void waitq_remove(struct waiter *w)
{
    list_remove(&w->node);
}
