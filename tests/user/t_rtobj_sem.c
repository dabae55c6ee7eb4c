/*
 * t_rtobj_sem.c - semaphores of the RT-Thread API by their system calls
 * (lwp.md row K-03), and the order in which objects serve their waiters.
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/rtobj.h"
#include "tests/user/lib/thread.h"

#include <limits.h>
#include <sched.h>
#include <signal.h>

#define MSEC 1000000l

TEST("K-03 a semaphore counts down to 0, and from there on nothing is taken")
{
    int id = sem_create(2, FIFO, NULL);

    CHECK(id > 0);
    CHECK_EQ(sem_take(id, 0), 0);
    CHECK_EQ(sem_take(id, FOREVER), 0);
    CHECK_FAILS(sem_take(id, 0), ETIMEDOUT);
    CHECK_EQ(sem_release(id), 0);
    CHECK_EQ(sem_take(id, 0), 0);
    CHECK_EQ(rt_delete(RT_SEM, id), 0);
}

TEST("K-03 a wait of n ticks lasts n ms, then times out")
{
    int id = sem_create(0, PRIO, NULL);
    int64_t start = tap_now();

    CHECK_FAILS(sem_take(id, 30), ETIMEDOUT);
    CHECK(tap_now() - start >= 30 * MSEC);
    CHECK(tap_now() - start < 3000 * MSEC);
    start = tap_now();
    CHECK_FAILS(sem_take(id, 0), ETIMEDOUT);
    CHECK(tap_now() - start < 20 * MSEC);
}

TEST("K-03 values beyond 65535 are refused: at birth, and by release")
{
    int id = sem_create(65535, FIFO, NULL);

    CHECK_FAILS(sem_create(65536, FIFO, NULL), EINVAL);
    CHECK_FAILS(sem_create(UINT_MAX, FIFO, NULL), EINVAL);
    CHECK_FAILS(sem_create(0, 2, NULL), EINVAL);
    CHECK_FAILS(sem_create(0, -1, NULL), EINVAL);
    CHECK_FAILS(sem_release(id), ENOSPC);
    CHECK_EQ(sem_take(id, 0), 0);
    CHECK_EQ(sem_release(id), 0);
    CHECK_FAILS(sem_release(id), ENOSPC);
}

/* --- waiting --- */

static int sem;

static void *take(void *arg)
{
    (void)arg;
    return sem_take(sem, FOREVER) ? (void *)(long)errno : NULL;
}

TEST("K-03 a release wakes one waiter, which has the unit")
{
    pthread_t a, b;

    sem = sem_create(0, FIFO, NULL);
    a = start(take, NULL);
    b = start(take, NULL);
    rtobj_await(sem, 2);
    CHECK_EQ(sem_release(sem), 0);
    rtobj_await(sem, 1);
    CHECK_FAILS(sem_take(sem, 0), ETIMEDOUT);
    CHECK_EQ(sem_release(sem), 0);
    CHECK_EQ(join(a), NULL);
    CHECK_EQ(join(b), NULL);
}

static void on_signal(int signo)
{
    (void)signo;
}

static void *take_counted(void *arg)
{
    *(int *)arg = sem_take(sem, FOREVER) ? errno : 0;
    return NULL;
}

TEST("K-03 a signal ends the wait with EINTR, whatever SA_RESTART says")
{
    struct sigaction action = { .sa_handler = on_signal,
                                .sa_flags = SA_RESTART };
    int error = -1;
    pthread_t t;

    sem = sem_create(0, FIFO, NULL);
    CHECK_EQ(sigaction(SIGUSR1, &action, NULL), 0);
    t = start(take_counted, &error);
    rtobj_await(sem, 1);
    CHECK_EQ(pthread_kill(t, SIGUSR1), 0);
    join(t);
    CHECK_EQ(error, EINTR);
    /* Nobody waits any more: the unit is kept. */
    CHECK_EQ(sem_release(sem), 0);
    CHECK_EQ(sem_take(sem, 0), 0);
}

TEST("K-03 deletion wakes the process's waiters with EIDRM")
{
    int errors[4];
    pthread_t t[4];

    sem = sem_create(0, PRIO, NULL);
    for (int i = 0; i < 4; i++)
        t[i] = start(take_counted, &errors[i]);
    rtobj_await(sem, 4);
    CHECK_EQ(rt_delete(RT_SEM, sem), 0);
    for (int i = 0; i < 4; i++) {
        join(t[i]);
        CHECK_EQ(errors[i], EIDRM);
    }
    CHECK_FAILS(sem_take(sem, 0), EINVAL);
}

/* --- order --- */

static struct {
    int priority;               /* RT-like: 0 is an ordinary thread */
    int turn;
} racer[5];
static int turns;

static void *race(void *arg)
{
    int *turn = &racer[(long)arg].turn;
    struct sched_param p = { .sched_priority = racer[(long)arg].priority };

    if (p.sched_priority)
        CHECK_EQ(pthread_setschedparam(pthread_self(), SCHED_RR, &p), 0);
    CHECK_EQ(sem_take(sem, FOREVER), 0);
    *turn = __atomic_add_fetch(&turns, 1, __ATOMIC_SEQ_CST);
    return NULL;
}

/* Queue one after the other, then release one by one. */
static void run_race(int flag, const int *priorities)
{
    pthread_t t[5];

    sem = sem_create(0, flag, NULL);
    turns = 0;
    for (long i = 0; i < 5; i++) {
        racer[i].priority = priorities[i];
        t[i] = start(race, (void *)i);
        rtobj_await(sem, i + 1);
    }
    for (int i = 1; i <= 5; i++) {
        CHECK_EQ(sem_release(sem), 0);
        while (__atomic_load_n(&turns, __ATOMIC_SEQ_CST) < i)
            sleep_ms(1);
    }
    for (int i = 0; i < 5; i++)
        join(t[i]);
    CHECK_EQ(rt_delete(RT_SEM, sem), 0);
}

static const int priorities[5] = { 0, 10, 30, 10, 20 };

TEST("K-03 with FIFO who waits longest is served first, whatever its priority")
{
    run_race(FIFO, priorities);
    for (int i = 0; i < 5; i++)
        CHECK_EQ(racer[i].turn, i + 1);
}

TEST("K-03 with PRIO the most urgent is served first, equals in order")
{
    const int expected[5] = { 5, 3, 1, 4, 2 };

    run_race(PRIO, priorities);
    for (int i = 0; i < 5; i++)
        CHECK_EQ(racer[i].turn, expected[i]);
}

/* --- between processes --- */

TEST("K-03 two processes hand a baton to and fro 500 times")
{
    int ping = sem_create(0, FIFO, NULL), pong = sem_create(0, PRIO, NULL);
    pid_t pid = child_fork();

    for (int i = 0; i < 500; i++) {
        if (pid) {
            CHECK_EQ(sem_release(ping), 0);
            CHECK_EQ(sem_take(pong, 20000), 0);
        } else {
            CHECK_EQ(sem_take(ping, 20000), 0);
            CHECK_EQ(sem_release(pong), 0);
        }
    }
    if (!pid)
        _exit(0);
    CHECK_EXITS(pid, 0);
}
