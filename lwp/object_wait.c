/*
 * object_wait.c - waiting for objects.
 *
 * Whoever makes available what is waited for gives it to a waiter right away,
 * in the order of the queue.  So nobody who comes later can snatch it, and a
 * thread that wakes has what it wanted.
 */
#include "kernel/lib/errno.h"
#include "kernel/sched.h"
#include "lwp/deadline.h"
#include "lwp/object.h"

nsec_t object_deadline(int time)
{
    return time < 0 ? NEVER : deadline_after(time * NSEC_PER_MSEC);
}

int object_wait_error(int error, nsec_t deadline)
{
    if (error != -ERESTARTSYS)
        return error;
    return deadline == NEVER ? -ERESTARTNOHAND : -EINTR;
}

/* Before the first that is less urgent, if urgency counts. */
static void enqueue_locked(struct object *o, struct object_waiter *w)
{
    struct object_waiter *other;

    w->thread = current_thread();
    w->urgency = o->by_priority ? urgency(w->thread) : 0;
    list_for_each(other, &o->waiters, node) {
        if (other->urgency < w->urgency)
            break;
    }
    list_add_tail(&other->node, &w->node);
    o->waiter_count++;
}

static void dequeue_locked(struct object_waiter *w)
{
    list_remove(&w->node);
    w->handle->object->waiter_count--;
}

int object_wait_locked(struct object_waiter *w, int time)
{
    struct object *o = w->handle->object;
    nsec_t deadline;
    int error = 0;

    assert(spin_held(&o->lock));
    if (!time)
        return -ETIMEDOUT;
    deadline = object_deadline(time);
    enqueue_locked(o, w);
    w->handle->users++;
    while (!error && !list_empty(&w->node)) {
        thread_prepare_sleep(WAIT_INTERRUPTIBLE);
        spin_unlock(&o->lock);
        error = thread_sleep(deadline);
        spin_lock(&o->lock);
    }
    w->handle->users--;
    if (list_empty(&w->node))
        return w->result;               /* that came first */
    dequeue_locked(w);
    return object_wait_error(error, deadline);
}

struct object_waiter *object_first_waiter_locked(struct object *o)
{
    assert(spin_held(&o->lock));
    return list_first(&o->waiters, struct object_waiter, node);
}

void object_end_wait_locked(struct object_waiter *w, int result)
{
    assert(spin_held(&w->handle->object->lock));
    dequeue_locked(w);
    w->result = result;
    thread_wake(w->thread);
}

void object_end_waits_locked(struct object *o, struct object_handle *only,
                             int result)
{
    struct object_waiter *w, *next;

    assert(spin_held(&o->lock));
    list_for_each_safe(w, next, &o->waiters, node) {
        if (!only || w->handle == only)
            object_end_wait_locked(w, result);
    }
}
