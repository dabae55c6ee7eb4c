/*
 * t_pthread_mutex.c - musl's mutexes of every kind, and its spin locks, under
 * contention (lwp.md H-01..H-06; seeds.md T20).
 *
 * run: cpus=1,2,4,8
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <time.h>

#define THREADS 6
#define ROUNDS 500

struct kind {
    int type, protocol, robust, shared;
};

/* What the threads, or processes, work on. */
static struct common {
    pthread_mutex_t mutex;
    pthread_spinlock_t spin;
    long count;
    int inside;
} *common;

static void init_mutex(struct kind kind)
{
    pthread_mutexattr_t attr;

    common = child_shared(sizeof(*common));
    CHECK_EQ(pthread_mutexattr_init(&attr), 0);
    CHECK_EQ(pthread_mutexattr_settype(&attr, kind.type), 0);
    CHECK_EQ(pthread_mutexattr_setprotocol(&attr, kind.protocol), 0);
    CHECK_EQ(pthread_mutexattr_setrobust(&attr, kind.robust), 0);
    CHECK_EQ(pthread_mutexattr_setpshared(&attr, kind.shared), 0);
    CHECK_EQ(pthread_mutex_init(&common->mutex, &attr), 0);
}

/* Kinds 0 .. 23: every one that there is. */
static struct kind kind_of(int n)
{
    return (struct kind){
        .type = n % 3,                  /* normal, recursive, errorcheck */
        .protocol = n / 3 % 2 ? PTHREAD_PRIO_INHERIT : PTHREAD_PRIO_NONE,
        .robust = n / 6 % 2 ? PTHREAD_MUTEX_ROBUST : PTHREAD_MUTEX_STALLED,
        .shared = n / 12 % 2 ? PTHREAD_PROCESS_SHARED : PTHREAD_PROCESS_PRIVATE,
    };
}
#define KINDS 24

static void enter_and_leave(int i)
{
    CHECK_EQ(common->inside++, 0);
    common->count++;
    if (i % 50 == 0)
        sched_yield();                  /* let others run into it */
    CHECK_EQ(--common->inside, 0);
}

static void *work(void *arg)
{
    for (int i = 0; i < ROUNDS; i++) {
        CHECK_EQ(pthread_mutex_lock(&common->mutex), 0);
        enter_and_leave(i);
        CHECK_EQ(pthread_mutex_unlock(&common->mutex), 0);
    }
    return arg;
}

static void run_threads(void *(*body)(void *))
{
    pthread_t threads[THREADS];

    for (long i = 0; i < THREADS; i++)
        CHECK_EQ(pthread_create(&threads[i], NULL, body, (void *)i), 0);
    for (int i = 0; i < THREADS; i++)
        CHECK_EQ(pthread_join(threads[i], NULL), 0);
}

TEST("T20 H-05 mutexes of all 24 kinds exclude threads")
{
    for (int n = 0; n < KINDS; n++) {
        init_mutex(kind_of(n));
        run_threads(work);
        CHECK_EQ(common->count, THREADS * ROUNDS);
        CHECK_EQ(pthread_mutex_destroy(&common->mutex), 0);
    }
}

static void work_in_process(void)
{
    work(NULL);
}

TEST("H-03 P18 mutexes of the 12 shared kinds exclude processes")
{
    pid_t pids[4];

    for (int n = KINDS / 2; n < KINDS; n++) {
        init_mutex(kind_of(n));
        for (int i = 0; i < 4; i++)
            pids[i] = child_start(work_in_process);
        for (int i = 0; i < 4; i++)
            CHECK_EXITS(pids[i], 0);
        CHECK_EQ(common->count, 4 * ROUNDS);
    }
}

static void *lock_again(void *arg)
{
    struct kind *kind = arg;
    pthread_mutex_t *m = &common->mutex;

    CHECK_EQ(pthread_mutex_trylock(m), EBUSY);
    if (kind->type == PTHREAD_MUTEX_ERRORCHECK || kind->robust)
        CHECK_EQ(pthread_mutex_unlock(m), EPERM);
    return NULL;
}

TEST("T20 trylock, relocking, unlocking another's: each kind's answers")
{
    for (int n = 0; n < KINDS; n++) {
        struct kind kind = kind_of(n);
        pthread_t other;

        init_mutex(kind);
        pthread_mutex_t *m = &common->mutex;
        CHECK_EQ(pthread_mutex_trylock(m), 0);
        CHECK_EQ(pthread_create(&other, NULL, lock_again, &kind), 0);
        CHECK_EQ(pthread_join(other, NULL), 0);
        if (kind.type == PTHREAD_MUTEX_RECURSIVE) {
            CHECK_EQ(pthread_mutex_lock(m), 0);
            CHECK_EQ(pthread_mutex_trylock(m), 0);
            CHECK_EQ(pthread_mutex_unlock(m), 0);
            CHECK_EQ(pthread_mutex_unlock(m), 0);
        } else {
            CHECK_EQ(pthread_mutex_trylock(m), EBUSY);
        }
        if (kind.type == PTHREAD_MUTEX_ERRORCHECK)
            CHECK_EQ(pthread_mutex_lock(m), EDEADLK);
        CHECK_EQ(pthread_mutex_unlock(m), 0);
        if (kind.type != PTHREAD_MUTEX_NORMAL)
            CHECK_EQ(pthread_mutex_unlock(m), EPERM);
    }
}

static void *time_out(void *arg)
{
    struct timespec until;
    int64_t begin = tap_now();

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += 20000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    CHECK_EQ(pthread_mutex_timedlock(&common->mutex, &until), ETIMEDOUT);
    CHECK(tap_now() - begin >= 19000000);
    until = (struct timespec){ 1, 0 };
    CHECK_EQ(pthread_mutex_timedlock(&common->mutex, &until), ETIMEDOUT);
    if (arg) {                  /* musl 1.2.3 loops for the inheriting ones */
        until.tv_nsec = 1000000000;
        CHECK_EQ(pthread_mutex_timedlock(&common->mutex, &until), EINVAL);
    }
    return NULL;
}

TEST("H-04 timedlock gives up at its time, of every kind")
{
    for (int n = 0; n < KINDS; n++) {
        struct kind kind = kind_of(n);
        void *plain = kind.protocol == PTHREAD_PRIO_NONE ? &kind : NULL;
        pthread_t other;

        init_mutex(kind);
        CHECK_EQ(pthread_mutex_lock(&common->mutex), 0);
        CHECK_EQ(pthread_create(&other, NULL, time_out, plain), 0);
        CHECK_EQ(pthread_join(other, NULL), 0);
        CHECK_EQ(pthread_mutex_unlock(&common->mutex), 0);
    }
}

static void ignore(int signo)
{
    (void)signo;
}

static volatile bool waiting;

static void *wait_through_signals(void *arg)
{
    waiting = true;
    CHECK_EQ(pthread_mutex_lock(&common->mutex), 0);
    CHECK_EQ(pthread_mutex_unlock(&common->mutex), 0);
    return arg;
}

TEST("T20 a handler does not end the wait for a mutex, of every kind")
{
    signal(SIGUSR1, ignore);
    for (int n = 0; n < KINDS; n++) {
        pthread_t other;

        init_mutex(kind_of(n));
        waiting = false;
        CHECK_EQ(pthread_mutex_lock(&common->mutex), 0);
        CHECK_EQ(pthread_create(&other, NULL, wait_through_signals, NULL), 0);
        while (!waiting)
            sched_yield();
        for (int i = 0; i < 5; i++) {
            CHECK_EQ(pthread_kill(other, SIGUSR1), 0);
            sleep_ms(1);
        }
        CHECK_EQ(pthread_mutex_unlock(&common->mutex), 0);
        CHECK_EQ(pthread_join(other, NULL), 0);
    }
}

/* --- spin locks --- */

static void *work_spinning(void *arg)
{
    for (int i = 0; i < 200; i++) {
        CHECK_EQ(pthread_spin_lock(&common->spin), 0);
        CHECK_EQ(common->inside++, 0);
        common->count++;
        CHECK_EQ(--common->inside, 0);
        CHECK_EQ(pthread_spin_unlock(&common->spin), 0);
    }
    return arg;
}

TEST("T20 spin locks exclude")
{
    common = child_shared(sizeof(*common));
    CHECK_EQ(pthread_spin_init(&common->spin, PTHREAD_PROCESS_SHARED), 0);
    CHECK_EQ(pthread_spin_lock(&common->spin), 0);
    CHECK_EQ(pthread_spin_trylock(&common->spin), EBUSY);
    CHECK_EQ(pthread_spin_unlock(&common->spin), 0);
    run_threads(work_spinning);
    CHECK_EQ(common->count, THREADS * 200);
}
