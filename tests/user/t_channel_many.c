/*
 * t_channel_many.c - channels with many clients, and when somebody dies (lwp.md
 * C-03, C-07, C-19, C-21).
 *
 * run: cpus=1,4 timeout=200
 */
#define _GNU_SOURCE
#include "tests/user/lib/channel.h"
#include "tests/user/lib/child.h"
#include "tests/user/lib/failnth.h"

#include <signal.h>

#define NAME "t_channel_many"

/* Answers with f(d) = 3 * d + 1 until it is killed, or the channel is over. */
static void serve(int fd)
{
    struct message m;

    while (channel_recv(fd, &m) == 0) {
        m.u.d = 3 * m.u.d + 1;
        channel_reply(fd, &m);
    }
}

static pid_t start_server(int fd)
{
    pid_t pid = child_fork();

    if (pid == 0) {
        serve(fd);
        _exit(0);
    }
    return pid;
}

TEST("C-07 eight clients with 1,000 requests each get their own answers")
{
    int fd = channel_open(NAME, O_CREAT);
    pid_t server = start_server(fd), clients[8];

    for (int c = 0; c < 8; c++) {
        clients[c] = child_fork();
        if (clients[c])
            continue;
        for (uint64_t i = 0; i < 1000; i++) {
            struct message m = message_of((uint64_t)c << 32 | i);

            CHECK_EQ(channel_call(fd, &m, &m), 0);
            CHECK_EQ(m.u.d, 3 * ((uint64_t)c << 32 | i) + 1);
            CHECK_EQ(m.sender, server);
        }
        _exit(0);
    }
    for (int c = 0; c < 8; c++)
        CHECK_EXITS(clients[c], 0);
    CHECK_EQ(channel_close(fd), 0);     /* the server has it, too */
    fd = channel_open(NAME, 0);
    CHECK(fd >= 0);
    kill(server, SIGKILL);
    CHECK_KILLED(server, SIGKILL);
    CHECK_FAILS(channel_open(NAME, 0), ENOENT);
}

TEST("C-03 a child serves on the descriptor it was born with")
{
    int fd = channel_open(NAME, O_CREAT), copy = dup(fd);
    struct message m = message_of(1);
    pid_t server;

    CHECK_EQ(close(fd), 0);
    server = start_server(copy);
    CHECK_EQ(channel_call(copy, &m, &m), 0);
    CHECK_EQ(m.u.d, 4);
    kill(server, SIGKILL);
    CHECK_KILLED(server, SIGKILL);
    /* The file has another holder: here. */
    CHECK_FAILS(channel_call_for(copy, &m, &m, 20), ETIMEDOUT);
}

TEST("C-21 10,000 messages of four senders come in the order of each, and mixed")
{
    int fd = channel_open(NAME, O_CREAT);
    uint64_t next[4] = { 0 };
    struct message m;
    pid_t pids[4];

    for (uint64_t c = 0; c < 4; c++) {
        pids[c] = child_fork();
        if (pids[c])
            continue;
        for (uint64_t i = 0; i < 2500; i++) {
            m = message_of(c << 32 | i);
            if (i % 3 == 0)
                CHECK_EQ(channel_send(fd, &m), 0);
            else if (i % 3 == 1)
                CHECK_EQ(channel_call(fd, &m, &m), 0);
            else
                while (channel_notify(fd, &m) < 0)
                    CHECK_EQ(errno, ENOMEM);
        }
        _exit(0);
    }
    for (int i = 0; i < 10000; i++) {
        CHECK_EQ(channel_recv(fd, &m), 0);
        CHECK_EQ(m.u.d & 0xffffffff, next[m.u.d >> 32]++);
        if ((m.u.d & 0xffffffff) % 3 == 1)
            CHECK_EQ(channel_reply(fd, &m), 0);
    }
    CHECK_FAILS(channel_peek(fd, &m), ETIMEDOUT);
    for (int c = 0; c < 4; c++)
        CHECK_EXITS(pids[c], 0);
}

TEST("C-21 a queue of notifications and sleepers keeps their order")
{
    int fd = channel_open(NAME, O_CREAT);
    struct message m;
    pid_t pids[10];

    for (int i = 0; i < 20; i++) {
        m = message_of(i);
        if (i % 2) {
            CHECK_EQ(channel_notify(fd, &m), 0);
            continue;
        }
        pids[i / 2] = child_fork();
        if (pids[i / 2] == 0)
            _exit(channel_send(fd, &m) ? 1 : 0);
        sleep_ms(30);                   /* until it sleeps there */
    }
    for (int i = 0; i < 20; i++) {
        CHECK_EQ(channel_recv(fd, &m), 0);
        CHECK_EQ(m.u.d, i);
    }
    CHECK_FAILS(channel_peek(fd, &m), ETIMEDOUT);
    for (int i = 0; i < 10; i++)
        CHECK_EXITS(pids[i], 0);
}

/* --- the end of a server (C-19) ------------------------------------------- */

/* A child that has the name to itself, and stays. */
static pid_t start_owner(void (*body)(int fd))
{
    struct gate ready;
    pid_t pid;

    gate_init(&ready);
    pid = child_fork();
    if (pid == 0) {
        int fd = channel_open(NAME, O_CREAT | O_EXCL);

        CHECK(fd >= 0);
        gate_open(&ready);
        body(fd);
        _exit(0);
    }
    gate_pass(&ready);
    close(ready.fd[0]);
    close(ready.fd[1]);
    return pid;
}

static void take_and_stay(int fd)
{
    struct message m;

    channel_recv(fd, &m);
    for (;;)
        pause();
}

static void stay(int fd)
{
    (void)fd;
    for (;;)
        pause();
}

TEST("C-19 kill -9 of a server: EIO for whom it works for, and who waits")
{
    pid_t server = start_owner(take_and_stay), clients[4];
    int fd = channel_open(NAME, 0);
    struct message m = message_of(0);

    for (int c = 0; c < 4; c++) {
        clients[c] = child_fork();
        if (clients[c] == 0) {
            int result = c & 1 ? channel_send(fd, &m) : channel_call(fd, &m, &m);

            _exit(result ? errno : 0);
        }
        sleep_ms(30);
    }
    kill(server, SIGKILL);
    CHECK_KILLED(server, SIGKILL);
    for (int c = 0; c < 4; c++)
        CHECK_EXITS(clients[c], EIO);
    CHECK_FAILS(channel_send(fd, &m), EIO);
    CHECK_FAILS(channel_call(fd, &m, &m), EIO);
    CHECK_FAILS(channel_call_for(fd, &m, &m, 0), EIO);
    CHECK_FAILS(channel_notify(fd, &m), EIO);
}

TEST("C-19 a receiver dies, another server lives: EIO for the one, not the rest")
{
    int fd = channel_open(NAME, O_CREAT);
    pid_t server = child_fork(), first, second;
    struct message m = message_of(4);

    if (server == 0)
        take_and_stay(fd);
    sleep_ms(20);
    first = child_fork();
    if (first == 0)
        _exit(channel_call(fd, &m, &m) ? errno : 0);
    sleep_ms(50);
    second = child_fork();
    if (second == 0)
        _exit(channel_call(fd, &m, &m) ? errno : (int)m.u.d);
    sleep_ms(20);
    kill(server, SIGKILL);
    CHECK_KILLED(server, SIGKILL);
    CHECK_EXITS(first, EIO);
    server = start_server(fd);
    CHECK_EXITS(second, 13);
    kill(server, SIGKILL);
    CHECK_KILLED(server, SIGKILL);
}

TEST("C-19 the name of a dead server's channel is free, its clients are not")
{
    struct message m = message_of(1);
    pid_t pid = start_owner(stay);
    int old = channel_open(NAME, 0);

    CHECK(old >= 0);
    kill(pid, SIGKILL);
    CHECK_KILLED(pid, SIGKILL);
    pid = start_owner(serve);
    CHECK_FAILS(channel_call(old, &m, &m), EIO);
    CHECK_EQ(channel_call(channel_open(NAME, 0), &m, &m), 0);
    CHECK_EQ(m.u.d, 4);
    kill(pid, SIGKILL);
    CHECK_KILLED(pid, SIGKILL);
}

/* Open, ask and close until killed; whatever else may be, an answer is right. */
static void pester(uint64_t seed)
{
    tap_series(seed);
    for (;;) {
        int fd = channel_open(NAME, 0);
        uint64_t d = tap_below(1000);
        struct message m = message_of(d);

        if (fd < 0)
            continue;
        switch (tap_below(4)) {
        case 0:
            channel_notify(fd, &m);
            break;
        case 1:
            channel_send(fd, &m);
            break;
        case 2:
            if (channel_call_for(fd, &m, &m, tap_below(5)) == 0)
                CHECK_EQ(m.u.d, 3 * d + 1);
            break;
        default:
            if (channel_call(fd, &m, &m) == 0)
                CHECK_EQ(m.u.d, 3 * d + 1);
        }
        close(fd);
    }
}

TEST("C-19 C-07 servers and clients killed at any moment leave nothing")
{
    pid_t clients[4] = { 0 };

    for (int i = 0; i < 60; i++) {
        pid_t server = child_fork(), *client = &clients[tap_below(4)];

        if (server == 0) {
            serve(channel_open(NAME, O_CREAT));
            _exit(0);
        }
        if (*client) {
            kill(*client, SIGKILL);
            CHECK_KILLED(*client, SIGKILL);
        }
        *client = child_fork();
        if (*client == 0)
            pester(i);
        usleep(tap_below(20000));
        kill(server, SIGKILL);
        CHECK_KILLED(server, SIGKILL);
    }
    for (int c = 0; c < 4; c++) {
        if (!clients[c])
            continue;
        kill(clients[c], SIGKILL);
        CHECK_KILLED(clients[c], SIGKILL);
    }
    CHECK_FAILS(channel_open(NAME, 0), ENOENT);
}

/* --- want of memory ------------------------------------------------------- */

static int fd_;

static long try_open(void)
{
    return channel_open(NAME, O_CREAT);
}

static void undo_open(long fd)
{
    channel_close(fd);
}

static long try_notify(void)
{
    struct message m = message_of(1);

    return channel_notify(fd_, &m);
}

static void undo_notify(long result)
{
    struct message m;

    (void)result;
    CHECK_EQ(channel_peek(fd_, &m), 0);
}

TEST("C-11 want of memory: open and notify fail, and nothing is lost")
{
    fail_open();
    fail_walk(&(struct trial){ try_open, undo_open });
    fd_ = channel_open(NAME, O_CREAT);
    fail_walk(&(struct trial){ try_notify, undo_notify });
}
