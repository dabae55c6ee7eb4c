/*
 * t_sysv_msgwait.c - System V message queues: full and empty ones, and who
 * waits for them.
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/sysv.h"

#include <sched.h>
#include <signal.h>

/* --- room ---------------------------------------------------------------- */

static void send_when_room(void)
{
    CHECK_EQ(msg_send(2, "waited", 0), 0);
}

/* Two messages fill a queue. */
static void fill_queue(void)
{
    msg_id = msg_make();
    CHECK_EQ(msg_send_bytes(1, 8192, 1, 0), 0);
    CHECK_EQ(msg_send_bytes(1, 8192, 1, 0), 0);
}

TEST("D-13 msg: a full queue refuses, or lets wait")
{
    struct msg_text m;
    pid_t pid;

    fill_queue();
    CHECK_FAILS(msg_send(1, "x", IPC_NOWAIT), EAGAIN);
    CHECK_EQ(msg_send(3, "", IPC_NOWAIT), 0);
    pid = child_start(send_when_room);
    sysv_await_sleep(pid);
    CHECK_FAILS(msg_nothing(2, 0), ENOMSG);
    CHECK_EQ(msgrcv(msg_id, &m, sizeof(m.text), 1, 0), 8192);
    CHECK_EXITS(pid, 0);
    CHECK_EQ(msg_status().msg_lspid, pid);
    CHECK_NEXT(2, 0, 2, "waited");
    msg_drop(msg_id);
}

TEST("D-13 msg: messages without bytes count, too")
{
    struct msqid_ds ds;

    msg_id = msg_make();
    ds = msg_status();
    ds.msg_qbytes = 3;
    CHECK_EQ(msgctl(msg_id, IPC_SET, &ds), 0);
    for (int i = 0; i < 3; i++)
        CHECK_EQ(msg_send(1, "", IPC_NOWAIT), 0);
    CHECK_FAILS(msg_send(1, "", IPC_NOWAIT), EAGAIN);
    CHECK_NEXT(0, 0, 1, "");
    CHECK_FAILS(msg_send(1, "1234", IPC_NOWAIT), EAGAIN);
    CHECK_EQ(msg_send(1, "123", IPC_NOWAIT), 0);
    msg_drop(msg_id);
}

TEST("D-13 msg: IPC_SET gives room to those who wait for it")
{
    struct msqid_ds ds;
    pid_t pid;

    fill_queue();
    pid = child_start(send_when_room);
    sysv_await_sleep(pid);
    ds = msg_status();
    CHECK_EQ(ds.msg_qbytes, 16384);
    CHECK_EQ(ds.__msg_cbytes, 16384);
    ds.msg_qbytes = 20000;
    CHECK_EQ(msgctl(msg_id, IPC_SET, &ds), 0);
    CHECK_EXITS(pid, 0);
    CHECK_EQ(msg_status().msg_qnum, 3);
    msg_drop(msg_id);
}

/* --- waiting ------------------------------------------------------------- */

static void receive_two(void)
{
    struct msg_text m = { 0 };

    CHECK_EQ(msgrcv(msg_id, &m, 100, 2, 0), 4);
    CHECK(m.type == 2 && !strcmp(m.text, "what"));
}

static void receive_any(void)
{
    struct msg_text m = { 0 };

    CHECK_EQ(msgrcv(msg_id, &m, 100, 0, 0), 3);
    CHECK(m.type == 9 && !strcmp(m.text, "any"));
}

TEST("D-13 msg: a message goes to the oldest receiver that wants it")
{
    pid_t two, any, late;

    msg_id = msg_make();
    two = child_start(receive_two);
    sysv_await_sleep(two);
    any = child_start(receive_any);
    sysv_await_sleep(any);
    late = child_start(receive_any);
    sysv_await_sleep(late);
    CHECK_EQ(msg_send(9, "any", 0), 0);
    CHECK_EXITS(any, 0);
    CHECK_EQ(msg_status().msg_lrpid, any);
    CHECK_EQ(msg_send(2, "what", 0), 0);
    CHECK_EXITS(two, 0);
    CHECK_EQ(msg_send(9, "any", 0), 0);
    CHECK_EXITS(late, 0);
    CHECK_EQ(msg_status().msg_qnum, 0);
    msg_drop(msg_id);
}

static void receive_short(void)
{
    struct msg_text m;

    CHECK_FAILS(msgrcv(msg_id, &m, 2, 0, 0), E2BIG);
}

TEST("D-13 msg: a receiver without room learns that a message came")
{
    pid_t small, large;

    msg_id = msg_make();
    small = child_start(receive_short);
    sysv_await_sleep(small);
    large = child_start(receive_any);
    sysv_await_sleep(large);
    CHECK_EQ(msg_send(9, "any", 0), 0);
    CHECK_EXITS(small, 0);
    CHECK_EXITS(large, 0);
    msg_drop(msg_id);
}

static void receive_removed(void)
{
    struct msg_text m;

    CHECK_FAILS(msgrcv(msg_id, &m, 100, 77, 0), EIDRM);
}

static void send_removed(void)
{
    CHECK_FAILS(msg_send(1, "never", 0), EIDRM);
}

TEST("D-13 msg: removal ends every wait with EIDRM")
{
    pid_t sender, receiver;

    fill_queue();
    sender = child_start(send_removed);
    receiver = child_start(receive_removed);
    sysv_await_sleep(sender);
    sysv_await_sleep(receiver);
    msg_drop(msg_id);
    CHECK_EXITS(sender, 0);
    CHECK_EXITS(receiver, 0);
}

static void on_signal(int signo)
{
    (void)signo;
}

static void handle_signal(void)
{
    struct sigaction act = { .sa_handler = on_signal, .sa_flags = SA_RESTART };

    CHECK_EQ(sigaction(SIGUSR1, &act, NULL), 0);
}

static void receive_interrupted(void)
{
    struct msg_text m;

    handle_signal();
    CHECK_FAILS(msgrcv(msg_id, &m, 100, 77, 0), EINTR);
}

static void send_interrupted(void)
{
    handle_signal();
    CHECK_FAILS(msg_send(1, "never", 0), EINTR);
}

TEST("D-13 msg: a handled signal ends the wait with EINTR, SA_RESTART or not")
{
    pid_t sender, receiver;

    fill_queue();
    sender = child_start(send_interrupted);
    receiver = child_start(receive_interrupted);
    sysv_await_sleep(sender);
    sysv_await_sleep(receiver);
    CHECK_EQ(kill(sender, SIGUSR1), 0);
    CHECK_EQ(kill(receiver, SIGUSR1), 0);
    CHECK_EXITS(sender, 0);
    CHECK_EXITS(receiver, 0);
    CHECK_EQ(msg_status().msg_qnum, 2);
    msg_drop(msg_id);
}

TEST("D-13 msg: who is killed while waiting leaves nothing behind")
{
    pid_t sender, receiver;

    fill_queue();
    for (int i = 0; i < 20; i++) {
        sender = child_start(send_removed);
        receiver = child_start(receive_removed);
        sysv_await_sleep(sender);
        sysv_await_sleep(receiver);
        CHECK_EQ(kill(sender, SIGKILL), 0);
        CHECK_EQ(kill(receiver, SIGKILL), 0);
        CHECK_KILLED(sender, SIGKILL);
        CHECK_KILLED(receiver, SIGKILL);
    }
    CHECK_EQ(msg_status().msg_qnum, 2);
    msg_drop(msg_id);
}

/* --- many ---------------------------------------------------------------- */

#define SENDERS 3
#define EACH 1000

static void send_numbers(void)
{
    int me = (int)tap_below(1000000);

    for (int i = 0; i < EACH; i++) {
        struct { long type; int n, who; } m = { 1 + i % 3, i, me };

        CHECK_EQ(msgsnd(msg_id, &m, sizeof(m) - sizeof(long), 0), 0);
    }
}

static long *sum;

static void receive_numbers(void)
{
    struct { long type; int n, who; } m;
    int last[4] = { -1, -1, -1, -1 }, who = -1;
    long mine = 0;

    while (msgrcv(msg_id, &m, sizeof(m) - sizeof(long), -3, 0) == 8) {
        /* The numbers of one type and sender come in order. */
        if (m.who == who)
            CHECK(m.n > last[m.type]);
        if (who < 0)
            who = m.who;
        if (m.who == who)
            last[m.type] = m.n;
        mine += m.n + 1;
    }
    CHECK(errno == EIDRM || errno == EINVAL);
    __atomic_add_fetch(sum, mine, __ATOMIC_SEQ_CST);
}

TEST("D-13 msg: several senders and receivers lose nothing")
{
    pid_t sender[SENDERS], receiver[2];

    msg_id = msg_make();
    sum = child_shared(sizeof(*sum));
    for (int i = 0; i < 2; i++)
        receiver[i] = child_start(receive_numbers);
    for (int i = 0; i < SENDERS; i++) {
        tap_series(i + 1);
        sender[i] = child_start(send_numbers);
    }
    for (int i = 0; i < SENDERS; i++)
        CHECK_EXITS(sender[i], 0);
    while (msg_status().msg_qnum)
        sched_yield();
    msg_drop(msg_id);
    for (int i = 0; i < 2; i++)
        CHECK_EXITS(receiver[i], 0);
    CHECK_EQ(*sum, SENDERS * EACH * (EACH + 1l) / 2);
}
