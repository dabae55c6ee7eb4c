/* thread_wait.c - threads that sleep, yield and stop. */
#include "user/lib/lwp/cancellable.h"
#include "user/lib/lwp/result.h"
#include "user/lib/rt/clock.h"
#include "user/lib/rt/lock.h"
#include "user/lib/rt/threads.h"

#include <errno.h>
#include <linux/futex.h>
#include <rtthread/clock.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

/* --- gates --------------------------------------------------------------- */

void __rt_gate_pass(struct rt_thread *thread)
{
    int *gate = &own(thread)->gate;

    while (!__atomic_load_n(gate, __ATOMIC_ACQUIRE))
        CANCELLABLE(syscall(SYS_futex, gate, FUTEX_WAIT_PRIVATE, 0, NULL));
}

void __rt_gate_open(struct rt_thread *thread)
{
    int *gate = &own(thread)->gate;

    __atomic_store_n(gate, 1, __ATOMIC_RELEASE);
    syscall(SYS_futex, gate, FUTEX_WAKE_PRIVATE, 1);
}

rt_err_t rt_thread_suspend(rt_thread_t thread)
{
    int old = __rt_lock(), error = 0;

    if (!__rt_thread_lives(thread))
        error = -EIO;
    else if (thread != __rt_self)
        error = -EPERM;
    if (!error) {
        own(thread)->gate = 0;
        thread->stat = RT_THREAD_SUSPEND;
    }
    __rt_unlock(old);
    return __lwp_result(error);
}

rt_err_t rt_thread_resume(rt_thread_t thread)
{
    int old = __rt_lock(), error = 0;

    if (!__rt_thread_lives(thread))
        error = -EIO;
    else if (thread->stat != RT_THREAD_SUSPEND)
        error = -EPERM;
    if (!error) {
        thread->stat = RT_THREAD_READY;
        __rt_gate_open(thread);
    }
    __rt_unlock(old);
    return __lwp_result(error);
}

void rt_schedule(void)
{
    if (__rt_self && __rt_self->stat == RT_THREAD_SUSPEND)
        __rt_gate_pass(__rt_self);
    else
        sched_yield();
}

/* --- sleeping ------------------------------------------------------------ */

static void sleep_until(struct timespec t)
{
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
        ;
}

rt_err_t rt_thread_yield(void)
{
    sched_yield();
    pthread_testcancel();
    return RT_EOK;
}

rt_err_t rt_thread_delay(rt_tick_t tick)
{
    if (!tick)
        return rt_thread_yield();
    sleep_until(__rt_time_of(__rt_ticks_up() + tick));
    return RT_EOK;
}

rt_err_t rt_thread_sleep(rt_tick_t tick)
{
    return rt_thread_delay(tick);
}

rt_err_t rt_thread_mdelay(rt_int32_t ms)
{
    if (ms < 0)
        return __lwp_result(-EINVAL);
    return rt_thread_delay(rt_tick_from_millisecond(ms));
}

rt_err_t rt_thread_delay_until(rt_tick_t *last, rt_tick_t tick)
{
    rt_uint64_t now = __rt_ticks();
    rt_tick_t late;

    if (!last)
        return __lwp_result(-EINVAL);
    late = (rt_tick_t)now - *last;
    if (late < tick) {
        sleep_until(__rt_time_of(now + tick - late));
        *last += tick;
    } else {
        *last = (rt_tick_t)now;
    }
    return RT_EOK;
}
