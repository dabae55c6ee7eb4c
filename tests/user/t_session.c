/*
 * t_session.c - groups and sessions: setpgid(2), setsid(2) and what they
 * refuse (rows F-03..F-09, F-11, A-11).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>

static void sleep_for_ever(void)
{
    for (;;)
        pause();
}

static void end(pid_t pid)
{
    CHECK(kill(pid, SIGKILL) == 0);
    CHECK_KILLED(pid, SIGKILL);
}

TEST("F-04 F-06 a child is in its parent's group and session")
{
    pid_t pid = child_start(sleep_for_ever);

    CHECK_EQ(getpgid(pid), getpgrp());
    CHECK_EQ(getsid(pid), getsid(0));
    CHECK_EQ(getpgid(0), getpgrp());
    CHECK_EQ(getpgid(getpid()), getpgrp());
    end(pid);
    CHECK_FAILS(getpgid(99999), ESRCH);
    CHECK_FAILS(getsid(99999), ESRCH);
    CHECK_FAILS(getpgid(-1), ESRCH);
}

static void found_session(void)
{
    pid_t self = getpid();

    CHECK_EQ(setsid(), self);
    CHECK_EQ(getsid(0), self);
    CHECK_EQ(getpgrp(), self);
    CHECK_FAILS(setsid(), EPERM);               /* leads its group */
    CHECK_FAILS(setpgid(0, 0), EPERM);          /* leads its session */
    CHECK_FAILS(setpgid(0, getppid()), EPERM);
}

TEST("F-01 F-03 setsid: a new session and group, not for a group's leader")
{
    CHECK_EQ(tap_in_child(found_session), 0);
    CHECK(setpgid(0, 0) == 0);
    CHECK_FAILS(setsid(), EPERM);
}

TEST("F-05 setpgid: oneself and children, into groups of the session")
{
    pid_t a = child_start(sleep_for_ever), b = child_start(sleep_for_ever);

    CHECK(setpgid(a, 0) == 0);
    CHECK_EQ(getpgid(a), a);
    CHECK(setpgid(b, a) == 0);
    CHECK_EQ(getpgid(b), a);
    CHECK(setpgid(b, getpgrp()) == 0);
    CHECK_EQ(getpgid(b), getpgrp());
    CHECK_FAILS(setpgid(a, -1), EINVAL);
    CHECK_FAILS(setpgid(a, 99999), EPERM);
    CHECK_FAILS(setpgid(99999, 0), ESRCH);
    CHECK_FAILS(setpgid(getppid(), 0), ESRCH);  /* not a child */
    CHECK_FAILS(setpgid(1, 0), ESRCH);
    end(a);
    end(b);
}

static struct gate ready;

static void sleep_in_own_session(void)
{
    CHECK(setsid() > 0);
    gate_open(&ready);
    sleep_for_ever();
}

TEST("F-05 setpgid: a child in another session, a group of another session")
{
    pid_t other, mine = child_start(sleep_for_ever);

    gate_init(&ready);
    other = child_start(sleep_in_own_session);
    gate_pass(&ready);
    CHECK_FAILS(setpgid(other, 0), EPERM);
    CHECK_FAILS(setpgid(mine, other), EPERM);
    CHECK_EQ(getsid(other), other);             /* Linux tells all */
    end(other);
    end(mine);
}

TEST("A-11 setpgid: EACCES once the child has called exec")
{
    pid_t pid = child_fork();

    if (pid == 0) {
        execl("/bin/sleep", "sleep", "1000", NULL);
        _exit(99);
    }
    sleep_ms(50);
    CHECK_FAILS(setpgid(pid, 0), EACCES);
    end(pid);
}

TEST("A-22 F-02 F-07 a group lives as long as a member, even a leaderless one")
{
    pid_t leader = child_start(sleep_for_ever);
    pid_t member = child_start(sleep_for_ever);

    CHECK(setpgid(leader, 0) == 0 && setpgid(member, leader) == 0);
    end(leader);
    CHECK_EQ(getpgid(member), leader);
    CHECK(kill(-leader, 0) == 0);
    CHECK(kill(-leader, SIGTERM) == 0);
    CHECK_KILLED(member, SIGTERM);
    CHECK_FAILS(kill(-leader, 0), ESRCH);
}

/* --- the terminal --- */

TEST("F-09 tcsetpgrp: groups of the session only")
{
    int tty = open("/dev/tty", O_RDWR);
    pid_t other, mine = child_start(sleep_for_ever), before;

    CHECK(tty >= 0);
    before = tcgetpgrp(tty);
    gate_init(&ready);
    other = child_start(sleep_in_own_session);
    gate_pass(&ready);
    CHECK_EQ(tcgetsid(tty), getsid(0));
    CHECK(setpgid(mine, 0) == 0);
    signal(SIGTTOU, SIG_IGN);
    CHECK(tcsetpgrp(tty, mine) == 0);
    CHECK_EQ(tcgetpgrp(tty), mine);
    CHECK_FAILS(tcsetpgrp(tty, other), EPERM);
    CHECK_EQ(tcsetpgrp(tty, 99999), -1);
    CHECK(errno == EPERM || errno == ESRCH);    /* POSIX, Linux */
    CHECK_FAILS(tcsetpgrp(tty, -1), EINVAL);
    CHECK(tcsetpgrp(tty, before) == 0);
    end(mine);
    end(other);
}

/* In a group of its own, which is not the terminal's. */
static void read_in_background(void)
{
    char c;

    CHECK(setpgid(0, 0) == 0);
    read(open("/dev/tty", O_RDWR), &c, 1);
}

static void read_ignoring(void)
{
    char c;

    signal(SIGTTIN, SIG_IGN);
    CHECK(setpgid(0, 0) == 0);
    CHECK_FAILS(read(open("/dev/tty", O_RDWR), &c, 1), EIO);
}

static void set_modes_in_background(void)
{
    struct termios t;
    int tty = open("/dev/tty", O_RDWR);

    CHECK(setpgid(0, 0) == 0);
    CHECK(tcgetattr(tty, &t) == 0);
    tcsetattr(tty, TCSANOW, &t);
}

static void check_stops(void (*body)(void), int signo)
{
    pid_t pid = child_start(body);
    int status;

    CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
    CHECK(WIFSTOPPED(status));
    CHECK_EQ(WSTOPSIG(status), signo);
    end(pid);
}

TEST("I-05 a background job that uses the terminal is stopped")
{
    check_stops(read_in_background, SIGTTIN);
    check_stops(set_modes_in_background, SIGTTOU);
    CHECK_EQ(tap_in_child(read_ignoring), 0);
}

/* --- orphaned groups --- */

static volatile int *seen;

static void see(int signo)
{
    seen[signo] = 1;
}

static void leave_stopped_child(void)
{
    pid_t pid;
    int status;

    pid = child_fork();
    if (pid == 0) {
        CHECK(setpgid(0, 0) == 0);
        signal(SIGHUP, see);
        signal(SIGCONT, see);
        raise(SIGSTOP);
        seen[0] = 1;
        _exit(0);
    }
    CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
}

TEST("F-11 a stopped group that is orphaned gets SIGHUP and SIGCONT")
{
    seen = child_shared(4096);
    CHECK_EQ(tap_in_child(leave_stopped_child), 0);
    for (int i = 0; i < 100 && !seen[0]; i++)
        sleep_ms(5);
    CHECK(seen[0] && seen[SIGHUP] && seen[SIGCONT]);
}
