/*
 * t_channel_fd.c - channels as files, and files through channels (lwp.md C-01,
 * C-03, C-16, C-17).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/channel.h"
#include "tests/user/lib/child.h"
#include "tests/user/lib/slurp.h"
#include "tests/user/lib/thread.h"

#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>

#define NAME "t_channel_fd"

static struct message message_with(int fd)
{
    return (struct message){ .type = FD, .u.fd = { (void *)0x1234, fd } };
}

/* --- files ---------------------------------------------------------------- */

static bool is_called(int fd, const char *name)
{
    char path[32], found[64] = "";

    sprintf(path, "/proc/self/fd/%d", fd);
    CHECK(readlink(path, found, sizeof(found) - 1) > 0);
    return !strcmp(found, name);
}

TEST("S11 C-01 channels and timers have their names in /proc/self/fd")
{
    CHECK(is_called(channel_open(NAME, O_CREAT), "anon_inode:[channel]"));
    CHECK(is_called(channel_open(NAME, 0), "anon_inode:[channel]"));
    CHECK(is_called(timerfd_create(CLOCK_MONOTONIC, 0),
                    "anon_inode:[timerfd]"));
}

TEST("C-03 a channel's descriptor is one like others: dup, fork, exec, fcntl")
{
    int fd = channel_open(NAME, O_CREAT), copy = dup(fd), other;
    struct message m = message_of(1);
    struct stat st, st2;
    char c;

    CHECK_EQ(fcntl(fd, F_GETFD), 0);
    CHECK_EQ(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDWR);
    other = channel_open(NAME, O_CLOEXEC);
    CHECK_EQ(fcntl(other, F_GETFD), FD_CLOEXEC);
    CHECK(fstat(fd, &st) == 0 && fstat(other, &st2) == 0);
    CHECK_EQ(st.st_ino, st2.st_ino);
    CHECK_EQ(channel_close(fd), 0);
    CHECK_EQ(channel_notify(copy, &m), 0);      /* lives by its copy */
    CHECK_EQ(channel_recv(other, &m), 0);
    CHECK_FAILS(read(copy, &c, 1), EINVAL);
    CHECK_FAILS(write(copy, &c, 1), EINVAL);
    CHECK_FAILS(lseek(copy, 0, SEEK_SET), ESPIPE);
    CHECK_FAILS(ioctl(copy, FIONREAD, &c), ENOTTY);
    CHECK_EQ(close(copy), 0);
    CHECK_FAILS(channel_notify(other, &m), EIO);
}

ROLE(notify)
{
    struct message m = message_of(5);

    return channel_notify(argc > 1 ? atoi(argv[1]) : -1, &m) ? errno : 0;
}

static int run_notify(int fd)
{
    char number[12];
    pid_t pid;

    sprintf(number, "%d", fd);
    pid = child_fork();
    if (pid == 0) {
        setenv("ROLE", "notify", 1);
        execl(tap_self, tap_self, number, NULL);
        _exit(99);
    }
    return WEXITSTATUS(child_wait(pid));
}

TEST("C-03 exec keeps a channel's descriptor, but for FD_CLOEXEC")
{
    int fd = channel_open(NAME, O_CREAT);
    struct message m;

    CHECK_EQ(run_notify(fd), 0);
    CHECK_EQ(channel_peek(fd, &m), 0);
    CHECK_EQ(m.u.d, 5);
    CHECK_EQ(fcntl(fd, F_SETFD, FD_CLOEXEC), 0);
    CHECK_EQ(run_notify(fd), EIO);
}

TEST("C-05 O_NONBLOCK: for ever is not at all, a time is a time")
{
    int fd = channel_open(NAME, O_CREAT | O_NONBLOCK), off = 0;
    struct message m = message_of(1);
    int64_t start;

    CHECK(fcntl(fd, F_GETFL) & O_NONBLOCK);
    CHECK_FAILS(channel_recv(fd, &m), ETIMEDOUT);
    CHECK_FAILS(channel_call(fd, &m, &m), ETIMEDOUT);
    CHECK_FAILS(channel_send(fd, &m), ETIMEDOUT);
    CHECK_FAILS(channel_recv_for(fd, &m, -1), ETIMEDOUT);
    CHECK_FAILS(channel_peek(fd, &m), ETIMEDOUT);       /* none was sent */
    CHECK_EQ(channel_notify(fd, &m), 0);
    CHECK_EQ(channel_recv(fd, &m), 0);
    start = tap_now();
    CHECK_FAILS(channel_recv_for(fd, &m, 50), ETIMEDOUT);
    CHECK(tap_now() - start >= 49000000);
    CHECK_EQ(ioctl(fd, FIONBIO, &off), 0);
    CHECK_EQ(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
}

/* --- poll (C-17) ---------------------------------------------------------- */

static int events_of(int fd)
{
    struct pollfd p = { fd, POLLIN | POLLOUT, 0 };

    CHECK(poll(&p, 1, 0) >= 0);
    return p.revents;
}

TEST("C-17 poll: writable always, readable when recv would take a message")
{
    int fd = channel_open(NAME, O_CREAT), client = channel_open(NAME, 0);
    struct message m = message_of(1);
    pid_t asks, sends;

    CHECK_EQ(events_of(fd), POLLOUT);
    CHECK_EQ(channel_notify(fd, &m), 0);
    CHECK_EQ(events_of(fd), POLLOUT | POLLIN);
    CHECK_EQ(channel_recv(fd, &m), 0);
    CHECK_EQ(events_of(fd), POLLOUT);
    asks = child_fork();
    if (asks == 0)
        _exit(channel_call(fd, &m, &m) ? 1 : 0);
    CHECK_EQ(channel_recv(fd, &m), 0);
    CHECK_EQ(channel_notify(fd, &m), 0);
    CHECK_EQ(events_of(fd), POLLOUT);           /* an answer is owed */
    CHECK_EQ(channel_reply(fd, &m), 0);
    CHECK_EQ(events_of(fd), POLLOUT | POLLIN);
    CHECK_EXITS(asks, 0);
    CHECK_EQ(channel_recv(fd, &m), 0);
    sends = child_fork();
    if (sends == 0)
        _exit(channel_send(fd, &m) ? 1 : 0);
    CHECK_EQ(channel_recv(fd, &m), 0);
    CHECK_EQ(channel_notify(fd, &m), 0);
    CHECK_EQ(events_of(fd), POLLOUT | POLLIN);  /* recv would finish it */
    CHECK_EQ(channel_recv(fd, &m), 0);
    CHECK_EXITS(sends, 0);
    CHECK_EQ(channel_close(fd), 0);
    CHECK_EQ(events_of(client), POLLOUT | POLLHUP);
}

/* A child that waits so, and exits with what it got; the parent sends. */
static void wait_by(int how, int fd)
{
    struct epoll_event event = { EPOLLIN, { .fd = fd } };
    struct pollfd p = { fd, POLLIN, 0 };
    int set = epoll_create1(0);
    struct message m;
    fd_set in;

    FD_ZERO(&in);
    FD_SET(fd, &in);
    if (how == 0) {
        CHECK_EQ(poll(&p, 1, -1), 1);
    } else if (how == 1) {
        CHECK_EQ(select(fd + 1, &in, NULL, NULL, NULL), 1);
        CHECK(FD_ISSET(fd, &in));
    } else {
        CHECK_EQ(epoll_ctl(set, EPOLL_CTL_ADD, fd, &event), 0);
        CHECK_EQ(epoll_wait(set, &event, 1, -1), 1);
    }
    CHECK_EQ(channel_peek(fd, &m), 0);
    if (m.u.d == 1)
        CHECK_EQ(channel_reply(fd, &m), 0);
    CHECK_FAILS(channel_peek(fd, &m), ETIMEDOUT);
}

TEST("C-17 poll, select and epoll wake when a message comes, of every kind")
{
    int fd = channel_open(NAME, O_CREAT);

    for (int i = 0; i < 9; i++) {
        struct message m = message_of(i / 3);
        pid_t pid = child_fork();

        if (pid == 0) {
            wait_by(i % 3, fd);
            _exit(0);
        }
        sleep_ms(20);
        CHECK_EQ(i / 3 == 0 ? channel_notify(fd, &m) :
                 i / 3 == 1 ? channel_call(fd, &m, &m) : channel_send(fd, &m),
                 0);
        CHECK_EXITS(pid, 0);
    }
}

TEST("C-17 poll wakes with POLLHUP when the channel is over")
{
    int fd = channel_open(NAME, O_CREAT), client = channel_open(NAME, 0);
    struct pollfd p = { client, POLLIN, 0 };
    pid_t pid = child_fork();

    if (pid == 0) {
        close(fd);
        CHECK_EQ(poll(&p, 1, -1), 1);
        _exit(p.revents & POLLHUP ? 0 : 1);
    }
    sleep_ms(30);
    close(fd);
    CHECK_EXITS(pid, 0);
}

/* --- files through channels (C-16) ---------------------------------------- */

/* Answers a file with that file, and a word with the write end of a pipe. */
static void serve_files(int fd)
{
    struct message m;
    int ends[2];

    while (channel_recv(fd, &m) == 0) {
        int received = m.type == FD ? m.u.fd.fd : -1;

        if (m.type == FD) {
            CHECK(received >= 0 && !m.u.fd.file);
            CHECK_EQ(write(received, "s", 1), 1);
            m = message_with(received);
        } else {
            CHECK_EQ(pipe(ends), 0);
            CHECK_EQ(write(ends[1], "hello", 5), 5);
            m = message_with(ends[0]);
            received = ends[0];
            close(ends[1]);
        }
        CHECK_EQ(channel_reply(fd, &m), 0);
        close(received);
    }
}

TEST("C-16 files go over in requests and in answers")
{
    int fd = channel_open(NAME, O_CREAT), ends[2], got;
    struct message m, back;
    char text[8] = "";
    pid_t pid = child_fork();

    if (pid == 0) {
        serve_files(fd);
        _exit(0);
    }
    CHECK_EQ(pipe(ends), 0);
    m = message_with(ends[1]);
    CHECK_EQ(channel_call(fd, &m, &back), 0);
    CHECK_EQ(read(ends[0], text, 8), 1);
    got = back.u.fd.fd;
    CHECK(back.type == FD && got >= 0 && got != ends[1] && !back.u.fd.file);
    CHECK_EQ(close(ends[1]), 0);
    CHECK_EQ(write(got, "c", 1), 1);
    CHECK_EQ(read(ends[0], text, 8), 1);
    CHECK_EQ(close(got), 0);
    CHECK_EQ(read(ends[0], text, 8), 0);        /* nobody else has it */
    m = message_of(0);
    CHECK_EQ(channel_call(fd, &m, &back), 0);
    CHECK_EQ(read(back.u.fd.fd, text, 8), 5);
    CHECK(!strcmp(text, "hello"));
    kill(pid, SIGKILL);
    CHECK_KILLED(pid, SIGKILL);
}

TEST("C-16 the position is shared, and the sender may close first")
{
    int fd = channel_open(NAME, O_CREAT);
    int file = open("/tmp/t_channel_fd", O_RDWR | O_CREAT | O_TRUNC, 0600);
    struct message m = message_with(file);

    CHECK_EQ(unlink("/tmp/t_channel_fd"), 0);
    CHECK_EQ(write(file, "abcd", 4), 4);
    CHECK_EQ(channel_notify(fd, &m), 0);
    CHECK_EQ(lseek(file, 2, SEEK_SET), 2);
    CHECK_EQ(close(file), 0);
    CHECK_EQ(channel_recv(fd, &m), 0);
    CHECK_EQ(lseek(m.u.fd.fd, 0, SEEK_CUR), 2);
    CHECK_EQ(fcntl(m.u.fd.fd, F_GETFD), 0);
}

TEST("C-16 a bad descriptor, or no room for one: the receiver gets -1")
{
    int fd = channel_open(NAME, O_CREAT);
    struct { uint64_t cur, max; } limit = { 0, 64 };
    const int bad[] = { -1, 9999, 0x7fffffff };
    struct message m;

    for (int i = 0; i < 3; i++) {
        m = message_with(bad[i]);
        CHECK_EQ(channel_notify(fd, &m), 0);
        CHECK_EQ(channel_recv(fd, &m), 0);
        CHECK_EQ(m.type, FD);
        CHECK_EQ(m.u.fd.fd, -1);
        CHECK(!m.u.fd.file);
    }
    m = message_with(1);
    CHECK_EQ(channel_notify(fd, &m), 0);
    limit.cur = fd + 1;
    CHECK_EQ(syscall(SYS_prlimit64, 0, 7, &limit, NULL), 0);
    for (int i = fd + 1; i < 64; i++)
        close(i);
    CHECK_EQ(channel_recv(fd, &m), 0);
    CHECK_EQ(m.u.fd.fd, -1);
}

TEST("C-16 1,000 files there and back, and some on the way at the end")
{
    int fd = channel_open(NAME, O_CREAT);
    struct message m, back;
    pid_t pid = child_fork();

    if (pid == 0) {
        serve_files(fd);
        _exit(0);
    }
    for (int i = 0; i < 1000; i++) {
        int ends[2];

        CHECK_EQ(pipe(ends), 0);
        m = message_with(ends[1]);
        CHECK_EQ(channel_call(fd, &m, &back), 0);
        CHECK_EQ(close(ends[0]) | close(ends[1]) | close(back.u.fd.fd), 0);
    }
    kill(pid, SIGKILL);
    CHECK_KILLED(pid, SIGKILL);
    for (int i = 0; i < 100; i++) {
        int ends[2];

        CHECK_EQ(pipe(ends), 0);
        m = message_with(ends[0]);
        CHECK_EQ(channel_notify(fd, &m), 0);
        CHECK_EQ(close(ends[0]) | close(ends[1]), 0);
    }
    /* Given up before it was taken. */
    m = message_with(1);
    CHECK_FAILS(channel_call_for(fd, &m, &back, 1), ETIMEDOUT);
}

TEST("C-16 a channel goes through another, and a client reaches it so")
{
    int fd = channel_open(NAME, O_CREAT), private = channel_open("p", O_CREAT);
    struct message m, back;
    pid_t pid = child_fork();

    if (pid == 0) {
        close(private);
        CHECK_EQ(channel_recv(fd, &m), 0);
        CHECK_EQ(channel_reply(fd, &m), 0);
        back = message_of(9);
        _exit(channel_notify(m.u.fd.fd, &back) ? 1 : 0);
    }
    m = message_with(private);
    CHECK_EQ(channel_call(fd, &m, &back), 0);
    CHECK_EQ(channel_recv(private, &m), 0);
    CHECK_EQ(m.u.d, 9);
    CHECK_EXITS(pid, 0);
}

TEST("C-16 nothing can hold itself: no notification of a channel or socket")
{
    int a = channel_open("a", O_CREAT), b = channel_open("b", O_CREAT), s[2];
    struct message m = message_with(a);

    CHECK_FAILS(channel_notify(a, &m), EINVAL);
    CHECK_FAILS(channel_notify(b, &m), EINVAL);
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, s) == 0) {
        m = message_with(s[0]);
        CHECK_FAILS(channel_notify(a, &m), EINVAL);
    }
    /* A sleeper may: what it sends goes with it. */
    pid_t pid = child_fork();
    if (pid == 0) {
        m = message_with(a);
        channel_send(a, &m);
        _exit(0);
    }
    sleep_ms(30);
    CHECK_EQ(close(a), 0);
    kill(pid, SIGKILL);
    CHECK_KILLED(pid, SIGKILL);
    CHECK_FAILS(channel_open("a", 0), ENOENT);
    CHECK_EQ(close(b), 0);
    CHECK_FAILS(channel_open("b", 0), ENOENT);
}
