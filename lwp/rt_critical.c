/*
 * rt_critical.c - the critical section that all processes share (rows I-14,
 * K-11): a mutex that nobody has to make, and that goes on when the thread
 * inside ends.
 */
#include "lwp/rt_mutex.h"
#include "lwp/syscall.h"

static struct rt_mutex section = {
    .object.lock = SPINLOCK_INIT(RANK_IPC),
};

/* How deep the caller is inside now.  -EINTR; -EDEADLK: who is inside waits for
 * the caller; -ENOSPC: too deep. */
long sys_rt_enter_critical(void)
{
    long result;

    spin_lock(&section.object.lock);
    result = rt_mutex_take_locked(&section, NULL, -1);
    if (!result)
        result = section.depth;
    spin_unlock(&section.object.lock);
    return result;
}

/* How deep it is still inside. */
long sys_rt_exit_critical(void)
{
    long result;

    spin_lock(&section.object.lock);
    result = rt_mutex_release_locked(&section, NULL);
    if (!result && section.owner == current_lwp_thread())
        result = section.depth;
    spin_unlock(&section.object.lock);
    return result;
}
