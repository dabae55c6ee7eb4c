/* critical.c - critical sections: rtthread/critical.h. */
#include "user/lib/lwp/cancellable.h"
#include "user/lib/lwp/result.h"
#include "user/lib/rt/lock.h"

#include <errno.h>
#include <lwp_syscalls.h>
#include <rtthread/critical.h>

/* --- of all processes: the kernel's -------------------------------------- */

static _Thread_local long depth;

/* The section remains the parent's. */
static void in_child(void)
{
    depth = 0;
}

__attribute__((constructor(160))) static void init(void)
{
    pthread_atfork(NULL, NULL, in_child);
}

rt_base_t rt_enter_critical(void)
{
    long result;

    do
        result = CANCELLABLE(sys_rt_enter_critical());
    while (result == -EINTR);
    if (result > 0)
        depth = result;
    return __lwp_result(result);
}

void rt_exit_critical(void)
{
    long result = sys_rt_exit_critical();

    if (__lwp_result(result) >= 0)
        depth = result;
}

rt_uint16_t rt_critical_level(void)
{
    return (rt_uint16_t)depth;
}

/* --- of this process ----------------------------------------------------- */

static struct rt_section interrupts;
static _Thread_local int level, cancelstate;

rt_base_t rt_hw_interrupt_disable(void)
{
    int old = __rt_section_enter(&interrupts);

    if (!level)
        cancelstate = old;
    return level++;
}

void rt_hw_interrupt_enable(rt_base_t before)
{
    while (level > before && level > 0) {
        level--;
        __rt_section_leave(&interrupts, level ? PTHREAD_CANCEL_DISABLE
                                              : cancelstate);
    }
}
