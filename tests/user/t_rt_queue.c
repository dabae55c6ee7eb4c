/*
 * t_rt_queue.c - RT-Thread's events, mailboxes and message queues, by the library
 * (lwp.md rows K-05, K-06, K-07).
 *
 * run: cpus=1,4
 */
#include "tests/user/lib/rt.h"

static volatile int done;
static volatile rt_err_t result;
static volatile rt_uint32_t bits;

/* --- events --------------------------------------------------------------- */

static void wait_for_both(void *event)
{
    rt_uint32_t got = 0;

    result = rt_event_recv(event, 0x5, RT_EVENT_FLAG_AND | RT_EVENT_FLAG_CLEAR,
                           RT_WAITING_FOREVER, &got);
    bits = got;
    done++;
}

TEST("K-05 AND waits for all bits, OR for any; CLEAR clears what it took")
{
    rt_event_t event = rt_event_create("e", RT_IPC_FLAG_FIFO);
    rt_uint32_t got = 77;

    CHECK(event);
    rt_go(wait_for_both, event, 20);
    CHECK_EQ(rt_event_send(event, 0x3), RT_EOK);
    rt_thread_mdelay(20);
    CHECK_EQ(done, 0);
    CHECK_EQ(rt_event_recv(event, 0x6, RT_EVENT_FLAG_OR, 0, &got), RT_EOK);
    CHECK_EQ(got, 0x2);
    CHECK_EQ(rt_event_send(event, 0x4), RT_EOK);
    RT_UNTIL(done);
    CHECK_EQ(result, RT_EOK);
    CHECK_EQ(bits, 0x5);
    got = 77;
    RT_FAILS(rt_event_recv(event, 0x5, RT_EVENT_FLAG_OR, 0, &got),
             RT_ETIMEOUT);
    CHECK_EQ(got, 77);
    CHECK_EQ(rt_event_recv(event, 0x2, RT_EVENT_FLAG_AND, 10, NULL), RT_EOK);
    CHECK_EQ(rt_event_delete(event), RT_EOK);
}

TEST("K-05 no bit, no option, no event: refused; reset ends waits")
{
    static struct rt_event fixed;
    rt_event_t event = rt_event_create("e", RT_IPC_FLAG_PRIO);

    RT_FAILS(rt_event_send(event, 0), RT_EINVAL);
    RT_FAILS(rt_event_recv(event, 0, RT_EVENT_FLAG_OR, 0, NULL), RT_EINVAL);
    RT_FAILS(rt_event_recv(event, 1, 0, 0, NULL), RT_EINVAL);
    RT_FAILS(rt_event_recv(NULL, 1, RT_EVENT_FLAG_OR, 0, NULL), RT_EIO);
    RT_FAILS(rt_event_send(NULL, 1), RT_EIO);
    CHECK_EQ(rt_event_send(event, 2), RT_EOK);
    rt_go(wait_for_both, event, 20);
    rt_thread_mdelay(20);
    CHECK_EQ(rt_event_control(event, RT_IPC_CMD_RESET, NULL), RT_EOK);
    RT_UNTIL(done);
    CHECK_EQ(result, -RT_ERROR);
    RT_FAILS(rt_event_recv(event, 2, RT_EVENT_FLAG_OR, 0, NULL), RT_ETIMEOUT);
    CHECK_EQ(rt_event_init(&fixed, "f", RT_IPC_FLAG_FIFO), RT_EOK);
    RT_FAILS(rt_event_init(&fixed, "f", RT_IPC_FLAG_FIFO), RT_EBUSY);
    CHECK_EQ(rt_event_send(&fixed, 1), RT_EOK);
    CHECK_EQ(rt_event_detach(&fixed), RT_EOK);
    RT_FAILS(rt_event_send(&fixed, 1), RT_EIO);
    CHECK_EQ(rt_event_delete(event), RT_EOK);
    RT_FAILS(rt_event_send(event, 1), RT_EIO);
}

/* --- mailboxes ------------------------------------------------------------ */

TEST("K-06 words arrive in order, urgent ones first, whole; full is -RT_EFULL")
{
    rt_mailbox_t mb = rt_mb_create("mb", 4, RT_IPC_FLAG_FIFO);
    rt_ubase_t word, large = 0xdeadbeefcafef00dul;

    CHECK(mb);
    RT_FAILS(rt_mb_recv(mb, &word, 0), RT_ETIMEOUT);
    CHECK_EQ(rt_mb_send(mb, 1), RT_EOK);
    CHECK_EQ(rt_mb_send_wait(mb, 2, 10), RT_EOK);
    CHECK_EQ(rt_mb_urgent(mb, large), RT_EOK);
    CHECK_EQ(rt_mb_send(mb, 3), RT_EOK);
    RT_FAILS(rt_mb_send(mb, 4), RT_EFULL);
    RT_FAILS(rt_mb_urgent(mb, 4), RT_EFULL);
    RT_FAILS(rt_mb_send_wait(mb, 4, 20), RT_ETIMEOUT);
    CHECK_EQ(rt_mb_recv(mb, &word, 0), RT_EOK);
    CHECK(word == large);
    for (rt_ubase_t i = 1; i <= 3; i++) {
        CHECK_EQ(rt_mb_recv(mb, &word, RT_WAITING_FOREVER), RT_EOK);
        CHECK_EQ(word, i);
    }
    CHECK_EQ(rt_mb_delete(mb), RT_EOK);
}

static void send_words(void *mb)
{
    for (rt_ubase_t i = 0; i < 200; i++)
        CHECK_EQ(rt_mb_send_wait(mb, i, RT_WAITING_FOREVER), RT_EOK);
    done = 1;
}

TEST("K-06 a sender waits for room; none is lost")
{
    static struct rt_mailbox mb;
    static rt_ubase_t pool[3];
    rt_ubase_t word;

    CHECK_EQ(rt_mb_init(&mb, "mb", pool, 3, RT_IPC_FLAG_PRIO), RT_EOK);
    RT_FAILS(rt_mb_init(&mb, "mb", pool, 3, RT_IPC_FLAG_PRIO), RT_EBUSY);
    rt_go(send_words, &mb, 20);
    for (rt_ubase_t i = 0; i < 200; i++) {
        CHECK_EQ(rt_mb_recv(&mb, &word, 5000), RT_EOK);
        CHECK_EQ(word, i);
    }
    RT_UNTIL(done);
    CHECK_EQ(rt_mb_send(&mb, 1), RT_EOK);
    CHECK_EQ(rt_mb_control(&mb, RT_IPC_CMD_RESET, NULL), RT_EOK);
    RT_FAILS(rt_mb_recv(&mb, &word, 0), RT_ETIMEOUT);
    RT_FAILS(rt_mb_delete(&mb), RT_EIO);
    CHECK_EQ(rt_mb_detach(&mb), RT_EOK);
    RT_FAILS(rt_mb_send(&mb, 1), RT_EIO);
}

TEST("K-06 what is no mailbox, and what cannot be one")
{
    rt_event_t event = rt_event_create("e", RT_IPC_FLAG_PRIO);
    rt_mailbox_t mb = rt_mb_create("mb", 1, RT_IPC_FLAG_FIFO);
    rt_ubase_t word;

    RT_FAILS(rt_mb_send((rt_mailbox_t)event, 1), RT_EIO);
    RT_FAILS(rt_mb_recv(NULL, &word, 0), RT_EIO);
    RT_FAILS(rt_mb_urgent(NULL, 1), RT_EIO);
    RT_FAILS(rt_mb_control(mb, 9, NULL), RT_EINVAL);
    RT_NULL_FOR(rt_mb_create("mb", 0, RT_IPC_FLAG_FIFO), RT_EINVAL);
    RT_NULL_FOR(rt_mb_create("mb", 1ul << 40, RT_IPC_FLAG_FIFO), RT_EINVAL);
    CHECK_EQ(rt_mb_send(mb, 1), RT_EOK);
    CHECK_EQ(rt_mb_recv(mb, (void *)16, 0), -EFAULT);
}

/* --- message queues ------------------------------------------------------- */

TEST("K-07 messages arrive in order, urgent ones first, as long as they were")
{
    rt_mq_t mq = rt_mq_create("mq", 16, 3, RT_IPC_FLAG_FIFO);
    char buf[16];

    CHECK(mq);
    CHECK_EQ(rt_mq_send(mq, "one", 4), RT_EOK);
    CHECK_EQ(rt_mq_send_wait(mq, "sixteen bytes...", 16, 10), RT_EOK);
    CHECK_EQ(rt_mq_urgent(mq, "up", 3), RT_EOK);
    RT_FAILS(rt_mq_send(mq, "x", 2), RT_EFULL);
    RT_FAILS(rt_mq_urgent(mq, "x", 2), RT_EFULL);
    RT_FAILS(rt_mq_send_wait(mq, "x", 2, 20), RT_ETIMEOUT);
    CHECK_EQ(rt_mq_recv(mq, buf, 16, 0), 3);
    CHECK(!strcmp(buf, "up"));
    CHECK_EQ(rt_mq_recv(mq, buf, 16, RT_WAITING_FOREVER), 4);
    CHECK(!strcmp(buf, "one"));
    CHECK_EQ(rt_mq_recv(mq, buf, 7, 0), 7);
    CHECK(!memcmp(buf, "sixteen", 7));
    RT_FAILS(rt_mq_recv(mq, buf, 16, 0), RT_ETIMEOUT);
    CHECK_EQ(rt_mq_delete(mq), RT_EOK);
}

TEST("K-07 too large, empty, from nowhere, no queue: refused")
{
    rt_mq_t mq = rt_mq_create("mq", 8, 3, RT_IPC_FLAG_FIFO);
    char buf[16] = "";

    RT_FAILS(rt_mq_send(mq, buf, 9), RT_ERROR);
    RT_FAILS(rt_mq_send(mq, buf, 0), RT_EINVAL);
    CHECK_EQ(rt_mq_send(mq, (void *)16, 8), -EFAULT);
    RT_FAILS(rt_mq_recv(mq, buf, 0, 0), RT_EINVAL);
    RT_FAILS(rt_mq_recv(NULL, buf, 8, 0), RT_EIO);
    RT_FAILS(rt_mq_send(NULL, buf, 8), RT_EIO);
    RT_FAILS(rt_mq_urgent(NULL, buf, 8), RT_EIO);
    RT_NULL_FOR(rt_mq_create("mq", 0, 3, RT_IPC_FLAG_FIFO), RT_EINVAL);
    RT_NULL_FOR(rt_mq_create("mq", 8, 0, RT_IPC_FLAG_FIFO), RT_EINVAL);
    RT_FAILS(rt_mq_recv(mq, buf, 8, 0), RT_ETIMEOUT);
}

TEST("K-07 rt_mq_init() makes room for what goes into the pool")
{
    static struct rt_messagequeue mq;
    static char pool[3 * (24 + sizeof(void *)) + 8];

    CHECK_EQ(rt_mq_init(&mq, "mq", pool, 20, sizeof(pool), RT_IPC_FLAG_PRIO),
             RT_EOK);
    RT_FAILS(rt_mq_init(&mq, "mq", pool, 20, sizeof(pool), 0), RT_EBUSY);
    for (int i = 0; i < 3; i++)
        CHECK_EQ(rt_mq_send(&mq, pool, 20), RT_EOK);
    RT_FAILS(rt_mq_send(&mq, pool, 20), RT_EFULL);
    CHECK_EQ(rt_mq_control(&mq, RT_IPC_CMD_RESET, NULL), RT_EOK);
    RT_FAILS(rt_mq_recv(&mq, pool, 20, 0), RT_ETIMEOUT);
    CHECK_EQ(rt_mq_detach(&mq), RT_EOK);
    RT_FAILS(rt_mq_init(&mq, "mq", pool, -8ul, sizeof(pool), 0), RT_EINVAL);
    RT_FAILS(rt_mq_init(&mq, "mq", pool, 20, 8, 0), RT_EINVAL);
}
