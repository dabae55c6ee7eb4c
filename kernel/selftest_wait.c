/* selftest_wait.c - sleeping, waking, timers and mutexes. */
#include "kernel/lib/errno.h"
#include "kernel/lib/xorshift.h"
#include "kernel/mutex.h"
#include "kernel/selftest.h"
#include "kernel/time.h"

struct monitor {
    struct spinlock lock;       /* RANK_WAITQ */
    struct waitq queue;         /* guarded by lock */
};

static void monitor_init(struct monitor *m)
{
    spin_init(&m->lock, RANK_WAITQ);
    waitq_init(&m->queue);
}

static int monitor_sleep(struct monitor *m, nsec_t deadline)
{
    spin_lock(&m->lock);
    int error = waitq_sleep(&m->queue, &m->lock, WAIT_UNINTERRUPTIBLE,
                            deadline);
    spin_unlock(&m->lock);
    return error;
}

/* --- the window between test and sleep --- */

#define VOLLEYS 20000

static struct {
    struct monitor monitor;
    u64 turn;                   /* guarded by its lock */
} tennis;

static void play(u64 me)
{
    for (u64 i = 0; i < VOLLEYS; i++) {
        spin_lock(&tennis.monitor.lock);
        while (tennis.turn != me)
            waitq_sleep(&tennis.monitor.queue, &tennis.monitor.lock,
                        WAIT_UNINTERRUPTIBLE, NEVER);
        tennis.turn = !me;
        waitq_wake_all(&tennis.monitor.queue, 0);
        spin_unlock(&tennis.monitor.lock);
    }
}

static void play_second(unused_arg void *arg)
{
    play(1);
}

static bool test_no_wakeup_is_lost(void)
{
    monitor_init(&tennis.monitor);
    tennis.turn = 0;
    struct thread *t = selftest_spawn(play_second, NULL);
    play(0);
    thread_join(t);
    return true;
}

static void keep_the_hart_awake(void *stop)
{
    while (!READ_ONCE(*(bool *)stop))
        ;
}

/* So that no hart waits for an interrupt, which takes an emulator long, a hog
 * runs whenever the urgent sleeper does not. */
static struct thread *start_hog(bool *stop)
{
    struct thread *t = selftest_prepare_on(0, 0, keep_the_hart_awake, stop);

    *stop = false;
    thread_start(t);
    return t;
}

static u64 windows, asked, answered;    /* atomic */

/* Announces the sleep, looks, sleeps: the wake-up comes in between, or just
 * before, or just after. */
static void answer(unused_arg void *arg)
{
    u64 seed = 1;

    while (READ_ONCE(answered) < windows) {
        u64 patience = xorshift_below(&seed, 200);
        while (patience-- && READ_ONCE(asked) == answered)
            arch_relax();
        thread_prepare_sleep(WAIT_UNINTERRUPTIBLE);
        if (__atomic_load_n(&asked, __ATOMIC_SEQ_CST) == answered)
            thread_sleep(NEVER);
        else
            __atomic_add_fetch(&answered, 1, __ATOMIC_SEQ_CST);
    }
}

static bool test_wake_in_the_window(void)
{
    bool stop;
    struct thread *hog = start_hog(&stop);
    struct thread *t = selftest_prepare_on(0, 10, answer, NULL);

    windows = selftest_rounds(10000);
    asked = answered = 0;
    thread_start(t);
    selftest_pin(hart_count - 1);
    while (asked < windows) {
        __atomic_add_fetch(&asked, 1, __ATOMIC_SEQ_CST);
        thread_wake(t);
        while (__atomic_load_n(&answered, __ATOMIC_SEQ_CST) != asked)
            arch_relax();
    }
    thread_join(t);
    WRITE_ONCE(stop, true);
    thread_join(hog);
    selftest_unpin();
    return true;
}

/* --- a wake-up and a time-out at the same moment --- */

static struct {
    struct monitor monitor;
    struct timer waker;
    u64 woken;                  /* guarded by monitor.lock */
} collision;

static void wake_by_timer(unused_arg struct timer *timer)
{
    spin_lock(&collision.monitor.lock);
    collision.woken += !list_empty(&collision.monitor.queue.waiters);
    waitq_wake_all(&collision.monitor.queue, 0);
    spin_unlock(&collision.monitor.lock);
}

/*
 * The waker and the time-out are two timers with one deadline, a nanosecond
 * apart, in turn in both orders: one interrupt runs both.  The waiter returns
 * once, with the result of whichever found it on the queue.
 */
static bool collide(u64 rounds)
{
    u64 returned_woken = 0;

    collision.woken = 0;
    for (u64 i = 0; i < rounds; i++) {
        nsec_t when = time_now() + i % 16 * 2000;
        timer_start(&collision.waker, when + i % 2);
        int error = monitor_sleep(&collision.monitor, when + 1 - i % 2);
        timer_cancel(&collision.waker);
        EXPECT(!error || error == -ETIMEDOUT);
        returned_woken += !error;
        EXPECT(returned_woken == collision.woken);
        EXPECT(list_empty(&collision.monitor.queue.waiters));
    }
    log_info("# woken %lu times of %lu", collision.woken, rounds);
    EXPECT(collision.woken > 0 && collision.woken < rounds);
    return true;
}

static bool test_wake_and_timeout_collide(void)
{
    bool stop;
    struct thread *hog = start_hog(&stop);

    selftest_pin(0);
    sched_set_policy(current_thread(), POLICY_FIFO, 10);
    monitor_init(&collision.monitor);
    timer_init(&collision.waker, wake_by_timer);
    bool ok = collide(selftest_rounds(2000));
    sched_set_policy(current_thread(), POLICY_FAIR, 0);
    WRITE_ONCE(stop, true);
    thread_join(hog);
    selftest_unpin();
    return ok;
}

/* --- timers --- */

#define SLEEPERS 100

static nsec_t woken_at[SLEEPERS];

static void sleep_and_note(void *arg)
{
    u64 n = (u64)arg;

    thread_delay((50 + n) * 4 * NSEC_PER_MSEC);
    woken_at[n] = time_now();
}

static bool test_sleepers_wake_in_order(void)
{
    struct thread *t[SLEEPERS];
    nsec_t start = time_now();

    for (u64 i = 0; i < SLEEPERS; i++)
        t[i] = selftest_spawn(sleep_and_note, (void *)((i * 37) % SLEEPERS));
    for (u64 i = 0; i < SLEEPERS; i++)
        thread_join(t[i]);
    for (u64 i = 0; i < SLEEPERS; i++)
        EXPECT(woken_at[i] >= start + (50 + i) * 4 * NSEC_PER_MSEC);
    /* Those that a busy host makes late by up to 200 ms come in any order. */
    for (u64 i = 0; i + 50 < SLEEPERS; i++)
        EXPECT(woken_at[i] < woken_at[i + 50]);
    return true;
}

static bool test_sleep_times_out(void)
{
    struct monitor m;
    nsec_t deadline = time_now() + 3 * NSEC_PER_MSEC;

    monitor_init(&m);
    EXPECT(monitor_sleep(&m, deadline) == -ETIMEDOUT);
    EXPECT(time_now() >= deadline);
    EXPECT(list_empty(&m.queue.waiters));
    return true;
}

static void wake_the_test(void *arg)
{
    thread_delay(NSEC_PER_MSEC);
    thread_wake(arg);
}

/* A timer left behind would fire into a stack that is long in other use. */
static bool test_early_wakeup_cancels_the_timer(void)
{
    for (int i = 0; i < 20; i++) {
        struct thread *t = selftest_spawn(wake_the_test, current_thread());
        nsec_t start = time_now();

        thread_prepare_sleep(WAIT_UNINTERRUPTIBLE);
        EXPECT(thread_sleep(start + 3600 * NSEC_PER_SEC) == 0);
        EXPECT(time_now() < start + 60 * NSEC_PER_SEC);
        thread_join(t);
    }
    return true;
}

/* A cancelled timer is over, even one that starts itself again. */
static struct spinlock tick_lock = SPINLOCK_INIT(RANK_WAITQ);
static bool ticking;                    /* guarded by tick_lock */
static u64 ticks;

static void tick_again(struct timer *t)
{
    WRITE_ONCE(ticks, ticks + 1);
    spin_lock(&tick_lock);
    if (ticking)
        timer_start(t, time_now() + 20 * NSEC_PER_USEC);
    spin_unlock(&tick_lock);
}

static void set_ticking(bool on)
{
    spin_lock(&tick_lock);
    ticking = on;
    spin_unlock(&tick_lock);
}

static bool test_timer_cancel(void)
{
    struct timer timer;
    bool ok = true;

    timer_init(&timer, tick_again);
    for (int i = 0; i < 300 && ok; i++) {
        selftest_pin(0);
        set_ticking(true);
        timer_start(&timer, time_now() + 100 * NSEC_PER_USEC);
        selftest_pin(hart_count - 1);
        selftest_burn((i % 20) * 10 * NSEC_PER_USEC);
        set_ticking(false);
        timer_cancel(&timer);
        u64 seen = READ_ONCE(ticks);
        selftest_burn(50 * NSEC_PER_USEC);
        ok = !timer.queue && !timer.running && READ_ONCE(ticks) == seen;
    }
    timer_cancel(&timer);
    selftest_unpin();
    EXPECT(ok);
    return true;
}

/* --- mutexes --- */

static struct mutex mutex = MUTEX_INIT(mutex);
static u64 counter;                     /* guarded by mutex */

static void count_under_mutex(unused_arg void *arg)
{
    for (int i = 0; i < 2000; i++) {
        mutex_lock(&mutex);
        u64 seen = counter;
        if (i % 64 == 0)
            sched_yield();
        WRITE_ONCE(counter, seen + 1);
        mutex_unlock(&mutex);
    }
}

static bool test_mutex_excludes(void)
{
    struct thread *t[8];

    counter = 0;
    for (int i = 0; i < 8; i++)
        t[i] = selftest_spawn(count_under_mutex, NULL);
    for (int i = 0; i < 8; i++)
        thread_join(t[i]);
    EXPECT(counter == 8 * 2000);
    EXPECT(mutex_trylock(&mutex));
    mutex_unlock(&mutex);
    return true;
}

/* --- many harts wake one thread at once --- */

static void wake_on(void *arg)
{
    struct thread *sleeper = arg;

    while (!READ_ONCE(sleeper->exited)) {
        thread_wake(sleeper);
        sched_yield();
    }
}

static void sleep_often(unused_arg void *arg)
{
    nsec_t stop = time_now() + NSEC_PER_SEC;

    while (time_now() < stop) {
        thread_prepare_sleep(WAIT_UNINTERRUPTIBLE);
        thread_sleep(NEVER);
    }
}

static bool test_woken_by_many(void)
{
    struct thread *wakers[MAX_HARTS];
    struct thread *sleeper = selftest_spawn(sleep_often, NULL);

    for (unsigned i = 0; i < hart_count; i++) {
        wakers[i] = selftest_prepare_on(i, 0, wake_on, sleeper);
        thread_start(wakers[i]);
    }
    for (unsigned i = 0; i < hart_count; i++)
        thread_join(wakers[i]);
    thread_join(sleeper);
    return true;
}

const struct selftest selftests_wait[] = {
    { "R14-no-wakeup-is-lost", test_no_wakeup_is_lost, false },
    { "R14-P19-wake-up-in-the-window", test_wake_in_the_window, false },
    { "R14-woken-by-many-harts", test_woken_by_many, false },
    { "S12-wake-and-timeout-collide", test_wake_and_timeout_collide, false },
    { "R21-100-sleepers-wake-in-order", test_sleepers_wake_in_order, false },
    { "R21-early-wake-up-cancels-the-timer",
      test_early_wakeup_cancels_the_timer, false },
    { "R21-cancelled-timer-is-over", test_timer_cancel, false },
    { "sleep-times-out", test_sleep_times_out, false },
    { "mutex-excludes", test_mutex_excludes, false },
    { NULL, NULL, false },
};
