/* selftest.c - kernel threads, timers, locks and page tables test themselves. */
#include "kernel/selftest.h"

#include "kernel/kstack.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/log.h"
#include "kernel/mutex.h"
#include "kernel/panic.h"
#include "kernel/params.h"
#include "kernel/sched.h"
#include "kernel/time.h"
#include "mm/alloc.h"

#define EXPECT(cond) \
    do { \
        if (!(cond)) { \
            klog(LOG_ERR, "# %s:%d: %s", __func__, __LINE__, #cond); \
            return false; \
        } \
    } while (0)

#define MANY 1000

static u64 counter;

static struct thread *spawn(void (*fn)(void *), void *arg)
{
    struct thread *t = thread_create("selftest", fn, arg);

    if (!t)
        panic("selftest: no memory for a thread");
    thread_start(t);
    return t;
}

/* --- threads (seed 004, R20) --- */

static void park_and_count(void *arg)
{
    (void)arg;
    thread_park();
    __atomic_add_fetch(&counter, 1, __ATOMIC_RELAXED);
    thread_exit(7);
}

static bool test_spawn_park_join(void)
{
    struct thread **t = kmalloc(MANY * sizeof(*t));

    EXPECT(t);
    counter = 0;
    for (int i = 0; i < MANY; i++)
        t[i] = spawn(park_and_count, NULL);
    for (int i = 0; i < MANY; i++)
        thread_unpark(t[i]);            /* some have not parked yet */
    for (int i = 0; i < MANY; i++)
        EXPECT(thread_join(t[i]) == 7);
    kfree(t);
    EXPECT(counter == MANY);
    return true;
}

static void unpark_first(void *arg)
{
    thread_unpark(arg);
}

static bool test_unpark_is_remembered(void)
{
    struct thread *t = spawn(unpark_first, current_thread());

    thread_join(t);
    thread_park();                      /* does not sleep: the token is there */
    return true;
}

static bool test_join_after_exit(void)
{
    counter = 0;
    struct thread *t = spawn(park_and_count, NULL);

    thread_unpark(t);
    while (!READ_ONCE(counter))
        sched_yield();
    thread_delay(NSEC_PER_MSEC);
    EXPECT(thread_join(t) == 7);
    return true;
}

/* --- the window between test and sleep (R14, P19) --- */

#define ROUNDS 20000

struct table_tennis {
    struct spinlock lock;
    struct waitq queue;
    u64 turn;
};

static void play(struct table_tennis *game, u64 me)
{
    for (u64 i = 0; i < ROUNDS; i++) {
        spin_lock(&game->lock);
        while (game->turn != me)
            waitq_sleep(&game->queue, &game->lock, WAIT_UNINTERRUPTIBLE, NEVER);
        game->turn = !me;
        waitq_wake_all(&game->queue, 0);
        spin_unlock(&game->lock);
    }
}

static void play_second(void *arg)
{
    play(arg, 1);
}

static bool test_no_wakeup_is_lost(void)
{
    struct table_tennis game = { .turn = 0 };

    spin_init(&game.lock, RANK_WAITQ);
    waitq_init(&game.queue);
    struct thread *t = spawn(play_second, &game);
    play(&game, 0);
    thread_join(t);
    return true;
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
        t[i] = spawn(sleep_and_note, (void *)((i * 37) % SLEEPERS));
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
    struct spinlock lock;
    struct waitq queue;
    nsec_t deadline = time_now() + 3 * NSEC_PER_MSEC;

    spin_init(&lock, RANK_WAITQ);
    waitq_init(&queue);
    spin_lock(&lock);
    int error = waitq_sleep(&queue, &lock, WAIT_UNINTERRUPTIBLE, deadline);
    spin_unlock(&lock);
    EXPECT(error == -ETIMEDOUT);
    EXPECT(time_now() >= deadline);
    EXPECT(list_empty(&queue.waiters));
    return true;
}

/* --- mutexes --- */

static struct mutex mutex = MUTEX_INIT(mutex);

static void count_under_mutex(void *arg)
{
    (void)arg;
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
        t[i] = spawn(count_under_mutex, NULL);
    for (int i = 0; i < 8; i++)
        thread_join(t[i]);
    EXPECT(counter == 8 * 2000);
    EXPECT(mutex_trylock(&mutex));
    mutex_unlock(&mutex);
    return true;
}

/* --- scheduling --- */

static void burn(void *arg)
{
    nsec_t stop = time_now() + 200 * NSEC_PER_MSEC;

    sched_set_affinity(current_thread(), 1);
    while (time_now() < stop)
        ;
    *(nsec_t *)arg = sched_cpu_time(current_thread(), NULL);
}

static bool burn_together(nsec_t used[2])
{
    struct thread *t[2];

    for (int i = 0; i < 2; i++) {
        t[i] = thread_create("burn", burn, &used[i]);
        EXPECT(t[i]);
        sched_set_nice(t[i], i ? 5 : 0);        /* 1024 : 335 */
        thread_start(t[i]);
    }
    for (int i = 0; i < 2; i++)
        thread_join(t[i]);
    return true;
}

/* A busy host stops the emulated hart for longer than slices last, and whoever
 * runs just then is charged for it: so not every round comes out right. */
static bool test_nice_shares_the_hart(void)
{
    int fair = 0;

    for (int i = 0; i < 15 && fair < 3; i++) {
        nsec_t used[2];
        EXPECT(burn_together(used));
        fair += used[0] > 2 * used[1] && used[0] < 5 * used[1];
    }
    return fair == 3;
}

static void note_hart(void *arg)
{
    sched_set_affinity(current_thread(), 1ul << (hart_count - 1));
    *(u64 *)arg = arch_this_hart->id;
}

static bool test_affinity_moves_the_thread(void)
{
    u64 id = ~0ul;

    thread_join(spawn(note_hart, &id));
    EXPECT(id == hart_count - 1);
    EXPECT(sched_set_affinity(current_thread(), 1ul << 60) == -EINVAL);
    return true;
}

static bool test_no_page_is_writable_and_executable(void)
{
    return arch_check_wx(arch_kernel_root()) > 0;
}

/* --- those that end in a panic --- */

static noinline u64 recurse(u64 n)
{
    volatile u64 block[32];

    if (n == ~0ul)
        return 0;
    block[n % 32] = n;
    return recurse(n + 1) + block[n % 32];
}

static bool overflow_the_stack(void)
{
    return recurse(0);
}

static bool load_from_nowhere(void)
{
    u64 *volatile nowhere = (u64 *)16;

    return *nowhere;
}

static bool write_to_text(void)
{
    *(volatile u32 *)(u64)&selftest_run = 0;
    return true;
}

static bool lock_in_the_wrong_order(void)
{
    struct spinlock inner = SPINLOCK_INIT(RANK_LOG - 1);
    struct spinlock outer = SPINLOCK_INIT(RANK_WAITQ);

    spin_lock(&inner);
    spin_lock(&outer);
    return true;
}

static bool sleep_with_a_lock(void)
{
    struct spinlock lock = SPINLOCK_INIT(RANK_WAITQ);

    spin_lock(&lock);
    thread_delay(1);
    return true;
}

static const struct selftest {
    const char *name;
    bool (*run)(void);
    bool panics;
} selftests[] = {
    { "R-20-spawn-park-join", test_spawn_park_join, false },
    { "R-20-unpark-is-remembered", test_unpark_is_remembered, false },
    { "R-19-join-after-exit", test_join_after_exit, false },
    { "R-14-no-wakeup-is-lost", test_no_wakeup_is_lost, false },
    { "R-21-sleepers-wake-in-order", test_sleepers_wake_in_order, false },
    { "sleep-times-out", test_sleep_times_out, false },
    { "mutex-excludes", test_mutex_excludes, false },
    { "R-10-nice-shares-the-hart", test_nice_shares_the_hart, false },
    { "affinity-moves-the-thread", test_affinity_moves_the_thread, false },
    { "real-time-thread-becomes-fair-again", selftest_fair_again, false },
    { "ready-on-a-busy-hart", selftest_remote_ready, false },
    { "preempted-fifo-thread-stays-first", selftest_fifo_preempted, false },
    { "timer-cancel", selftest_timer_cancel, false },
    { "woken-by-many-harts", selftest_woken_by_many, false },
    { "stress", selftest_stress, false },
    { "no-page-is-writable-and-executable",
      test_no_page_is_writable_and_executable, false },
    { "stack-overflow", overflow_the_stack, true },
    { "load-from-nowhere", load_from_nowhere, true },
    { "write-to-text", write_to_text, true },
    { "lock-order", lock_in_the_wrong_order, true },
    { "sleep-with-a-lock", sleep_with_a_lock, true },
};

static bool chosen(const struct selftest *s, const char *which)
{
    return strcmp(which, "all") ? !strcmp(which, s->name) : !s->panics;
}

void selftest_run(void)
{
    unsigned number = 0, failed = 0;
    char which[64];

    if (!bootarg("selftest", which, sizeof(which)))
        return;
    for (size_t i = 0; i < ARRAY_SIZE(selftests); i++) {
        const struct selftest *s = &selftests[i];
        if (!chosen(s, which))
            continue;
        bool ok = s->run();
        failed += !ok;
        klog(LOG_NOTICE, "%sok %u - %s", ok ? "" : "not ", ++number, s->name);
    }
    klog(LOG_NOTICE, "1..%u", number);
    machine_exit(failed || !number ? 1 : 0);
}
