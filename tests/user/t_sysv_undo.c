/*
 * t_sysv_undo.c - SEM_UNDO of semop(2): the end of a process, however it comes,
 * undoes what it has done to semaphores.
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/failnth.h"
#include "tests/user/lib/sysv.h"
#include "tests/user/lib/thread.h"

#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>

static int set;             /* of the running test */
static struct gate done;

static void take_and_exit(void)
{
    CHECK_EQ(sem_do(set, 0, -2, SEM_UNDO), 0);
    CHECK_EQ(sem_do(set, 1, 3, SEM_UNDO), 0);
    CHECK_EQ(sem_do(set, 1, 1, SEM_UNDO), 0);
    CHECK_EQ(sem_do(set, 2, 1, 0), 0);
    CHECK_EQ(sem_value(set, 0), 3);
    CHECK_EQ(sem_value(set, 1), 9);
}

TEST("D-13 undo: exit puts back what SEM_UNDO has changed, nothing else")
{
    pid_t pid;

    set = sem_make(3, 5);
    pid = child_start(take_and_exit);
    CHECK_EXITS(pid, 0);
    CHECK_EQ(sem_value(set, 0), 5);
    CHECK_EQ(sem_value(set, 1), 5);
    CHECK_EQ(sem_value(set, 2), 6);
    CHECK_EQ(semctl(set, 0, GETPID), pid);
    sem_drop(set);
}

static void take_and_wait(void)
{
    CHECK_EQ(sem_do(set, 0, -1, SEM_UNDO), 0);
    gate_open(&done);
    for (;;)
        pause();
}

TEST("D-13 undo: kill -9 of the holder frees the lock for who waits")
{
    pid_t holder, next;

    set = sem_make(1, 1);
    gate_init(&done);
    holder = child_start(take_and_wait);
    gate_pass(&done);
    next = child_start(take_and_wait);
    sem_await(set, 0, GETNCNT, 1);
    CHECK_EQ(kill(holder, SIGKILL), 0);
    CHECK_KILLED(holder, SIGKILL);
    gate_pass(&done);
    CHECK_EQ(sem_value(set, 0), 0);
    CHECK_EQ(kill(next, SIGKILL), 0);
    CHECK_KILLED(next, SIGKILL);
    CHECK_EQ(sem_value(set, 0), 1);
    sem_drop(set);
}

static void take_without_waiting_to_get(void)
{
    CHECK_EQ(sem_do(set, 0, -1, SEM_UNDO), 0);
    sem_do(set, 1, -1, SEM_UNDO);
    _exit(9);
}

TEST("D-13 undo: kill -9 of one that holds and waits")
{
    pid_t pid;

    set = sem_make(2, 0);
    for (int i = 0; i < 20; i++) {
        CHECK_EQ(sem_store(set, 0, 1), 0);
        pid = child_start(take_without_waiting_to_get);
        sem_await(set, 1, GETNCNT, 1);
        CHECK_EQ(kill(pid, SIGKILL), 0);
        CHECK_KILLED(pid, SIGKILL);
        CHECK_EQ(sem_value(set, 0), 1);
        CHECK_EQ(sem_value(set, 1), 0);
        CHECK_EQ(semctl(set, 1, GETNCNT), 0);
    }
    sem_drop(set);
}

static void add_ten(void)
{
    CHECK_EQ(sem_do(set, 0, 10, SEM_UNDO), 0);
    CHECK_EQ(sem_do(set, 1, -10, SEM_UNDO), 0);
    gate_open(&done);
    for (;;)
        pause();
}

TEST("D-13 undo: values stay in their range")
{
    pid_t pid;

    set = sem_make(2, 10);
    gate_init(&done);
    pid = child_start(add_ten);
    gate_pass(&done);
    CHECK_EQ(sem_do(set, 0, -18, 0), 0);
    CHECK_EQ(sem_do(set, 1, 32767, 0), 0);
    CHECK_EQ(kill(pid, SIGKILL), 0);
    CHECK_KILLED(pid, SIGKILL);
    CHECK_EQ(sem_value(set, 0), 0);
    CHECK_EQ(sem_value(set, 1), 32767);
    sem_drop(set);
}

TEST("D-13 undo: SETVAL and SETALL forget what was to be undone")
{
    unsigned short all[2] = { 50, 60 };
    pid_t pid;

    set = sem_make(2, 10);
    gate_init(&done);
    pid = child_start(add_ten);
    gate_pass(&done);
    CHECK_EQ(sem_store(set, 0, 40), 0);
    CHECK_EQ(kill(pid, SIGKILL), 0);
    CHECK_KILLED(pid, SIGKILL);
    CHECK_EQ(sem_value(set, 0), 40);
    CHECK_EQ(sem_value(set, 1), 10);
    pid = child_start(add_ten);
    gate_pass(&done);
    CHECK_EQ(semctl(set, 0, SETALL, all), 0);
    CHECK_EQ(kill(pid, SIGKILL), 0);
    CHECK_KILLED(pid, SIGKILL);
    CHECK_EQ(sem_value(set, 0), 50);
    CHECK_EQ(sem_value(set, 1), 60);
    sem_drop(set);
}

static void reach_the_limit(void)
{
    CHECK_EQ(sem_do(set, 0, 32767, SEM_UNDO), 0);
    CHECK_EQ(sem_do(set, 0, -32767, 0), 0);
    CHECK_EQ(sem_do(set, 0, 1, SEM_UNDO), 0);
    CHECK_FAILS(sem_do(set, 0, 1, SEM_UNDO), ERANGE);
    CHECK_FAILS(sem_do_all(set, { 1, 1, SEM_UNDO }, { 0, 1, SEM_UNDO }),
                ERANGE);
    CHECK_EQ(sem_value(set, 0), 1);
    CHECK_EQ(sem_value(set, 1), 0);
}

TEST("D-13 undo: no more than SEMAEM is to be undone")
{
    set = sem_make(2, 0);
    CHECK_EXITS(child_start(reach_the_limit), 0);
    CHECK_EQ(sem_value(set, 0), 0);
    CHECK_EQ(sem_value(set, 1), 0);
    sem_drop(set);
}

static void fail_with_undo(void)
{
    CHECK_FAILS(sem_do_all(set, { 0, 1, SEM_UNDO },
                           { 1, -1, SEM_UNDO | IPC_NOWAIT }), EAGAIN);
}

TEST("D-13 undo: a call that fails has nothing to undo")
{
    set = sem_make(2, 0);
    CHECK_EXITS(child_start(fail_with_undo), 0);
    CHECK_EQ(sem_value(set, 0), 0);
    sem_drop(set);
}

static void parent_of_child(void)
{
    CHECK_EQ(sem_do(set, 0, 1, SEM_UNDO), 0);
    pid_t pid = child_fork();
    if (pid == 0)
        _exit(0);
    CHECK_EXITS(pid, 0);
    CHECK_EQ(sem_value(set, 0), 1);
}

TEST("D-13 undo: a child does not inherit it")
{
    set = sem_make(1, 0);
    CHECK_EXITS(child_start(parent_of_child), 0);
    CHECK_EQ(sem_value(set, 0), 0);
    sem_drop(set);
}

ROLE(after_exec)
{
    set = atoi(argv[1]);
    CHECK_EQ(sem_value(set, 0), 1);
    return 0;
}

static void add_and_exec(void)
{
    char id[12];

    snprintf(id, sizeof(id), "%d", set);
    CHECK_EQ(sem_do(set, 0, 1, SEM_UNDO), 0);
    setenv("ROLE", "after_exec", 1);
    execl(tap_self, tap_self, id, NULL);
}

TEST("D-13 undo: exec keeps it, and the new program's end undoes")
{
    set = sem_make(1, 0);
    CHECK_EXITS(child_start(add_and_exec), 0);
    CHECK_EQ(sem_value(set, 0), 0);
    sem_drop(set);
}

/* --- threads ------------------------------------------------------------- */

static void *add_one(void *unused)
{
    CHECK_EQ(sem_do(set, 0, 1, SEM_UNDO), 0);
    return unused;
}

static void add_in_threads(void)
{
    pthread_t t = start(add_one, NULL), u = start(add_one, NULL);

    join(t);
    join(u);
    CHECK_EQ(sem_do(set, 0, 0, IPC_NOWAIT), -1);
    CHECK_EQ(sem_value(set, 0), 2);
    CHECK_EQ(sem_do(set, 0, -1, SEM_UNDO), 0);
}

TEST("D-13 undo: threads have one sum; the process's end undoes, not theirs")
{
    set = sem_make(1, 0);
    CHECK_EXITS(child_start(add_in_threads), 0);
    CHECK_EQ(sem_value(set, 0), 0);
    sem_drop(set);
}

static char stack[16384] __attribute__((aligned(16)));

static int add_and_leave(void *unused)
{
    (void)unused;
    sem_do(set, 0, 1, SEM_UNDO);
    return 0;
}

static void share_by_clone(void)
{
    pid_t pid = clone(add_and_leave, stack + sizeof(stack),
                      CLONE_SYSVSEM | SIGCHLD, NULL);

    CHECK(pid > 0);
    CHECK_EXITS(pid, 0);
    CHECK_EQ(sem_value(set, 0), 1);
    pid = clone(add_and_leave, stack + sizeof(stack), SIGCHLD, NULL);
    CHECK(pid > 0);
    CHECK_EXITS(pid, 0);
    CHECK_EQ(sem_value(set, 0), 1);
}

TEST("D-13 undo: processes share it with CLONE_SYSVSEM alone")
{
    set = sem_make(1, 0);
    CHECK_EXITS(child_start(share_by_clone), 0);
    CHECK_EQ(sem_value(set, 0), 0);
    sem_drop(set);
}

static void part_with_it(void)
{
    CHECK_EQ(sem_do(set, 0, 1, SEM_UNDO), 0);
    CHECK_EQ(unshare(CLONE_SYSVSEM), 0);
    CHECK_EQ(sem_value(set, 0), 0);
    CHECK_EQ(sem_do(set, 0, 1, SEM_UNDO), 0);
}

TEST("D-13 undo: unshare(CLONE_SYSVSEM) undoes at once")
{
    set = sem_make(1, 0);
    CHECK_EXITS(child_start(part_with_it), 0);
    CHECK_EQ(sem_value(set, 0), 0);
    sem_drop(set);
}

/* --- removal ------------------------------------------------------------- */

static void outlive_sets(void)
{
    int id[10];

    for (int round = 0; round < 20; round++) {
        for (int i = 0; i < 10; i++) {
            id[i] = sem_make(3, 0);
            CHECK_EQ(sem_do(id[i], i % 3, 1, SEM_UNDO), 0);
        }
        for (int i = round % 2; i < 10; i += 2)
            sem_drop(id[i]);
        for (int i = !(round % 2); i < 10; i += 2)
            sem_drop(id[i]);
    }
    set = sem_make(1, 0);
    CHECK_EQ(sem_do(set, 0, 1, SEM_UNDO), 0);
    sem_drop(set);
}

TEST("D-13 undo: of a removed set there is nothing to undo")
{
    CHECK_EXITS(child_start(outlive_sets), 0);
}

static int sets[8];

static void use_all_sets(void)
{
    for (;;) {
        int i = tap_below(8);

        if (sem_do(sets[i], 0, tap_below(2) ? 1 : -1, SEM_UNDO | IPC_NOWAIT) < 0
            && errno != EAGAIN && errno != EINVAL && errno != ERANGE)
            _exit(8);
    }
}

TEST("D-13 undo: exits and removals at the same time")
{
    pid_t pid[4];

    for (int round = 0; round < 8; round++) {
        for (int i = 0; i < 8; i++)
            sets[i] = sem_make(1, 100);
        for (int i = 0; i < 4; i++) {
            tap_series(round * 4 + i);
            pid[i] = child_start(use_all_sets);
        }
        sleep_ms(2);
        for (int i = 0; i < 4; i++) {
            CHECK_EQ(kill(pid[i], SIGKILL), 0);
            sem_drop(sets[i]);
        }
        for (int i = 0; i < 4; i++)
            CHECK_KILLED(pid[i], SIGKILL);
        for (int i = 4; i < 8; i++) {
            CHECK_EQ(sem_value(sets[i], 0), 100);
            sem_drop(sets[i]);
        }
    }
}

static void hold_and_release(void)
{
    for (;;) {
        if (sem_do_all(set, { 0, -1, SEM_UNDO }, { 1, 1, SEM_UNDO }) < 0)
            _exit(8);
        if (sem_do_all(set, { 0, 1, SEM_UNDO }, { 1, -1, SEM_UNDO }) < 0)
            _exit(8);
    }
}

TEST("D-13 undo: holders that are killed at random lose nothing")
{
    pid_t pid[6] = { 0 };

    set = sem_make(2, 0);
    CHECK_EQ(sem_store(set, 0, 2), 0);
    for (int round = 0; round < 20; round++) {
        int i = tap_below(6);

        if (pid[i]) {
            CHECK_EQ(kill(pid[i], SIGKILL), 0);
            CHECK_KILLED(pid[i], SIGKILL);
        }
        pid[i] = child_start(hold_and_release);
        if (tap_below(3) == 0)
            sleep_ms(1);
    }
    for (int i = 0; i < 6; i++) {
        if (!pid[i])
            continue;
        CHECK_EQ(kill(pid[i], SIGKILL), 0);
        CHECK_KILLED(pid[i], SIGKILL);
    }
    CHECK_EQ(sem_value(set, 0), 2);
    CHECK_EQ(sem_value(set, 1), 0);
    sem_drop(set);
}

/* --- no memory ----------------------------------------------------------- */

/* Each time in a new process, which has no undos yet. */
static int *result;

static int try_undo(int n)
{
    pid_t pid = child_fork();

    if (pid == 0) {
        fail_open();
        fail_nth(n);
        *result = sem_do(set, 0, 1, SEM_UNDO) < 0 ? errno : 0;
        fail_nth(0);
        _exit(sem_value(set, 0) != (*result ? 0 : 1));
    }
    CHECK_EXITS(pid, 0);
    CHECK_EQ(sem_value(set, 0), 0);
    return *result;
}

TEST("D-13 fail-nth: SEM_UNDO")
{
    result = child_shared(sizeof(*result));
    set = sem_make(100, 0);
    fail_walk_all(try_undo, 2);
    sem_drop(set);
}
