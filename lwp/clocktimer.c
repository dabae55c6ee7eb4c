/*
 * clocktimer.c - timers by any clock.
 *
 * A timer on CPU time costs nothing while the program runs: it is a timer on
 * real time for the earliest moment at which so much CPU time can have been
 * used; then it looks, and sets itself again for what is still missing.
 */
#include "lwp/clocktimer.h"

#include "kernel/sched.h"
#include "lwp/deadline.h"
#include "lwp/lwp.h"

/* Programs may ask for intervals of 1 ns: no timer interrupts more often. */
#define LEAST_WAIT  (100 * NSEC_PER_USEC)
/* 292 years, as long as Linux waits: any clock's time plus this is a time, too.
 * A sum that wrapped around would expire again and again. */
#define LONGEST     (~0ul >> 1)

static struct spinlock real_lock = SPINLOCK_INIT(RANK_REALTIMERS);
/* guarded by real_lock: timers by CLOCK_REALTIME that are, or were, armed */
static struct list real_timers = LIST_INIT(real_timers);

static nsec_t measure_now(const struct clock_timer *t)
{
    struct lwp_usage usage;

    switch (t->counts) {
    case MEASURE_BOOT:
        return time_now();
    case MEASURE_REAL:
        return time_realtime();
    case MEASURE_THREAD:
        return sched_cpu_time(t->thread, NULL);
    default:
        lwp_usage(t->lwp, &usage);
        return t->counts == MEASURE_USER ? usage.user
                                          : usage.user + usage.system;
    }
}

/* Have the timer interrupt come when the clock may have reached t->when. */
static void arm_locked(struct clock_timer *t, nsec_t now)
{
    nsec_t left = t->when > now ? t->when - now : 0;

    assert(spin_held(&t->lock));
    if (t->counts == MEASURE_BOOT)
        timer_start(&t->timer, t->when);
    else if (t->counts == MEASURE_REAL)
        timer_start(&t->timer, deadline_realtime(t->when));
    else
        timer_start(&t->timer,
                    deadline_after(MAX(left / hart_count, CPU_TIME_STEP)));
}

/* How often it has expired by now; moves `when` beyond it. */
static u64 advance_locked(struct clock_timer *t, nsec_t now)
{
    u64 count = 1;

    if (!t->interval) {
        t->armed = false;
        return count;
    }
    count += (now - t->when) / t->interval;
    t->when += count * t->interval;
    if (t->when < now + LEAST_WAIT) {
        u64 more = (now + LEAST_WAIT - t->when) / t->interval;

        count += more;
        t->when += more * t->interval;
    }
    return count;
}

static void fire(struct timer *timer)
{
    struct clock_timer *t = container_of(timer, struct clock_timer, timer);
    nsec_t now = measure_now(t);
    u64 count = 0;

    spin_lock(&t->lock);
    if (t->armed && now >= t->when)
        count = advance_locked(t, now);
    if (t->armed)
        arm_locked(t, now);
    spin_unlock(&t->lock);
    if (count)
        t->fn(t, count);
}

void clock_timer_init(struct clock_timer *t, enum clock_measure measure,
                      struct lwp *lwp,
                      void (*fn)(struct clock_timer *t, u64 count))
{
    *t = (struct clock_timer){ .lwp = lwp, .fn = fn, .measure = measure,
                                .counts = measure };
    timer_init(&t->timer, fire);
    list_init(&t->real_node);
    spin_init(&t->lock, RANK_CLOCKTIMER);
}

static void read_locked(const struct clock_timer *t, nsec_t now,
                        struct clock_setting *out)
{
    *out = (struct clock_setting){ .interval = t->interval };
    if (t->armed)
        out->value = t->when > now ? t->when - now : 1;
}

void clock_timer_get(struct clock_timer *t, struct clock_setting *out)
{
    nsec_t now = measure_now(t);

    spin_lock(&t->lock);
    read_locked(t, now, out);
    spin_unlock(&t->lock);
}

/* On the list of those that follow CLOCK_REALTIME, or off it. */
static void follow_realtime(struct clock_timer *t, bool on)
{
    if (t->measure != MEASURE_REAL)
        return;
    spin_lock(&real_lock);
    list_remove(&t->real_node);
    if (on)
        list_add(&real_timers, &t->real_node);
    spin_unlock(&real_lock);
}

void clock_timers_realtime_set(void)
{
    struct clock_timer *t;

    spin_lock(&real_lock);
    list_for_each(t, &real_timers, real_node) {
        spin_lock(&t->lock);
        if (t->armed)
            arm_locked(t, 0);
        if (t->clock_set)
            t->clock_set(t);
        spin_unlock(&t->lock);
    }
    spin_unlock(&real_lock);
}

void clock_timer_stop(struct clock_timer *t)
{
    if (!t->when)
        return;                 /* never set */
    follow_realtime(t, false);
    spin_lock(&t->lock);
    t->armed = false;
    spin_unlock(&t->lock);
    timer_cancel(&t->timer);
}

void clock_timer_set(struct clock_timer *t, const struct clock_setting *new,
                     bool absolute, struct clock_setting *old)
{
    nsec_t now, value = MIN(new->value, LONGEST);

    if (old)
        clock_timer_get(t, old);
    clock_timer_stop(t);
    t->counts = t->measure == MEASURE_REAL && !absolute ? MEASURE_BOOT
                                                        : t->measure;
    now = measure_now(t);
    follow_realtime(t, value && t->counts == MEASURE_REAL);
    spin_lock(&t->lock);
    t->interval = MIN(new->interval, LONGEST);
    t->when = absolute ? value : now + value;
    t->armed = value != 0;
    if (t->armed)
        arm_locked(t, now);
    spin_unlock(&t->lock);
}

int clock_setting_to_user(uptr_t to, const struct clock_setting *setting)
{
    struct timespec ts[2] = { timespec_of(setting->interval),
                              timespec_of(setting->value) };

    return copy_to_user(to, ts, sizeof(ts));
}

int clock_setting_from_user(struct clock_setting *setting, uptr_t from)
{
    struct timespec ts[2];

    if (copy_from_user(ts, from, sizeof(ts)))
        return -EFAULT;
    if (!timespec_valid(&ts[0]) || !timespec_valid(&ts[1]))
        return -EINVAL;
    setting->interval = timespec_ns(&ts[0]);
    setting->value = timespec_ns(&ts[1]);
    return 0;
}

/* --- sleeping ------------------------------------------------------------ */

struct real_sleep {
    struct clock_timer timer;
    struct thread *thread;
    bool over;                      /* atomic */
};

static void real_sleep_over(struct clock_timer *timer, unused_arg u64 count)
{
    struct real_sleep *s = container_of(timer, struct real_sleep, timer);

    WRITE_ONCE(s->over, true);
    thread_wake(s->thread);
}

int clock_sleep_realtime(const bool *done, nsec_t end)
{
    struct real_sleep s = { .thread = current_thread() };
    struct clock_setting setting = { .value = MAX(end, 1ul) };
    int error = 0;

    if (end != NEVER) {
        clock_timer_init(&s.timer, MEASURE_REAL, NULL, real_sleep_over);
        clock_timer_set(&s.timer, &setting, true, NULL);
    }
    while (!error) {
        thread_prepare_sleep(WAIT_INTERRUPTIBLE);
        if (READ_ONCE(*done))
            break;
        error = READ_ONCE(s.over) ? -ETIMEDOUT : thread_sleep(NEVER);
    }
    if (end != NEVER)
        clock_timer_stop(&s.timer);
    return error;
}
