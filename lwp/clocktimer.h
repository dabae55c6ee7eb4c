/*
 * clocktimer.h - timers of programs: at a time of some clock, once or again and
 * again.  setitimer(2), timer_create(2) and timerfd_create(2) are made of them.
 */
#pragma once

#include "kernel/lib/list.h"
#include "kernel/spinlock.h"
#include "kernel/time.h"
#include "lwp/clock.h"

struct lwp;

/* CPU time moves on in steps: no sense in looking at it more often. */
#define CPU_TIME_STEP   (1 * NSEC_PER_MSEC)

/* What a timer counts. */
enum clock_measure {
    MEASURE_BOOT,                   /* CLOCK_MONOTONIC */
    MEASURE_REAL,                   /* CLOCK_REALTIME */
    MEASURE_CPU,                    /* the process's CPU time */
    MEASURE_USER,                   /* of that, in user mode */
    MEASURE_THREAD,                 /* CPU time of one thread */
};

struct clock_timer {
    /* set at birth, then constant */
    struct timer timer;
    struct lwp *lwp;                /* whose CPU time, and for fn */
    struct thread *thread;          /* whose, if it is one thread's; the
                                     * timer's owner holds the reference */
    /*
     * It has expired `count` times since the last call.  From the timer
     * interrupt, without locks.
     */
    void (*fn)(struct clock_timer *t, u64 count);
    /* CLOCK_REALTIME was set while it was armed by that; NULL: no matter.  Any
     * context, with t->lock held. */
    void (*clock_set)(struct clock_timer *t);
    u8 measure;                     /* enum clock_measure */

    /* constant while armed: measure, but for a relative time of CLOCK_REALTIME,
     * which setting the clock does not move (timer_settime(2)) */
    u8 counts;

    struct list real_node;          /* guarded by clocktimer.c's lock */

    struct spinlock lock;           /* RANK_CLOCKTIMER */
    /* guarded by lock */
    bool armed;
    nsec_t when;                    /* the clock's time of the next expiry */
    nsec_t interval;                /* ns; 0: once */
};

void clock_timer_init(struct clock_timer *t, enum clock_measure measure,
                      struct lwp *lwp,
                      void (*fn)(struct clock_timer *t, u64 count));

/* A setting: time to the next expiry (0: not armed) and interval, in ns. */
struct clock_setting {
    nsec_t value, interval;
};

/* As struct itimerspec of programs.  -EFAULT, -EINVAL. */
int clock_setting_from_user(struct clock_setting *setting, uptr_t from);
int clock_setting_to_user(uptr_t to, const struct clock_setting *setting);

/*
 * Arm for `value` from now, or at `value` of its clock; or disarm with 0.
 * `old` (NULL allowed) is what was set.  The callers take turns (a mutex).
 */
void clock_timer_set(struct clock_timer *t, const struct clock_setting *new,
                     bool absolute, struct clock_setting *old);
void clock_timer_get(struct clock_timer *t, struct clock_setting *out);

/*
 * Sleep until *done, which others set before thread_wake(), or until `end` of
 * CLOCK_REALTIME: earlier or later when that is set; NEVER.  0, -ETIMEDOUT or
 * -ERESTARTSYS, also if *done has become true since.
 */
int clock_sleep_realtime(const bool *done, nsec_t end);

/* CLOCK_REALTIME was set: timers by it expire earlier or later now. */
void clock_timers_realtime_set(void);

/* Disarm; fn is not running and will not run.  No locks held. */
void clock_timer_stop(struct clock_timer *t);
