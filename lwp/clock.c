/*
 * clock.c - clock_gettime(2) and its kin.
 */
#include "lwp/clock.h"

#include "kernel/lib/errno.h"
#include "kernel/sched.h"
#include "kernel/time.h"
#include "lwp/clocktimer.h"
#include "lwp/deadline.h"
#include "lwp/lwp.h"
#include "lwp/pid.h"
#include "lwp/syscall.h"
#include "lwp/vdso.h"
#include "mm/window.h"

#define NSEC_PER_TICK_COARSE    4000000     /* what Linux says, at 250 Hz */

/*
 * CPU clocks of others have negative numbers: ~id << 3, a bit for "thread",
 * and two that choose what is counted: 2 is the scheduler's time
 * (clock_getcpuclockid(3), pthread_getcpuclockid(3)).
 */
#define CPU_CLOCK_THREAD    4
#define CPU_CLOCK_WHAT      3
#define CPU_CLOCK_SCHED     2

enum clock_kind clock_kind(int clock)
{
    switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_ALARM:
    case CLOCK_TAI:
        return CLOCK_KIND_REAL;
    case CLOCK_MONOTONIC:
    case CLOCK_BOOTTIME:
    case CLOCK_BOOTTIME_ALARM:
        return CLOCK_KIND_BOOT;
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_REALTIME_COARSE:
        return CLOCK_KIND_NONE;
    default:
        return CLOCK_KIND_CPU;
    }
}

nsec_t lwp_cpu_time(struct lwp *lwp)
{
    struct lwp_usage usage;

    lwp_usage(lwp, &usage);
    return usage.user + usage.system;
}

/* Threads may ask for those of their own process only, as on Linux. */
static int read_thread_clock(pid_t tid, nsec_t *now)
{
    struct lwp_thread *t = tid ? lwp_thread_lookup(tid) : NULL;
    int error = 0;

    if (tid == 0) {
        *now = sched_cpu_time(current_thread(), NULL);
        return 0;
    }
    if (!t)
        return -EINVAL;
    if (t->lwp == current_lwp())
        *now = sched_cpu_time(&t->thread, NULL);
    else
        error = -EINVAL;
    thread_put(&t->thread);
    return error;
}

static int read_cpu_clock(int clock, nsec_t *now)
{
    pid_t id = ~(clock >> 3);
    struct lwp *lwp;

    if ((clock & CPU_CLOCK_WHAT) == 3)
        return -EINVAL;
    if (clock & CPU_CLOCK_THREAD)
        return read_thread_clock(id, now);
    if (id == 0) {
        *now = lwp_cpu_time(current_lwp());
        return 0;
    }
    lwp = lwp_lookup(id);
    if (!lwp)
        return -EINVAL;
    *now = lwp_cpu_time(lwp);
    lwp_put(lwp);
    return 0;
}

int clock_own_cpu(int clock, struct thread **thread)
{
    bool process = clock == CLOCK_PROCESS_CPUTIME_ID;
    pid_t id = 0;
    struct lwp_thread *t;

    *thread = NULL;
    if (clock < 0 && (clock & CPU_CLOCK_WHAT) != 3) {
        process = !(clock & CPU_CLOCK_THREAD);
        id = ~(clock >> 3);
    } else if (!process && clock != CLOCK_THREAD_CPUTIME_ID) {
        return -EINVAL;
    }
    if (process)
        return id == 0 || id == current_lwp()->pid ? 0 : -EINVAL;
    t = lwp_thread_lookup(id ? id : current_lwp_thread()->tid);
    if (!t)
        return -EINVAL;
    *thread = &t->thread;
    if (t->lwp == current_lwp())
        return 0;
    thread_put(*thread);
    return -EINVAL;
}

int clock_read(int clock, nsec_t *now)
{
    switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
    case CLOCK_REALTIME_ALARM:
    case CLOCK_TAI:
        *now = time_realtime();
        return 0;
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_BOOTTIME:
    case CLOCK_BOOTTIME_ALARM:
        *now = time_now();
        return 0;
    case CLOCK_PROCESS_CPUTIME_ID:
        *now = lwp_cpu_time(current_lwp());
        return 0;
    case CLOCK_THREAD_CPUTIME_ID:
        *now = sched_cpu_time(current_thread(), NULL);
        return 0;
    default:
        return clock < 0 ? read_cpu_clock(clock, now) : -EINVAL;
    }
}

static noinline long clock_gettime_any(int clock, uptr_t to)
{
    nsec_t now;
    int error = clock_read(clock, &now);

    return error ? error : timespec_to_user(to, now);
}

/* The clock that programs ask for a million times goes by the shortest way. */
frameless long sys_clock_gettime(int clock, uptr_t to)
{
    u64 *words = clock == CLOCK_MONOTONIC
        ? user_window_words(to, sizeof(struct timespec), VM_ACCESS_WRITE)
        : NULL;

    if (unlikely(!words))
        return clock_gettime_any(clock, to);
    nsec_t now = time_now();
    words[0] = now / NSEC_PER_SEC;
    words[1] = now % NSEC_PER_SEC;
    user_window_close(current_vm());
    return 0;
}

long sys_clock_getres(int clock, uptr_t to)
{
    nsec_t now, resolution = 1;
    int error = clock_read(clock, &now);

    if (error || !to)
        return error;
    if (clock == CLOCK_REALTIME_COARSE || clock == CLOCK_MONOTONIC_COARSE)
        resolution = NSEC_PER_TICK_COARSE;
    return timespec_to_user(to, resolution);
}

/* --- setting -------------------------------------------------------------- */

/* The year 2232: clocks go on for 30 years without reaching 2^63 ns. */
#define LATEST ((~0ul >> 1) - 30 * 365 * 24 * 3600 * NSEC_PER_SEC)

static int set_realtime(const struct timespec *ts)
{
    if (!cred_is_root(current_cred()))
        return -EPERM;
    /* The monotonic clock must still fit below it. */
    if (timespec_ns(ts) < time_now() || timespec_ns(ts) > LATEST)
        return -EINVAL;
    time_set_realtime(timespec_ns(ts));
    vdso_update();
    clock_timers_realtime_set();
    return 0;
}

long sys_clock_settime(int clock, uptr_t from)
{
    struct timespec ts;
    nsec_t now;
    int error;

    if (clock != CLOCK_REALTIME)
        return clock_kind(clock) == CLOCK_KIND_CPU && !clock_read(clock, &now)
            ? -EPERM : -EINVAL;
    error = timespec_from_user(&ts, from);
    return error ? error : set_realtime(&ts);
}

struct timeval {
    s64 tv_sec, tv_usec;
};

struct timezone {
    s32 minutes_west, dst;
};

/* Kept for those who ask; the kernel's own time is UTC. */
static struct timezone zone;

long sys_gettimeofday(uptr_t tv_to, uptr_t tz_to)
{
    nsec_t now = time_realtime();
    struct timeval tv = { now / NSEC_PER_SEC,
                          now % NSEC_PER_SEC / NSEC_PER_USEC };

    if (tv_to && copy_to_user(tv_to, &tv, sizeof(tv)))
        return -EFAULT;
    return tz_to ? copy_to_user(tz_to, &zone, sizeof(zone)) : 0;
}

long sys_settimeofday(uptr_t tv_from, uptr_t tz_from)
{
    struct timezone tz;
    struct timespec ts;
    struct timeval tv;

    if (tv_from && copy_from_user(&tv, tv_from, sizeof(tv)))
        return -EFAULT;
    if (tz_from && copy_from_user(&tz, tz_from, sizeof(tz)))
        return -EFAULT;
    if (!cred_is_root(current_cred()))
        return -EPERM;
    if (tz_from) {
        if (tz.minutes_west > 15 * 60 || tz.minutes_west < -15 * 60)
            return -EINVAL;
        zone = tz;
    }
    if (!tv_from)
        return 0;
    if ((u64)tv.tv_usec >= NSEC_PER_SEC / NSEC_PER_USEC)
        return -EINVAL;
    ts = (struct timespec){ tv.tv_sec, tv.tv_usec * (s64)NSEC_PER_USEC };
    return timespec_valid(&ts) ? set_realtime(&ts) : -EINVAL;
}
