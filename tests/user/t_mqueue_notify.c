/*
 * t_mqueue_notify.c - mq_notify(3) (lwp.md row D-13).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/mq.h"

#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>

static mqd_t queue;
static sigset_t set;

/* SIGUSR1, SIGUSR2 and SIGRTMIN are blocked and waited for. */
static void prepare(long depth)
{
    queue = mq_make(depth, 0, true);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGUSR2);
    sigaddset(&set, SIGRTMIN);
    CHECK_EQ(sigprocmask(SIG_BLOCK, &set, NULL), 0);
}

static int ask(int how, int signo, int value)
{
    struct sigevent event = { .sigev_notify = how, .sigev_signo = signo,
                              .sigev_value.sival_int = value };

    return mq_notify(queue, &event);
}

/* The next signal, or 0 if there is none within `ms`. */
static siginfo_t next_signal(long ms)
{
    struct timespec time = { ms / 1000, ms % 1000 * 1000000 };
    siginfo_t info = { 0 };

    if (sigtimedwait(&set, &info, &time) < 0)
        info.si_signo = 0;
    return info;
}

/* What /dev/mqueue shows.  Closing that withdraws, so a child looks. */
static void check_shown(int how, int signo, pid_t owner)
{
    int size, got[3] = { -1, -1, -1 };
    pid_t pid = child_fork();
    FILE *f;

    if (pid == 0) {
        f = fopen("/dev/mqueue" MQ_NAME, "r");
        CHECK(f);
        CHECK_EQ(fscanf(f, "QSIZE:%d NOTIFY:%d SIGNO:%d NOTIFY_PID:%d", &size,
                        &got[0], &got[1], &got[2]), 4);
        CHECK(got[0] == how && got[1] == signo && got[2] == owner);
        _exit(0);
    }
    CHECK_EXITS(pid, 0);
}

static void send_one(void)
{
    MQ_SEND(queue, "one", 0);
}

TEST("D-13 mq_notify: the signal says who sent, and is sent once")
{
    siginfo_t info;
    pid_t pid;

    prepare(4);
    CHECK_EQ(ask(SIGEV_SIGNAL, SIGRTMIN, 77), 0);
    check_shown(SIGEV_SIGNAL, SIGRTMIN, getpid());
    pid = child_fork();
    if (pid == 0) {
        CHECK_EQ(setuid(1000), 0);
        send_one();
        _exit(0);
    }
    CHECK_EXITS(pid, 0);
    info = next_signal(5000);
    CHECK_EQ(info.si_signo, SIGRTMIN);
    CHECK_EQ(info.si_code, SI_MESGQ);
    CHECK_EQ(info.si_value.sival_int, 77);
    CHECK_EQ(info.si_pid, pid);
    CHECK_EQ(info.si_uid, 1000);
    check_shown(0, 0, 0);
    MQ_RECEIVE(queue, "one", 0);
    MQ_SEND(queue, "two", 0);
    CHECK_EQ(next_signal(20).si_signo, 0);
    mq_unlink(MQ_NAME);
}

TEST("D-13 mq_notify: only for the first message of an empty queue")
{
    prepare(4);
    MQ_SEND(queue, "one", 0);
    CHECK_EQ(ask(SIGEV_SIGNAL, SIGUSR1, 0), 0);
    MQ_SEND(queue, "two", 0);
    CHECK_EQ(next_signal(20).si_signo, 0);
    MQ_RECEIVE(queue, "one", 0);
    MQ_RECEIVE(queue, "two", 0);
    CHECK_EQ(next_signal(20).si_signo, 0);
    MQ_SEND(queue, "three", 0);
    CHECK_EQ(next_signal(5000).si_signo, SIGUSR1);
    mq_unlink(MQ_NAME);
}

static void receive_one(void)
{
    MQ_RECEIVE(queue, "one", 0);
}

TEST("D-13 mq_notify: not while somebody waits for the message")
{
    pid_t pid;

    prepare(4);
    CHECK_EQ(ask(SIGEV_SIGNAL, SIGUSR1, 0), 0);
    pid = child_start(receive_one);
    mq_await_sleep(pid, SYS_mq_timedreceive);
    MQ_SEND(queue, "one", 0);
    CHECK_EXITS(pid, 0);
    CHECK_EQ(next_signal(20).si_signo, 0);
    check_shown(SIGEV_SIGNAL, SIGUSR1, getpid());
    MQ_SEND(queue, "two", 0);
    CHECK_EQ(next_signal(5000).si_signo, SIGUSR1);
    mq_unlink(MQ_NAME);
}

static void ask_in_vain(void)
{
    CHECK_FAILS(ask(SIGEV_SIGNAL, SIGUSR2, 0), EBUSY);
    CHECK_EQ(mq_notify(queue, NULL), 0);        /* not ours: no effect */
}

TEST("D-13 mq_notify: one at a time, until it withdraws")
{
    pid_t pid;

    prepare(4);
    CHECK_EQ(ask(SIGEV_SIGNAL, SIGUSR1, 0), 0);
    CHECK_FAILS(ask(SIGEV_SIGNAL, SIGUSR2, 0), EBUSY);
    CHECK_FAILS(ask(SIGEV_NONE, 0, 0), EBUSY);
    pid = child_start(ask_in_vain);
    CHECK_EXITS(pid, 0);
    check_shown(SIGEV_SIGNAL, SIGUSR1, getpid());
    CHECK_EQ(mq_notify(queue, NULL), 0);
    check_shown(0, 0, 0);
    CHECK_EQ(ask(SIGEV_SIGNAL, SIGUSR2, 0), 0);
    MQ_SEND(queue, "one", 0);
    CHECK_EQ(next_signal(5000).si_signo, SIGUSR2);
    mq_unlink(MQ_NAME);
}

TEST("D-13 mq_notify: closing any descriptor of the queue withdraws")
{
    mqd_t second;

    prepare(4);
    second = mq_open(MQ_NAME, O_RDONLY);
    CHECK(second >= 0);
    CHECK_EQ(ask(SIGEV_SIGNAL, SIGUSR1, 0), 0);
    CHECK_EQ(mq_close(second), 0);
    check_shown(0, 0, 0);
    MQ_SEND(queue, "one", 0);
    CHECK_EQ(next_signal(20).si_signo, 0);
    mq_unlink(MQ_NAME);
}

static void ask_and_exit(void)
{
    CHECK_EQ(ask(SIGEV_SIGNAL, SIGUSR1, 0), 0);
}

static void ask_and_sleep(void)
{
    ask_and_exit();
    for (;;)
        pause();
}

TEST("D-13 mq_notify: whoever exits or is killed withdraws; a child does not")
{
    pid_t pid;

    prepare(4);
    pid = child_start(ask_and_exit);
    CHECK_EXITS(pid, 0);
    check_shown(0, 0, 0);
    pid = child_start(ask_and_sleep);
    mq_await_sleep(pid, SYS_ppoll);
    check_shown(SIGEV_SIGNAL, SIGUSR1, pid);
    kill(pid, SIGKILL);
    CHECK_KILLED(pid, SIGKILL);
    check_shown(0, 0, 0);
    ask_and_exit();
    pid = child_start(send_one);
    CHECK_EXITS(pid, 0);
    CHECK_EQ(next_signal(5000).si_signo, SIGUSR1);
    pid = child_sleeper();
    CHECK_EQ(mq_notify(queue, NULL), 0);
    MQ_RECEIVE(queue, "one", 0);
    CHECK_EQ(ask(SIGEV_SIGNAL, SIGUSR2, 0), 0);
    child_kill(pid);                    /* closes its copies */
    check_shown(SIGEV_SIGNAL, SIGUSR2, getpid());
    mq_unlink(MQ_NAME);
}

/* Its descriptors are another's, too, and so not closed by its end. */
TEST("D-13 mq_notify: a queue that goes forgets whoever asked and is gone")
{
    pid_t pid;

    prepare(4);
    pid = syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0);
    if (pid == 0) {
        ask_and_exit();
        _exit(0);
    }
    CHECK_EXITS(pid, 0);
    mq_unlink(MQ_NAME);
    CHECK_EQ(mq_close(queue), 0);
}

TEST("D-13 mq_notify: SIGEV_NONE is silent, takes the place, and goes")
{
    prepare(4);
    CHECK_EQ(ask(SIGEV_NONE, SIGUSR1, 0), 0);
    check_shown(SIGEV_NONE, 0, getpid());
    CHECK_FAILS(ask(SIGEV_SIGNAL, SIGUSR1, 0), EBUSY);
    MQ_SEND(queue, "one", 0);
    CHECK_EQ(next_signal(20).si_signo, 0);
    check_shown(0, 0, 0);
    mq_unlink(MQ_NAME);
}

ROLE(wait_for_message)
{
    sleep_ms(600000);
    return 0;
}

/* The descriptor stays open over exec, against the rule. */
static void ask_and_exec(void)
{
    char *argv[] = { (char *)tap_self, NULL };
    char *envp[] = { "ROLE=wait_for_message", NULL };

    CHECK_EQ(fcntl(queue, F_SETFD, 0), 0);
    CHECK_EQ(ask(SIGEV_SIGNAL, SIGKILL, 0), 0);
    execve(tap_self, argv, envp);
}

TEST("D-13 mq_notify: the next program of a process is not signalled")
{
    pid_t pid;

    prepare(4);
    pid = child_start(ask_and_exec);
    mq_await_sleep(pid, SYS_nanosleep);
    check_shown(SIGEV_SIGNAL, SIGKILL, pid);
    MQ_SEND(queue, "one", 0);
    check_shown(0, 0, 0);
    sleep_ms(30);
    CHECK_EQ(kill(pid, SIGTERM), 0);
    CHECK_KILLED(pid, SIGTERM);
    mq_unlink(MQ_NAME);
}

TEST("D-13 mq_notify: what cannot be asked for")
{
    struct sigevent thread = { .sigev_notify = SIGEV_THREAD,
                               .sigev_signo = -1 };

    prepare(4);
    CHECK_FAILS(ask(SIGEV_SIGNAL, 65, 0), EINVAL);
    CHECK_FAILS(ask(SIGEV_SIGNAL, -1, 0), EINVAL);
    CHECK_FAILS(ask(7, SIGUSR1, 0), EINVAL);
    CHECK_FAILS(ask(SIGEV_THREAD_ID, SIGUSR1, 0), EINVAL);
    /* As on Linux without a netlink socket. */
    CHECK_FAILS(syscall(SYS_mq_notify, queue, &thread), EBADF);
    check_shown(0, 0, 0);
    mq_unlink(MQ_NAME);
}
