/*
 * inherit.c - what programs see of priority inheritance: current_priority.  The
 * kernel does it (lwp/pi.h), whatever stands there.
 */
#include "user/lib/rt/lock.h"
#include "user/lib/rt/threads.h"

/* As much as its waiters that are known already make it: has that changed? */
static bool inherit_of(struct rt_thread *waiter)
{
    struct rt_thread *owner = own(waiter)->awaits;

    if (!owner || !__rt_thread_lives(owner) ||
        owner->current_priority <= waiter->current_priority)
        return false;
    owner->current_priority = waiter->current_priority;
    return true;
}

void __rt_inherit(void)
{
    struct rt_thread *t;
    bool changed;

    for (t = NULL; (t = __rt_thread_next(t));)
        t->current_priority = own(t)->priority;
    do {                                /* an owner may wait too */
        changed = false;
        for (t = NULL; (t = __rt_thread_next(t));)
            changed |= inherit_of(t);
    } while (changed);
}

void __rt_wait_begin(const void *mutex, struct rt_thread *owner)
{
    struct rt_thread *self = rt_thread_self();
    int old = __rt_lock();

    if (self) {
        own(self)->wants = mutex;
        own(self)->awaits = owner;
        __rt_inherit();
    }
    __rt_unlock(old);
}

/* Who else waits for it waits for the caller from now on. */
static void succeed(const void *mutex, struct rt_thread *self)
{
    for (struct rt_thread *t = NULL; (t = __rt_thread_next(t));)
        if (own(t)->wants == mutex)
            own(t)->awaits = self;
}

void __rt_wait_end(const void *mutex, bool taken)
{
    struct rt_thread *self = __rt_self;
    int old = __rt_lock();

    if (self) {
        own(self)->wants = NULL;
        own(self)->awaits = NULL;
        if (taken)
            succeed(mutex, self);
        __rt_inherit();
    }
    __rt_unlock(old);
}
