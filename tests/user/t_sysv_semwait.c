/*
 * t_sysv_semwait.c - System V semaphores: who waits, and who goes on.
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/sysv.h"

#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>

static int set;             /* of the running test */
static volatile int *shared;

/* --- waiting ------------------------------------------------------------- */

/* A child that makes the call and notes its turn. */
static pid_t waiter(int num, int op)
{
    pid_t pid = child_fork();

    if (pid == 0) {
        CHECK_EQ(sem_do(set, num, op, 0), 0);
        _exit(__atomic_add_fetch(shared, 1, __ATOMIC_SEQ_CST));
    }
    return pid;
}

TEST("D-13 sem: who waits goes on when the value allows it, the oldest first")
{
    pid_t pid[4];

    set = sem_make(1, 0);
    shared = child_shared(sizeof(*shared));
    for (int i = 0; i < 4; i++) {
        pid[i] = waiter(0, -1);
        sem_await(set, 0, GETNCNT, i + 1);
    }
    for (int i = 0; i < 4; i++) {
        CHECK_EQ(sem_do(set, 0, 1, 0), 0);
        CHECK_EXITS(pid[i], i + 1);
        CHECK_EQ(semctl(set, 0, GETPID), pid[i]);
    }
    CHECK_EQ(sem_value(set, 0), 0);
    sem_drop(set);
}

TEST("D-13 sem: who needs little does not wait behind who needs much")
{
    pid_t much, little;

    set = sem_make(1, 0);
    shared = child_shared(sizeof(*shared));
    much = waiter(0, -10);
    sem_await(set, 0, GETNCNT, 1);
    little = waiter(0, -2);
    sem_await(set, 0, GETNCNT, 2);
    CHECK_EQ(sem_do(set, 0, 3, 0), 0);
    CHECK_EXITS(little, 1);
    CHECK_EQ(semctl(set, 0, GETNCNT), 1);
    CHECK_EQ(sem_do(set, 0, 9, 0), 0);
    CHECK_EXITS(much, 2);
    CHECK_EQ(sem_value(set, 0), 0);
    sem_drop(set);
}

TEST("D-13 sem: who waits for zero goes before who waits for more")
{
    pid_t zero, more;

    set = sem_make(1, 1);
    shared = child_shared(sizeof(*shared));
    more = waiter(0, -2);
    sem_await(set, 0, GETNCNT, 1);
    zero = waiter(0, 0);
    sem_await(set, 0, GETZCNT, 1);
    CHECK_EQ(semctl(set, 0, GETNCNT), 1);
    CHECK_EQ(sem_do(set, 0, -1, 0), 0);
    CHECK_EXITS(zero, 1);
    CHECK_EQ(sem_do(set, 0, 2, 0), 0);
    CHECK_EXITS(more, 2);
    sem_drop(set);
}

static void takes_both(void)
{
    CHECK_EQ(sem_do_all(set, { 0, -1, 0 }, { 1, -1, 0 }, { 2, 1, 0 }), 0);
}

TEST("D-13 sem: a call that needs two semaphores takes neither before both")
{
    pid_t pid;

    set = sem_make(3, 0);
    pid = child_start(takes_both);
    sem_await(set, 0, GETNCNT, 1);
    CHECK_EQ(semctl(set, 1, GETNCNT), 0);
    CHECK_EQ(sem_do(set, 0, 1, 0), 0);
    sem_await(set, 1, GETNCNT, 1);
    CHECK_EQ(semctl(set, 0, GETNCNT), 0);
    CHECK_EQ(sem_value(set, 0), 1);
    CHECK_EQ(sem_do(set, 1, 1, 0), 0);
    CHECK_EXITS(pid, 0);
    CHECK_EQ(sem_value(set, 0), 0);
    CHECK_EQ(sem_value(set, 2), 1);
    sem_drop(set);
}

static void chain_first(void)
{
    CHECK_EQ(sem_do_all(set, { 1, -1, 0 }, { 2, 1, 0 }), 0);
}

static void chain_second(void)
{
    CHECK_EQ(sem_do_all(set, { 0, -1, 0 }, { 1, 1, 0 }), 0);
}

static void chain_zero(void)
{
    CHECK_EQ(sem_do(set, 3, 0, 0), 0);
}

TEST("D-13 sem: what a call that waited does lets older ones go on")
{
    pid_t first, second, zero;

    set = sem_make(4, 0);
    CHECK_EQ(sem_store(set, 3, 1), 0);
    first = child_start(chain_first);
    sem_await(set, 1, GETNCNT, 1);
    second = child_start(chain_second);
    sem_await(set, 0, GETNCNT, 1);
    zero = child_start(chain_zero);
    sem_await(set, 3, GETZCNT, 1);
    CHECK_EQ(sem_do(set, 0, 1, 0), 0);
    CHECK_EXITS(first, 0);
    CHECK_EXITS(second, 0);
    CHECK_EQ(sem_value(set, 2), 1);
    CHECK_EQ(sem_do(set, 3, -1, 0), 0);
    CHECK_EXITS(zero, 0);
    sem_drop(set);
}

static void adds_at_zero(void)
{
    CHECK_EQ(sem_do_all(set, { 0, 0, 0 }, { 1, 1, 0 }), 0);
}

TEST("D-13 sem: what one operation takes lets an older call of two go on")
{
    pid_t first, second;

    set = sem_make(2, 0);
    shared = child_shared(sizeof(*shared));
    CHECK_EQ(sem_store(set, 0, 1), 0);
    first = child_start(adds_at_zero);
    sem_await(set, 0, GETZCNT, 1);
    second = waiter(0, -2);
    sem_await(set, 0, GETNCNT, 1);
    CHECK_EQ(sem_do(set, 0, 1, 0), 0);
    CHECK_EQ(semctl(set, 0, GETZCNT), 0);
    CHECK_EQ(sem_value(set, 1), 1);
    CHECK_EXITS(first, 0);
    CHECK_EXITS(second, 1);
    sem_drop(set);
}

TEST("D-13 sem: SETVAL and SETALL let go on who waits")
{
    unsigned short all[2] = { 0, 4 };
    pid_t a, b;

    set = sem_make(2, 3);
    shared = child_shared(sizeof(*shared));
    a = waiter(0, 0);
    b = waiter(1, -4);
    sem_await(set, 0, GETZCNT, 1);
    sem_await(set, 1, GETNCNT, 1);
    CHECK_EQ(sem_store(set, 0, 0), 0);
    CHECK_EXITS(a, 1);
    CHECK_EQ(semctl(set, 0, SETALL, all), 0);
    CHECK_EXITS(b, 2);
    CHECK_EQ(sem_value(set, 1), 0);
    sem_drop(set);
}

static void expects_removal(void)
{
    CHECK_FAILS(sem_do(set, 0, -1, SEM_UNDO), EIDRM);
}

static void expects_removal_zero(void)
{
    CHECK_FAILS(sem_do(set, 1, 0, 0), EIDRM);
}

TEST("D-13 sem: removal ends every wait with EIDRM")
{
    pid_t a, b;

    set = sem_make(2, 0);
    CHECK_EQ(sem_store(set, 1, 1), 0);
    a = child_start(expects_removal);
    b = child_start(expects_removal_zero);
    sem_await(set, 0, GETNCNT, 1);
    sem_await(set, 1, GETZCNT, 1);
    sem_drop(set);
    CHECK_EXITS(a, 0);
    CHECK_EXITS(b, 0);
}

static void on_signal(int signo)
{
    (void)signo;
}

static void expects_signal(void)
{
    struct sigaction act = { .sa_handler = on_signal, .sa_flags = SA_RESTART };

    CHECK_EQ(sigaction(SIGUSR1, &act, NULL), 0);
    CHECK_FAILS(sem_do(set, 0, -1, 0), EINTR);
}

TEST("D-13 sem: a handled signal ends the wait with EINTR, SA_RESTART or not")
{
    pid_t pid;

    set = sem_make(1, 0);
    pid = child_start(expects_signal);
    sem_await(set, 0, GETNCNT, 1);
    CHECK_EQ(kill(pid, SIGUSR1), 0);
    CHECK_EXITS(pid, 0);
    CHECK_EQ(semctl(set, 0, GETNCNT), 0);
    CHECK_EQ(sem_do(set, 0, 1, 0), 0);
    CHECK_EQ(sem_value(set, 0), 1);
    sem_drop(set);
}

TEST("D-13 sem: who is killed while waiting takes nothing")
{
    pid_t pid;

    set = sem_make(1, 0);
    shared = child_shared(sizeof(*shared));
    for (int i = 0; i < 20; i++) {
        pid = waiter(0, -1);
        sem_await(set, 0, GETNCNT, 1);
        CHECK_EQ(kill(pid, SIGKILL), 0);
        CHECK_KILLED(pid, SIGKILL);
        CHECK_EQ(semctl(set, 0, GETNCNT), 0);
    }
    CHECK_EQ(sem_do(set, 0, 1, 0), 0);
    CHECK_EQ(sem_value(set, 0), 1);
    sem_drop(set);
}

TEST("D-13 sem: semtimedop gives up when its time is over")
{
    struct sembuf down = { 0, -1, 0 };
    struct timespec ms30 = { 0, 30000000 }, none = { 0, 0 };
    struct timespec bad[] = { { -1, 0 }, { 0, -1 }, { 0, 1000000000 } };
    int id = sem_make(1, 0);
    int64_t start = tap_now();

    CHECK_FAILS(semtimedop(id, &down, 1, &ms30), EAGAIN);
    CHECK(tap_now() - start >= 30000000);
    CHECK_FAILS(semtimedop(id, &down, 1, &none), EAGAIN);
    CHECK_EQ(semctl(id, 0, GETNCNT), 0);
    for (int i = 0; i < 3; i++)
        CHECK_FAILS(semtimedop(id, &down, 1, &bad[i]), EINVAL);
    CHECK_FAILS(syscall(SYS_semtimedop, id, &down, 1, 8), EFAULT);
    CHECK_EQ(sem_store(id, 0, 2), 0);
    CHECK_EQ(semtimedop(id, &down, 1, &none), 0);
    CHECK_EQ(semtimedop(id, &down, 1, NULL), 0);
    sem_drop(id);
}

/* --- many ---------------------------------------------------------------- */

#define TURNS 2000

static void add_in_turn(void)
{
    for (int i = 0; i < TURNS; i++) {
        CHECK_EQ(sem_do(set, 0, -1, SEM_UNDO), 0);
        int was = *shared;
        if (i % 64 == 0)
            sched_yield();
        *shared = was + 1;
        CHECK_EQ(sem_do(set, 0, 1, SEM_UNDO), 0);
    }
}

TEST("D-13 sem: as a lock between processes")
{
    pid_t pid[4];

    set = sem_make(1, 1);
    shared = child_shared(sizeof(*shared));
    for (int i = 0; i < 4; i++)
        pid[i] = child_start(add_in_turn);
    for (int i = 0; i < 4; i++)
        CHECK_EXITS(pid[i], 0);
    CHECK_EQ(*shared, 4 * TURNS);
    CHECK_EQ(sem_value(set, 0), 1);
    sem_drop(set);
}

static void ring_of_turns(void)
{
    int me = (int)tap_below(4);

    for (int i = 0; i < TURNS / 4; i++) {
        if (sem_do_all(set, { me, -1, 0 }, { (me + 1) % 4, -1, 0 }) < 0)
            _exit(errno == EIDRM || errno == EINVAL ? 7 : 8);
        if (sem_do_all(set, { me, 1, 0 }, { (me + 1) % 4, 1, 0 }) < 0)
            _exit(errno == EIDRM || errno == EINVAL ? 7 : 8);
    }
    _exit(7);
}

TEST("D-13 sem: removed in the midst of it")
{
    pid_t pid[4];

    for (int round = 0; round < 10; round++) {
        set = sem_make(4, 1);
        for (int i = 0; i < 4; i++) {
            tap_series(round * 4 + i);
            pid[i] = child_start(ring_of_turns);
        }
        sleep_ms(tap_below(10));
        sem_drop(set);
        for (int i = 0; i < 4; i++)
            CHECK_EXITS(pid[i], 7);
    }
}
