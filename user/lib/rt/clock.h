/*
 * clock.h - ticks that do not wrap.
 */
#pragma once

#include <rtdef.h>
#include <time.h>

#define NS_PER_TICK (1000000000 / RT_TICK_PER_SECOND)

/* Ticks since the machine started, rounded down or up. */
rt_uint64_t __rt_ticks(void);
rt_uint64_t __rt_ticks_up(void);

/* That time on CLOCK_MONOTONIC. */
struct timespec __rt_time_of(rt_uint64_t ticks);
