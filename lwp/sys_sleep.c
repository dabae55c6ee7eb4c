/*
 * sys_sleep.c - nanosleep(2), clock_nanosleep(2).
 */
#include "kernel/lib/errno.h"
#include "lwp/clocktimer.h"
#include "lwp/deadline.h"
#include "lwp/lwp.h"
#include "lwp/syscall.h"

/* 0 at the deadline, -ERESTARTSYS when interrupted before. */
static int sleep_until(nsec_t deadline)
{
    int error = 0;

    while (!error) {
        thread_prepare_sleep(WAIT_INTERRUPTIBLE);
        error = thread_sleep(deadline);
    }
    return error == -ETIMEDOUT ? 0 : error;
}

/* A relative sleep tells how much is left, and goes on to the same end. */
static int sleep_relative(nsec_t deadline, uptr_t remaining);

static int sleep_again(struct lwp_thread *t)
{
    return sleep_relative(t->restart.arg[0], uptr(t->restart.arg[1]));
}

static int sleep_relative(nsec_t deadline, uptr_t remaining)
{
    struct lwp_thread *t = current_lwp_thread();
    nsec_t now;

    if (!sleep_until(deadline))
        return 0;
    now = time_now();
    if (remaining &&
        timespec_to_user(remaining, deadline > now ? deadline - now : 0))
        return -EFAULT;
    t->restart.fn = sleep_again;
    t->restart.arg[0] = deadline;
    t->restart.arg[1] = (u64)remaining;
    return -ERESTART_BLOCK;
}

long sys_nanosleep(uptr_t time, uptr_t remaining)
{
    struct timespec ts;
    int error = timespec_from_user(&ts, time);

    if (error)
        return error;
    return sleep_relative(deadline_after(timespec_ns(&ts)), remaining);
}

/* Until the process's CPU time reaches `end`: it cannot before that much time
 * has passed on all harts.  A process that sleeps needs for ever, so that each
 * look has to end in a sleep that a signal interrupts. */
static int sleep_cpu_time(int clock, nsec_t end)
{
    nsec_t now;
    int error;

    for (;;) {
        error = clock_read(clock, &now);
        if (error || now >= end)
            return error;
        error = sleep_until(deadline_after(
            MAX((end - now) / hart_count, CPU_TIME_STEP)));
        if (error)
            return -ERESTARTNOHAND;
    }
}

static int sleep_realtime(nsec_t end)
{
    bool never = false;
    int error = clock_sleep_realtime(&never, end);

    return error == -ETIMEDOUT ? 0 : error;
}

static int sleep_absolute(enum clock_kind kind, nsec_t end)
{
    int error = kind == CLOCK_KIND_REAL ? sleep_realtime(end)
                                        : sleep_until(end);

    return error ? -ERESTARTNOHAND : 0;
}

long sys_clock_nanosleep(int clock, int flags, uptr_t time, uptr_t remaining)
{
    enum clock_kind kind = clock_kind(clock);
    bool absolute = flags & TIMER_ABSTIME;
    struct timespec ts;
    nsec_t ns, now;
    int error = clock_read(clock, &now);

    if (error)
        return error;
    if (kind == CLOCK_KIND_NONE || clock == CLOCK_THREAD_CPUTIME_ID)
        return -EOPNOTSUPP;
    error = timespec_from_user(&ts, time);
    if (error)
        return error;
    ns = timespec_ns(&ts);
    if (kind == CLOCK_KIND_CPU)
        return sleep_cpu_time(clock, absolute ? ns : now + ns);
    if (absolute)
        return sleep_absolute(kind, ns);
    return sleep_relative(deadline_after(ns), remaining);
}
