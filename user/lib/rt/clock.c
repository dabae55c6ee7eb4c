/* clock.c - time in ticks: rtthread/clock.h. */
#include "user/lib/rt/clock.h"

#include <rtthread/clock.h>

static rt_uint64_t ticks_plus(rt_uint64_t ns)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (rt_uint64_t)now.tv_sec * RT_TICK_PER_SECOND +
           (now.tv_nsec + ns) / NS_PER_TICK;
}

rt_uint64_t __rt_ticks(void)
{
    return ticks_plus(0);
}

rt_uint64_t __rt_ticks_up(void)
{
    return ticks_plus(NS_PER_TICK - 1);
}

struct timespec __rt_time_of(rt_uint64_t ticks)
{
    return (struct timespec){
        .tv_sec = ticks / RT_TICK_PER_SECOND,
        .tv_nsec = ticks % RT_TICK_PER_SECOND * NS_PER_TICK,
    };
}

rt_tick_t rt_tick_get(void)
{
    return (rt_tick_t)__rt_ticks();
}

rt_tick_t rt_tick_get_millisecond(void)
{
    return (rt_tick_t)(__rt_ticks() * 1000 / RT_TICK_PER_SECOND);
}

rt_tick_t rt_tick_from_millisecond(rt_int32_t ms)
{
    if (ms < 0)
        return (rt_tick_t)RT_WAITING_FOREVER;
    return (rt_tick_t)(((rt_uint64_t)ms * RT_TICK_PER_SECOND + 999) / 1000);
}
