/*
 * itimer.c - setitimer(2).
 */
#include "lwp/itimer.h"

#include "kernel/lib/errno.h"
#include "lwp/lwp.h"
#include "lwp/posix_timer.h"
#include "lwp/syscall.h"
#include "mm/uaccess.h"

static const u8 itimer_signals[ITIMER_COUNT] = { SIGALRM, SIGVTALRM, SIGPROF };

static void itimer_expired(struct clock_timer *t, u64 count)
{
    (void)count;                /* ordinary signals do not queue */
    signal_send_kernel(t->lwp,
                       itimer_signals[t - t->lwp->timers.interval]);
}

/* Seconds of RLIMIT_CPU in ns; 0 counts as 1, as on Linux. */
static nsec_t limit_in_ns(u64 seconds)
{
    return seconds >= NEVER / NSEC_PER_SEC ? NEVER
                                           : MAX(seconds, 1ul) * NSEC_PER_SEC;
}

static void cpu_limit_reached(struct clock_timer *t, unused_arg u64 count)
{
    nsec_t hard = limit_in_ns(READ_ONCE(t->lwp->rlimits[RLIMIT_CPU].max));

    signal_send_kernel(t->lwp,
                       lwp_cpu_time(t->lwp) >= hard ? SIGKILL : SIGXCPU);
}

void lwp_timers_limit_cpu(struct lwp *lwp)
{
    struct lwp_timers *timers = &lwp->timers;
    struct clock_setting setting = { .interval = NSEC_PER_SEC };
    nsec_t limit = limit_in_ns(MIN(READ_ONCE(lwp->rlimits[RLIMIT_CPU].cur),
                                   READ_ONCE(lwp->rlimits[RLIMIT_CPU].max)));

    if (limit == NEVER && !timers->cpu_limit.when)
        return;
    mutex_lock(&timers->lock);
    if (limit == NEVER || timers->over)
        clock_timer_stop(&timers->cpu_limit);
    else {
        setting.value = limit;
        clock_timer_set(&timers->cpu_limit, &setting, true, NULL);
    }
    mutex_unlock(&timers->lock);
}

void lwp_timers_init(struct lwp *lwp)
{
    static const u8 measures[ITIMER_COUNT] = { MEASURE_BOOT, MEASURE_USER,
                                               MEASURE_CPU };
    struct lwp_timers *timers = &lwp->timers;

    mutex_init(&timers->lock);
    list_init(&timers->timers);
    for (unsigned i = 0; i < ITIMER_COUNT; i++)
        clock_timer_init(&timers->interval[i], measures[i], lwp,
                         itimer_expired);
    clock_timer_init(&timers->cpu_limit, MEASURE_CPU, lwp, cpu_limit_reached);
    clock_timer_init(&timers->rttime, MEASURE_CPU, lwp, rttime_look);
}

void lwp_timers_exec(struct lwp *lwp)
{
    posix_timers_delete(lwp);
}

void lwp_timers_destroy(struct lwp *lwp)
{
    for (unsigned i = 0; i < ITIMER_COUNT; i++)
        clock_timer_stop(&lwp->timers.interval[i]);
    posix_timers_delete(lwp);
    mutex_lock(&lwp->timers.lock);
    lwp->timers.over = true;
    clock_timer_stop(&lwp->timers.cpu_limit);
    clock_timer_stop(&lwp->timers.rttime);
    mutex_unlock(&lwp->timers.lock);
}

/* --- the calls ------------------------------------------------------------ */

struct user_timeval {
    s64 seconds, microseconds;
};

struct user_itimerval {
    struct user_timeval interval, value;
};

static struct user_timeval timeval_of(nsec_t ns)
{
    /* Rounded up: a timer that runs must not look as if it did not. */
    ns += NSEC_PER_USEC - 1;
    return (struct user_timeval){ ns / NSEC_PER_SEC,
                                  ns % NSEC_PER_SEC / NSEC_PER_USEC };
}

static int timeval_to_ns(const struct user_timeval *tv, nsec_t *ns)
{
    struct timespec ts = { tv->seconds, 0 };

    if ((u64)tv->microseconds >= NSEC_PER_SEC / NSEC_PER_USEC)
        return -EINVAL;
    ts.tv_nsec = tv->microseconds * (s64)NSEC_PER_USEC;
    if (!timespec_valid(&ts))
        return -EINVAL;
    *ns = timespec_ns(&ts);
    return 0;
}

static int setting_to_user(uptr_t to, const struct clock_setting *setting)
{
    struct user_itimerval value = { timeval_of(setting->interval),
                                    timeval_of(setting->value) };

    return copy_to_user(to, &value, sizeof(value));
}

long sys_getitimer(int which, uptr_t to)
{
    struct clock_setting setting;

    if (which < 0 || which >= ITIMER_COUNT)
        return -EINVAL;
    clock_timer_get(&current_lwp()->timers.interval[which], &setting);
    return setting_to_user(to, &setting);
}

/* Linux takes no new value for "disarm". */
long sys_setitimer(int which, uptr_t from, uptr_t to)
{
    struct lwp_timers *timers = &current_lwp()->timers;
    struct clock_setting new = { 0 }, old;
    struct user_itimerval value;
    int error;

    if (which < 0 || which >= ITIMER_COUNT)
        return -EINVAL;
    if (from) {
        if (copy_from_user(&value, from, sizeof(value)))
            return -EFAULT;
        error = timeval_to_ns(&value.value, &new.value);
        if (!error)
            error = timeval_to_ns(&value.interval, &new.interval);
        if (error)
            return error;
    }
    mutex_lock(&timers->lock);
    clock_timer_set(&timers->interval[which], &new, false, &old);
    mutex_unlock(&timers->lock);
    return to ? setting_to_user(to, &old) : 0;
}
