/*
 * t_rtobj_critical.c - the critical section that all processes share, by its
 * system calls (lwp.md row I-14).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/rtobj.h"
#include "tests/user/lib/slurp.h"
#include "tests/user/lib/thread.h"

#include <sched.h>
#include <signal.h>

static void *enter_and_leave(void *arg)
{
    CHECK_EQ(enter_critical(), 1);
    CHECK_EQ(exit_critical(), 0);
    return arg;
}

TEST("I-14 the section nests, and is its owner's to leave")
{
    CHECK_FAILS(exit_critical(), EPERM);
    for (int i = 1; i <= 10; i++)
        CHECK_EQ(enter_critical(), i);
    for (int i = 9; i >= 0; i--)
        CHECK_EQ(exit_critical(), i);
    CHECK_FAILS(exit_critical(), EPERM);
    join(start(enter_and_leave, NULL));
}

struct shared {
    volatile int inside, most, entered;
};
static struct shared *shared;

static void enter_often(void)
{
    for (int i = 0; i < 200; i++) {
        CHECK(enter_critical() == 1);
        if (++shared->inside > shared->most)
            shared->most = shared->inside;
        if (i % 16 == 0)
            sched_yield();
        shared->entered++;
        shared->inside--;
        CHECK_EQ(exit_critical(), 0);
    }
}

TEST("I-14 of all threads of all processes one is inside")
{
    pid_t pid[4];

    shared = child_shared(sizeof(*shared));
    for (int i = 0; i < 4; i++)
        pid[i] = child_start(enter_often);
    for (int i = 0; i < 4; i++)
        CHECK_EXITS(pid[i], 0);
    CHECK_EQ(shared->most, 1);
    CHECK_EQ(shared->entered, 800);
}

static struct gate inside;

static void enter_once(void)
{
    enter_and_leave(NULL);
}

static void enter_and_stay(void)
{
    CHECK_EQ(enter_critical(), 1);
    CHECK_EQ(enter_critical(), 2);
    gate_open(&inside);
    pause();
}

static void enter_and_exec(void)
{
    char *argv[] = { (char *)tap_self, "1", NULL };

    CHECK_EQ(enter_critical(), 1);
    setenv("ROLE", "inside", 1);
    execv(tap_self, argv);
    _exit(3);
}

ROLE(inside)
{
    if (exit_critical() == 0 || errno != EPERM)
        return 1;
    return enter_critical() == 1 ? 0 : 2;   /* and ends inside */
}

static void *end_inside(void *arg)
{
    CHECK_EQ(enter_critical(), 1);
    return arg;
}

TEST("I-14 a death inside releases it: killed, exec, thread's end, exit")
{
    pid_t pid, waiter;

    gate_init(&inside);
    for (int i = 0; i < 10; i++) {
        pid = child_start(enter_and_stay);
        gate_pass(&inside);
        waiter = child_start(enter_once);
        while (slurp_stat(waiter, 3) != 'S')
            sleep_ms(1);
        child_kill(pid);
        CHECK_EXITS(waiter, 0);
    }
    CHECK_EXITS(child_start(enter_and_exec), 0);
    join(start(end_inside, NULL));
    enter_and_leave(NULL);
}

static void on_signal(int signo)
{
    (void)signo;
}

static void expect_interruption(void)
{
    struct sigaction action = { .sa_handler = on_signal };

    CHECK_EQ(sigaction(SIGUSR1, &action, NULL), 0);
    CHECK_FAILS(enter_critical(), EINTR);
    CHECK_FAILS(exit_critical(), EPERM);
}

TEST("I-14 waiting for it can be interrupted")
{
    siginfo_t end = { 0 };
    pid_t pid;

    CHECK_EQ(signal(SIGUSR1, SIG_IGN) == SIG_ERR, 0);
    CHECK_EQ(enter_critical(), 1);
    pid = child_start(expect_interruption);
    while (!end.si_pid) {
        CHECK_EQ(kill(pid, SIGUSR1), 0);
        sleep_ms(2);
        CHECK_EQ(waitid(P_PID, pid, &end, WEXITED | WNOHANG | WNOWAIT), 0);
    }
    CHECK_EXITS(pid, 0);
    CHECK_EQ(exit_critical(), 0);
}
