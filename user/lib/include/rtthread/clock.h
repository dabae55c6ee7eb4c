/*
 * clock.h - time in ticks of a millisecond (lwp.md row K-09).  No function here
 * blocks.
 */
#pragma once

#include <rtdef.h>

/*
 * Ticks since the machine started.  They wrap after 49.7 days: compare times by
 * their difference, as (rt_int32_t)(a - b) < 0.
 */
rt_tick_t rt_tick_get(void);

/* The same in milliseconds. */
rt_tick_t rt_tick_get_millisecond(void);

/* Ticks in `ms` milliseconds; below 0 is RT_WAITING_FOREVER. */
rt_tick_t rt_tick_from_millisecond(rt_int32_t ms);
