/*
 * t_channel_wait.c - channels: how long a call waits, and what ends it (lwp.md
 * C-08 to C-10, C-20).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/channel.h"
#include "tests/user/lib/child.h"

#include <signal.h>

#define NAME "t_channel_wait"

static struct gate may_end;

/* --- timeouts, signals (C-08..C-10) --------------------------------------- */

/* A call ends after about 50 ms of guest time; a busy host makes it late. */
#define CHECK_TIMES_OUT(call) \
    do { \
        int64_t t_ = tap_now(); \
        CHECK_FAILS(call, ETIMEDOUT); \
        t_ = tap_now() - t_; \
        CHECK(t_ >= 49000000 && t_ < 2000000000); \
    } while (0)

TEST("C-08 timeouts: both sides after 50 ms, and at once for 0")
{
    int fd = channel_open(NAME, O_CREAT);
    struct message m = message_of(1), answer;

    CHECK_TIMES_OUT(channel_recv_for(fd, &m, 50));
    CHECK_TIMES_OUT(channel_call_for(fd, &m, &answer, 50));
    CHECK_FAILS(channel_peek(fd, &m), ETIMEDOUT);       /* withdrawn */
    CHECK_FAILS(channel_call_for(fd, &m, &answer, 0), ETIMEDOUT);
    CHECK_FAILS(channel_recv_for(fd, &m, 0), ETIMEDOUT);    /* never sent */
    CHECK_EQ(channel_notify(fd, &m), 0);
    CHECK_EQ(channel_recv_for(fd, &m, 0), 0);
}

TEST("C-08 timeouts: time enough is no timeout, in either form")
{
    int fd = channel_open(NAME, O_CREAT);
    struct message m = message_of(3), answer;
    pid_t pid = child_fork();

    if (pid == 0) {
        for (int i = 0; i < 3; i++) {
            CHECK_EQ(channel_recv_for(fd, &m, 60000), 0);
            m.u.d++;
            CHECK_EQ(channel_reply(fd, &m), 0);
        }
        _exit(0);
    }
    CHECK_EQ(channel_call_for(fd, &m, &answer, 60000), 0);
    CHECK_EQ(answer.u.d, 4);
    CHECK_EQ(channel_call_for(fd, &m, &answer, -1), 0);
    CHECK_EQ(channel_call_for(fd, &m, &answer, 0x7fffffff), 0);
    CHECK_EXITS(pid, 0);
}

TEST("C-08 timeouts: a late answer is EPROTO, and does not go to the next")
{
    int fd = channel_open(NAME, O_CREAT);
    struct message m;
    pid_t late = child_fork(), next;

    if (late == 0) {
        m = message_of(1);
        _exit(channel_call_for(fd, &m, &m, 50) ? errno : 0);
    }
    CHECK_EQ(channel_recv(fd, &m), 0);
    CHECK_EXITS(late, ETIMEDOUT);
    next = channel_start_client(fd, 2);
    sleep_ms(20);                       /* it is in the queue */
    /* Nobody may take it, and be answered for, meanwhile. */
    late = child_fork();
    if (late == 0)
        _exit(channel_peek(fd, &m) ? errno : 0);
    CHECK_EXITS(late, EPROTO);
    CHECK_FAILS(channel_reply(fd, &m), EPROTO);
    channel_serve_one(fd, 8);
    CHECK_EXITS(next, 8);
}

TEST("C-08 timeouts: a receiver whose client gave up may just go on")
{
    int fd = channel_open(NAME, O_CREAT);
    struct message m;
    pid_t late = child_fork();

    if (late == 0) {
        m = message_of(1);
        _exit(channel_call_for(fd, &m, &m, 30) ? errno : 0);
    }
    CHECK_EQ(channel_recv(fd, &m), 0);
    CHECK_EXITS(late, ETIMEDOUT);
    late = channel_start_client(fd, 2);
    channel_serve_one(fd, 4);
    CHECK_EXITS(late, 4);
}

TEST("C-08 after a timeout the same threads wait again, for ever, and are woken")
{
    int fd = channel_open(NAME, O_CREAT);
    struct message m = message_of(1);
    pid_t pid;

    gate_init(&may_end);
    pid = child_fork();
    if (pid == 0) {
        CHECK_FAILS(channel_call_for(fd, &m, &m, 20), ETIMEDOUT);
        CHECK_FAILS(channel_recv_for(fd, &m, 20), ETIMEDOUT);
        gate_open(&may_end);
        CHECK_EQ(channel_recv(fd, &m), 0);
        CHECK_EQ(channel_reply(fd, &m), 0);
        CHECK_EQ(channel_call(fd, &m, &m), 0);
        _exit(m.u.d);
    }
    gate_pass(&may_end);
    m = message_of(3);
    CHECK_EQ(channel_call(fd, &m, &m), 0);
    CHECK_EQ(m.u.d, 3);
    channel_serve_one(fd, 6);
    CHECK_EXITS(pid, 6);
}

static void nothing(int signo)
{
    (void)signo;
}

static void handle(int signo, int flags)
{
    struct sigaction action = { .sa_handler = nothing, .sa_flags = flags };

    CHECK_EQ(sigaction(signo, &action, NULL), 0);
}

TEST("C-09 signals: EINTR for who receives, sends or asks, whatever SA_RESTART")
{
    int fd = channel_open(NAME, O_CREAT);

    for (int i = 0; i < 6; i++) {
        struct message m = message_of(i);
        pid_t pid = child_fork();

        if (pid == 0) {
            handle(SIGUSR1, i & 1 ? SA_RESTART : 0);
            errno = 0;
            (void)(i < 2 ? channel_recv(fd, &m) :
                   i < 4 ? channel_send(fd, &m) : channel_call(fd, &m, &m));
            _exit(errno);
        }
        if (i < 2)
            channel_wait_state(NAME, "wait");
        else
            sleep_ms(50);
        CHECK_EQ(kill(pid, SIGUSR1), 0);
        CHECK_EXITS(pid, EINTR);
        channel_wait_state(NAME, "idle");
        CHECK_FAILS(channel_peek(fd, &m), ETIMEDOUT);       /* withdrawn */
    }
}

TEST("C-09 signals: one while the server works: EINTR, and EPROTO for it")
{
    int fd = channel_open(NAME, O_CREAT);
    struct message m;
    pid_t pid = child_fork();

    if (pid == 0) {
        handle(SIGUSR1, 0);
        m = message_of(1);
        _exit(channel_call(fd, &m, &m) ? errno : 0);
    }
    CHECK_EQ(channel_recv(fd, &m), 0);
    CHECK_EQ(kill(pid, SIGUSR1), 0);
    CHECK_EXITS(pid, EINTR);
    CHECK_FAILS(channel_reply(fd, &m), EPROTO);
}

TEST("C-10 peek takes the message, and does not wait")
{
    int fd = channel_open(NAME, O_CREAT);
    struct message m = message_of(12);

    CHECK_FAILS(channel_peek(fd, &m), ETIMEDOUT);
    CHECK_EQ(channel_notify(fd, &m), 0);
    CHECK_EQ(channel_peek(fd, &m), 0);
    CHECK_EQ(m.u.d, 12);
    CHECK_FAILS(channel_peek(fd, &m), ETIMEDOUT);
}

/* --- send and notify (C-20) ----------------------------------------------- */

enum { BY_RECV, BY_PEEK, BY_REPLY, BY_CLOSE, BY_EXIT, BY_KILL };

static void finish_with(int how, int fd)
{
    struct message m = message_of(0);

    CHECK_EQ(channel_recv(fd, &m), 0);
    sleep_ms(200);
    if (how == BY_RECV)
        CHECK_FAILS(channel_recv_for(fd, &m, 1), ETIMEDOUT);
    else if (how == BY_PEEK)
        CHECK_FAILS(channel_peek(fd, &m), ETIMEDOUT);
    else if (how == BY_REPLY)
        CHECK_EQ(channel_reply(fd, &m), 0);
    else if (how == BY_CLOSE)
        CHECK_EQ(channel_close(fd), 0);
    else if (how == BY_EXIT)
        _exit(0);
    else
        raise(SIGKILL);
    sleep_ms(1000000);
}

TEST("C-20 send returns when the receiver has finished, however it does")
{
    int fd = channel_open(NAME, O_CREAT);
    struct message m = message_of(1);

    for (int how = BY_RECV; how <= BY_KILL; how++) {
        pid_t pid = child_fork();
        int64_t start;

        if (pid == 0)
            finish_with(how, fd);
        channel_wait_state(NAME, "wait");
        start = tap_now();
        CHECK_EQ(channel_send(fd, &m), 0);
        CHECK(tap_now() - start >= 190000000);
        kill(pid, SIGKILL);
        child_wait(pid);
    }
}

TEST("C-20 notify returns at once, with nobody there")
{
    int fd = channel_open(NAME, O_CREAT);
    struct message m = message_of(1);
    int64_t start = tap_now();

    CHECK_EQ(channel_notify(fd, &m), 0);
    CHECK(tap_now() - start < 1000000000);
    CHECK_EQ(channel_recv(fd, &m), 0);
}

TEST("C-20 another's recv does not finish what a receiver has taken")
{
    int fd = channel_open(NAME, O_CREAT);
    struct message m = message_of(1);
    pid_t server = child_fork(), sender;

    if (server == 0) {
        CHECK_EQ(channel_recv(fd, &m), 0);
        sleep_ms(1000000);
    }
    channel_wait_state(NAME, "wait");
    sender = child_fork();
    if (sender == 0)
        _exit(channel_send(fd, &m) ? 1 : 0);
    channel_wait_state(NAME, "active");
    CHECK_FAILS(channel_recv(fd, &m), EPROTO);
    channel_wait_state(NAME, "active");
    kill(server, SIGKILL);
    CHECK_KILLED(server, SIGKILL);
    CHECK_EXITS(sender, 0);
    channel_wait_state(NAME, "idle");
}
