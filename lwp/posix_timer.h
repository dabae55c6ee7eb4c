/*
 * posix_timer.h - timers of timer_create(2).
 */
#pragma once

#include "lwp/itimer.h"

/* Delete all of a process's timers.  May sleep. */
void posix_timers_delete(struct lwp *lwp);
