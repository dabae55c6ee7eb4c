/*
 * t_mqueue_wait.c - message queues that are full or empty: who waits, how long,
 * and what ends it (lwp.md row D-13; mq_receive(3), mq_send(3), signal(7)).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/mq.h"

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/syscall.h>

static mqd_t queue;

/* A child that receives one message, and exits with its first byte. */
static void receive_one(void)
{
    char text[MQ_SIZE];

    CHECK(mq_receive(queue, text, MQ_SIZE, NULL) >= 1);
    _exit(text[0]);
}

static void send_late(void)
{
    MQ_SEND(queue, "late", 9);
}

TEST("D-13 mq: a receiver sleeps until a message comes, and gets that one")
{
    pid_t pid;

    queue = mq_make(2, 0, false);
    pid = child_start(receive_one);
    mq_await_sleep(pid, SYS_mq_timedreceive);
    MQ_SEND(queue, "A", 0);
    MQ_SEND(queue, "Z", 9);
    CHECK_EXITS(pid, 'A');
    MQ_RECEIVE(queue, "Z", 9);
}

TEST("D-13 mq: a sender sleeps until there is room; its place is by priority")
{
    pid_t pid;

    queue = mq_make(2, 0, false);
    MQ_SEND(queue, "one", 1);
    MQ_SEND(queue, "two", 1);
    pid = child_start(send_late);
    mq_await_sleep(pid, SYS_mq_timedsend);
    MQ_RECEIVE(queue, "one", 1);
    CHECK_EXITS(pid, 0);
    MQ_RECEIVE(queue, "late", 9);
    MQ_RECEIVE(queue, "two", 1);
}

/* --- time ------------------------------------------------------------------- */

TEST("D-13 mq: at the time given, ETIMEDOUT, and not before")
{
    struct timespec late;
    char text[MQ_SIZE];
    int64_t begin;

    queue = mq_make(1, 0, false);
    begin = tap_now();
    late = mq_time(40);
    CHECK_FAILS(mq_timedreceive(queue, text, MQ_SIZE, NULL, &late), ETIMEDOUT);
    CHECK(tap_now() - begin >= 38000000);
    MQ_SEND(queue, "full", 0);
    begin = tap_now();
    late = mq_time(40);
    CHECK_FAILS(mq_timedsend(queue, "", 0, 0, &late), ETIMEDOUT);
    CHECK(tap_now() - begin >= 38000000);
    MQ_RECEIVE(queue, "full", 0);
}

TEST("D-13 mq: a time gone by matters only if there is something to wait for")
{
    const struct timespec gone = { 1, 0 };
    char text[MQ_SIZE];

    queue = mq_make(1, 0, false);
    CHECK_EQ(mq_timedsend(queue, "in", 2, 0, &gone), 0);
    CHECK_FAILS(mq_timedsend(queue, "", 0, 0, &gone), ETIMEDOUT);
    CHECK_EQ(mq_timedreceive(queue, text, MQ_SIZE, NULL, &gone), 2);
    CHECK_FAILS(mq_timedreceive(queue, text, MQ_SIZE, NULL, &gone), ETIMEDOUT);
}

TEST("D-13 mq: a time that is none: EINVAL; with O_NONBLOCK EAGAIN comes first")
{
    static const struct timespec bad[] = {
        { 0, 1000000000 }, { 0, -1 }, { -1, 0 },
    };
    const struct timespec gone = { 1, 0 };
    char text[MQ_SIZE];

    queue = mq_make(1, O_NONBLOCK, false);
    for (int i = 0; i < 3; i++) {
        CHECK_FAILS(mq_timedsend(queue, "", 0, 0, &bad[i]), EINVAL);
        CHECK_FAILS(mq_timedreceive(queue, text, MQ_SIZE, NULL, &bad[i]),
                    EINVAL);
    }
    CHECK_FAILS(mq_timedreceive(queue, text, MQ_SIZE, NULL, &gone), EAGAIN);
}

static void receive_within_an_hour(void)
{
    struct timespec end = mq_time(3600000);
    char text[MQ_SIZE];

    CHECK_FAILS(mq_timedreceive(queue, text, MQ_SIZE, NULL, &end), ETIMEDOUT);
}

TEST("D-13 mq: setting the clock beyond the time given ends the wait")
{
    struct timespec now, later;
    pid_t pid;

    queue = mq_make(1, 0, false);
    pid = child_start(receive_within_an_hour);
    mq_await_sleep(pid, SYS_mq_timedreceive);
    later = mq_time(7200000);
    CHECK_EQ(clock_settime(CLOCK_REALTIME, &later), 0);
    CHECK_EXITS(pid, 0);
    clock_gettime(CLOCK_REALTIME, &now);
    now.tv_sec -= 7200;
    CHECK_EQ(clock_settime(CLOCK_REALTIME, &now), 0);
}

/* --- signals ---------------------------------------------------------------- */

static void handle(int signo)
{
    (void)signo;
}

static void catch(int flags)
{
    struct sigaction action = { .sa_handler = handle, .sa_flags = flags };

    CHECK_EQ(sigaction(SIGUSR1, &action, NULL), 0);
}

static void receive_interrupted(void)
{
    struct timespec end = mq_time(600000);
    char text[MQ_SIZE];

    catch(0);
    CHECK_FAILS(mq_receive(queue, text, MQ_SIZE, NULL), EINTR);
    CHECK_FAILS(mq_timedreceive(queue, text, MQ_SIZE, NULL, &end), EINTR);
    _exit(7);
}

TEST("D-13 mq: a handler ends a wait with EINTR")
{
    pid_t pid;

    queue = mq_make(1, 0, false);
    pid = child_start(receive_interrupted);
    for (int i = 0; i < 2; i++) {
        mq_await_sleep(pid, SYS_mq_timedreceive);
        kill(pid, SIGUSR1);
        sleep_ms(30);
    }
    CHECK_EXITS(pid, 7);
    MQ_SEND(queue, "stays", 0);
    MQ_RECEIVE(queue, "stays", 0);
}

static void receive_restarted(void)
{
    catch(SA_RESTART);
    receive_one();
}

TEST("D-13 mq: after a handler with SA_RESTART the wait goes on")
{
    pid_t pid;

    queue = mq_make(1, 0, false);
    pid = child_start(receive_restarted);
    mq_await_sleep(pid, SYS_mq_timedreceive);
    kill(pid, SIGUSR1);
    sleep_ms(30);
    mq_await_sleep(pid, SYS_mq_timedreceive);
    MQ_SEND(queue, "R", 0);
    CHECK_EXITS(pid, 'R');
}

TEST("D-13 mq: who is killed while it waits leaves nothing behind")
{
    char text[MQ_SIZE];
    pid_t pid;

    queue = mq_make(1, 0, false);
    for (int i = 0; i < 10; i++) {
        pid = child_start(receive_one);
        mq_await_sleep(pid, SYS_mq_timedreceive);
        kill(pid, SIGKILL);
        CHECK_KILLED(pid, SIGKILL);
        MQ_SEND(queue, "mine", 0);
        pid = child_start(send_late);
        mq_await_sleep(pid, SYS_mq_timedsend);
        kill(pid, SIGKILL);
        CHECK_KILLED(pid, SIGKILL);
        MQ_RECEIVE(queue, "mine", 0);
    }
    CHECK_EQ(fcntl(queue, F_SETFL, O_NONBLOCK), 0);
    CHECK_FAILS(mq_receive(queue, text, MQ_SIZE, NULL), EAGAIN);
}

/* --- order of waiters ------------------------------------------------------- */

static int got_by[4];
static volatile int got;

static void *receive_urgent(void *arg)
{
    long me = (long)arg;
    struct sched_param param = { .sched_priority = me };
    char text[MQ_SIZE];

    CHECK_EQ(pthread_setschedparam(pthread_self(),
                                   me ? SCHED_FIFO : SCHED_OTHER, &param), 0);
    CHECK_EQ(mq_receive(queue, text, MQ_SIZE, NULL), 1);
    got_by[text[0] - '0'] = me;
    __atomic_add_fetch(&got, 1, __ATOMIC_SEQ_CST);
    return NULL;
}

TEST("D-13 mq: the most urgent thread that waits is served first")
{
    static const long priorities[4] = { 0, 10, 30, 20 };
    static const char *const words[4] = { "0", "1", "2", "3" };
    pthread_t threads[4];

    queue = mq_make(1, 0, false);
    for (int i = 0; i < 4; i++) {
        CHECK_EQ(pthread_create(&threads[i], NULL, receive_urgent,
                                (void *)priorities[i]), 0);
        sleep_ms(30);
    }
    for (int i = 0; i < 4; i++) {
        MQ_SEND(queue, words[i], 0);
        while (got <= i)
            sleep_ms(1);
    }
    for (int i = 0; i < 4; i++) {
        CHECK_EQ(got_by[i], 30 - 10 * i);
        CHECK_EQ(pthread_join(threads[i], NULL), 0);
    }
}

/* --- poll, select, epoll ---------------------------------------------------- */

static short ready(mqd_t q)
{
    struct pollfd p = { q, POLLIN | POLLOUT, 0 };

    CHECK(poll(&p, 1, 0) >= 0);
    return p.revents;
}

TEST("D-13 A-37 mq: readable unless empty, writable unless full")
{
    struct timeval soon = { 0, 1000 };
    fd_set in, out;

    queue = mq_make(2, 0, false);
    CHECK_EQ(ready(queue), POLLOUT);
    MQ_SEND(queue, "one", 0);
    CHECK_EQ(ready(queue), POLLIN | POLLOUT);
    MQ_SEND(queue, "two", 0);
    CHECK_EQ(ready(queue), POLLIN);
    FD_ZERO(&in);
    FD_SET(queue, &in);
    out = in;
    CHECK_EQ(select(queue + 1, &in, &out, NULL, &soon), 1);
    CHECK(FD_ISSET(queue, &in) && !FD_ISSET(queue, &out));
    MQ_RECEIVE(queue, "one", 0);
    MQ_RECEIVE(queue, "two", 0);
    CHECK_EQ(ready(queue), POLLOUT);
}

static void send_soon(void)
{
    sleep_ms(30);
    MQ_SEND(queue, "soon", 0);
}

static void receive_soon(void)
{
    sleep_ms(30);
    MQ_RECEIVE(queue, "soon", 0);
}

/* Awake long before the time is over, at which poll(2) looks again. */
static void check_woken(short events)
{
    struct pollfd p = { queue, events, 0 };
    int64_t begin = tap_now();

    CHECK_EQ(poll(&p, 1, 20000), 1);
    CHECK(tap_now() - begin < 15000000000);
}

TEST("D-13 A-37 mq: a message wakes poll and epoll, room too")
{
    struct epoll_event event = { .events = EPOLLIN | EPOLLET };
    int set = epoll_create1(0);
    pid_t pid;

    queue = mq_make(1, 0, false);
    CHECK_EQ(epoll_ctl(set, EPOLL_CTL_ADD, queue, &event), 0);
    pid = child_start(send_soon);
    check_woken(POLLIN);
    CHECK_EQ(epoll_wait(set, &event, 1, 0), 1);
    CHECK_EQ(event.events, EPOLLIN);
    CHECK_EQ(epoll_wait(set, &event, 1, 0), 0);
    CHECK_EXITS(pid, 0);
    pid = child_start(receive_soon);
    check_woken(POLLOUT);
    CHECK_EXITS(pid, 0);
    MQ_SEND(queue, "again", 0);
    CHECK_EQ(epoll_wait(set, &event, 1, 0), 1);
}

/* --- many ------------------------------------------------------------------- */

#define SENDERS     3
#define RECEIVERS   3
#define ROUNDS      400
#define LAST        (-1)

struct parcel {
    int sender, number;
};

static unsigned *seen;              /* [receiver][sender], shared */

static void send_many(int me)
{
    for (int i = 1; i <= ROUNDS; i++) {
        struct parcel p = { me, i };

        CHECK_EQ(mq_send(queue, (char *)&p, sizeof(p), 4), 0);
    }
}

/* What one receiver gets of one sender comes in order. */
static void receive_many(int me)
{
    int last[SENDERS] = { 0 };
    struct parcel p;
    char text[MQ_SIZE];

    for (;;) {
        CHECK_EQ(mq_receive(queue, text, MQ_SIZE, NULL), sizeof(p));
        memcpy(&p, text, sizeof(p));
        if (p.sender == LAST)
            return;
        CHECK(p.number > last[p.sender]);
        last[p.sender] = p.number;
        seen[me * SENDERS + p.sender]++;
    }
}

TEST("D-13 mq: several senders and receivers: all comes, once, in order")
{
    pid_t senders[SENDERS], receivers[RECEIVERS];
    struct parcel end = { LAST, 0 };

    queue = mq_make(3, 0, false);
    seen = child_shared(SENDERS * RECEIVERS * sizeof(*seen));
    for (int i = 0; i < RECEIVERS; i++) {
        receivers[i] = child_fork();
        if (receivers[i] == 0) {
            receive_many(i);
            _exit(0);
        }
    }
    for (int i = 0; i < SENDERS; i++) {
        senders[i] = child_fork();
        if (senders[i] == 0) {
            send_many(i);
            _exit(0);
        }
    }
    for (int i = 0; i < SENDERS; i++)
        CHECK_EXITS(senders[i], 0);
    for (int i = 0; i < RECEIVERS; i++)
        CHECK_EQ(mq_send(queue, (char *)&end, sizeof(end), 0), 0);
    for (int i = 0; i < RECEIVERS; i++)
        CHECK_EXITS(receivers[i], 0);
    for (int i = 0; i < SENDERS; i++) {
        unsigned sum = 0;

        for (int k = 0; k < RECEIVERS; k++)
            sum += seen[k * SENDERS + i];
        CHECK_EQ(sum, ROUNDS);
    }
}
