/* critical.c - critical sections: rtthread/critical.h. */
#include "user/lib/lwp/cancellable.h"
#include "user/lib/lwp/result.h"
#include "user/lib/rt/lock.h"

#include <errno.h>
#include <lwp_syscalls.h>
#include <rtthread/critical.h>

/* --- of all processes: the kernel's -------------------------------------- */

static _Thread_local int depth;

rt_base_t rt_enter_critical(void)
{
    long error;

    do
        error = CANCELLABLE(sys_rt_enter_critical());
    while (error == -EINTR);
    return error < 0 ? __lwp_result(error) : ++depth;
}

void rt_exit_critical(void)
{
    if (!__lwp_result(sys_rt_exit_critical()))
        depth--;
}

rt_uint16_t rt_critical_level(void)
{
    return (rt_uint16_t)depth;
}

/* --- of this process ----------------------------------------------------- */

static pthread_mutex_t interrupts;
static _Thread_local int level, cancelstate;

static void init_lock(void)
{
    __rt_mutex_init(&interrupts, PTHREAD_MUTEX_RECURSIVE);
}

/* fork() waits until the others are outside.  In the child the forking thread is
 * where it was, and has another number. */
static void before_fork(void)
{
    pthread_mutex_lock(&interrupts);
}

static void after_fork(void)
{
    pthread_mutex_unlock(&interrupts);
}

static void in_child(void)
{
    init_lock();
    for (int i = 0; i < level; i++)
        pthread_mutex_lock(&interrupts);
    depth = 0;
}

static void init(void)
{
    init_lock();
    pthread_atfork(before_fork, after_fork, in_child);
}

/* Inside, a thread cannot be deleted, as on bare metal. */
rt_base_t rt_hw_interrupt_disable(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    int old;

    pthread_once(&once, init);
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    pthread_mutex_lock(&interrupts);
    if (!level)
        cancelstate = old;
    return level++;
}

void rt_hw_interrupt_enable(rt_base_t before)
{
    while (level > before && level > 0) {
        level--;
        pthread_mutex_unlock(&interrupts);
        if (!level)
            pthread_setcancelstate(cancelstate, NULL);
    }
}
