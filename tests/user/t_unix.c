/*
 * t_unix.c - sockets between processes: unix(7), socket(7), cmsg(3).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/place.h"
#include "tests/user/lib/unix.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/time.h>

static void *volatile nowhere = (void *)8;

static short events_of(int fd)
{
    struct pollfd p = { fd, POLLIN | POLLOUT | POLLRDHUP, 0 };

    CHECK(poll(&p, 1, 0) >= 0);
    return p.revents;
}

/* --- making --------------------------------------------------------------- */

TEST("I-16 socket: what there is not is refused")
{
    CHECK_FAILS(socket(9999, SOCK_STREAM, 0), EAFNOSUPPORT);
    CHECK_FAILS(socket(AF_INET, SOCK_STREAM, 0), EAFNOSUPPORT);
    CHECK_FAILS(socket(AF_UNIX, 7, 0), ESOCKTNOSUPPORT);
    CHECK_FAILS(socket(AF_UNIX, SOCK_STREAM, 77), EPROTONOSUPPORT);
    CHECK_FAILS(socket(AF_UNIX, SOCK_STREAM | 0x4000000, 0), EINVAL);
    CHECK_FAILS(socketpair(AF_UNIX, SOCK_STREAM, 0, nowhere), EFAULT);
    CHECK_FAILS(listen(0, 1), ENOTSOCK);
    CHECK_FAILS(listen(99, 1), EBADF);
    CHECK_FAILS(send(1, "x", 1, 0), ENOTSOCK);
}

TEST("I-16 socket: flags, and what stat says")
{
    struct stat st;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    char c;

    CHECK(fcntl(fd, F_GETFD) == FD_CLOEXEC);
    CHECK(fcntl(fd, F_GETFL) & O_NONBLOCK);
    CHECK(fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode));
    CHECK_FAILS(recv(fd, &c, 1, 0), EAGAIN);
    CHECK_FAILS(lseek(fd, 0, SEEK_SET), ESPIPE);
}

/* --- streams -------------------------------------------------------------- */

TEST("I-16 stream: both directions, in order, whatever the sizes")
{
    char out[5000], in[5000];

    make_pair(SOCK_STREAM);
    for (size_t i = 0; i < sizeof(out); i++)
        out[i] = i * 7;
    for (int way = 0; way < 2; way++) {
        for (size_t n = 1, at = 0; at < sizeof(out); at += n, n = n * 2)
            CHECK_EQ(write(pair[way], out + at, n < sizeof(out) - at ? n
                                             : sizeof(out) - at),
                     n < sizeof(out) - at ? n : sizeof(out) - at);
        for (size_t at = 0, n; at < sizeof(in); at += n) {
            n = read(pair[!way], in + at, at % 2 ? 700 : 3);
            CHECK((ssize_t)n > 0);
        }
        CHECK(!memcmp(in, out, sizeof(in)));
    }
}

TEST("I-16 stream: the end, and writing to nobody")
{
    char c;

    make_pair(SOCK_STREAM);
    CHECK_EQ(write(pair[0], "ab", 2), 2);
    CHECK(close(pair[0]) == 0);
    CHECK_EQ(read(pair[1], &c, 1), 1);
    CHECK_EQ(read(pair[1], &c, 1), 1);
    CHECK_EQ(read(pair[1], &c, 1), 0);
    CHECK_EQ(read(pair[1], &c, 1), 0);
    CHECK_FAILS(send(pair[1], "x", 1, MSG_NOSIGNAL), EPIPE);
    signal(SIGPIPE, SIG_IGN);
    CHECK_FAILS(write(pair[1], "x", 1), EPIPE);
}

static void write_to_nobody(void)
{
    close(pair[0]);
    write(pair[1], "x", 1);
}

TEST("I-16 stream: SIGPIPE without MSG_NOSIGNAL")
{
    make_pair(SOCK_STREAM);
    int status = tap_in_child(write_to_nobody);
    CHECK_EQ(status, 0);                /* the parent still has pair[0] */
    close(pair[0]);
    status = tap_in_child(write_to_nobody);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE);
}

TEST("I-16 stream: a peer that closes with unread bytes is ECONNRESET, once")
{
    char c;

    make_pair(SOCK_STREAM);
    CHECK_EQ(write(pair[0], "x", 1), 1);
    CHECK(close(pair[1]) == 0);
    CHECK(events_of(pair[0]) & POLLERR);
    CHECK_FAILS(read(pair[0], &c, 1), ECONNRESET);
    CHECK_EQ(read(pair[0], &c, 1), 0);
}

TEST("I-16 stream: shutdown of one direction")
{
    char c;

    make_pair(SOCK_STREAM);
    CHECK(shutdown(pair[0], SHUT_WR) == 0);
    CHECK_EQ(read(pair[1], &c, 1), 0);
    CHECK(events_of(pair[1]) & POLLRDHUP);
    CHECK(!(events_of(pair[1]) & POLLHUP));
    CHECK_FAILS(send(pair[0], "x", 1, MSG_NOSIGNAL), EPIPE);
    CHECK_EQ(write(pair[1], "y", 1), 1);
    CHECK_EQ(read(pair[0], &c, 1), 1);
    CHECK(c == 'y');
    CHECK_FAILS(shutdown(pair[0], 3), EINVAL);
}

TEST("I-16 stream: a full one blocks, or is EAGAIN, and poll knows")
{
    static char block[4096];
    size_t sent = 0, got = 0;
    ssize_t n;

    make_pair(SOCK_STREAM | SOCK_NONBLOCK);
    while ((n = write(pair[0], block, sizeof(block))) > 0)
        sent += n;
    CHECK_EQ(errno, EAGAIN);
    CHECK(sent >= 65536 && sent < 1000000);
    CHECK(!(events_of(pair[0]) & POLLOUT));
    while ((n = read(pair[1], block, sizeof(block))) > 0)
        got += n;
    CHECK_EQ(got, sent);
    CHECK(events_of(pair[0]) & POLLOUT);
}

static void *slow_reader(void *arg)
{
    static char block[1000];
    ssize_t n, sum = 0;

    (void)arg;
    while ((n = read(pair[1], block, sizeof(block))) > 0)
        sum += n;
    return (void *)sum;
}

TEST("I-16 stream: a megabyte to a slow reader")
{
    static char block[1 << 20];
    pthread_t reader;
    void *sum;

    make_pair(SOCK_STREAM);
    CHECK(pthread_create(&reader, NULL, slow_reader, NULL) == 0);
    CHECK_EQ(write(pair[0], block, sizeof(block)), sizeof(block));
    CHECK(close(pair[0]) == 0);
    CHECK(pthread_join(reader, &sum) == 0);
    CHECK_EQ(sum, sizeof(block));
}

TEST("I-16 stream: MSG_PEEK, MSG_WAITALL, FIONREAD")
{
    char buf[8] = "";
    int n;

    make_pair(SOCK_STREAM);
    CHECK_EQ(write(pair[0], "abc", 3), 3);
    CHECK_EQ(write(pair[0], "def", 3), 3);
    CHECK_EQ(recv(pair[1], buf, 8, MSG_PEEK), 6);
    CHECK(!memcmp(buf, "abcdef", 6));
    CHECK(ioctl(pair[1], FIONREAD, &n) == 0 && n == 6);
    CHECK_EQ(recv(pair[1], buf, 2, 0), 2);
    CHECK_EQ(recv(pair[1], buf, 8, MSG_PEEK), 4);
    CHECK(!memcmp(buf, "cdef", 4));
    CHECK_EQ(recv(pair[1], buf, 4, MSG_WAITALL), 4);
    CHECK_FAILS(recv(pair[1], buf, 4, MSG_WAITALL | MSG_DONTWAIT), EAGAIN);
    CHECK_FAILS(recv(pair[1], buf, 4, MSG_OOB), EOPNOTSUPP);
}

TEST("I-16 stream: what cannot be stored stays")
{
    char c;

    make_pair(SOCK_STREAM);
    CHECK_EQ(write(pair[0], "x", 1), 1);
    CHECK_FAILS(read(pair[1], (void *)8, 1), EFAULT);
    CHECK_EQ(read(pair[1], &c, 1), 1);
    CHECK_FAILS(write(pair[0], (void *)8, 1), EFAULT);
    CHECK_FAILS(recv(pair[1], &c, 1, MSG_DONTWAIT), EAGAIN);
}

/* --- records -------------------------------------------------------------- */

static void check_records(int type)
{
    char buf[16];

    make_pair(type);
    CHECK_EQ(send(pair[0], "first", 5, 0), 5);
    CHECK_EQ(send(pair[0], "", 0, 0), 0);
    CHECK_EQ(send(pair[0], "third", 5, 0), 5);
    CHECK_EQ(recv(pair[1], buf, 2, MSG_PEEK | MSG_TRUNC), 5);
    CHECK_EQ(recv(pair[1], buf, 2, 0), 2);
    CHECK(!memcmp(buf, "fi", 2));
    CHECK_EQ(recv(pair[1], buf, 16, MSG_DONTWAIT), 0);
    CHECK_EQ(recv(pair[1], buf, 16, MSG_DONTWAIT), 5);
    CHECK_FAILS(recv(pair[1], buf, 16, MSG_DONTWAIT), EAGAIN);
}

TEST("I-16 datagrams and records keep their borders")
{
    check_records(SOCK_DGRAM);
    check_records(SOCK_SEQPACKET);
}

TEST("I-16 records: too long is EMSGSIZE, and the end is 0")
{
    static char big[300000];
    char c;

    make_pair(SOCK_SEQPACKET);
    CHECK_FAILS(send(pair[0], big, sizeof(big), 0), EMSGSIZE);
    CHECK_EQ(send(pair[0], big, 100000, 0), 100000);
    CHECK_EQ(recv(pair[1], big, sizeof(big), 0), 100000);
    CHECK(close(pair[0]) == 0);
    CHECK_EQ(recv(pair[1], &c, 1, 0), 0);
}

TEST("I-16 datagrams: by name, and back to who sent")
{
    struct sockaddr_un from;
    socklen_t length = sizeof(from);
    int a = socket(AF_UNIX, SOCK_DGRAM, 0), b = socket(AF_UNIX, SOCK_DGRAM, 0);
    char c;

    CHECK(try_bind(a, "@t_unix.a") == 0);
    CHECK(try_bind(b, "@t_unix.b") == 0);
    CHECK_FAILS(send(a, "x", 1, 0), ENOTCONN);
    CHECK(try_connect(a, "@t_unix.b") == 0);
    CHECK_EQ(send(a, "x", 1, 0), 1);
    CHECK_EQ(recvfrom(b, &c, 1, 0, (void *)&from, &length), 1);
    CHECK_EQ(length, 2 + strlen("@t_unix.a"));
    CHECK(!memcmp(from.sun_path + 1, "t_unix.a", 8));
    CHECK_EQ(sendto(b, "y", 1, 0, (void *)&from, length), 1);
    CHECK_EQ(recv(a, &c, 1, 0), 1);
    CHECK(close(b) == 0);
    CHECK_FAILS(send(a, "x", 1, 0), ECONNREFUSED);
    make_pair(SOCK_DGRAM);
    CHECK_EQ(send(pair[0], "z", 1, 0), 1);
    length = sizeof(from);
    CHECK_EQ(recvfrom(pair[1], &c, 1, 0, (void *)&from, &length), 1);
    CHECK_EQ(length, 0);                /* who has no name */
    CHECK_FAILS(try_connect(a, "@t_unix.nobody"), ECONNREFUSED);
}

TEST("I-16 datagrams: one that is connected takes no others'")
{
    int a = socket(AF_UNIX, SOCK_DGRAM, 0), b = socket(AF_UNIX, SOCK_DGRAM, 0),
        other = socket(AF_UNIX, SOCK_DGRAM, 0);

    CHECK(try_bind(a, "@t_unix.a") == 0 && try_bind(b, "@t_unix.b") == 0);
    CHECK(try_connect(a, "@t_unix.b") == 0);
    CHECK_FAILS(try_connect(other, "@t_unix.a"), EPERM);
    CHECK(try_connect(b, "@t_unix.a") == 0);
}

/* --- names ---------------------------------------------------------------- */

TEST("I-16 names: a file that outlives its socket")
{
    struct sockaddr_un a;
    socklen_t length = sizeof(a);
    struct stat st;
    int fd = socket(AF_UNIX, SOCK_STREAM, 0), other;

    place_enter();
    umask(027);
    CHECK(try_bind(fd, "name") == 0);
    CHECK(stat("name", &st) == 0);
    CHECK_EQ(st.st_mode, S_IFSOCK | 0750);
    CHECK_FAILS(open("name", O_RDWR), ENXIO);
    CHECK(getsockname(fd, (void *)&a, &length) == 0);
    CHECK_EQ(length, 2 + strlen("name") + 1);
    CHECK(!strcmp(a.sun_path, "name"));
    CHECK_FAILS(try_bind(fd, "again"), EINVAL);
    other = socket(AF_UNIX, SOCK_STREAM, 0);
    CHECK_FAILS(try_bind(other, "name"), EADDRINUSE);
    CHECK_FAILS(try_connect(other, "name"), ECONNREFUSED);
    CHECK_FAILS(try_connect(other, "nothing"), ENOENT);
    CHECK(listen(fd, 1) == 0);
    CHECK(try_connect(other, "name") == 0);
    CHECK(close(fd) == 0);
    CHECK_FAILS(try_connect(socket(AF_UNIX, SOCK_STREAM, 0), "name"),
                ECONNREFUSED);
    CHECK(unlink("name") == 0);
    place_leave();
}

TEST("I-16 names: abstract ones are free again at once")
{
    for (int i = 0; i < 50; i++) {
        int a = listener(SOCK_STREAM, "@t_unix.free", 1);
        int b = socket(AF_UNIX, SOCK_STREAM, 0);

        CHECK_FAILS(try_bind(b, "@t_unix.free"), EADDRINUSE);
        CHECK_FAILS(try_connect(socket(AF_UNIX, SOCK_DGRAM, 0), "@t_unix.free"),
                    EPROTOTYPE);
        close(a);
        CHECK(try_bind(b, "@t_unix.free") == 0);
        for (int fd = 3; fd < 20; fd++)
            close(fd);
    }
}

TEST("I-16 names: any, and what is none")
{
    struct sockaddr_un a = { .sun_family = AF_UNIX };
    socklen_t length = sizeof(a);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    CHECK(getsockname(fd, (void *)&a, &length) == 0);
    CHECK_EQ(length, 2);
    CHECK_FAILS(getpeername(fd, (void *)&a, &length), ENOTCONN);
    CHECK_FAILS(bind(fd, (void *)&a, 1), EINVAL);
    CHECK_FAILS(bind(fd, (void *)&a, 111), EINVAL);
    CHECK_FAILS(bind(fd, (void *)&a, -1), EINVAL);
    CHECK_FAILS(bind(fd, (void *)8, 5), EFAULT);
    a.sun_family = AF_INET;
    CHECK_FAILS(bind(fd, (void *)&a, 8), EINVAL);
    CHECK_FAILS(listen(fd, 1), EINVAL);
    a.sun_family = AF_UNIX;
    CHECK(bind(fd, (void *)&a, 2) == 0);
    length = sizeof(a);
    CHECK(getsockname(fd, (void *)&a, &length) == 0);
    CHECK_EQ(length, 8);
    CHECK(a.sun_path[0] == 0 && a.sun_path[1] != 0);
}

/* --- connections ---------------------------------------------------------- */

TEST("I-16 connections: data may come before accept, names are told")
{
    struct sockaddr_un a;
    socklen_t length = sizeof(a);
    int l = listener(SOCK_STREAM, "@t_unix.l", 5), c, server;
    char buf[4];

    c = client(SOCK_STREAM, "@t_unix.l");
    CHECK_EQ(write(c, "hi", 2), 2);
    CHECK(events_of(l) & POLLIN);
    server = accept(l, (void *)&a, &length);
    CHECK(server >= 0);
    CHECK_EQ(length, 2);
    CHECK_EQ(read(server, buf, 4), 2);
    length = sizeof(a);
    CHECK(getpeername(c, (void *)&a, &length) == 0);
    CHECK(!memcmp(a.sun_path + 1, "t_unix.l", 8));
    CHECK_FAILS(try_connect(c, "@t_unix.l"), EISCONN);
    CHECK_FAILS(try_connect(l, "@t_unix.l"), EINVAL);
    CHECK_FAILS(accept(c, NULL, NULL), EINVAL);
    CHECK_FAILS(read(l, buf, 1), EINVAL);
}

TEST("I-16 connections: a full backlog is EAGAIN, one that closes ECONNRESET")
{
    int l = listener(SOCK_STREAM, "@t_unix.l", 1), fd, made = 0;
    int first = -1;
    char c;

    for (;;) {
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
        if (try_connect(fd, "@t_unix.l"))
            break;
        if (first < 0)
            first = fd;
        made++;
    }
    CHECK_EQ(errno, EAGAIN);
    CHECK_EQ(made, 2);
    CHECK(close(l) == 0);
    CHECK_FAILS(read(first, &c, 1), ECONNRESET);
    CHECK_FAILS(try_connect(fd, "@t_unix.l"), ECONNREFUSED);
}

static void serve(int l, int count)
{
    for (int i = 0; i < count; i++) {
        int fd = accept(l, NULL, NULL);
        char buf[64];
        ssize_t n = read(fd, buf, sizeof(buf));

        write(fd, buf, n);
        close(fd);
    }
    _exit(0);
}

TEST("I-16 connections: eight clients, 200 each, a backlog of 2")
{
    int l = listener(SOCK_STREAM, "@t_unix.many", 2), status;
    pid_t server = fork();

    if (server == 0)
        serve(l, 8 * 200);
    for (int i = 0; i < 8; i++) {
        if (fork())
            continue;
        for (int j = 0; j < 200; j++) {
            int fd = client(SOCK_STREAM, "@t_unix.many"), got = 0;

            CHECK_EQ(write(fd, &j, sizeof(j)), sizeof(j));
            CHECK_EQ(read(fd, &got, sizeof(got)), sizeof(got));
            CHECK_EQ(got, j);
            close(fd);
        }
        _exit(0);
    }
    for (int i = 0; i < 9; i++) {
        CHECK(wait(&status) > 0);
        CHECK_EQ(status, 0);
    }
}

/* --- options -------------------------------------------------------------- */

static int option(int fd, int name)
{
    int value = -1;
    socklen_t length = sizeof(value);

    CHECK(getsockopt(fd, SOL_SOCKET, name, &value, &length) == 0);
    return value;
}

TEST("I-16 options")
{
    struct ucred cred;
    socklen_t length = sizeof(cred);
    struct timeval tv = { 0, 20000 }, back;
    int on = 1;
    char c;

    make_pair(SOCK_SEQPACKET);
    CHECK_EQ(option(pair[0], SO_TYPE), SOCK_SEQPACKET);
    CHECK_EQ(option(pair[0], SO_DOMAIN), AF_UNIX);
    CHECK_EQ(option(pair[0], SO_ERROR), 0);
    CHECK_EQ(option(pair[0], SO_ACCEPTCONN), 0);
    CHECK(getsockopt(pair[0], SOL_SOCKET, SO_PEERCRED, &cred, &length) == 0);
    CHECK(cred.pid == getpid() && cred.uid == getuid());
    CHECK(setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)) == 0);
    length = sizeof(back);
    CHECK(getsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &back, &length) == 0);
    CHECK_EQ(back.tv_usec, 20000);
    int64_t start = tap_now();
    CHECK_FAILS(read(pair[0], &c, 1), EAGAIN);
    CHECK(tap_now() - start >= 20000000);
    CHECK(setsockopt(pair[0], SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0);
    CHECK_EQ(option(pair[0], SO_REUSEADDR), 1);
    CHECK_EQ(option(pair[0], SO_RCVBUF), 212992);
    on = 8000;
    CHECK(setsockopt(pair[0], SOL_SOCKET, SO_RCVBUF, &on, sizeof(on)) == 0);
    CHECK_EQ(option(pair[0], SO_RCVBUF), 16000);
    CHECK(setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &on, sizeof(on)) == 0);
    CHECK_EQ(option(pair[0], SO_SNDBUF), 16000);
    CHECK_FAILS(setsockopt(pair[0], SOL_SOCKET, 999, &on, sizeof(on)), ENOPROTOOPT);
    CHECK_FAILS(setsockopt(pair[0], SOL_SOCKET, SO_REUSEADDR - 64, &on,
                           sizeof(on)), ENOPROTOOPT);
    CHECK_FAILS(setsockopt(pair[0], SOL_SOCKET, SO_PASSCRED, &on, 1), EINVAL);
    CHECK_FAILS(setsockopt(pair[0], 6, 1, &on, sizeof(on)), EOPNOTSUPP);
}

TEST("I-16 sendmmsg and recvmmsg")
{
    char out[3] = "abc", in[4];
    struct iovec v[4], w[4];
    struct mmsghdr m[4] = { 0 }, r[4] = { 0 };

    make_pair(SOCK_DGRAM);
    for (int i = 0; i < 4; i++) {
        v[i] = (struct iovec){ out + i, 1 };
        w[i] = (struct iovec){ in + i, 1 };
        m[i].msg_hdr.msg_iov = &v[i];
        r[i].msg_hdr.msg_iov = &w[i];
        m[i].msg_hdr.msg_iovlen = r[i].msg_hdr.msg_iovlen = 1;
    }
    CHECK_EQ(sendmmsg(pair[0], m, 3, 0), 3);
    CHECK_EQ(m[2].msg_len, 1);
    CHECK_EQ(recvmmsg(pair[1], r, 4, MSG_WAITFORONE, NULL), 3);
    CHECK(!memcmp(in, "abc", 3) && r[0].msg_len == 1);
    CHECK_FAILS(recvmmsg(pair[1], r, 4, MSG_DONTWAIT, NULL), EAGAIN);
}
