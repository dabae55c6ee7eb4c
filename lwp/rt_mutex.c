/*
 * rt_mutex.c - mutexes of the RT-Thread API.
 *
 * As long as nobody waits, a mutex's own lock is all that is needed.  Waiting
 * and handing on take pi_lock first.
 */
#include "lwp/rt_mutex.h"

#include "kernel/lib/errno.h"
#include "kernel/lib/printf.h"
#include "lwp/pi.h"
#include "lwp/syscall.h"

struct mutex_waiter {
    struct pi_waiter pi;
    struct object_handle *handle;       /* or NULL */
};

static struct rt_mutex *mutex_of(struct object *o)
{
    return container_of(o, struct rt_mutex, object);
}

/* --- owners --------------------------------------------------------------- */

static void own_locked(struct rt_mutex *m, struct lwp_thread *t,
                       struct object_handle *h)
{
    assert(spin_held(&m->object.lock));
    m->owner = t;
    m->handle = h;
    m->depth = 1;
    spin_lock(&t->thread.lock);
    m->next = t->mutexes;
    m->link = &t->mutexes;
    if (m->next)
        m->next->link = &m->next;
    t->mutexes = m;
    spin_unlock(&t->thread.lock);
}

static void disown_locked(struct rt_mutex *m)
{
    struct thread *t = &m->owner->thread;

    assert(spin_held(&m->object.lock));
    spin_lock(&t->lock);
    *m->link = m->next;
    if (m->next)
        m->next->link = m->link;
    spin_unlock(&t->lock);
    m->owner = NULL;
}

/* To the most urgent waiter, or nobody; pi_lock is held as well. */
static void pass_on_locked(struct rt_mutex *m)
{
    struct pi_waiter *next = pi_most_urgent_locked((u64)m, 0);

    disown_locked(m);
    if (!next)
        return;
    m->object.waiter_count--;
    own_locked(m, next->thread,
               container_of(next, struct mutex_waiter, pi)->handle);
    pi_pass_locked(next);
}

/* Has only m's lock, wants pi_lock as well.  It may not be the same m. */
static void lock_pi_too(struct rt_mutex *m, struct object_handle *h)
{
    if (h)
        h->users++;
    spin_unlock(&m->object.lock);
    spin_lock(&pi_lock);
    spin_lock(&m->object.lock);
    if (h)
        h->users--;
}

void rt_mutex_exit(struct lwp_thread *t)
{
    struct rt_mutex *m;

    spin_lock(&pi_lock);
    while ((m = t->mutexes)) {
        spin_lock(&m->object.lock);
        pass_on_locked(m);
        spin_unlock(&m->object.lock);
        spin_unlock(&pi_lock);          /* let others and interrupts in */
        spin_lock(&pi_lock);
    }
    spin_unlock(&pi_lock);
}

/* --- taking and releasing ------------------------------------------------- */

/* 0: taken; PI_WAITING: queued. */
static int take_or_queue(struct rt_mutex *m, struct mutex_waiter *w)
{
    int error;

    if (w->handle && w->handle->gone)
        return -EIDRM;
    if (!m->owner) {
        own_locked(m, w->pi.thread, w->handle);
        return 0;
    }
    error = pi_wait_locked(&w->pi, m->owner);
    if (error)
        return error;
    m->object.waiter_count++;
    return PI_WAITING;
}

/* Both locks are held, and released meanwhile. */
static int wait_locked(struct rt_mutex *m, struct mutex_waiter *w,
                       nsec_t deadline)
{
    int error;

    if (w->handle)
        w->handle->users++;
    spin_unlock(&m->object.lock);
    spin_unlock(&pi_lock);
    error = pi_sleep(&w->pi, deadline);
    spin_lock(&pi_lock);
    spin_lock(&m->object.lock);
    if (w->handle)
        w->handle->users--;
    if (w->pi.result == PI_WAITING) {
        m->object.waiter_count--;
        pi_end_locked(&w->pi, object_wait_error(error, deadline));
    }
    return w->pi.result;
}

int rt_mutex_take_locked(struct rt_mutex *m, struct object_handle *h, int time)
{
    struct lwp_thread *me = current_lwp_thread();
    struct mutex_waiter w = { .pi = { .thread = me, .space = (u64)m },
                              .handle = h };
    int error;

    assert(spin_held(&m->object.lock));
    if (m->owner == me && m->depth == OBJECT_VALUE_MAX)
        return -ENOSPC;
    if (m->owner == me) {
        m->depth++;
        return 0;
    }
    if (!m->owner) {
        own_locked(m, me, h);
        return 0;
    }
    if (!time)
        return -ETIMEDOUT;
    lock_pi_too(m, h);
    error = take_or_queue(m, &w);
    if (error == PI_WAITING)
        error = wait_locked(m, &w, object_deadline(time));
    spin_unlock(&pi_lock);
    return error;
}

int rt_mutex_release_locked(struct rt_mutex *m, struct object_handle *h)
{
    assert(spin_held(&m->object.lock));
    if (m->owner != current_lwp_thread())
        return -EPERM;
    if (m->depth > 1) {
        m->depth--;
    } else if (!m->object.waiter_count) {
        disown_locked(m);
    } else {
        lock_pi_too(m, h);
        /* Another thread may just have deleted it. */
        if (m->owner == current_lwp_thread())
            pass_on_locked(m);
        spin_unlock(&pi_lock);
    }
    return 0;
}

/* --- objects -------------------------------------------------------------- */

static void mutex_describe(const struct object *o, char *buf, size_t size)
{
    const struct rt_mutex *m = (const struct rt_mutex *)o;

    if (m->owner)
        ksnprintf(buf, size, "%d*%u", m->owner->tid, m->depth);
    else
        ksnprintf(buf, size, "free");
}

/* The process's threads wait no more, and the one that owns it has it no
 * more. */
static void mutex_let_go(struct object *o, struct object_handle *h)
{
    struct rt_mutex *m = mutex_of(o);
    struct pi_waiter *w, *next;

    spin_lock(&pi_lock);
    spin_lock(&o->lock);
    list_for_each_safe(w, next, &pi_waiters, node) {
        if (pi_waits_for(w, (u64)m, 0) &&
            container_of(w, struct mutex_waiter, pi)->handle == h) {
            o->waiter_count--;
            pi_drop_locked(w, -EIDRM);
        }
    }
    pi_inherit_locked(m->owner);
    if (m->owner && m->handle == h)
        pass_on_locked(m);
    spin_unlock(&o->lock);
    spin_unlock(&pi_lock);
}

static const struct object_kind mutex_kind = {
    .type = OBJECT_MUTEX,
    .name = "mutex",
    .size = sizeof(struct rt_mutex),
    .describe = mutex_describe,
    .let_go = mutex_let_go,
};

long sys_rt_mutex_create(ustr_t name, int flag, uptr_t at)
{
    struct rt_mutex *m = object_create(&mutex_kind);

    return m ? object_publish(&m->object, name, flag, at) : -ENOMEM;
}

long sys_rt_mutex_take(int id, int time)
{
    struct object_handle *h = object_lock(OBJECT_MUTEX, id);
    int error;

    if (!h)
        return -EINVAL;
    error = rt_mutex_take_locked(mutex_of(h->object), h, time);
    object_unlock(h);
    return error;
}

long sys_rt_mutex_release(int id)
{
    struct object_handle *h = object_lock(OBJECT_MUTEX, id);
    int error;

    if (!h)
        return -EINVAL;
    error = rt_mutex_release_locked(mutex_of(h->object), h);
    object_unlock(h);
    return error;
}
