/*
 * timers.h - what the files of timers share: timer.c makes and ends them,
 * timer_run.c lets them run.
 */
#pragma once

#include <rtthread/timer.h>
#include <stdbool.h>

/* Before any is started, without the library's lock. */
void __rt_timers_init(void);

/* --- with it --------------------------------------------------------------- */

/* From now on; -ENOMEM: there is no thread to call it. */
int __rt_timer_start_locked(struct rt_timer *timer);

/* Also one that does not run. */
void __rt_timer_stop_locked(struct rt_timer *timer);

/* Whatever is in its memory: it may never have been a timer. */
bool __rt_timer_runs_locked(const struct rt_timer *timer);
