/*
 * t_unix_rights.c - files and credentials through sockets: SCM_RIGHTS and
 * SCM_CREDENTIALS of unix(7).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/channel.h"
#include "tests/user/lib/child.h"
#include "tests/user/lib/failnth.h"
#include "tests/user/lib/unix.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>

/* --- files and credentials ------------------------------------------------ */

union control {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(253 * sizeof(int)) + CMSG_SPACE(sizeof(struct ucred))];
};

static ssize_t send_files(int to, const int *fds, int count)
{
    static union control control;
    struct iovec v = { "f", 1 };
    struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1,
                        .msg_control = &control,
                        .msg_controllen = CMSG_SPACE(count * sizeof(int)) };

    control.header = (struct cmsghdr){ .cmsg_level = SOL_SOCKET,
                                       .cmsg_type = SCM_RIGHTS };
    control.header.cmsg_len = CMSG_LEN(count * sizeof(int));
    memcpy(CMSG_DATA(&control.header), fds, count * sizeof(int));
    return sendmsg(to, &m, MSG_NOSIGNAL);
}

/* How many files came, with room for `room`; the flags go to *flags. */
static int receive_files(int from, int *fds, int room, int *flags)
{
    static union control control;
    char byte;
    struct iovec v = { &byte, 1 };
    struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1,
                        .msg_control = &control,
                        .msg_controllen = room ? CMSG_LEN(room * sizeof(int))
                                               : 0 };
    int count;

    if (recvmsg(from, &m, MSG_CMSG_CLOEXEC) < 0)
        return -1;
    if (flags)
        *flags = m.msg_flags;
    if (!m.msg_controllen)
        return 0;
    CHECK_EQ(control.header.cmsg_type, SCM_RIGHTS);
    count = (control.header.cmsg_len - CMSG_LEN(0)) / sizeof(int);
    memcpy(fds, CMSG_DATA(&control.header), count * sizeof(int));
    return count;
}

TEST("I-16 SCM_RIGHTS: files arrive open, between processes")
{
    int p[2], got[2], status;
    char c = 0;

    make_pair(SOCK_STREAM);
    if (fork() == 0) {
        CHECK(pipe(p) == 0);
        CHECK_EQ(send_files(pair[0], p, 2), 1);
        close(p[1]);
        CHECK_EQ(read(p[0], &c, 1), 1);
        _exit(c);
    }
    CHECK_EQ(receive_files(pair[1], got, 2, NULL), 2);
    CHECK(fcntl(got[0], F_GETFD) == FD_CLOEXEC);
    CHECK_EQ(write(got[1], "z", 1), 1);
    CHECK(wait(&status) > 0);
    CHECK_EQ(WEXITSTATUS(status), 'z');
}

/* The client never opened the channel: it was given it.  So does the server
 * give its own side away, and the channel goes on in other hands. */
TEST("C-03 SCM_RIGHTS: both sides of a channel go to other processes")
{
    struct message m = message_of(20), answer;
    int got[2], channel = channel_open("t_unix", O_CREAT);
    pid_t client, server;

    make_pair(SOCK_DGRAM);
    client = fork();
    if (client == 0) {
        close(channel);
        CHECK_EQ(receive_files(pair[1], got, 1, NULL), 1);
        CHECK(channel_call(got[0], &m, &answer) == 0);
        CHECK_EQ(answer.u.d, 42);
        _exit(0);
    }
    CHECK_EQ(send_files(pair[0], (int[]){ channel_open("t_unix", 0) }, 1), 1);
    server = fork();
    if (server == 0) {
        close(channel);
        CHECK_EQ(receive_files(pair[0], got, 1, NULL), 1);
        CHECK(channel_recv(got[0], &m) == 0);
        m.u.d += 22;
        CHECK(channel_reply(got[0], &m) == 0);
        _exit(0);
    }
    CHECK_EQ(send_files(pair[1], &channel, 1), 1);
    close(channel);
    CHECK_EXITS(client, 0);
    CHECK_EXITS(server, 0);
    CHECK_FAILS(channel_open("t_unix", 0), ENOENT);
}

TEST("I-16 SCM_RIGHTS: what does not fit is closed, and MSG_CTRUNC")
{
    int p[2], fds[3], got[3] = { -1, -1, -1 }, flags;
    char c;

    make_pair(SOCK_DGRAM);
    CHECK(pipe(p) == 0);
    fds[0] = fds[1] = 0;
    fds[2] = p[1];
    CHECK_EQ(send_files(pair[0], fds, 3), 1);
    close(p[1]);
    CHECK_EQ(receive_files(pair[1], got, 2, &flags), 2);
    CHECK(flags & MSG_CTRUNC);
    CHECK_EQ(read(p[0], &c, 1), 0);
    CHECK_EQ(send_files(pair[0], fds, 2), 1);
    CHECK_EQ(receive_files(pair[1], got, 0, &flags), 0);
    CHECK(flags & MSG_CTRUNC);
    fds[1] = 77;
    CHECK_FAILS(send_files(pair[0], fds, 2), EBADF);
}

TEST("I-16 SCM_RIGHTS: files nobody receives are closed with the socket")
{
    int p[2];
    char c;

    make_pair(SOCK_STREAM);
    CHECK(pipe(p) == 0);
    CHECK_EQ(send_files(pair[0], p + 1, 1), 1);
    close(p[1]);
    close(pair[1]);
    CHECK_EQ(read(p[0], &c, 1), 0);
    CHECK_FAILS(send_files(pair[0], p, 1), EPIPE);
}

/* Rings that nobody can reach are found when any socket is closed. */
static void close_another(void)
{
    CHECK(close(socket(AF_UNIX, SOCK_STREAM, 0)) == 0);
}

TEST("I-16 SCM_RIGHTS: rings of sockets are given back")
{
    int p[2], a[2];
    char c;

    CHECK(pipe(p) == 0);
    for (int i = 0; i < 20; i++) {
        make_pair(SOCK_STREAM);
        CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, a) == 0);
        CHECK_EQ(send_files(pair[0], &pair[1], 1), 1);    /* itself */
        CHECK_EQ(send_files(pair[0], a, 2), 1);
        CHECK_EQ(send_files(a[0], pair, 2), 1);
        CHECK_EQ(send_files(a[0], p + 1, 1), 1);
        close(pair[0]);
        close(pair[1]);
        close(a[0]);
        close(a[1]);
    }
    close(p[1]);
    close_another();
    CHECK_EQ(read(p[0], &c, 1), 0);
}

TEST("I-16 SCM_RIGHTS: a ring that can still be reached stays")
{
    int a[2], got;
    char c;

    make_pair(SOCK_STREAM);
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, a) == 0);
    CHECK_EQ(write(a[0], "k", 1), 1);
    CHECK_EQ(send_files(pair[0], &a[1], 1), 1);
    CHECK_EQ(send_files(pair[0], &pair[1], 1), 1);
    close(a[1]);
    close_another();
    CHECK_EQ(receive_files(pair[1], &got, 1, NULL), 1);
    CHECK_EQ(read(got, &c, 1), 1);
    CHECK(c == 'k');
}

/* Nobody closes a socket then but the kernel, which drops what is received
 * without room for it. */
TEST("I-16 SCM_RIGHTS: a ring is given back with the file that led to it")
{
    int p[2], a[2], b[2];
    char c;

    make_pair(SOCK_STREAM);
    CHECK(pipe(p) == 0);
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, a) == 0);
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, b) == 0);
    CHECK_EQ(send_files(b[0], &b[1], 1), 1);    /* itself */
    CHECK_EQ(send_files(b[0], p + 1, 1), 1);
    CHECK_EQ(send_files(a[0], &b[1], 1), 1);
    CHECK_EQ(send_files(pair[0], &a[1], 1), 1);
    close(b[1]);
    close(a[1]);
    close(p[1]);
    CHECK_EQ(read(pair[1], &c, 1), 1);
    CHECK(fcntl(p[0], F_SETFL, O_NONBLOCK) == 0);
    CHECK_EQ(read(p[0], &c, 1), 0);
}

static void *collect(void *unused)
{
    for (int i = 0; i < 5; i++)
        close_another();
    return unused;
}

/* It takes no more, and is thrown away with what lies in its queue. */
TEST("I-16 SCM_RIGHTS: files sent to a socket that is being collected")
{
    int p[2];
    char c;

    CHECK(pipe(p) == 0);
    for (int i = 0; i < 50; i++) {
        pthread_t other;

        make_pair(SOCK_DGRAM);
        CHECK_EQ(send_files(pair[0], &pair[1], 1), 1);
        CHECK(shutdown(pair[1], SHUT_RD) == 0);
        close(pair[1]);
        CHECK(pthread_create(&other, NULL, collect, NULL) == 0);
        while (send_files(pair[0], p + 1, 1) < 0 && errno == EPIPE)
            continue;
        CHECK_EQ(errno, ECONNREFUSED);
        CHECK(pthread_join(other, NULL) == 0);
        close(pair[0]);
    }
    close(p[1]);
    CHECK_EQ(read(p[0], &c, 1), 0);
}

TEST("I-16 SCM_RIGHTS: a listener in its own backlog is given back")
{
    int l = listener(SOCK_STREAM, "@t_unix.ring", 1);
    int c = client(SOCK_STREAM, "@t_unix.ring");

    CHECK_EQ(send_files(c, &l, 1), 1);
    CHECK_EQ(send_files(c, &c, 1), 1);
    close(l);
    close(c);
    close_another();
    CHECK_FAILS(try_connect(socket(AF_UNIX, SOCK_STREAM, 0), "@t_unix.ring"),
                ECONNREFUSED);
}

/* Closing the last of them closes the one before, and so on: the kernel's
 * stack must not feel it. */
TEST("I-16 SCM_RIGHTS: a chain of a thousand")
{
    int last[2], next[2];

    CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, last) == 0);
    for (int i = 0; i < 1000; i++) {
        CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, next) == 0);
        CHECK_EQ(send_files(next[0], last, 2), 1);
        close(last[0]);
        close(last[1]);
        last[0] = next[0];
        last[1] = next[1];
    }
    close(last[0]);
    close(last[1]);
}

TEST("I-16 SCM_RIGHTS: a user has only so many files in flight")
{
    int fd = 0, i;

    CHECK(setuid(1000) == 0);
    make_pair(SOCK_DGRAM);
    for (i = 0; i < 2000; i++)
        if (send_files(pair[0], &fd, 1) < 0)
            break;
    CHECK(errno == ETOOMANYREFS || errno == EAGAIN);
    CHECK(i <= 1024);
}

TEST("I-16 SCM_CREDENTIALS: who sent it, and no lies")
{
    static union control control;
    char byte;
    struct iovec v = { &byte, 1 };
    struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1,
                        .msg_control = &control,
                        .msg_controllen = sizeof(control) };
    struct ucred *cred = (void *)CMSG_DATA(&control.header);
    int on = 1;

    make_pair(SOCK_STREAM);
    CHECK(setsockopt(pair[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) == 0);
    CHECK_EQ(write(pair[0], "x", 1), 1);
    CHECK_EQ(recvmsg(pair[1], &m, 0), 1);
    CHECK_EQ(control.header.cmsg_type, SCM_CREDENTIALS);
    CHECK(cred->pid == getpid() && cred->uid == 0);
    CHECK(setuid(1000) == 0);
    m.msg_controllen = CMSG_SPACE(sizeof(*cred));
    CHECK_FAILS(sendmsg(pair[0], &m, 0), EPERM);   /* claims to be root */
    cred->uid = 1000;
    CHECK_EQ(sendmsg(pair[0], &m, 0), 1);
    control.header.cmsg_type = 99;
    CHECK_FAILS(sendmsg(pair[0], &m, 0), EINVAL);
    control.header.cmsg_len = 4;
    CHECK_FAILS(sendmsg(pair[0], &m, 0), EINVAL);
}

/* --- all at once ---------------------------------------------------------- */

TEST("I-16 readers and writers killed at random lose nothing of the kernel's")
{
    for (int round = 0; round < 30; round++) {
        pid_t pids[4];

        make_pair(round % 2 ? SOCK_STREAM : SOCK_SEQPACKET);
        for (int i = 0; i < 4; i++) {
            pids[i] = fork();
            if (pids[i])
                continue;
            for (;;) {
                static char block[3000];
                int got[2];

                if (i % 2 == 0)
                    send_files(pair[i / 2], pair, 2);
                else
                    receive_files(pair[i / 2], got, 2, NULL);
                if (i % 2)
                    write(pair[i / 2], block, tap_below(sizeof(block)));
                else
                    recv(pair[i / 2], block, sizeof(block), MSG_DONTWAIT);
                for (int fd = 20; fd < 60; fd++)
                    close(fd);
            }
        }
        usleep(3000 + tap_below(3000));
        for (int i = 0; i < 4; i++)
            kill(pids[i], SIGKILL);
        for (int i = 0; i < 4; i++)
            CHECK(wait(NULL) > 0);
        close(pair[0]);
        close(pair[1]);
        close_another();
    }
}

/* --- allocations that fail ------------------------------------------------ */

static long call_exchange(void)
{
    int fds[2] = { 0, 1 }, got[2], count, error;

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
        return -1;
    count = send_files(pair[0], fds, 2);
    error = errno;
    fail_nth(0);
    if (count > 0) {
        CHECK_EQ(receive_files(pair[1], got, 2, NULL), 2);
        close(got[0]);
        close(got[1]);
    }
    close(pair[0]);
    close(pair[1]);
    errno = error;
    return count > 0 ? 0 : -1;
}

TEST("I-16 fail-nth: a pair, and files through it")
{
    struct trial t = { call_exchange, fail_no_undo };

    fail_walk(&t);
}

static int acceptor;

static long call_accept(void)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0), accepted, error;

    if (fd < 0)
        return -1;
    accepted = try_connect(fd, "@t_unix.fail");
    if (!accepted)
        accepted = accept(acceptor, NULL, NULL);
    error = errno;
    fail_nth(0);
    close(fd);
    if (accepted >= 0)
        close(accepted);
    errno = error;
    return accepted < 0 ? -1 : 0;
}

TEST("I-16 fail-nth: connect and accept")
{
    struct trial t = { call_accept, fail_no_undo };

    acceptor = listener(SOCK_STREAM, "@t_unix.fail", 1);
    CHECK(fcntl(acceptor, F_SETFL, O_NONBLOCK) == 0);
    fail_walk(&t);
    close(acceptor);
}
