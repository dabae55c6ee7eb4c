/*
 * mutex.c - mutexes with one thread: locking one that is held is a deadlock
 * that the test has found.
 */
#include "kernel/mutex.h"

#include "kernel/lib/assert.h"
#include "kernel/thread.h"

void mutex_init(struct mutex *m)
{
    *m = (struct mutex)MUTEX_INIT(*m);
}

void mutex_lock(struct mutex *m)
{
    might_sleep();
    if (m->owner != NULL)
        panic("deadlock: a mutex is locked twice");
    m->owner = current_thread();
}

int mutex_lock_killable(struct mutex *m)
{
    mutex_lock(m);
    return 0;
}

bool mutex_trylock(struct mutex *m)
{
    if (m->owner != NULL)
        return false;
    m->owner = current_thread();
    return true;
}

void mutex_unlock(struct mutex *m)
{
    if (m->owner != current_thread())
        panic("a mutex is unlocked that is not held");
    m->owner = NULL;
}

bool mutex_held(const struct mutex *m)
{
    return m->owner == current_thread();
}
