/*
 * time.h - clocks and timers.  Tickless: a hart's timer interrupt is armed for
 * its earliest timer and nothing else.
 */
#pragma once

#include "kernel/lib/avl.h"
#include "kernel/spinlock.h"

struct timespec {
    s64 tv_sec;
    s64 tv_nsec;
};

/* Set once at boot: ns per tick of the hardware counter, 32.32 fixed point, and
 * the counter's value at time 0. */
extern struct time_scale {
    u64 ns_per_tick;
    u64 boot_ticks;
} time_scale;

/* A number of ticks in ns. */
static inline nsec_t time_of_ticks(u64 ticks)
{
    return (unsigned __int128)ticks * time_scale.ns_per_tick >> 32;
}

/* Nanoseconds since boot: CLOCK_MONOTONIC (never set, never back). */
static inline nsec_t time_now(void)
{
    return time_of_ticks(arch_ticks() - time_scale.boot_ticks);
}

/* Nanoseconds since 1970: CLOCK_REALTIME; set by clock_settime(2). */
nsec_t time_realtime(void);
void time_set_realtime(nsec_t since_epoch);
/* time_realtime() - time_now(); changes only when the clock is set. */
nsec_t time_realtime_offset(void);

/* Ticks of the hardware counter per second; in a length of time; its value at a
 * time of CLOCK_MONOTONIC. */
u64 time_frequency(void);
u64 ticks_of_time(nsec_t length);
u64 time_to_ticks(nsec_t t);

static inline struct timespec timespec_of(nsec_t ns)
{
    return (struct timespec){ ns / NSEC_PER_SEC, ns % NSEC_PER_SEC };
}

/* tv_sec >= 0 and 0 <= tv_nsec < 1e9, as nanosleep(2) demands. */
static inline bool timespec_valid(const struct timespec *ts)
{
    return ts->tv_sec >= 0 && (u64)ts->tv_nsec < NSEC_PER_SEC;
}

/* In ns; saturates at NEVER - 1. */
nsec_t timespec_ns(const struct timespec *ts);

/*
 * A timer calls fn(timer) once, from the timer interrupt of the hart where it
 * was started, with no lock held, interrupts disabled.
 */
struct timer {
    struct avl_node node;       /* guarded by queue's lock; key: deadline */
    void (*fn)(struct timer *t);
    struct timer_queue *queue;  /* atomic: where it is armed, or NULL */
    u32 running;                /* atomic: harts that are calling fn */
};

void timer_init(struct timer *t, void (*fn)(struct timer *t));

/* Arm (again) for a CLOCK_MONOTONIC time in ns.  Any context, but not two
 * harts at once; fn itself may do it. */
void timer_start(struct timer *t, nsec_t deadline);

/*
 * Disarm; true if it had not fired.  When it returns, fn is not running and
 * will not run: so it must not be called with a lock held that fn takes.  A fn
 * that arms the timer again is first told, under its own lock, not to.
 */
bool timer_cancel(struct timer *t);

void time_init(u64 frequency);
int time_init_hart(struct hart *h);      /* -ENOMEM */
