/* wait.c - wait queues without other threads. */
#include "wait_host.h"

#include "kernel/lib/assert.h"

int (*host_sleep)(struct waitq *q, nsec_t deadline);
unsigned host_wakeups;

int waitq_sleep(struct waitq *q, struct spinlock *lock,
                enum wait_how how unused_arg, nsec_t deadline)
{
    assert(spin_held(lock));
    spin_unlock(lock);
    might_sleep();
    if (host_sleep == NULL)
        panic("sleeps for ever");
    int result = host_sleep(q, deadline);
    spin_lock(lock);
    return result;
}

void waitq_wake_all(struct waitq *q, unsigned events)
{
    struct waiter *w, *next;

    host_wakeups++;
    list_for_each_safe(w, next, &q->waiters, node)
        if (w->notify != NULL)
            w->notify(w, events);
}

void waitq_wake_one(struct waitq *q, unsigned events)
{
    waitq_wake_all(q, events);
}

void waitq_add(struct waitq *q, struct waiter *w)
{
    list_add_tail(&q->waiters, &w->node);
}

void waitq_remove(struct waiter *w)
{
    list_remove(&w->node);
}
