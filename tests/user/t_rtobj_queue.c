/*
 * t_rtobj_queue.c - events, mailboxes and message queues of the RT-Thread API
 * by their system calls (lwp.md rows K-05, K-06, K-07).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/rtobj.h"
#include "tests/user/lib/thread.h"

#include <signal.h>
#include <sys/mman.h>

enum { AND = 1, OR = 2, CLEAR = 4 };

#define NOWHERE ((void *)16)
#define MSEC 1000000l

/* --- events --- */

TEST("K-05 OR takes any of the set, AND all of it, CLEAR takes them off")
{
    int id = event_create(FIFO, NULL);
    uint32_t got = 99;

    CHECK_FAILS(event_recv(id, 3, OR, 0, &got), ETIMEDOUT);
    CHECK_EQ(got, 99);
    CHECK_EQ(event_send(id, 0x5), 0);
    CHECK_EQ(event_recv(id, 0x7, OR, 0, &got), 0);
    CHECK_EQ(got, 0x5);
    CHECK_FAILS(event_recv(id, 0x7, AND, 0, &got), ETIMEDOUT);
    CHECK_EQ(event_recv(id, 0x5, AND, 0, NULL), 0);
    CHECK_EQ(event_recv(id, 0x6, OR | CLEAR, 0, &got), 0);
    CHECK_EQ(got, 0x4);
    CHECK_EQ(event_recv(id, 0x7, OR, 0, &got), 0);
    CHECK_EQ(got, 0x1);
    CHECK_EQ(event_send(id, 0x80000000u), 0);
    CHECK_EQ(event_recv(id, 0x80000001u, AND | CLEAR, FOREVER, &got), 0);
    CHECK_EQ(got, 0x80000001u);
    CHECK_FAILS(event_recv(id, 0xffffffffu, OR, 0, &got), ETIMEDOUT);
}

TEST("K-05 no set, no option, both options, a bad place: refused")
{
    int id = event_create(PRIO, NULL);

    CHECK_FAILS(event_create(2, NULL), EINVAL);
    CHECK_FAILS(event_send(id, 0), EINVAL);
    CHECK_FAILS(event_recv(id, 0, OR, 0, NULL), EINVAL);
    CHECK_FAILS(event_recv(id, 1, 0, 0, NULL), EINVAL);
    CHECK_FAILS(event_recv(id, 1, CLEAR, 0, NULL), EINVAL);
    CHECK_FAILS(event_recv(id, 1, AND | OR, 0, NULL), EINVAL);
    CHECK_FAILS(event_recv(id, 1, OR | 8, 0, NULL), EINVAL);
    CHECK_EQ(event_send(id, 1), 0);
    CHECK_FAILS(event_recv(id, 1, OR, 0, NOWHERE), EFAULT);
}

static struct wish {
    uint32_t set, got;
    int option, error;
} wish[4];
static int event;

static void *receive(void *arg)
{
    struct wish *w = arg;

    w->error = event_recv(event, w->set, w->option, 20000, &w->got) ? errno : 0;
    return NULL;
}

TEST("K-05 one send serves all whose wish it completes, and no others")
{
    const struct wish wishes[4] = {
        { .set = 0x3, .option = AND }, { .set = 0x6, .option = OR | CLEAR },
        { .set = 0x4, .option = OR | CLEAR }, { .set = 0x2, .option = OR },
    };
    pthread_t t[4];

    event = event_create(FIFO, NULL);
    memcpy(wish, wishes, sizeof(wish));
    for (int i = 0; i < 4; i++) {
        t[i] = start(receive, &wish[i]);
        rtobj_await(event, i + 1);
    }
    CHECK_EQ(event_send(event, 0x1), 0);
    rtobj_await(event, 4);
    CHECK_EQ(event_send(event, 0x2), 0);
    rtobj_await(event, 1);
    CHECK_EQ(event_send(event, 0x4), 0);
    for (int i = 0; i < 4; i++)
        join(t[i]);
    CHECK(wish[0].error == 0 && wish[0].got == 0x3);
    CHECK(wish[1].error == 0 && wish[1].got == 0x2);
    CHECK(wish[2].error == 0 && wish[2].got == 0x4);
    CHECK(wish[3].error == 0 && wish[3].got == 0x2);
    /* 2 was cleared when all three had it, 4 by the last one. */
    CHECK_EQ(event_recv(event, 0xff, OR, 0, &wish[0].got), 0);
    CHECK_EQ(wish[0].got, 0x1);
}

TEST("K-05 reset clears the set, and who waits gets EIDRM")
{
    pthread_t t;

    event = event_create(FIFO, NULL);
    wish[0] = (struct wish){ .set = 0x3, .option = AND };
    CHECK_EQ(event_send(event, 1), 0);
    t = start(receive, &wish[0]);
    rtobj_await(event, 1);
    CHECK_EQ(rt_reset(RT_EVENT, event, 0), 0);
    join(t);
    CHECK_EQ(wish[0].error, EIDRM);
    CHECK_FAILS(event_recv(event, 1, OR, 0, NULL), ETIMEDOUT);
}

/* --- mailboxes --- */

TEST("K-06 values come in order, urgent ones first; full and empty are told")
{
    int id = mb_create(3, FIFO, NULL);
    unsigned long value;

    CHECK_FAILS(mb_recv(id, &value, 0), ETIMEDOUT);
    CHECK_EQ(mb_send(id, 1, 0), 0);
    CHECK_EQ(mb_send(id, 0xfedcba9876543210, FOREVER), 0);
    CHECK_EQ(mb_urgent(id, 3), 0);
    CHECK_FAILS(mb_send(id, 4, 0), ENOSPC);
    CHECK_FAILS(mb_urgent(id, 4), ENOSPC);
    CHECK_FAILS(mb_send(id, 4, 10), ETIMEDOUT);
    CHECK(mb_recv(id, &value, 0) == 0 && value == 3);
    CHECK(mb_recv(id, &value, FOREVER) == 0 && value == 1);
    CHECK(mb_recv(id, &value, 0) == 0 && value == 0xfedcba9876543210);
    CHECK_FAILS(mb_recv(id, &value, 10), ETIMEDOUT);
}

TEST("K-06 sizes of 0 and beyond 65535, a bad place: refused")
{
    int id = mb_create(65535, FIFO, NULL);

    CHECK(id > 0);
    CHECK_FAILS(mb_create(0, FIFO, NULL), EINVAL);
    CHECK_FAILS(mb_create(65536, FIFO, NULL), EINVAL);
    CHECK_FAILS(mb_create(1ul << 61, FIFO, NULL), EINVAL);
    CHECK_FAILS(mb_create(-1ul, FIFO, NULL), EINVAL);
    CHECK_FAILS(mb_create(1, 7, NULL), EINVAL);
    CHECK_EQ(mb_send(id, 1, 0), 0);
    CHECK_FAILS(mb_recv(id, NOWHERE, 0), EFAULT);
}

static int box;
static unsigned long seen[4];

static void *fetch(void *arg)
{
    CHECK_EQ(mb_recv(box, arg, 20000), 0);
    return NULL;
}

TEST("K-06 who waits for a value gets it, in the order of the queue")
{
    pthread_t t[4];

    box = mb_create(1, FIFO, NULL);
    for (int i = 0; i < 4; i++) {
        t[i] = start(fetch, &seen[i]);
        rtobj_await(box, i + 1);
    }
    for (int i = 0; i < 4; i++)
        CHECK_EQ(mb_send(box, 100 + i, 0), 0);
    for (int i = 0; i < 4; i++) {
        join(t[i]);
        CHECK_EQ(seen[i], 100 + i);
    }
    CHECK_EQ(mb_send(box, 1, 0), 0);
    CHECK_FAILS(mb_send(box, 2, 0), ENOSPC);
}

static void *deliver(void *arg)
{
    return mb_send(box, (unsigned long)arg, 20000) ? (void *)(long)errno : NULL;
}

TEST("K-06 who waits for room sends in turn, and nobody overtakes")
{
    unsigned long value;
    pthread_t t[3];

    box = mb_create(2, FIFO, NULL);
    CHECK_EQ(mb_send(box, 1, 0), 0);
    CHECK_EQ(mb_send(box, 2, 0), 0);
    for (unsigned long i = 0; i < 3; i++) {
        t[i] = start(deliver, (void *)(3 + i));
        rtobj_await(box, i + 1);
    }
    for (unsigned long i = 1; i <= 5; i++) {
        CHECK(mb_recv(box, &value, 0) == 0 && value == i);
        if (i <= 3) {
            /* The place is another's already. */
            CHECK_FAILS(mb_send(box, 77, 0), ENOSPC);
            CHECK_EQ(join(t[i - 1]), NULL);
        }
    }
    CHECK_FAILS(mb_recv(box, &value, 0), ETIMEDOUT);
}

TEST("K-06 reset and deletion wake senders with EIDRM, and free what was sent")
{
    unsigned long value;
    pthread_t t;

    box = mb_create(1, FIFO, NULL);
    CHECK_EQ(mb_send(box, 1, 0), 0);
    t = start(deliver, (void *)2);
    rtobj_await(box, 1);
    CHECK_EQ(rt_reset(RT_MAILBOX, box, 0), 0);
    CHECK_EQ((long)join(t), EIDRM);
    CHECK_FAILS(mb_recv(box, &value, 0), ETIMEDOUT);
    CHECK_EQ(mb_send(box, 3, 0), 0);
    t = start(deliver, (void *)4);
    rtobj_await(box, 1);
    CHECK_EQ(rt_delete(RT_MAILBOX, box), 0);
    CHECK_EQ((long)join(t), EIDRM);
}

/* --- message queues --- */

TEST("K-07 messages come in order with their sizes, urgent ones first")
{
    int id = mq_create(16, 4, FIFO, NULL);
    char text[32];

    CHECK_EQ(mq_put(id, "one", 4, 0), 0);
    CHECK_EQ(mq_put(id, "two and a half", 15, FOREVER), 0);
    CHECK_EQ(mq_urgent(id, "!", 2), 0);
    CHECK_EQ(mq_put(id, "0123456789abcdef", 16, 0), 0);
    CHECK_FAILS(mq_put(id, "x", 1, 0), ENOSPC);
    CHECK_FAILS(mq_urgent(id, "x", 1), ENOSPC);
    CHECK_EQ(mq_get(id, text, sizeof(text), 0), 2);
    CHECK(!strcmp(text, "!"));
    CHECK_EQ(mq_get(id, text, sizeof(text), FOREVER), 4);
    CHECK(!strcmp(text, "one"));
    /* Of a longer one the beginning; the rest is gone. */
    CHECK_EQ(mq_get(id, text, 3, 0), 3);
    CHECK(!memcmp(text, "two", 4));
    CHECK_EQ(mq_get(id, text, sizeof(text), 0), 16);
    CHECK(!memcmp(text, "0123456789abcdef", 16));
    CHECK_FAILS(mq_get(id, text, sizeof(text), 0), ETIMEDOUT);
}

TEST("K-07 no queue of impossible size, no message too large or empty")
{
    int id = mq_create(8, 2, PRIO, NULL);
    char text[16];

    CHECK_FAILS(mq_create(0, 1, FIFO, NULL), EINVAL);
    CHECK_FAILS(mq_create(1, 0, FIFO, NULL), EINVAL);
    CHECK_FAILS(mq_create(65537, 1, FIFO, NULL), EINVAL);
    CHECK_FAILS(mq_create(1, 65536, FIFO, NULL), EINVAL);
    CHECK_FAILS(mq_create(1ul << 32, 1ul << 32, FIFO, NULL), EINVAL);
    CHECK_FAILS(mq_create(-1ul, -1ul, FIFO, NULL), EINVAL);
    CHECK_FAILS(mq_create(65536, 65535, FIFO, NULL), ENOMEM);
    CHECK_FAILS(mq_create(8, 2, -1, NULL), EINVAL);
    CHECK_FAILS(mq_put(id, text, 9, 0), EMSGSIZE);
    CHECK_FAILS(mq_urgent(id, text, 16), EMSGSIZE);
    CHECK_FAILS(mq_put(id, text, 1ul << 62, 0), EMSGSIZE);
    CHECK_FAILS(mq_put(id, text, 0, 0), EINVAL);
    CHECK_FAILS(mq_get(id, text, 0, 0), EINVAL);
    CHECK_FAILS(mq_put(id, NOWHERE, 8, 0), EFAULT);
    CHECK_EQ(mq_put(id, text, 8, 0), 0);
    CHECK_FAILS(mq_get(id, NOWHERE, 8, 0), EFAULT);
}

TEST("K-07 a process may have 4 MiB of messages, however many queues")
{
    int ids[8], n = 0;

    while (n < 8 && (ids[n] = mq_create(1000, 1000, FIFO, NULL)) > 0)
        n++;
    CHECK_EQ(errno, ENOMEM);
    CHECK_EQ(n, 4);
    CHECK_EQ(rt_delete(RT_QUEUE, ids[0]), 0);
    CHECK(mq_create(1000, 1000, FIFO, NULL) > 0);
    CHECK_FAILS(mq_create(1000, 1000, FIFO, NULL), ENOMEM);
}

static void send_numbers(int id, int from)
{
    int64_t start = tap_now();

    for (int i = 0; i < 300; i++) {
        int message[2] = { from, i };

        CHECK_EQ(mq_put(id, message, sizeof(message), 20000), 0);
    }
    CHECK(tap_now() - start < 20000 * MSEC);
    _exit(0);
}

TEST("K-07 three processes send 300 messages each: all arrive, each in order")
{
    int id = mq_create(8, 5, FIFO, NULL), next[3] = { 0 }, message[2];
    pid_t pid[3];

    for (int i = 0; i < 3; i++) {
        pid[i] = child_fork();
        if (!pid[i])
            send_numbers(id, i);
    }
    for (int i = 0; i < 900; i++) {
        CHECK_EQ(mq_get(id, message, sizeof(message), 20000), 8);
        CHECK(message[0] >= 0 && message[0] < 3);
        CHECK_EQ(message[1], next[message[0]]++);
    }
    CHECK_FAILS(mq_get(id, message, sizeof(message), 0), ETIMEDOUT);
    for (int i = 0; i < 3; i++)
        CHECK_EXITS(pid[i], 0);
}
