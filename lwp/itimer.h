/*
 * itimer.h - the timers of a process: the three of setitimer(2) and those of
 * timer_create(2) (rows G-22, H-08).
 */
#pragma once

#include "kernel/lib/list.h"
#include "kernel/mutex.h"
#include "lwp/clocktimer.h"

struct lwp;
struct siginfo;

enum { ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF, ITIMER_COUNT };

struct lwp_timers {
    struct mutex lock;              /* setting and deleting take turns */
    /* guarded by lock */
    struct clock_timer interval[ITIMER_COUNT];
    struct clock_timer cpu_limit;   /* RLIMIT_CPU */
    struct clock_timer rttime;      /* RLIMIT_RTTIME */
    bool over;                      /* the process has ended */
    struct list timers;             /* struct posix_timer */
    unsigned count;
    int next_id;
};

/* A process without timers: fork does not inherit them. */
void lwp_timers_init(struct lwp *lwp);

/* RLIMIT_CPU is in force now, or has changed: SIGXCPU at the soft limit and
 * each second beyond, SIGKILL at the hard one (setrlimit(2)). */
void lwp_timers_limit_cpu(struct lwp *lwp);

/* RLIMIT_RTTIME likewise, for each real-time thread that runs on and on. */
void lwp_timers_limit_rttime(struct lwp *lwp);
/* Its timer's function (rttime.c). */
void rttime_look(struct clock_timer *t, u64 count);

/* exec: the timers of timer_create() end, those of setitimer() go on. */
void lwp_timers_exec(struct lwp *lwp);

/* exit: all end.  May sleep. */
void lwp_timers_destroy(struct lwp *lwp);

/* timer_create(2)'s part of taking a signal with SI_TIMER: note its overruns.
 * No locks held. */
void posix_timer_signal_taken(struct lwp *lwp, struct siginfo *info);
