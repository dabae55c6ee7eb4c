/*
 * selftest.h - tests of the core from the inside, for what no user program can
 * see.  Boot with selftest=all, or with the name of one; some of them are meant
 * to panic, and are only run by name.
 */
#pragma once

#include "kernel/lib/types.h"

/*
 * Run what the boot argument names and end the machine with the result as its
 * exit status; return at once if there is no such argument.  The results go to
 * the log as TAP.
 */
void selftest_run(void);

/* In selftest_sched.c and selftest_stress.c, for selftest.c's table. */
bool selftest_fair_again(void);
bool selftest_remote_ready(void);
bool selftest_fifo_preempted(void);
bool selftest_timer_cancel(void);
bool selftest_woken_by_many(void);
bool selftest_stress(void);
