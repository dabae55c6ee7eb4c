/*
 * t_pthread_sync.c - musl's condition variables, read-write locks, barriers
 * and semaphores (lwp.md H-07; seeds.md T20).
 *
 * run: cpus=1,2,4,8
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/mman.h>
#include <time.h>

#define THREADS 6

static void run_threads(void *(*body)(void *))
{
    pthread_t threads[THREADS];

    for (long i = 0; i < THREADS; i++)
        CHECK_EQ(pthread_create(&threads[i], NULL, body, (void *)i), 0);
    for (int i = 0; i < THREADS; i++)
        CHECK_EQ(pthread_join(threads[i], NULL), 0);
}

static struct timespec after_ms(clockid_t clock, long ms)
{
    struct timespec t;

    clock_gettime(clock, &t);
    t.tv_nsec += ms * 1000000;
    t.tv_sec += t.tv_nsec / 1000000000;
    t.tv_nsec %= 1000000000;
    return t;
}

/* --- condition variables --- */

static struct shared {
    pthread_mutex_t mutex;
    pthread_cond_t cond, other;
    pthread_rwlock_t rwlock;
    pthread_barrier_t barrier;
    sem_t sem;
    long waiting, turn, count;
} *shared;

static void init_cond(clockid_t clock, int pshared)
{
    pthread_mutexattr_t mattr;
    pthread_condattr_t attr;

    shared = child_shared(sizeof(*shared));
    pthread_mutexattr_init(&mattr);
    CHECK_EQ(pthread_mutexattr_setpshared(&mattr, pshared), 0);
    CHECK_EQ(pthread_mutex_init(&shared->mutex, &mattr), 0);
    pthread_condattr_init(&attr);
    CHECK_EQ(pthread_condattr_setclock(&attr, clock), 0);
    CHECK_EQ(pthread_condattr_setpshared(&attr, pshared), 0);
    CHECK_EQ(pthread_cond_init(&shared->cond, &attr), 0);
    CHECK_EQ(pthread_cond_init(&shared->other, &attr), 0);
}

static void *wait_for_turn(void *arg)
{
    pthread_mutex_lock(&shared->mutex);
    shared->waiting++;
    while (!shared->turn)
        CHECK_EQ(pthread_cond_wait(&shared->cond, &shared->mutex), 0);
    shared->turn--;
    shared->count++;
    pthread_mutex_unlock(&shared->mutex);
    return arg;
}

static void *give_turns(void *arg)
{
    for (int given = 0; given < THREADS - 1;) {
        pthread_mutex_lock(&shared->mutex);
        if (shared->waiting == THREADS - 1 && shared->turn == 0) {
            shared->turn = 1;
            given++;
            CHECK_EQ(pthread_cond_signal(&shared->cond), 0);
        }
        pthread_mutex_unlock(&shared->mutex);
        sched_yield();
    }
    return arg;
}

static void *first_gives_turns(void *arg)
{
    return arg ? wait_for_turn(arg) : give_turns(arg);
}

TEST("H-07 signal lets one waiter go at a time")
{
    init_cond(CLOCK_REALTIME, PTHREAD_PROCESS_PRIVATE);
    run_threads(first_gives_turns);
    CHECK_EQ(shared->count, THREADS - 1);
}

static void *meet_100_times(void *arg)
{
    for (long round = 1; round <= 100; round++) {
        pthread_mutex_lock(&shared->mutex);
        if (++shared->waiting == THREADS) {
            shared->waiting = 0;
            shared->turn = round;
            CHECK_EQ(pthread_cond_broadcast(&shared->cond), 0);
        }
        while (shared->turn < round)
            CHECK_EQ(pthread_cond_wait(&shared->cond, &shared->mutex), 0);
        shared->count++;
        pthread_mutex_unlock(&shared->mutex);
    }
    return arg;
}

TEST("H-07 broadcast lets all go, 100 times")
{
    init_cond(CLOCK_REALTIME, PTHREAD_PROCESS_PRIVATE);
    run_threads(meet_100_times);
    CHECK_EQ(shared->count, 100 * THREADS);
}

static void meet_in_process(void)
{
    meet_100_times(NULL);
}

TEST("H-07 H-03 broadcast across processes")
{
    pid_t pids[THREADS];

    init_cond(CLOCK_MONOTONIC, PTHREAD_PROCESS_SHARED);
    for (int i = 0; i < THREADS; i++)
        pids[i] = child_start(meet_in_process);
    for (int i = 0; i < THREADS; i++)
        CHECK_EXITS(pids[i], 0);
    CHECK_EQ(shared->count, 100 * THREADS);
}

TEST("H-07 timedwait: of either clock, not before its time, errors")
{
    static const clockid_t clocks[] = { CLOCK_REALTIME, CLOCK_MONOTONIC };

    for (int i = 0; i < 4; i++) {
        struct timespec until;
        int64_t begin;

        init_cond(clocks[i % 2], i / 2);
        pthread_mutex_lock(&shared->mutex);
        begin = tap_now();
        until = after_ms(clocks[i % 2], 20);
        while (!pthread_cond_timedwait(&shared->cond, &shared->mutex, &until))
            ;
        CHECK(tap_now() - begin >= 19000000);
        CHECK_EQ(pthread_mutex_trylock(&shared->mutex), EBUSY);
        until = (struct timespec){ 0, 0 };
        CHECK_EQ(pthread_cond_timedwait(&shared->cond, &shared->mutex, &until),
                 ETIMEDOUT);
        until.tv_nsec = -1;
        CHECK_EQ(pthread_cond_timedwait(&shared->cond, &shared->mutex, &until),
                 EINVAL);
    }
}

#define ITEMS 2000

/* A queue of four places, two conditions. */
static void *produce_or_consume(void *arg)
{
    bool producer = (long)arg % 2;

    for (int i = 0; i < ITEMS; i++) {
        pthread_mutex_lock(&shared->mutex);
        while (shared->waiting == (producer ? 4 : 0))
            pthread_cond_wait(producer ? &shared->other : &shared->cond,
                              &shared->mutex);
        shared->waiting += producer ? 1 : -1;
        pthread_cond_signal(producer ? &shared->cond : &shared->other);
        CHECK(shared->waiting >= 0 && shared->waiting <= 4);
        pthread_mutex_unlock(&shared->mutex);
    }
    return arg;
}

TEST("H-07 T20 producers and consumers at a queue of four places")
{
    init_cond(CLOCK_REALTIME, PTHREAD_PROCESS_PRIVATE);
    run_threads(produce_or_consume);
    CHECK_EQ(shared->waiting, 0);
}

/* --- read-write locks --- */

static void *read_and_write(void *arg)
{
    for (int i = 0; i < 300; i++) {
        if (i % 10 == (long)arg) {
            CHECK_EQ(pthread_rwlock_wrlock(&shared->rwlock), 0);
            CHECK_EQ(shared->waiting, 0);
            shared->count++;
            sched_yield();
            shared->count++;
        } else {
            CHECK_EQ(pthread_rwlock_rdlock(&shared->rwlock), 0);
            __atomic_add_fetch(&shared->waiting, 1, __ATOMIC_SEQ_CST);
            CHECK_EQ(shared->count % 2, 0);
            __atomic_sub_fetch(&shared->waiting, 1, __ATOMIC_SEQ_CST);
        }
        CHECK_EQ(pthread_rwlock_unlock(&shared->rwlock), 0);
    }
    return arg;
}

TEST("T20 read-write locks: many readers or one writer")
{
    shared = child_shared(sizeof(*shared));
    CHECK_EQ(pthread_rwlock_init(&shared->rwlock, NULL), 0);
    run_threads(read_and_write);
    CHECK_EQ(shared->count, THREADS * 30 * 2);
}

static void *try_to_write(void *arg)
{
    struct timespec until = after_ms(CLOCK_REALTIME, 10);

    CHECK_EQ(pthread_rwlock_trywrlock(&shared->rwlock), EBUSY);
    CHECK_EQ(pthread_rwlock_timedwrlock(&shared->rwlock, &until), ETIMEDOUT);
    return arg;
}

TEST("T20 read-write locks: try and time-out")
{
    pthread_t thread;

    shared = child_shared(sizeof(*shared));
    CHECK_EQ(pthread_rwlock_init(&shared->rwlock, NULL), 0);
    CHECK_EQ(pthread_rwlock_rdlock(&shared->rwlock), 0);
    CHECK_EQ(pthread_rwlock_tryrdlock(&shared->rwlock), 0);
    CHECK_EQ(pthread_create(&thread, NULL, try_to_write, NULL), 0);
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK_EQ(pthread_rwlock_unlock(&shared->rwlock), 0);
    CHECK_EQ(pthread_rwlock_unlock(&shared->rwlock), 0);
    CHECK_EQ(pthread_rwlock_trywrlock(&shared->rwlock), 0);
    CHECK_EQ(pthread_rwlock_tryrdlock(&shared->rwlock), EBUSY);
}

/* --- barriers --- */

static void *pass_barrier(void *arg)
{
    for (int round = 0; round < 100; round++) {
        int r = pthread_barrier_wait(&shared->barrier);

        CHECK(r == 0 || r == PTHREAD_BARRIER_SERIAL_THREAD);
        if (r)
            __atomic_add_fetch(&shared->count, 1, __ATOMIC_SEQ_CST);
    }
    return arg;
}

static void pass_in_process(void)
{
    pass_barrier(NULL);
}

TEST("T20 barriers: one of six is told so, each of 100 times")
{
    pthread_barrierattr_t attr;
    pid_t pids[THREADS];

    shared = child_shared(sizeof(*shared));
    CHECK_EQ(pthread_barrier_init(&shared->barrier, NULL, THREADS), 0);
    run_threads(pass_barrier);
    CHECK_EQ(shared->count, 100);
    CHECK_EQ(pthread_barrier_destroy(&shared->barrier), 0);
    pthread_barrierattr_init(&attr);
    pthread_barrierattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
    CHECK_EQ(pthread_barrier_init(&shared->barrier, &attr, THREADS), 0);
    for (int i = 0; i < THREADS; i++)
        pids[i] = child_start(pass_in_process);
    for (int i = 0; i < THREADS; i++)
        CHECK_EXITS(pids[i], 0);
    CHECK_EQ(shared->count, 200);
}

/* --- semaphores --- */

static void *take_and_give(void *arg)
{
    for (int i = 0; i < 300; i++) {
        CHECK_EQ(sem_wait(&shared->sem), 0);
        CHECK(__atomic_add_fetch(&shared->waiting, 1, __ATOMIC_SEQ_CST) <= 2);
        if (i % 50 == 0)
            sched_yield();
        __atomic_sub_fetch(&shared->waiting, 1, __ATOMIC_SEQ_CST);
        CHECK_EQ(sem_post(&shared->sem), 0);
    }
    return arg;
}

TEST("T20 a semaphore of two lets two in, and none is lost")
{
    int value;

    shared = child_shared(sizeof(*shared));
    CHECK_EQ(sem_init(&shared->sem, 1, 2), 0);
    run_threads(take_and_give);
    CHECK_EQ(sem_getvalue(&shared->sem, &value), 0);
    CHECK_EQ(value, 2);
}

static void handle(int signo)
{
    (void)signo;
}

static void *interrupt(void *arg)
{
    while (!shared->turn) {
        pthread_kill(*(pthread_t *)arg, SIGUSR1);
        sleep_ms(1);
    }
    return NULL;
}

TEST("T20 semaphores: EAGAIN, ETIMEDOUT, EINTR")
{
    struct timespec until = after_ms(CLOCK_REALTIME, 10);
    struct sigaction action = { .sa_handler = handle };
    pthread_t self = pthread_self(), thread;

    shared = child_shared(sizeof(*shared));
    CHECK_EQ(sem_init(&shared->sem, 0, 1), 0);
    CHECK_EQ(sem_trywait(&shared->sem), 0);
    CHECK_FAILS(sem_trywait(&shared->sem), EAGAIN);
    CHECK_FAILS(sem_timedwait(&shared->sem, &until), ETIMEDOUT);
    sigaction(SIGUSR1, &action, NULL);
    CHECK_EQ(pthread_create(&thread, NULL, interrupt, &self), 0);
    until = after_ms(CLOCK_REALTIME, 60000);
    CHECK_FAILS(sem_timedwait(&shared->sem, &until), EINTR);
    shared->turn = 1;
    CHECK_EQ(pthread_join(thread, NULL), 0);
}

TEST("T20 named semaphores, in /dev/shm")
{
    sem_t *a = sem_open("/larch", O_CREAT | O_EXCL, 0600, 1), *b;

    if (a == SEM_FAILED && errno == ENOENT)
        tap_skip("no /dev/shm");
    CHECK(a != SEM_FAILED);
    b = sem_open("/larch", 0);
    CHECK(b != SEM_FAILED);
    CHECK_EQ(sem_trywait(a), 0);
    CHECK_FAILS(sem_trywait(b), EAGAIN);
    pid_t pid = child_fork();
    if (pid == 0) {
        sem_post(b);
        _exit(0);
    }
    CHECK_EQ(sem_wait(a), 0);
    CHECK_EXITS(pid, 0);
    sem_close(a);
    sem_close(b);
    CHECK_EQ(sem_unlink("/larch"), 0);
}
