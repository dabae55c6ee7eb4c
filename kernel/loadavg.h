/* loadavg.h - how many threads wanted to run, of late (proc_loadavg(5)). */
#pragma once

#include "kernel/lib/types.h"

#define LOAD_SHIFT 16           /* fixed point, as sysinfo(2) has it */

/* Averages over 1, 5 and 15 minutes. */
void load_average(u64 load[3]);

/* Called now and then from the timer interrupt. */
void load_sample(void);
