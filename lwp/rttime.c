/*
 * rttime.c - RLIMIT_RTTIME: how long a real-time thread may run without
 * sleeping (setrlimit(2)), so that one that loops does not take a hart for
 * good.
 *
 * Nothing is counted when threads switch.  While the process uses the
 * processor a timer looks at its threads now and then: one that has not given
 * up the hart since the last look has run on.  Giving it to another thread by
 * sched_yield(2) counts as sleeping here.
 */
#include "kernel/sched.h"
#include "lwp/lwp.h"

#define LOOK_EVERY  (10 * NSEC_PER_MSEC)

/* Microseconds of the limit in ns. */
static nsec_t limit_in_ns(u64 limit)
{
    return limit >= NEVER / 1000 ? NEVER : limit * 1000;
}

/* How long t has run since it last slept, as far as the looks tell. */
static nsec_t running_for(struct lwp_thread *t)
{
    nsec_t used = sched_cpu_time(&t->thread, NULL);
    u64 sleeps = READ_ONCE(t->thread.switches_wanted);
    bool urgent = READ_ONCE(t->thread.policy) == POLICY_FIFO ||
                  READ_ONCE(t->thread.policy) == POLICY_RR;

    if (!urgent || sleeps != t->rt_sleeps) {
        t->rt_sleeps = sleeps;
        t->rt_since = used;
        t->rt_told = 0;
    }
    return used - t->rt_since;
}

/* The signal that t has earned, or 0. */
static int judge(struct lwp_thread *t, nsec_t soft, nsec_t hard)
{
    nsec_t time = running_for(t);

    if (time >= hard)
        return SIGKILL;
    if (soft == NEVER || time < soft + t->rt_told * NSEC_PER_SEC)
        return 0;
    t->rt_told++;
    return SIGXCPU;
}

void rttime_look(struct clock_timer *timer, unused_arg u64 count)
{
    struct lwp *lwp = timer->lwp;
    nsec_t soft = limit_in_ns(lwp_limit(lwp, RLIMIT_RTTIME));
    nsec_t hard = limit_in_ns(READ_ONCE(lwp->rlimits[RLIMIT_RTTIME].max));
    struct lwp_thread *t;
    int signo = 0;

    spin_lock(&lwp->lock);
    list_for_each(t, &lwp->t_grp, t_grp_node) {
        int earned = judge(t, soft, hard);
        if (earned && signo != SIGKILL)
            signo = earned;
    }
    spin_unlock(&lwp->lock);
    if (signo)
        signal_send_kernel(lwp, signo);
}

void lwp_timers_limit_rttime(struct lwp *lwp)
{
    struct lwp_timers *timers = &lwp->timers;
    bool limited = lwp_limit(lwp, RLIMIT_RTTIME) != RLIM_INFINITY ||
                   READ_ONCE(lwp->rlimits[RLIMIT_RTTIME].max) != RLIM_INFINITY;
    struct clock_setting setting = { LOOK_EVERY, LOOK_EVERY };

    if (!limited && !timers->rttime.when)
        return;
    mutex_lock(&timers->lock);
    if (!limited || timers->over)
        clock_timer_stop(&timers->rttime);
    else
        clock_timer_set(&timers->rttime, &setting, false, NULL);
    mutex_unlock(&timers->lock);
}
