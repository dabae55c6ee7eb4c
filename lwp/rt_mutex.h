/*
 * rt_mutex.h - mutexes of the RT-Thread API (lwp.md row K-04): recursive, with
 * an owner, who inherits the priority of its waiters (pi.h).
 *
 * As in RT-Thread the most urgent waiter is next, whatever the flag says.  A
 * thread that ends, or execs, hands on what it owns: the next one has it and is
 * not told, as the API has no code for that.
 */
#pragma once

#include "lwp/object.h"

struct rt_mutex {
    struct object object;               /* first */
    /* guarded by its lock; the owner changes with pi_lock held, too, while
     * anybody waits */
    struct lwp_thread *owner;           /* NULL: free */
    struct object_handle *handle;       /* the owner's process's, or NULL */
    unsigned depth;
    /* guarded by the owner's thread.lock: what else it owns */
    struct rt_mutex *next, **link;
};

/*
 * Take it, or once more.  -ETIMEDOUT, -EINTR; -EIDRM as in object.h; -ENOSPC:
 * too deep; -EDEADLK: the owner waits for the caller, by whatever chain.  The
 * mutex's lock is held, and released while this sleeps.  `h` may be NULL.
 */
int rt_mutex_take_locked(struct rt_mutex *m, struct object_handle *h, int time);

/* -EPERM if the running thread does not own it.  Locks as above. */
int rt_mutex_release_locked(struct rt_mutex *m, struct object_handle *h);

/* The running thread ends: it hands on all it owns.  O(1) each. */
void rt_mutex_exit(struct lwp_thread *t);
