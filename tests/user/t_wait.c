/*
 * t_wait.c - wait4(2) and waitid(2) (rows B-16..B-21, A-13, P17, P20, T16).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"

#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>

/* --- children in every state --- */

enum state { EXITED, KILLED, STOPPED, CONTINUED, RUNNING, NONE };

/* Wait until the child's report is there, without taking it. */
static void await(pid_t pid, int event)
{
    siginfo_t info;

    CHECK_EQ(waitid(P_PID, pid, &info, event | WNOWAIT), 0);
}

/* A child in a group of its own. */
static pid_t make_child(enum state state)
{
    pid_t pid = child_fork();

    if (pid == 0) {
        if (state == EXITED)
            _exit(7);
        for (;;)
            pause();
    }
    CHECK_EQ(setpgid(pid, pid), 0);
    if (state == EXITED)
        await(pid, WEXITED);
    if (state == KILLED) {
        kill(pid, SIGKILL);
        await(pid, WEXITED);
    }
    if (state == STOPPED || state == CONTINUED) {
        kill(pid, SIGSTOP);
        await(pid, WSTOPPED);
    }
    if (state == CONTINUED) {
        kill(pid, SIGCONT);
        await(pid, WCONTINUED);
    }
    return pid;
}

static void end_child(pid_t pid)
{
    kill(pid, SIGKILL);
    while (waitpid(pid, NULL, __WALL) < 0 && errno == EINTR)
        ;
}

/* --- the two tables --- */

enum who { ITS_PID, ANY, ITS_GROUP, MY_GROUP, INIT, MYSELF };

static pid_t choose(enum who who, pid_t child)
{
    switch (who) {
    case ITS_PID:   return child;
    case ANY:       return -1;
    case ITS_GROUP: return -child;
    case MY_GROUP:  return 0;
    case INIT:      return 1;
    default:        return getpid();
    }
}

#define STATUS_EXITED   0x0700
#define STATUS_KILLED   0x0009
#define STATUS_STOPPED  (SIGSTOP << 8 | 0x7f)
#define STATUS_CONT     0xffff
#define THE_CHILD       1               /* as a result */

static const struct {
    enum state state;
    enum who who;
    int options, result, status;
} wait4_cases[] = {
    { EXITED,    ITS_PID,   0,                    THE_CHILD, STATUS_EXITED },
    { EXITED,    ANY,       0,                    THE_CHILD, STATUS_EXITED },
    { EXITED,    ITS_GROUP, 0,                    THE_CHILD, STATUS_EXITED },
    { EXITED,    MY_GROUP,  0,                    -ECHILD,   0 },
    { EXITED,    ITS_PID,   WNOHANG | __WALL,     THE_CHILD, STATUS_EXITED },
    { EXITED,    ITS_PID,   __WCLONE,             -ECHILD,   0 },
    { KILLED,    ITS_PID,   0,                    THE_CHILD, STATUS_KILLED },
    { KILLED,    ANY,       WUNTRACED,            THE_CHILD, STATUS_KILLED },
    { STOPPED,   ITS_PID,   WUNTRACED,            THE_CHILD, STATUS_STOPPED },
    { STOPPED,   ITS_PID,   WNOHANG,              0,         0 },
    { STOPPED,   ANY,       WUNTRACED | WNOHANG,  THE_CHILD, STATUS_STOPPED },
    { STOPPED,   ITS_GROUP, WCONTINUED | WNOHANG, 0,         0 },
    { CONTINUED, ITS_PID,   WCONTINUED,           THE_CHILD, STATUS_CONT },
    { CONTINUED, ANY,       WUNTRACED | WNOHANG,  0,         0 },
    { CONTINUED, ITS_PID,   WNOHANG,              0,         0 },
    { RUNNING,   ITS_PID,   WNOHANG,              0,         0 },
    { RUNNING,   ANY,       WNOHANG | WUNTRACED | WCONTINUED, 0, 0 },
    { RUNNING,   INIT,      WNOHANG,              -ECHILD,   0 },
    { RUNNING,   MYSELF,    WNOHANG,              -ECHILD,   0 },
    { RUNNING,   MY_GROUP,  WNOHANG,              -ECHILD,   0 },
    { NONE,      ANY,       0,                    -ECHILD,   0 },
    { RUNNING,   ITS_PID,   0x100,                -EINVAL,   0 },
    { RUNNING,   ITS_PID,   WEXITED,              -EINVAL,   0 },
    { RUNNING,   ITS_PID,   WNOWAIT,              -EINVAL,   0 },
};

static const char *const state_names[] = {
    "exited", "killed", "stopped", "continued", "running", "no",
};

TEST("A-17 B-16 B-17 B-20 T16 wait4: a table of 24 cases")
{
    for (size_t i = 0; i < sizeof(wait4_cases) / sizeof(*wait4_cases); i++) {
        pid_t child = 0, target, got;
        int status = 0x5a5a;

        if (wait4_cases[i].state != NONE)
            child = make_child(wait4_cases[i].state);
        target = choose(wait4_cases[i].who, child);
        got = wait4(target, &status, wait4_cases[i].options, NULL);
        if (got < 0)
            got = -errno;
        else if (got == child)
            got = THE_CHILD;
        if (got != THE_CHILD)
            status = status == 0x5a5a ? 0 : -1;     /* may not be touched */
        if (got != wait4_cases[i].result || status != wait4_cases[i].status)
            tap_fail(__FILE__, __LINE__, "case %zu, %s child, wait4(%d, %#x): "
                     "result %d, status %#x", i,
                     state_names[wait4_cases[i].state], target,
                     wait4_cases[i].options, got, status);
        if (child)
            end_child(child);
    }
}

static const struct {
    enum state state;
    idtype_t type;
    int options, result, code, status;
} waitid_cases[] = {
    { EXITED,    P_PID,  WEXITED,              0, CLD_EXITED, 7 },
    { EXITED,    P_ALL,  WEXITED,              0, CLD_EXITED, 7 },
    { EXITED,    P_PGID, WEXITED | WNOHANG,    0, CLD_EXITED, 7 },
    { EXITED,    P_PID,  WSTOPPED | WNOHANG,   -ECHILD, 0, 0 },
    { EXITED,    P_ALL,  WCONTINUED,           -ECHILD, 0, 0 },
    { KILLED,    P_PID,  WEXITED,              0, CLD_KILLED, SIGKILL },
    { STOPPED,   P_PID,  WSTOPPED,             0, CLD_STOPPED, SIGSTOP },
    { STOPPED,   P_PGID, WSTOPPED | WEXITED,   0, CLD_STOPPED, SIGSTOP },
    { STOPPED,   P_PID,  WEXITED | WNOHANG,    0, 0, 0 },
    { CONTINUED, P_ALL,  WCONTINUED,           0, CLD_CONTINUED, SIGCONT },
    { CONTINUED, P_PID,  WSTOPPED | WNOHANG,   0, 0, 0 },
    { RUNNING,   P_PID,  WEXITED | WSTOPPED | WCONTINUED | WNOHANG, 0, 0, 0 },
    { RUNNING,   P_PID,  WEXITED | WNOHANG | __WCLONE, -ECHILD, 0, 0 },
    { RUNNING,   P_PID,  0,                    -EINVAL, 0, 0 },
    { RUNNING,   P_PID,  WNOHANG,              -EINVAL, 0, 0 },
    { RUNNING,   P_PID,  WEXITED | 0x100,      -EINVAL, 0, 0 },
    { RUNNING,   9,      WEXITED,              -EINVAL, 0, 0 },
    { NONE,      P_ALL,  WEXITED,              -ECHILD, 0, 0 },
    { NONE,      P_PID,  WEXITED,              -EINVAL, 0, 0 },
};

TEST("B-16 waitid: a table of 19 cases")
{
    for (size_t i = 0; i < sizeof(waitid_cases) / sizeof(*waitid_cases); i++) {
        pid_t child = 0;
        siginfo_t info;
        int got;

        memset(&info, 0x5a, sizeof(info));
        if (waitid_cases[i].state != NONE)
            child = make_child(waitid_cases[i].state);
        got = waitid(waitid_cases[i].type, child, &info,
                     waitid_cases[i].options);
        if (got < 0)
            got = -errno;
        if (got != waitid_cases[i].result)
            tap_fail(__FILE__, __LINE__, "case %zu: result %d", i, got);
        if (got == 0 && waitid_cases[i].code == 0 &&
            (info.si_pid != 0 || info.si_signo != 0))
            tap_fail(__FILE__, __LINE__, "case %zu: told of pid %d", i,
                     info.si_pid);
        if (got == 0 && waitid_cases[i].code != 0 &&
            (info.si_signo != SIGCHLD || info.si_code != waitid_cases[i].code
             || info.si_pid != child || info.si_uid != getuid() ||
             info.si_status != waitid_cases[i].status))
            tap_fail(__FILE__, __LINE__, "case %zu: code %d, pid %d, "
                     "status %d", i, info.si_code, info.si_pid,
                     info.si_status);
        if (child)
            end_child(child);
    }
}

/* --- what stays, what is told once --- */

TEST("B-16 WNOWAIT leaves the child to be waited for again")
{
    pid_t pid = make_child(EXITED);
    siginfo_t info;

    for (int i = 0; i < 3; i++) {
        CHECK_EQ(waitid(P_PID, pid, &info, WEXITED | WNOWAIT), 0);
        CHECK_EQ(info.si_status, 7);
    }
    CHECK_EXITS(pid, 7);
    CHECK_FAILS(waitid(P_PID, pid, &info, WEXITED), ECHILD);
}

TEST("A-13 B-19 a stop and a continue are told once each")
{
    pid_t pid = make_child(STOPPED);
    int status;

    CHECK_EQ(waitpid(pid, &status, WUNTRACED | WNOHANG), pid);
    CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
    CHECK_EQ(waitpid(pid, &status, WUNTRACED | WNOHANG), 0);
    kill(pid, SIGCONT);
    await(pid, WCONTINUED);
    CHECK_EQ(waitpid(pid, &status, WCONTINUED | WNOHANG), pid);
    CHECK(WIFCONTINUED(status));
    CHECK_EQ(waitpid(pid, &status, WCONTINUED | WNOHANG), 0);
    end_child(pid);
}

TEST("B-20 each stop signal shows as itself")
{
    static const int stops[] = { SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU };
    pid_t pid = make_child(RUNNING);
    int status;

    for (int i = 0; i < 4; i++) {
        kill(pid, stops[i]);
        CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
        CHECK_EQ(status, stops[i] << 8 | 0x7f);
        kill(pid, SIGCONT);
        CHECK_EQ(waitpid(pid, &status, WCONTINUED), pid);
        CHECK_EQ(status, 0xffff);
    }
    end_child(pid);
}

/* --- groups, clones, strangers --- */

TEST("B-18 waiting for one group passes over children of others")
{
    pid_t other = make_child(EXITED), running = make_child(RUNNING);
    pid_t wanted = make_child(EXITED), late;
    int status;

    CHECK_EQ(waitpid(-wanted, &status, 0), wanted);
    CHECK_FAILS(waitpid(-wanted, &status, 0), ECHILD);
    CHECK_EQ(waitpid(-running, &status, WNOHANG), 0);
    late = child_fork();
    if (late == 0) {
        setpgid(0, running);
        sleep_ms(30);
        _exit(3);
    }
    CHECK(setpgid(late, running) == 0 || errno == EACCES);
    CHECK_EQ(waitpid(-running, &status, 0), late);
    CHECK_EXITS(other, 7);
    end_child(running);
}

static pid_t fork_with_signal(int signo)
{
    pid_t pid = syscall(SYS_clone, signo, 0, NULL, 0, NULL);

    CHECK(pid >= 0);
    if (pid == 0)
        _exit(4);
    return pid;
}

TEST("P17 S22 children that send no SIGCHLD are waited for by __WCLONE")
{
    int status;

    for (int i = 0; i < 2; i++) {
        pid_t pid = fork_with_signal(i ? SIGUSR1 : 0);

        signal(SIGUSR1, SIG_IGN);
        CHECK_FAILS(waitpid(pid, &status, 0), ECHILD);
        CHECK_EQ(waitpid(-1, &status, __WCLONE), pid);
        CHECK_EQ(status, 0x400);
        pid = fork_with_signal(0);
        CHECK_EQ(waitpid(pid, &status, __WALL), pid);
    }
}

TEST("B-17 of a grandchild wait knows nothing")
{
    struct gate done;
    pid_t *grandchild = child_shared(4096), pid;

    gate_init(&done);
    pid = child_fork();
    if (pid == 0) {
        *grandchild = make_child(EXITED);
        gate_open(&done);
        pause();
    }
    gate_pass(&done);
    CHECK_FAILS(waitpid(*grandchild, NULL, WNOHANG), ECHILD);
    CHECK_FAILS(waitpid(-*grandchild, NULL, WNOHANG), ECHILD);
    end_child(pid);
}

TEST("B-17 bad arguments: INT_MIN, addresses that can't be written")
{
    pid_t pid = make_child(EXITED);

    CHECK_FAILS(syscall(SYS_wait4, INT_MIN, NULL, 0, NULL), ESRCH);
    CHECK_FAILS(syscall(SYS_wait4, pid, (void *)8, 0, NULL), EFAULT);
    pid = make_child(EXITED);
    CHECK_FAILS(syscall(SYS_waitid, P_PID, pid, (void *)8, WEXITED, NULL),
                EFAULT);
    pid = make_child(EXITED);
    CHECK_FAILS(syscall(SYS_wait4, pid, NULL, 0, (void *)-8l), EFAULT);
    CHECK_FAILS(syscall(SYS_waitid, P_ALL, -5, NULL, WNOHANG, NULL), EINVAL);
    CHECK_FAILS(syscall(SYS_waitid, P_ALL, -5, NULL, WEXITED, NULL), ECHILD);
    CHECK_FAILS(syscall(SYS_waitid, P_PID, -5, NULL, WEXITED, NULL), EINVAL);
}

TEST("waitid and wait4 can do without their addresses")
{
    pid_t pid = make_child(EXITED);

    CHECK_EQ(syscall(SYS_waitid, P_PID, pid, NULL, WEXITED, NULL), 0);
    pid = make_child(EXITED);
    CHECK_EQ(syscall(SYS_wait4, pid, NULL, 0, NULL), pid);
}

/* --- sleeping, signals --- */

static void on_alarm(int signo)
{
    (void)signo;
}

static void alarm_in(int ms, int flags)
{
    struct itimerval t = { { 0, 0 }, { 0, ms * 1000 } };
    struct sigaction sa = { .sa_handler = on_alarm, .sa_flags = flags };

    CHECK_EQ(sigaction(SIGALRM, &sa, NULL), 0);
    CHECK_EQ(setitimer(ITIMER_REAL, &t, NULL), 0);
}

TEST("B-16 a handler ends the wait with EINTR; with SA_RESTART it goes on")
{
    pid_t pid = make_child(RUNNING);

    alarm_in(20, 0);
    CHECK_FAILS(waitpid(pid, NULL, 0), EINTR);
    end_child(pid);
    pid = child_fork();
    if (pid == 0) {
        sleep_ms(60);
        _exit(5);
    }
    alarm_in(20, SA_RESTART);
    int status = 0;
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EQ(status, 0x500);
}

TEST("P20 a process that waits uses no time of the processor")
{
    int64_t used = child_cpu_time(), start = tap_now();
    pid_t pid = child_fork();

    if (pid == 0) {
        sleep_ms(200);
        _exit(0);
    }
    CHECK_EXITS(pid, 0);
    CHECK(tap_now() - start >= 200000000);
    CHECK(child_cpu_time() - used < 20000000);
}

TEST("A-39 B-16 H-17 wait4 tells what the child has used")
{
    struct rusage u, all;
    pid_t pid = child_fork();
    int status;

    if (pid == 0) {
        while (child_cpu_time() < 60000000)
            ;
        _exit(0);
    }
    CHECK_EQ(wait4(pid, &status, 0, &u), pid);
    CHECK(u.ru_utime.tv_sec + u.ru_stime.tv_sec <= 5);
    CHECK(u.ru_utime.tv_usec + u.ru_stime.tv_usec >= 60000);
    CHECK_EQ(getrusage(RUSAGE_CHILDREN, &all), 0);
    CHECK(all.ru_utime.tv_usec >= u.ru_utime.tv_usec);
    CHECK(u.ru_maxrss > 0);
}

static struct {
    volatile int count;
    siginfo_t info;
} heard;

static void on_child(int signo, siginfo_t *info, void *context)
{
    (void)signo;
    (void)context;
    heard.info = *info;
    heard.count++;
}

static void listen(int flags)
{
    struct sigaction sa = { .sa_sigaction = on_child,
                            .sa_flags = SA_SIGINFO | flags };

    CHECK_EQ(sigaction(SIGCHLD, &sa, NULL), 0);
}

static void check_heard(int count, int code, int status)
{
    for (int i = 0; i < 1000 && heard.count < count; i++)
        sleep_ms(1);
    CHECK_EQ(heard.count, count);
    CHECK_EQ(heard.info.si_code, code);
    CHECK_EQ(heard.info.si_status, status);
}

TEST("B-21 SIGCHLD says who, how and what")
{
    pid_t pid;

    listen(0);
    pid = make_child(EXITED);
    check_heard(1, CLD_EXITED, 7);
    CHECK_EQ(heard.info.si_pid, pid);
    CHECK_EQ(heard.info.si_uid, getuid());
    CHECK_EXITS(pid, 7);
    pid = make_child(STOPPED);
    check_heard(2, CLD_STOPPED, SIGSTOP);
    kill(pid, SIGCONT);
    await(pid, WCONTINUED);
    check_heard(3, CLD_CONTINUED, SIGCONT);
    kill(pid, SIGKILL);
    await(pid, WEXITED);
    check_heard(4, CLD_KILLED, SIGKILL);
    CHECK_KILLED(pid, SIGKILL);
}

TEST("B-21 SA_NOCLDSTOP: no word of stops")
{
    pid_t pid;

    listen(SA_NOCLDSTOP);
    pid = make_child(CONTINUED);
    CHECK_EQ(heard.count, 0);
    end_child(pid);
    CHECK_EQ(heard.count, 1);
}

TEST("B-21 children of one that ignores SIGCHLD leave no zombies")
{
    for (int i = 0; i < 2; i++) {
        struct sigaction sa = { .sa_handler = i ? on_alarm : SIG_IGN,
                                .sa_flags = i ? SA_NOCLDWAIT : 0 };
        pid_t pid;

        CHECK_EQ(sigaction(SIGCHLD, &sa, NULL), 0);
        pid = child_fork();
        if (pid == 0) {
            sleep_ms(30);
            _exit(1);
        }
        /* It sleeps until the last child is gone, then finds none. */
        errno = 0;
        while (waitpid(-1, NULL, 0) < 0 && errno == EINTR)
            ;
        CHECK_EQ(errno, ECHILD);
        CHECK_FAILS(kill(pid, 0), ESRCH);
    }
}

/* --- two threads wait --- */

static void *wait_any(void *arg)
{
    *(pid_t *)arg = waitpid(-1, NULL, 0);
    return NULL;
}

TEST("A-16 B-16 two threads that wait get a child each")
{
    pid_t children[2], got[2];
    pthread_t t[2];

    for (int i = 0; i < 2; i++) {
        children[i] = child_fork();
        if (children[i] == 0) {
            sleep_ms(30 + i);
            _exit(0);
        }
    }
    for (int i = 0; i < 2; i++)
        CHECK_EQ(pthread_create(&t[i], NULL, wait_any, &got[i]), 0);
    for (int i = 0; i < 2; i++)
        CHECK_EQ(pthread_join(t[i], NULL), 0);
    CHECK((got[0] == children[0] && got[1] == children[1]) ||
          (got[0] == children[1] && got[1] == children[0]));
}

static void *fork_child(void *arg)
{
    pid_t pid = child_fork();

    if (pid == 0)
        _exit(6);
    *(pid_t *)arg = pid;
    return NULL;
}

TEST("B-16 a thread waits for the child of another")
{
    pthread_t t;
    pid_t pid;

    CHECK_EQ(pthread_create(&t, NULL, fork_child, &pid), 0);
    CHECK_EQ(pthread_join(t, NULL), 0);
    CHECK_EXITS(pid, 6);
}

TEST("a child's report is not lost between two looks, 2,000 times")
{
    for (int i = 0; i < 2000; i++) {
        pid_t pid = child_fork();

        if (pid == 0)
            _exit(i & 0x7f);
        CHECK_EXITS(pid, i & 0x7f);
    }
}
