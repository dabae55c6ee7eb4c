/*
 * t_group.c - process groups and sessions as objects: what their members see of
 * them, what keeps them alive, whom a signal reaches (lwp.md F-01, F-02, F-04,
 * F-07, F-08, G-21; seeds.md R08).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"

#include <limits.h>
#include <signal.h>

static void stay(void)
{
    for (;;)
        pause();
}

/* A child in a group: 0 its own, -1 ours. */
static pid_t start_in(pid_t group)
{
    pid_t pid = child_start(stay);

    if (group >= 0)
        CHECK_EQ(setpgid(pid, group), 0);
    return pid;
}

static void end(pid_t pid)
{
    CHECK_EQ(kill(pid, SIGKILL), 0);
    CHECK_KILLED(pid, SIGKILL);
}

/* A child in a session of its own, once it is. */
static pid_t start_session(void)
{
    pid_t pid = child_fork();

    if (pid == 0) {
        CHECK_EQ(setsid(), getpid());
        stay();
    }
    while (getsid(pid) != pid)
        sleep_ms(1);
    return pid;
}

TEST("F-04 F-01 getsid: of oneself, children, other sessions, init; ESRCH")
{
    pid_t member = start_in(-1), leader = start_session();

    CHECK_EQ(getsid(0), getsid(getpid()));
    CHECK_EQ(getsid(member), getsid(0));
    CHECK_EQ(getsid(leader), leader);       /* another session: allowed */
    CHECK_EQ(getpgid(leader), leader);
    CHECK(getsid(1) >= 0);
    CHECK_FAILS(getsid(-1), ESRCH);
    CHECK_FAILS(getsid(INT_MAX), ESRCH);
    CHECK_FAILS(getpgid(-1), ESRCH);
    end(leader);
    CHECK_FAILS(getsid(leader), ESRCH);
    end(member);
}

TEST("F-01 a session lives on when its leader has ended")
{
    struct gate told;
    pid_t leader, *member = child_shared(4096);

    gate_init(&told);
    leader = child_fork();
    if (leader == 0) {
        setsid();
        *member = child_start(stay);
        gate_open(&told);
        stay();
    }
    gate_pass(&told);
    end(leader);
    CHECK_EQ(getsid(*member), leader);
    CHECK_EQ(getpgid(*member), leader);
    CHECK_EQ(kill(-leader, 0), 0);          /* the group, too */
    CHECK_FAILS(setpgid(0, leader), EPERM); /* but it is another session's */
    CHECK_EQ(kill(*member, SIGKILL), 0);
    while (kill(-leader, 0) == 0)
        sleep_ms(1);
    CHECK_EQ(errno, ESRCH);
}

TEST("F-02 F-08 members come and go; the group ends with the last one")
{
    pid_t a = start_in(0), b = start_in(a), c = start_in(a), other = start_in(0);

    CHECK_EQ(getpgid(b), a);
    end(a);                                 /* its leader */
    CHECK_EQ(getpgid(b), a);
    CHECK_EQ(setpgid(other, a), 0);         /* others may still join */
    CHECK_EQ(setpgid(b, b), 0);             /* or leave */
    CHECK_EQ(setpgid(c, b), 0);
    CHECK_EQ(kill(-a, 0), 0);
    end(other);
    CHECK_FAILS(kill(-a, 0), ESRCH);
    CHECK_FAILS(setpgid(b, a), EPERM);      /* there is none any more */
    end(b);
    CHECK_EQ(kill(-b, 0), 0);
    end(c);
    CHECK_FAILS(kill(-b, 0), ESRCH);
}

TEST("F-02 a zombie is a member until it is waited for")
{
    pid_t pid = child_fork();
    siginfo_t info;

    if (pid == 0) {
        setpgid(0, 0);
        _exit(0);
    }
    CHECK_EQ(waitid(P_PID, pid, &info, WEXITED | WNOWAIT), 0);
    CHECK_EQ(getpgid(pid), pid);
    CHECK_EQ(kill(-pid, SIGTERM), 0);
    CHECK_EQ(waitpid(-pid, NULL, 0), pid);
    CHECK_FAILS(kill(-pid, 0), ESRCH);
    CHECK_FAILS(waitpid(-pid, NULL, 0), ECHILD);
}

TEST("R08 G-21 kill: one, a group, one's own group; nobody else dies")
{
    pid_t one = start_in(0), a = start_in(0), b = start_in(a);
    pid_t bystander = start_in(0), inner;

    end(one);
    CHECK_EQ(kill(-a, SIGTERM), 0);
    CHECK_KILLED(a, SIGTERM);
    CHECK_KILLED(b, SIGTERM);
    inner = child_fork();
    if (inner == 0) {
        setpgid(0, 0);
        child_start(stay);
        CHECK_EQ(kill(0, SIGUSR1), 0);
        stay();
    }
    CHECK_KILLED(inner, SIGUSR1);
    CHECK_EQ(kill(bystander, 0), 0);
    end(bystander);
}

static void kill_everybody(void)
{
    signal(SIGUSR1, SIG_IGN);
    if (setuid(4321) < 0)
        _exit(1);
    _exit(kill(-1, SIGUSR1) == 0 ? 0 : 2);
}

TEST("R08 kill(-1) by a user reaches the user's own processes only")
{
    pid_t mine, theirs = start_in(0), killer;
    struct gate ready;

    gate_init(&ready);
    killer = child_fork();
    if (killer == 0) {
        CHECK_EQ(setuid(4321), 0);
        CHECK_FAILS(kill(-1, SIGUSR1), EPERM);
        _exit(0);
    }
    CHECK_EXITS(killer, 0);
    mine = child_fork();
    if (mine == 0) {
        CHECK_EQ(setuid(4321), 0);
        gate_open(&ready);
        stay();
    }
    gate_pass(&ready);
    killer = child_start(kill_everybody);
    CHECK_KILLED(mine, SIGUSR1);
    CHECK_EXITS(killer, 0);
    CHECK_EQ(waitpid(theirs, NULL, WNOHANG), 0);
    end(theirs);
}

TEST("F-08 20 children change groups 500 times; the table stays right")
{
    pid_t pids[20], group[20];

    for (int i = 0; i < 20; i++)
        group[i] = pids[i] = start_in(0);
    for (int n = 0; n < 500; n++) {
        int i = tap_below(20), to = tap_below(20);
        bool there = false;

        for (int k = 0; k < 20; k++)
            there |= group[k] == pids[to];
        if (i == to || there) {
            CHECK_EQ(setpgid(pids[i], pids[to]), 0);
            group[i] = pids[to];
        } else {
            CHECK_FAILS(setpgid(pids[i], pids[to]), EPERM);
        }
        for (int k = 0; k < 20; k++)
            CHECK_EQ(getpgid(pids[k]), group[k]);
    }
    for (int i = 0; i < 20; i++)
        end(pids[i]);
}
