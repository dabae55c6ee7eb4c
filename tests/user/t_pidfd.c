/*
 * t_pidfd.c - descriptors that stand for processes: pidfd_open(2),
 * pidfd_send_signal(2), pidfd_getfd(2), CLONE_PIDFD, P_PIDFD of waitid(2)
 * (seeds.md S24; lwp.md B-16).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/syscall.h>

#define PIDFD_SEND_SIGNAL 424
#define PIDFD_OPEN 434
#define PIDFD_GETFD 438
#define P_PIDFD_ 3

static int pidfd_open(pid_t pid, unsigned flags)
{
    return syscall(PIDFD_OPEN, pid, flags);
}

static int pidfd_signal(int fd, int signo, siginfo_t *info, unsigned flags)
{
    return syscall(PIDFD_SEND_SIGNAL, fd, signo, info, flags);
}

static int pidfd_getfd(int pidfd, int fd, unsigned flags)
{
    return syscall(PIDFD_GETFD, pidfd, fd, flags);
}

static int wait_pidfd(int fd, siginfo_t *info, int options)
{
    memset(info, 0, sizeof(*info));
    return waitid((idtype_t)P_PIDFD_, fd, info, options);
}

static void sleep_forever(void)
{
    for (;;)
        pause();
}

static int events_of(int fd)
{
    struct pollfd p = { fd, POLLIN, 0 };

    CHECK(poll(&p, 1, 0) >= 0);
    return p.revents;
}

TEST("S24 pidfd_open: what it refuses")
{
    CHECK_FAILS(pidfd_open(0, 0), EINVAL);
    CHECK_FAILS(pidfd_open(-1, 0), EINVAL);
    CHECK_FAILS(pidfd_open(getpid(), 1), EINVAL);
    CHECK_FAILS(pidfd_open(getpid(), O_CLOEXEC), EINVAL);
    CHECK_FAILS(pidfd_open(32767, 0), ESRCH);
    CHECK_FAILS(pidfd_open(INT_MAX, 0), ESRCH);
}

static volatile pid_t thread_id;
static struct gate end_thread;

static void *tell_tid(void *arg)
{
    thread_id = gettid();
    gate_pass(&end_thread);
    return arg;
}

TEST("S24 pidfd_open: a thread that is no leader is EINVAL")
{
    pthread_t thread;

    gate_init(&end_thread);
    CHECK_EQ(pthread_create(&thread, NULL, tell_tid, NULL), 0);
    while (!thread_id)
        sched_yield();
    CHECK_FAILS(pidfd_open(thread_id, 0), EINVAL);
    gate_open(&end_thread);
    CHECK_EQ(pthread_join(thread, NULL), 0);
}

TEST("S24 a pidfd is closed by exec, neither read nor written, and has a name")
{
    int fd = pidfd_open(getpid(), 0);
    char path[32], name[64] = "";

    CHECK(fd > 2);
    CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
    CHECK_EQ(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
    CHECK_FAILS(read(fd, name, 1), EINVAL);
    CHECK_FAILS(write(fd, name, 1), EINVAL);
    sprintf(path, "/proc/self/fd/%d", fd);
    CHECK(readlink(path, name, sizeof(name) - 1) > 0);
    CHECK(!strcmp(name, "anon_inode:[pidfd]"));
    CHECK_EQ(events_of(fd), 0);
    close(fd);
    fd = pidfd_open(getpid(), O_NONBLOCK);
    CHECK_EQ(fcntl(fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
}

TEST("S24 poll on a pidfd waits for the end, and tells it for ever")
{
    struct gate end;
    pid_t pid;
    int fd;

    gate_init(&end);
    pid = child_fork();
    if (pid == 0) {
        gate_pass(&end);
        sleep_ms(20);
        _exit(3);
    }
    fd = pidfd_open(pid, 0);
    CHECK_EQ(events_of(fd), 0);
    gate_open(&end);
    struct pollfd p = { fd, POLLIN, 0 };
    CHECK_EQ(poll(&p, 1, -1), 1);
    CHECK_EQ(p.revents, POLLIN);
    CHECK_EXITS(pid, 3);
    CHECK(events_of(fd) & POLLIN);
}

static void *exit_when_told(void *arg)
{
    gate_pass(&end_thread);
    return arg;
}

TEST("S24 a process has ended when its last thread has")
{
    pthread_t thread;
    pid_t pid;
    int fd;

    gate_init(&end_thread);
    pid = child_fork();
    if (pid == 0) {
        pthread_create(&thread, NULL, exit_when_told, NULL);
        syscall(SYS_exit, 1);   /* of this thread only */
    }
    fd = pidfd_open(pid, 0);
    struct pollfd p = { fd, POLLIN, 0 };
    CHECK_EQ(poll(&p, 1, 20), 0);
    gate_open(&end_thread);
    CHECK_EQ(poll(&p, 1, -1), 1);
    CHECK_EXITS(pid, 0);
}

TEST("S24 epoll tells the end of each of 20 processes")
{
    int set = epoll_create1(0), left = 20;
    struct epoll_event event;
    pid_t pids[20];
    siginfo_t info;

    for (int i = 0; i < left; i++) {
        pids[i] = child_start(sleep_forever);
        int fd = pidfd_open(pids[i], 0);
        event = (struct epoll_event){ EPOLLIN, { .fd = fd } };
        CHECK_EQ(epoll_ctl(set, EPOLL_CTL_ADD, fd, &event), 0);
    }
    CHECK_EQ(epoll_wait(set, &event, 1, 0), 0);
    for (; left; left--) {
        CHECK_EQ(kill(pids[left - 1], SIGKILL), 0);
        CHECK_EQ(epoll_wait(set, &event, 1, -1), 1);
        CHECK_EQ(wait_pidfd(event.data.fd, &info, WEXITED), 0);
        CHECK_EQ(info.si_pid, pids[left - 1]);
        CHECK_EQ(close(event.data.fd), 0);
    }
}

TEST("S24 pidfds may be closed at any time, before and after the end")
{
    for (int i = 0; i < 100; i++) {
        pid_t pid = child_fork();
        if (pid == 0)
            _exit(0);
        int set = epoll_create1(0), fd = pidfd_open(pid, 0);
        struct epoll_event event = { EPOLLIN, { 0 } };
        CHECK_EQ(epoll_ctl(set, EPOLL_CTL_ADD, fd, &event), 0);
        close(i & 1 ? fd : set);
        CHECK_EXITS(pid, 0);
        close(i & 1 ? set : fd);
    }
}

/* --- signals --- */

TEST("S24 pidfd_send_signal reaches the process, also as a zombie")
{
    pid_t pid = child_start(sleep_forever);
    int fd = pidfd_open(pid, 0);

    CHECK_EQ(pidfd_signal(fd, 0, NULL, 0), 0);
    CHECK_EQ(pidfd_signal(fd, SIGTERM, NULL, 0), 0);
    while (!(events_of(fd) & POLLIN))
        sleep_ms(1);
    CHECK_EQ(pidfd_signal(fd, SIGTERM, NULL, 0), 0);
    CHECK_KILLED(pid, SIGTERM);
    CHECK_FAILS(pidfd_signal(fd, SIGTERM, NULL, 0), ESRCH);
    CHECK_FAILS(pidfd_signal(fd, 0, NULL, 0), ESRCH);
}

TEST("S24 pidfd_send_signal: what it refuses")
{
    int fd = pidfd_open(getpid(), 0), other;
    siginfo_t info = { .si_signo = SIGUSR1, .si_code = SI_USER };
    pid_t pid = child_start(sleep_forever);

    CHECK_FAILS(pidfd_signal(-1, 0, NULL, 0), EBADF);
    CHECK_FAILS(pidfd_signal(1, 0, NULL, 0), EBADF);
    CHECK_FAILS(pidfd_signal(fd, 65, NULL, 0), EINVAL);
    CHECK_FAILS(pidfd_signal(fd, -1, NULL, 0), EINVAL);
    CHECK_FAILS(pidfd_signal(fd, 0, NULL, 8), EINVAL);
    CHECK_FAILS(pidfd_signal(fd, SIGUSR2, &info, 0), EINVAL);
    CHECK_FAILS(pidfd_signal(fd, SIGUSR1, (void *)8, 0), EFAULT);
    other = pidfd_open(pid, 0);
    CHECK_FAILS(pidfd_signal(other, SIGUSR1, &info, 0), EPERM);
    CHECK_EQ(kill(pid, SIGKILL), 0);
    CHECK_KILLED(pid, SIGKILL);
    int init = pidfd_open(1, 0);
    if (setuid(4321) == 0)
        CHECK_FAILS(pidfd_signal(init, SIGTERM, NULL, 0), EPERM);
}

static volatile siginfo_t got;

static void keep_info(int signo, siginfo_t *info, void *context)
{
    (void)signo, (void)context;
    got = *info;
}

TEST("S24 pidfd_send_signal: who sent it, or what the sender says")
{
    struct sigaction action = { .sa_sigaction = keep_info,
                                .sa_flags = SA_SIGINFO };
    siginfo_t info = { .si_signo = SIGUSR1, .si_code = SI_QUEUE };
    int fd = pidfd_open(getpid(), 0);

    sigaction(SIGUSR1, &action, NULL);
    CHECK_EQ(pidfd_signal(fd, SIGUSR1, NULL, 0), 0);
    CHECK_EQ(got.si_code, SI_USER);
    CHECK_EQ(got.si_pid, getpid());
    info.si_value.sival_int = 77;
    CHECK_EQ(pidfd_signal(fd, SIGUSR1, &info, 0), 0);
    CHECK_EQ(got.si_code, SI_QUEUE);
    CHECK_EQ(got.si_value.sival_int, 77);
}

/* --- waiting --- */

TEST("B-16 waitid(P_PIDFD): that child, none other, and once")
{
    pid_t other = child_start(sleep_forever), pid = child_fork();
    siginfo_t info;
    int fd;

    if (pid == 0)
        _exit(9);
    fd = pidfd_open(pid, 0);
    CHECK_EQ(wait_pidfd(fd, &info, WEXITED | WNOWAIT), 0);
    CHECK_EQ(wait_pidfd(fd, &info, WEXITED), 0);
    CHECK_EQ(info.si_pid, pid);
    CHECK_EQ(info.si_status, 9);
    CHECK_EQ(info.si_code, CLD_EXITED);
    CHECK_FAILS(wait_pidfd(fd, &info, WEXITED), ECHILD);
    CHECK_FAILS(wait_pidfd(pidfd_open(getpid(), 0), &info, WEXITED), ECHILD);
    CHECK_FAILS(wait_pidfd(1, &info, WEXITED), EBADF);
    CHECK_FAILS(wait_pidfd(-1, &info, WEXITED), EINVAL);
    CHECK_FAILS(wait_pidfd(999, &info, WEXITED), EBADF);
    kill(other, SIGKILL);
    CHECK_KILLED(other, SIGKILL);
}

TEST("B-16 waitid(P_PIDFD) with O_NONBLOCK: EAGAIN while it lives")
{
    pid_t pid = child_start(sleep_forever);
    int fd = pidfd_open(pid, O_NONBLOCK);
    siginfo_t info;

    CHECK_FAILS(wait_pidfd(fd, &info, WEXITED), EAGAIN);
    CHECK_EQ(wait_pidfd(fd, &info, WEXITED | WNOHANG), 0);
    CHECK_EQ(info.si_pid, 0);
    CHECK_EQ(kill(pid, SIGSTOP), 0);
    while (wait_pidfd(fd, &info, WSTOPPED) < 0)
        sleep_ms(1);
    CHECK_EQ(info.si_code, CLD_STOPPED);
    CHECK_EQ(kill(pid, SIGKILL), 0);
    while (wait_pidfd(fd, &info, WEXITED) < 0)
        CHECK_EQ(errno, EAGAIN);
    CHECK_EQ(info.si_code, CLD_KILLED);
}

/* --- clone --- */

TEST("S24 CLONE_PIDFD: the maker gets a descriptor, the child none")
{
    int fd = -1;
    pid_t pid = syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, 0, &fd, 0, NULL);
    siginfo_t info;

    if (pid == 0) {
        /* Copied before the descriptor was installed. */
        for (int i = 3; i < 64; i++)
            if (pidfd_signal(i, 0, NULL, 0) == 0)
                _exit(1);
        _exit(0);
    }
    CHECK(pid > 0 && fd > 2);
    CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
    CHECK_EQ(wait_pidfd(fd, &info, WEXITED), 0);
    CHECK_EQ(info.si_pid, pid);
    CHECK_EQ(info.si_status, 0);
}

TEST("S24 CLONE_PIDFD: no descriptor, or nowhere to tell: no child")
{
    struct { uint64_t cur, max; } none = { 3, 3 };
    int fd = -1;

    CHECK_FAILS(syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, 0, 8, 0, NULL),
                EFAULT);
    CHECK_EQ(syscall(SYS_prlimit64, 0, 7, &none, NULL), 0);
    for (int i = 3; i < 64; i++)
        close(i);
    CHECK_FAILS(syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, 0, &fd, 0, NULL),
                EMFILE);
    CHECK_EQ(fd, -1);
    CHECK_FAILS(waitpid(-1, NULL, __WALL), ECHILD);
}

/* --- descriptors of others --- */

TEST("S24 pidfd_getfd: a copy of another's descriptor, offset and all")
{
    int ends[2], fd, mine;
    char c = 0;
    pid_t pid;

    CHECK_EQ(pipe(ends), 0);
    pid = child_fork();
    if (pid == 0) {
        CHECK_EQ(dup2(ends[1], 40), 40);
        close(ends[0]);
        close(ends[1]);
        sleep_forever();
    }
    close(ends[1]);
    fd = pidfd_open(pid, 0);
    while ((mine = pidfd_getfd(fd, 40, 0)) < 0)
        CHECK_EQ(errno, EBADF);
    CHECK_EQ(fcntl(mine, F_GETFD), FD_CLOEXEC);
    CHECK_EQ(write(mine, "x", 1), 1);
    CHECK_EQ(read(ends[0], &c, 1), 1);
    CHECK_EQ(c, 'x');
    CHECK_FAILS(pidfd_getfd(fd, 41, 0), EBADF);
    CHECK_FAILS(pidfd_getfd(fd, -1, 0), EBADF);
    CHECK_FAILS(pidfd_getfd(fd, 40, 1), EINVAL);
    CHECK_FAILS(pidfd_getfd(1, 40, 0), EBADF);
    CHECK_EQ(kill(pid, SIGKILL), 0);
    CHECK_KILLED(pid, SIGKILL);
    CHECK_FAILS(pidfd_getfd(fd, 40, 0), ESRCH);
}

TEST("S24 pidfd_getfd: not of a process of others")
{
    int init = pidfd_open(1, 0);

    if (setuid(4321) < 0)
        tap_skip("needs root");
    CHECK_FAILS(pidfd_getfd(init, 0, 0), EPERM);
}
