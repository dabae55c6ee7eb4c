/*
 * t_futexrace.c - wake-ups that race with going to sleep, with time-outs,
 * requeuing and inheriting mutexes: a million of them, and none is lost
 * (seeds.md S12; lwp.md H-01, H-04, H-05; peers.md P18, P19).
 *
 * A wake-up that is lost shows in two ways: the sleeper's long time-out passes,
 * or the wakers say to have woken more threads than were woken.
 *
 * run: cpus=2 timeout=200
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"

#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>

enum {
    WAIT = 0, WAKE = 1, CMP_REQUEUE = 4, WAKE_OP = 5, LOCK_PI = 6,
    UNLOCK_PI = 7, WAIT_BITSET = 9, WAKE_BITSET = 10, PRIVATE = 128,
};

static const struct timespec long_time = { 20, 0 };

/* The words are shared with children where a test forks. */
static struct words {
    int word;
    int other __attribute__((aligned(64)));
    int seen __attribute__((aligned(64)));  /* how far the sleeper is */
    long woken;                             /* waits that returned 0 */
    long claimed;                           /* what the wakers were told */
    bool stop;
} *w;

static int get(int *word)
{
    return __atomic_load_n(word, __ATOMIC_SEQ_CST);
}

static void set(int *word, int value)
{
    __atomic_store_n(word, value, __ATOMIC_SEQ_CST);
}

/* 0 or -errno. */
static long futex(int *word, int op, int value, const void *time, int *word2,
                  int value3)
{
    return syscall(SYS_futex, word, op, value, time, word2, value3) < 0
           ? -errno : 0;
}

static long wake(int *word, int op)
{
    long n = syscall(SYS_futex, word, op, INT_MAX, NULL, NULL, -1);

    CHECK(n >= 0);
    return n;
}

static void init_words(void)
{
    w = child_shared(sizeof(*w));
}

/* --- a sleeper follows a counter ------------------------------------------ */

struct race {
    int wait, wake;                 /* operations */
    int rounds;                     /* wake-ups */
};

static void follow(const struct race *r)
{
    for (int seen = 0; seen < r->rounds;) {
        int now = get(&w->word);

        if (now != seen) {
            set(&w->seen, seen = now);
            continue;
        }
        long error = futex(&w->word, r->wait, seen, NULL, NULL, -1);
        CHECK(error == 0 || error == -EAGAIN);
        w->woken += error == 0;
    }
}

static void *follow_in_thread(void *arg)
{
    follow(arg);
    return NULL;
}

/*
 * Bursts of wake-ups; after each one the sleeper must have seen all of them, or
 * one was lost.
 */
static void lead(const struct race *r)
{
    int64_t patience;

    for (int n = 0; n < r->rounds;) {
        int burst = 1 + tap_below(12);

        for (; burst && n < r->rounds; burst--) {
            set(&w->word, ++n);
            w->claimed += wake(&w->word, r->wake);
        }
        patience = tap_now() + long_time.tv_sec * 1000000000ll;
        for (int spins = 1; get(&w->seen) != n; spins++) {
            if (spins % 256)
                continue;
            sched_yield();
            CHECK(tap_now() < patience);
        }
    }
}

static void race_threads(struct race r)
{
    pthread_t thread;

    init_words();
    CHECK_EQ(pthread_create(&thread, NULL, follow_in_thread, &r), 0);
    lead(&r);
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK_EQ(w->woken, w->claimed);
}

TEST("P19 H-04 700,000 wake-ups of a thread that goes to sleep: none is lost")
{
    race_threads((struct race){ WAIT | PRIVATE, WAKE | PRIVATE, 700000 });
}

TEST("P19 H-01 100,000 of them by bit sets")
{
    race_threads((struct race){ WAIT_BITSET | PRIVATE, WAKE_BITSET | PRIVATE,
                                100000 });
}

static struct race between_processes = { WAIT, WAKE, 200000 };

static void follow_in_process(void)
{
    follow(&between_processes);
}

TEST("P18 P19 200,000 wake-ups of another process: none is lost")
{
    pid_t pid;

    init_words();
    pid = child_start(follow_in_process);
    lead(&between_processes);
    CHECK_EXITS(pid, 0);
    CHECK_EQ(w->woken, w->claimed);
}

/* --- time-outs ------------------------------------------------------------ */

#define TIMED_WAITS 4000

static void *wait_briefly(void *arg)
{
    for (int i = 0; i < TIMED_WAITS; i++) {
        struct timespec time = { 0, 1000 + i % 64 * 1000 };
        long error = futex(&w->word, WAIT | PRIVATE, 0, &time, NULL, 0);

        CHECK(error == 0 || error == -ETIMEDOUT);
        w->woken += error == 0;
    }
    w->stop = true;
    return arg;
}

TEST("S12 4,000 waits that end by time-out or wake-up, never by both")
{
    pthread_t thread;

    init_words();
    CHECK_EQ(pthread_create(&thread, NULL, wait_briefly, NULL), 0);
    while (!*(volatile bool *)&w->stop) {
        w->claimed += wake(&w->word, WAKE | PRIVATE);
        for (volatile int spin = tap_below(200); spin; spin--)
            ;
    }
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK_EQ(w->woken, w->claimed);
    printf("# %ld of them were woken\n", w->woken);
}

/* --- requeuing ------------------------------------------------------------ */

#define SLEEPERS 3
#define REQUEUES 10000

static void *sleep_and_be_moved(void *arg)
{
    for (int round = 0; round < REQUEUES; round++) {
        while (get(&w->word) == round) {
            long error = futex(&w->word, WAIT | PRIVATE, round, &long_time,
                               NULL, 0);
            CHECK(error == 0 || error == -EAGAIN);
        }
        __atomic_add_fetch(&w->seen, 1, __ATOMIC_SEQ_CST);
    }
    return arg;
}

TEST("P16 P19 10,000 times requeued while they go to sleep: all wake up")
{
    pthread_t threads[SLEEPERS];

    init_words();
    for (int i = 0; i < SLEEPERS; i++)
        CHECK_EQ(pthread_create(&threads[i], NULL, sleep_and_be_moved, NULL),
                 0);
    for (int round = 1; round <= REQUEUES; round++) {
        int64_t patience = tap_now() + long_time.tv_sec * 1000000000ll;

        /* Some move to the other word, some are woken, some come too late. */
        syscall(SYS_futex, &w->word, CMP_REQUEUE | PRIVATE, 1, (void *)9,
                &w->other, round - 1);
        set(&w->word, round);
        wake(&w->word, WAKE | PRIVATE);
        while (get(&w->seen) != round * SLEEPERS) {
            wake(&w->other, WAKE | PRIVATE);
            sched_yield();
            CHECK(tap_now() < patience);
        }
    }
    for (int i = 0; i < SLEEPERS; i++)
        CHECK_EQ(pthread_join(threads[i], NULL), 0);
}

/* --- priority inheritance ------------------------------------------------- */

#define LOCKS 20000

static void *lock_often(void *arg)
{
    int tid = gettid(), free_word;

    for (int i = 0; i < LOCKS; i++) {
        free_word = 0;
        if (!__atomic_compare_exchange_n(&w->word, &free_word, tid, false,
                                         __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
            CHECK_EQ(futex(&w->word, LOCK_PI | PRIVATE, 0, NULL, NULL, 0), 0);
        CHECK_EQ(get(&w->word) & 0x3fffffff, tid);
        CHECK_EQ(w->other++, 0);
        w->woken++;
        CHECK_EQ(--w->other, 0);
        free_word = tid;
        if (!__atomic_compare_exchange_n(&w->word, &free_word, 0, false,
                                         __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
            CHECK_EQ(futex(&w->word, UNLOCK_PI | PRIVATE, 0, NULL, NULL, 0),
                     0);
    }
    return arg;
}

TEST("H-05 P19 60,000 locks with inheritance by three threads: all get it")
{
    pthread_t threads[3];

    init_words();
    for (int i = 0; i < 3; i++)
        CHECK_EQ(pthread_create(&threads[i], NULL, lock_often, NULL), 0);
    for (int i = 0; i < 3; i++)
        CHECK_EQ(pthread_join(threads[i], NULL), 0);
    CHECK_EQ(w->woken, 3 * LOCKS);
    CHECK_EQ(w->word, 0);
}

/* --- several words -------------------------------------------------------- */

struct wait_entry {
    uint64_t value, word;
    uint32_t flags, reserved;
};

#define VECTORS 20000

static void *wait_for_both(void *arg)
{
    for (int seen = 0; seen < VECTORS;) {
        struct wait_entry v[2] = {
            { get(&w->word), (uintptr_t)&w->word, 2 | PRIVATE, 0 },
            { get(&w->other), (uintptr_t)&w->other, 2 | PRIVATE, 0 },
        };
        if ((int)(v[0].value + v[1].value) != seen) {
            set(&w->seen, seen = v[0].value + v[1].value);
            continue;
        }
        long r = syscall(449, v, 2, 0, NULL, 0);
        CHECK(r >= 0 || errno == EAGAIN);
        w->woken += r >= 0;
    }
    return arg;
}

TEST("P19 H-01 20,000 wake-ups of one that waits for two words")
{
    pthread_t thread;
    int64_t patience;

    init_words();
    CHECK_EQ(pthread_create(&thread, NULL, wait_for_both, NULL), 0);
    for (int n = 1; n <= VECTORS; n++) {
        int *word = n & 1 ? &w->word : &w->other;

        set(word, get(word) + 1);
        w->claimed += wake(word, WAKE | PRIVATE);
        if (n % 8 && n < VECTORS)
            continue;
        patience = tap_now() + long_time.tv_sec * 1000000000ll;
        while (get(&w->seen) != n) {
            sched_yield();
            CHECK(tap_now() < patience);
        }
    }
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK(w->woken <= w->claimed);      /* both words may have been woken */
}
