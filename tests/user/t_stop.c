/*
 * t_stop.c - stopping and continuing, process groups, sessions, orphans (lwp.md
 * rows F-03..F-13, G-15, G-16, A-11, A-13; peers.md P2).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>

static volatile int calls;

static void count(int signo)
{
    (void)signo;
    calls++;
}

static void pause_for_ever(void)
{
    for (;;)
        pause();
}

static struct gate ready;

static void tell_and_pause(void)
{
    gate_open(&ready);
    pause_for_ever();
}

/* A child that is past fork(3), which blocks signals for a while. */
static pid_t start_ready(void)
{
    pid_t pid;

    gate_init(&ready);
    pid = child_start(tell_and_pause);
    gate_pass(&ready);
    return pid;
}

/* Its next wait status, of any kind. */
static int next_status(pid_t pid)
{
    int status;

    CHECK_EQ(waitpid(pid, &status, WUNTRACED | WCONTINUED), pid);
    return status;
}

static void stop(pid_t pid, int signo)
{
    int status;

    CHECK_EQ(kill(pid, signo), 0);
    status = next_status(pid);
    CHECK(WIFSTOPPED(status));
    CHECK_EQ(WSTOPSIG(status), signo);
}

/* --- stop and continue --- */

TEST("P2 each stop signal stops, SIGCONT continues, each is reported once")
{
    const int signals[] = { SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU };

    for (int i = 0; i < 4; i++) {
        pid_t pid = child_start(pause_for_ever);

        CHECK_EQ(setpgid(pid, pid), 0);
        stop(pid, signals[i]);
        CHECK_EQ(waitpid(pid, NULL, WUNTRACED | WNOHANG), 0);
        kill(pid, SIGCONT);
        CHECK_EQ(next_status(pid), 0xffff);
        kill(pid, SIGKILL);
        CHECK_KILLED(pid, SIGKILL);
    }
}

static volatile int *shared;

static void *run_up(void *arg)
{
    for (;;)
        __atomic_add_fetch(shared, 1, __ATOMIC_RELAXED);
    return arg;
}

static void run_up_in_threads(void)
{
    pthread_t thread;

    pthread_create(&thread, NULL, run_up, NULL);
    pthread_create(&thread, NULL, run_up, NULL);
    pause_for_ever();
}

TEST("A-12 G-15 a stop stops all threads, also those that only compute")
{
    pid_t pid;
    int before;

    shared = child_shared(4096);
    pid = child_start(run_up_in_threads);
    while (!*shared)
        sleep_ms(1);
    stop(pid, SIGSTOP);
    before = *shared;
    sleep_ms(30);
    CHECK_EQ(*shared, before);
    kill(pid, SIGCONT);
    CHECK_EQ(next_status(pid), 0xffff);
    while (*shared == before)
        sleep_ms(1);
    kill(pid, SIGKILL);
    CHECK_KILLED(pid, SIGKILL);
}

TEST("G-15 a stopped process takes only SIGKILL and SIGCONT")
{
    pid_t pid = start_ready();

    stop(pid, SIGSTOP);
    kill(pid, SIGTERM);
    sleep_ms(20);
    CHECK_EQ(waitpid(pid, NULL, WNOHANG), 0);
    kill(pid, SIGCONT);
    CHECK_KILLED(pid, SIGTERM);
    pid = start_ready();
    stop(pid, SIGSTOP);
    kill(pid, SIGKILL);
    CHECK_KILLED(pid, SIGKILL);
}

static void block_and_ignore_cont(void)
{
    sigset_t all;

    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    signal(SIGCONT, SIG_IGN);
    raise(SIGSTOP);
    _exit(5);
}

TEST("G-16 SIGCONT continues even if it is blocked and ignored")
{
    pid_t pid = child_start(block_and_ignore_cont);

    CHECK(WIFSTOPPED(next_status(pid)));
    kill(pid, SIGCONT);
    CHECK_EXITS(pid, 5);
}

TEST("G-16 a stop signal drops a pending SIGCONT, and the other way round")
{
    sigset_t all, pending;

    signal(SIGCONT, count);
    signal(SIGTSTP, count);
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    raise(SIGTSTP);
    raise(SIGCONT);
    sigpending(&pending);
    CHECK(!sigismember(&pending, SIGTSTP) && sigismember(&pending, SIGCONT));
    raise(SIGTSTP);
    sigpending(&pending);
    CHECK(sigismember(&pending, SIGTSTP) && !sigismember(&pending, SIGCONT));
}

static volatile int reported_code, reported_status;

static void note_child(int signo, siginfo_t *info, void *context)
{
    (void)signo;
    (void)context;
    reported_code = info->si_code;
    reported_status = info->si_status;
    calls++;
}

TEST("B-21 SIGCHLD tells of stops and continuations unless SA_NOCLDSTOP")
{
    struct sigaction action = { .sa_flags = SA_SIGINFO | SA_RESTART };
    pid_t pid = child_start(pause_for_ever);

    action.sa_sigaction = note_child;
    sigaction(SIGCHLD, &action, NULL);
    stop(pid, SIGSTOP);
    CHECK_EQ(reported_code, CLD_STOPPED);
    CHECK_EQ(reported_status, SIGSTOP);
    kill(pid, SIGCONT);
    CHECK_EQ(next_status(pid), 0xffff);
    CHECK_EQ(reported_code, CLD_CONTINUED);
    CHECK_EQ(reported_status, SIGCONT);
    action.sa_flags |= SA_NOCLDSTOP;
    sigaction(SIGCHLD, &action, NULL);
    calls = 0;
    stop(pid, SIGSTOP);
    CHECK_EQ(calls, 0);
    kill(pid, SIGKILL);
    CHECK_KILLED(pid, SIGKILL);
    CHECK_EQ(reported_code, CLD_KILLED);
}

static void sleep_a_while(void)
{
    struct timespec time = { 0, 60000000 };

    CHECK_EQ(nanosleep(&time, NULL), 0);
}

TEST("G-12 a sleep that was stopped goes on to its end")
{
    pid_t pid = child_start(sleep_a_while);

    sleep_ms(10);
    stop(pid, SIGSTOP);
    kill(pid, SIGCONT);
    CHECK_EQ(next_status(pid), 0xffff);
    CHECK_EXITS(pid, 0);
}

/* --- groups --- */

TEST("F-05 setpgid: the errors")
{
    CHECK_FAILS(setpgid(0, -1), EINVAL);
    CHECK_FAILS(setpgid(99999, 0), ESRCH);
    CHECK_FAILS(setpgid(1, 1), ESRCH);
    CHECK_FAILS(getpgid(99999), ESRCH);
    CHECK_FAILS(getsid(99999), ESRCH);
    CHECK_EQ(setpgid(0, 0), 0);
    CHECK_EQ(getpgrp(), getpid());
    CHECK_FAILS(setpgid(0, 99999), EPERM);
}

TEST("F-05 F-08 setpgid moves children, as long as they have not run exec")
{
    pid_t pid = child_start(pause_for_ever);
    int p[2];
    char byte;

    CHECK_EQ(setpgid(0, 0), 0);
    CHECK_EQ(setpgid(pid, pid), 0);
    CHECK_EQ(getpgid(pid), pid);
    CHECK_EQ(setpgid(pid, getpid()), 0);
    CHECK_EQ(getpgid(pid), getpid());
    kill(pid, SIGKILL);
    CHECK_KILLED(pid, SIGKILL);
    CHECK_EQ(pipe2(p, O_CLOEXEC), 0);
    pid = child_fork();
    if (pid == 0) {
        setenv("ROLE", "sleeper", 1);
        execl(tap_self, tap_self, NULL);
        _exit(1);
    }
    close(p[1]);
    CHECK_EQ(read(p[0], &byte, 1), 0);      /* exec has closed it */
    CHECK_FAILS(setpgid(pid, pid), EACCES);
    kill(pid, SIGKILL);
    CHECK_KILLED(pid, SIGKILL);
}

ROLE(sleeper)
{
    pause_for_ever();
    return 0;
}

static struct gate led;

static void lead_session(void)
{
    CHECK_EQ(setsid(), getpid());
    CHECK_EQ(getsid(0), getpid());
    CHECK_EQ(getpgrp(), getpid());
    CHECK_FAILS(setsid(), EPERM);
    CHECK_FAILS(setpgid(0, 0), EPERM);
    CHECK_FAILS(open("/dev/tty", O_RDWR), ENXIO);
    gate_open(&led);
    pause_for_ever();
}

TEST("F-03 setsid: a session and a group of its own, no terminal")
{
    pid_t pid;

    gate_init(&led);
    pid = child_start(lead_session);
    gate_pass(&led);
    CHECK_EQ(getsid(pid), pid);
    CHECK_FAILS(setpgid(pid, pid), EPERM);
    CHECK_FAILS(setpgid(0, pid), EPERM);
    kill(pid, SIGKILL);
    CHECK_KILLED(pid, SIGKILL);
}

static void join_group_of(pid_t leader)
{
    pid_t pid = child_fork();

    if (pid == 0)
        _exit(setpgid(0, leader) ? errno : 0);
    CHECK_EXITS(pid, 0);
}

TEST("F-13 a group is signalled as a whole, and lives while it has a zombie")
{
    pid_t a = child_start(pause_for_ever), b = child_start(pause_for_ever);

    CHECK_EQ(setpgid(a, a), 0);
    CHECK_EQ(setpgid(b, a), 0);
    CHECK_EQ(kill(-a, SIGTERM), 0);
    CHECK_KILLED(b, SIGTERM);
    CHECK_EQ(waitid(P_PID, a, NULL, WEXITED | WNOWAIT), 0);
    CHECK_EQ(kill(-a, 0), 0);
    join_group_of(a);
    CHECK_KILLED(a, SIGTERM);
    CHECK_FAILS(kill(-a, 0), ESRCH);
}

/* --- orphans --- */

static int results[2];

/* Stops in a group of its own, and says what came when it went on. */
static void stop_and_tell(void)
{
    char told;

    setpgid(0, 0);
    signal(SIGHUP, count);
    signal(SIGCONT, count);
    raise(SIGSTOP);
    told = calls;
    CHECK_EQ(write(results[1], &told, 1), 1);
}

static void leave_stopped_child(void)
{
    CHECK(WIFSTOPPED(next_status(child_start(stop_and_tell))));
}

TEST("F-11 a stopped group that becomes an orphan gets SIGHUP and SIGCONT")
{
    char told;

    CHECK_EQ(pipe(results), 0);
    CHECK_EQ(tap_in_child(leave_stopped_child), 0);
    CHECK_EQ(read(results[0], &told, 1), 1);
    CHECK_EQ(told, 2);
}

static void stop_in_orphaned_group(void)
{
    CHECK_EQ(setsid(), getpid());
    raise(SIGTSTP);
    raise(SIGTTIN);
    _exit(6);
}

TEST("F-11 the terminal's stop signals do nothing to an orphaned group")
{
    CHECK_EXITS(child_start(stop_in_orphaned_group), 6);
}
