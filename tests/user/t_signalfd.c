/*
 * t_signalfd.c - signalfd(2) (lwp.md rows G-20, A-37).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"

#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>

static sigset_t set;
static struct signalfd_siginfo info[4];

/* A descriptor for SIGUSR1, SIGCHLD and SIGRTMIN, which are blocked. */
static int make(int flags)
{
    int fd;

    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGCHLD);
    sigaddset(&set, SIGRTMIN);
    CHECK_EQ(sigprocmask(SIG_BLOCK, &set, NULL), 0);
    fd = signalfd(-1, &set, flags);
    CHECK(fd >= 0);
    return fd;
}

TEST("G-20 signals are read with their details, several at once")
{
    int fd = make(SFD_NONBLOCK);

    CHECK_FAILS(read(fd, info, sizeof(info)), EAGAIN);
    CHECK_FAILS(read(fd, info, 10), EINVAL);
    kill(getpid(), SIGUSR1);
    sigqueue(getpid(), SIGRTMIN, (union sigval){ 9 });
    CHECK_EQ(read(fd, info, sizeof(info)), 2 * sizeof(*info));
    CHECK_EQ(info[0].ssi_signo, SIGUSR1);
    CHECK_EQ(info[0].ssi_pid, getpid());
    CHECK_EQ(info[1].ssi_signo, SIGRTMIN);
    CHECK_EQ(info[1].ssi_int, 9);
    CHECK_EQ(info[1].ssi_code, SI_QUEUE);
}

static void exit_with_3(void)
{
    sleep_ms(20);
    _exit(3);
}

TEST("A-37 G-20 poll and epoll wait for signals")
{
    int fd = make(0), set_fd = epoll_create1(0);
    struct epoll_event event = { .events = EPOLLIN };
    struct pollfd p = { fd, POLLIN, 0 };
    pid_t pid;

    CHECK_EQ(poll(&p, 1, 0), 0);
    kill(getpid(), SIGUSR1);
    CHECK_EQ(poll(&p, 1, 0), 1);
    CHECK_EQ(read(fd, info, sizeof(*info)), sizeof(*info));
    CHECK_EQ(epoll_ctl(set_fd, EPOLL_CTL_ADD, fd, &event), 0);
    pid = child_start(exit_with_3);
    CHECK_EQ(epoll_wait(set_fd, &event, 1, 5000), 1);
    CHECK_EQ(read(fd, info, sizeof(*info)), sizeof(*info));
    CHECK_EQ(info->ssi_signo, SIGCHLD);
    CHECK_EQ(info->ssi_pid, pid);
    CHECK_EQ(info->ssi_status, 3);
    CHECK_EQ(info->ssi_code, CLD_EXITED);
    CHECK_EXITS(pid, 3);
}

static void signal_parent_soon(void)
{
    sleep_ms(20);
    kill(getppid(), SIGUSR1);
}

TEST("A-37 G-20 a read sleeps until a signal comes")
{
    int fd = make(0);
    pid_t pid = child_start(signal_parent_soon);

    CHECK_EQ(read(fd, info, sizeof(*info)), sizeof(*info));
    CHECK_EQ(info->ssi_pid, pid);
    CHECK_EXITS(pid, 0);
}

TEST("G-20 the set can be changed")
{
    int fd = make(SFD_NONBLOCK);

    sigdelset(&set, SIGUSR1);
    CHECK_EQ(signalfd(fd, &set, 0), fd);
    kill(getpid(), SIGUSR1);
    CHECK_FAILS(read(fd, info, sizeof(*info)), EAGAIN);
    sigaddset(&set, SIGUSR1);
    CHECK_EQ(signalfd(fd, &set, 0), fd);
    CHECK_EQ(read(fd, info, sizeof(*info)), sizeof(*info));
    CHECK_FAILS(signalfd(0, &set, 0), EINVAL);
    CHECK_FAILS(signalfd(99, &set, 0), EBADF);
    CHECK_FAILS(syscall(SYS_signalfd4, -1, 8, 8, 0), EFAULT);
    CHECK_FAILS(syscall(SYS_signalfd4, -1, &set, 8, 77), EINVAL);
}
