/*
 * clock.h - the clocks of clock_gettime(2), CPU-time clocks of processes and
 * threads among them.
 */
#pragma once

#include "kernel/lib/types.h"

struct lwp;

#define CLOCK_REALTIME              0
#define CLOCK_MONOTONIC             1
#define CLOCK_PROCESS_CPUTIME_ID    2
#define CLOCK_THREAD_CPUTIME_ID     3
#define CLOCK_MONOTONIC_RAW         4
#define CLOCK_REALTIME_COARSE       5
#define CLOCK_MONOTONIC_COARSE      6
#define CLOCK_BOOTTIME              7
#define CLOCK_REALTIME_ALARM        8
#define CLOCK_BOOTTIME_ALARM        9
#define CLOCK_TAI                   11

#define TIMER_ABSTIME               1

/* The time of a clock in ns.  -EINVAL for a number that names none (a CPU
 * clock of a process or thread that is gone). */
int clock_read(int clock, nsec_t *now);

/* What one can sleep and set timers by. */
enum clock_kind {
    CLOCK_KIND_NONE,                /* that cannot: -EOPNOTSUPP */
    CLOCK_KIND_REAL,                /* follows CLOCK_REALTIME */
    CLOCK_KIND_BOOT,                /* time since boot */
    CLOCK_KIND_CPU,                 /* CPU time of a process or thread */
};
enum clock_kind clock_kind(int clock);

/*
 * Which CPU clock of the calling process `clock` names: *thread is the one
 * whose it is, with a reference, or NULL for that of the whole process.
 * -EINVAL: it is none of this process's.
 */
struct thread;
int clock_own_cpu(int clock, struct thread **thread);

/* CPU time of all threads of a process, in ns. */
nsec_t lwp_cpu_time(struct lwp *lwp);
