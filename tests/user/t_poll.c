/*
 * t_poll.c - poll, select, epoll and eventfd; timeouts are in guest time.
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/place.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/syscall.h>

#define MS 1000000ll

static int p[2];

static void make_pipe(void)
{
    CHECK(pipe2(p, O_NONBLOCK) == 0);
}

static void fill_pipe(void)
{
    static char buf[4096];

    while (write(p[1], buf, sizeof(buf)) > 0)
        ;
}

/* What poll says of one descriptor at once. */
static int poll_one(int fd, short events)
{
    struct pollfd f = { fd, events, -1 };
    int n = poll(&f, 1, 0);

    CHECK_EQ(n, f.revents != 0);
    return f.revents;
}

/* The time since start is ms, or a little more. */
static void check_waited(int64_t start, long ms)
{
    int64_t waited = tap_now() - start;

    if (waited < ms * MS || waited > (ms + 100) * MS)
        tap_fail(__FILE__, __LINE__, "waited %lld us, not %ld ms",
                 (long long)waited / 1000, ms);
}

static void do_nothing(int signo)
{
    (void)signo;
}

static void catch_alarm(void)
{
    struct sigaction act = { .sa_handler = do_nothing, .sa_flags = SA_RESTART };

    CHECK(sigaction(SIGALRM, &act, NULL) == 0);
}

/* --- poll --- */

TEST("I-16 poll: a pipe, empty, full, and with one end only")
{
    make_pipe();
    CHECK_EQ(poll_one(p[0], POLLIN), 0);
    CHECK_EQ(poll_one(p[1], POLLOUT), POLLOUT);
    CHECK_EQ(write(p[1], "x", 1), 1);
    CHECK_EQ(poll_one(p[0], POLLIN | POLLRDNORM), POLLIN | POLLRDNORM);
    CHECK_EQ(poll_one(p[0], POLLOUT), 0);
    fill_pipe();
    CHECK_EQ(poll_one(p[1], POLLOUT), 0);
    CHECK(close(p[0]) == 0);
    CHECK_EQ(poll_one(p[1], POLLOUT) & POLLERR, POLLERR);
    make_pipe();
    CHECK_EQ(write(p[1], "x", 1), 1);
    CHECK(close(p[1]) == 0);
    CHECK_EQ(poll_one(p[0], POLLIN), POLLIN | POLLHUP);
    CHECK_EQ(poll_one(p[0], 0), POLLHUP);
}

TEST("I-16 poll: files are always ready, no descriptor is POLLNVAL")
{
    struct pollfd none = { -1, POLLIN, 77 };
    int fd = open("/bin/sh", O_RDONLY);

    CHECK_EQ(poll_one(fd, POLLIN | POLLOUT), POLLIN | POLLOUT);
    CHECK_EQ(poll_one(1, POLLOUT), POLLOUT);
    CHECK_EQ(poll_one(99, POLLIN), POLLNVAL);
    CHECK_EQ(poll(&none, 1, 0), 0);
    CHECK_EQ(none.revents, 0);
}

TEST("I-16 poll: waits for its time, or not at all")
{
    struct timespec t = { 0, 30 * MS }, bad = { 0, 1000000000 };
    struct pollfd f;
    int64_t start;

    make_pipe();
    f = (struct pollfd){ p[0], POLLIN, 0 };
    start = tap_now();
    CHECK_EQ(poll(&f, 1, 30), 0);
    check_waited(start, 30);
    start = tap_now();
    CHECK_EQ(ppoll(&f, 1, &t, NULL), 0);
    check_waited(start, 30);
    start = tap_now();
    CHECK_EQ(poll(NULL, 0, 20), 0);
    check_waited(start, 20);
    CHECK_FAILS(ppoll(&f, 1, &bad, NULL), EINVAL);
    CHECK_FAILS(poll(&f, -1, 0), EINVAL);
}

static void write_later(void)
{
    sleep_ms(30);
    CHECK_EQ(write(p[1], "x", 1), 1);
}

TEST("I-16 poll: wakes when something comes")
{
    struct pollfd f[2];
    int64_t start = tap_now();
    pid_t pid;

    make_pipe();
    f[0] = (struct pollfd){ 0, 0, 0 };
    f[1] = (struct pollfd){ p[0], POLLIN, 0 };
    pid = child_start(write_later);
    CHECK_EQ(poll(f, 2, -1), 1);
    check_waited(start, 30);
    CHECK_EQ(f[1].revents, POLLIN);
    CHECK_EXITS(pid, 0);
}

TEST("I-16 poll: EINTR even with SA_RESTART; ppoll has its own mask")
{
    struct timespec t = { 0, 60 * MS };
    sigset_t alarm, none;
    struct pollfd f;

    make_pipe();
    catch_alarm();
    f = (struct pollfd){ p[0], POLLIN, 0 };
    ualarm(20000, 0);
    CHECK_FAILS(poll(&f, 1, 1000), EINTR);
    sigemptyset(&none);
    sigemptyset(&alarm);
    sigaddset(&alarm, SIGALRM);
    ualarm(20000, 0);
    CHECK_EQ(ppoll(&f, 1, &t, &alarm), 0);      /* not while blocked */
    CHECK(sigprocmask(SIG_BLOCK, &alarm, NULL) == 0);
    CHECK(kill(getpid(), SIGALRM) == 0);
    CHECK_FAILS(ppoll(&f, 1, &t, &none), EINTR);
    CHECK(sigprocmask(SIG_BLOCK, NULL, &none) == 0);
    CHECK(sigismember(&none, SIGALRM));
}

TEST("I-16 poll: 1,000 descriptors, the last one ready")
{
    static struct pollfd f[1000];
    struct rlimit limit = { 4096, 4096 };

    CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    for (int i = 0; i < 1000; i++) {
        make_pipe();
        f[i] = (struct pollfd){ p[0], POLLIN, 0 };
    }
    CHECK_EQ(poll(f, 1000, 0), 0);
    CHECK_EQ(write(p[1], "x", 1), 1);
    CHECK_EQ(poll(f, 1000, -1), 1);
    CHECK_EQ(f[999].revents, POLLIN);
}

/* --- select --- */

TEST("I-16 select: three sets, counted together")
{
    fd_set in, out, except;
    struct timeval t = { 0, 0 };

    make_pipe();
    CHECK_EQ(write(p[1], "x", 1), 1);
    FD_ZERO(&in);
    FD_ZERO(&out);
    FD_ZERO(&except);
    FD_SET(p[0], &in);
    FD_SET(p[1], &in);
    FD_SET(p[1], &out);
    FD_SET(p[0], &except);
    CHECK_EQ(select(p[1] + 1, &in, &out, &except, &t), 2);
    CHECK(FD_ISSET(p[0], &in) && !FD_ISSET(p[1], &in));
    CHECK(FD_ISSET(p[1], &out) && !FD_ISSET(p[0], &except));
}

TEST("I-16 select: a closed descriptor, a bad number, a timeout")
{
    struct timeval t = { 0, 30000 };
    int64_t start = tap_now();
    fd_set in;

    make_pipe();
    FD_ZERO(&in);
    FD_SET(p[0], &in);
    CHECK_EQ(select(p[0] + 1, &in, NULL, NULL, &t), 0);
    check_waited(start, 30);
    CHECK(!FD_ISSET(p[0], &in));
    FD_SET(20, &in);
    t.tv_usec = 0;
    CHECK_FAILS(select(21, &in, NULL, NULL, &t), EBADF);
    CHECK_FAILS(select(-1, &in, NULL, NULL, &t), EINVAL);
}

TEST("I-16 pselect: the mask is in force while it waits")
{
    struct timespec t = { 1, 0 };
    sigset_t alarm, none;

    catch_alarm();
    sigemptyset(&none);
    sigemptyset(&alarm);
    sigaddset(&alarm, SIGALRM);
    CHECK(sigprocmask(SIG_BLOCK, &alarm, NULL) == 0);
    CHECK(kill(getpid(), SIGALRM) == 0);
    CHECK_FAILS(pselect(0, NULL, NULL, NULL, &t, &none), EINTR);
}

/* --- epoll --- */

static void watch(int set, int op, int fd, unsigned events)
{
    struct epoll_event e = { .events = events, .data.u64 = 1000 + fd };

    CHECK(epoll_ctl(set, op, fd, &e) == 0);
}

/* The events reported at once of a single descriptor; 0. */
static unsigned ask(int set)
{
    struct epoll_event e[4];
    int n = epoll_wait(set, e, 4, 0);

    CHECK(n == 0 || n == 1);
    return n ? e[0].events : 0;
}

TEST("H-09 epoll: a level is reported as long as it is there")
{
    struct epoll_event e[4];
    int set = epoll_create1(0);
    char c;

    make_pipe();
    watch(set, EPOLL_CTL_ADD, p[0], EPOLLIN);
    CHECK_EQ(ask(set), 0);
    CHECK_EQ(write(p[1], "x", 1), 1);
    CHECK_EQ(epoll_wait(set, e, 4, 0), 1);
    CHECK_EQ(e[0].data.u64, 1000 + p[0]);
    CHECK_EQ(ask(set), EPOLLIN);
    CHECK_EQ(read(p[0], &c, 1), 1);
    CHECK_EQ(ask(set), 0);
    CHECK(close(p[1]) == 0);
    CHECK_EQ(ask(set), EPOLLHUP);
}

TEST("H-09 epoll: an edge is reported once, and again when more comes")
{
    int set = epoll_create1(0);

    make_pipe();
    watch(set, EPOLL_CTL_ADD, p[0], EPOLLIN | EPOLLET);
    CHECK_EQ(write(p[1], "x", 1), 1);
    CHECK_EQ(ask(set), EPOLLIN);
    CHECK_EQ(ask(set), 0);
    CHECK_EQ(write(p[1], "x", 1), 1);
    CHECK_EQ(ask(set), EPOLLIN);
    CHECK_EQ(ask(set), 0);
    watch(set, EPOLL_CTL_MOD, p[0], EPOLLIN | EPOLLET);
    CHECK_EQ(ask(set), EPOLLIN);
}

TEST("H-09 epoll: one shot, then silence until it is armed again")
{
    int set = epoll_create1(0);

    make_pipe();
    watch(set, EPOLL_CTL_ADD, p[0], EPOLLIN | EPOLLONESHOT);
    CHECK_EQ(write(p[1], "x", 1), 1);
    CHECK_EQ(ask(set), EPOLLIN);
    CHECK_EQ(write(p[1], "x", 1), 1);
    CHECK_EQ(ask(set), 0);
    watch(set, EPOLL_CTL_MOD, p[0], EPOLLIN | EPOLLONESHOT);
    CHECK_EQ(ask(set), EPOLLIN);
}

TEST("H-09 epoll: what can be added, changed and taken out")
{
    struct epoll_event e = { .events = EPOLLIN };
    int set = epoll_create1(0), file = open("/bin/sh", O_RDONLY);

    make_pipe();
    CHECK_FAILS(epoll_ctl(set, EPOLL_CTL_ADD, file, &e), EPERM);
    CHECK_FAILS(epoll_ctl(set, EPOLL_CTL_ADD, set, &e), EINVAL);
    CHECK_FAILS(epoll_ctl(set, EPOLL_CTL_ADD, 99, &e), EBADF);
    CHECK_FAILS(epoll_ctl(p[0], EPOLL_CTL_ADD, p[1], &e), EINVAL);
    CHECK_FAILS(epoll_ctl(set, EPOLL_CTL_MOD, p[0], &e), ENOENT);
    CHECK_FAILS(epoll_ctl(set, EPOLL_CTL_DEL, p[0], NULL), ENOENT);
    watch(set, EPOLL_CTL_ADD, p[0], EPOLLIN);
    CHECK_FAILS(epoll_ctl(set, EPOLL_CTL_ADD, p[0], &e), EEXIST);
    CHECK_FAILS(epoll_wait(set, &e, 0, 0), EINVAL);
    CHECK_EQ(write(p[1], "x", 1), 1);
    CHECK(close(p[0]) == 0);            /* takes it out, too */
    CHECK_EQ(ask(set), 0);
    CHECK_FAILS(epoll_create1(77), EINVAL);
}

TEST("H-09 epoll: waits, wakes, times out; a set within a set")
{
    int set = epoll_create1(0), outer = epoll_create1(0);
    struct epoll_event e;
    int64_t start;
    pid_t pid;

    make_pipe();
    watch(set, EPOLL_CTL_ADD, p[0], EPOLLIN);
    watch(outer, EPOLL_CTL_ADD, set, EPOLLIN);
    start = tap_now();
    CHECK_EQ(epoll_wait(outer, &e, 1, 30), 0);
    check_waited(start, 30);
    pid = child_start(write_later);
    CHECK_EQ(epoll_wait(outer, &e, 1, -1), 1);
    CHECK_EQ(e.data.u64, 1000 + set);
    CHECK_EQ(poll_one(set, POLLIN), POLLIN);
    CHECK_EXITS(pid, 0);
}

/* --- eventfd --- */

TEST("H-09 eventfd: counts, gives all at once or one by one")
{
    int fd = eventfd(3, EFD_NONBLOCK);
    int one = eventfd(2, EFD_NONBLOCK | EFD_SEMAPHORE);
    uint64_t value = 4, most = -2ull, too_much = -1ull;

    CHECK_EQ(write(fd, &value, 8), 8);
    CHECK_EQ(read(fd, &value, 8), 8);
    CHECK_EQ(value, 7);
    CHECK_FAILS(read(fd, &value, 8), EAGAIN);
    CHECK_EQ(poll_one(fd, POLLIN | POLLOUT), POLLOUT);
    CHECK_EQ(write(fd, &most, 8), 8);
    CHECK_EQ(poll_one(fd, POLLIN | POLLOUT), POLLIN);
    CHECK_FAILS(write(fd, &(uint64_t){ 1 }, 8), EAGAIN);
    CHECK_FAILS(write(fd, &too_much, 8), EINVAL);
    CHECK_FAILS(write(fd, &value, 7), EINVAL);
    CHECK_FAILS(read(fd, &value, 7), EINVAL);
    for (int i = 0; i < 2; i++) {
        CHECK_EQ(read(one, &value, 8), 8);
        CHECK_EQ(value, 1);
    }
    CHECK_FAILS(read(one, &value, 8), EAGAIN);
}
