/*
 * t_mqueue.c - POSIX message queues: order, sizes, attributes, and what is
 * wrong with arguments (lwp.md row D-13; mq_overview(7)).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/failnth.h"
#include "tests/user/lib/mq.h"

#include <sys/mman.h>
#include <sys/syscall.h>

/* --- order --- */

TEST("D-13 mq: the greatest priority first, and in order within one")
{
    mqd_t q = mq_make(8, 0, false);

    MQ_SEND(q, "low", 0);
    MQ_SEND(q, "first", 5);
    MQ_SEND(q, "top", 32767);
    MQ_SEND(q, "second", 5);
    MQ_SEND(q, "lower", 0);
    MQ_SEND(q, "third", 5);
    MQ_RECEIVE(q, "top", 32767);
    MQ_RECEIVE(q, "first", 5);
    MQ_SEND(q, "fourth", 5);
    MQ_RECEIVE(q, "second", 5);
    MQ_RECEIVE(q, "third", 5);
    MQ_RECEIVE(q, "fourth", 5);
    MQ_RECEIVE(q, "low", 0);
    MQ_RECEIVE(q, "lower", 0);
}

/* What a queue should do, done with an array. */
static struct model {
    unsigned priority, number;
} model[200];
static unsigned held;

static unsigned model_take(void)
{
    unsigned best = 0, number;

    for (unsigned i = 1; i < held; i++)
        if (model[i].priority > model[best].priority)
            best = i;
    number = model[best].number;
    memmove(model + best, model + best + 1,
            (--held - best) * sizeof(*model));
    return number;
}

TEST("D-13 mq: thousands of messages by random come as a model says")
{
    mqd_t q = mq_make(200, O_NONBLOCK, false);
    unsigned number, got;

    held = 0;
    for (number = 0; number < 4000; number++) {
        unsigned priority = tap_below(2) ? tap_below(4) : tap_below(32768);

        if (mq_send(q, (char *)&number, sizeof(number), priority) == 0) {
            CHECK(held < 200);
            model[held++] = (struct model){ priority, number };
        } else {
            CHECK(errno == EAGAIN && held == 200);
        }
        while (held && tap_below(100) < (number < 2000 ? 40 : 60)) {
            CHECK_EQ(mq_receive(q, (char *)&got, MQ_SIZE, NULL), sizeof(got));
            CHECK_EQ(got, model_take());
        }
    }
    while (held) {
        CHECK_EQ(mq_receive(q, (char *)&got, MQ_SIZE, NULL), sizeof(got));
        CHECK_EQ(got, model_take());
    }
    CHECK_FAILS(mq_receive(q, (char *)&got, MQ_SIZE, NULL), EAGAIN);
}

TEST("D-13 mq: messages of no bytes, of all, and of too many")
{
    mqd_t q = mq_make(2, 0, false);
    char text[2 * MQ_SIZE], back[2 * MQ_SIZE];

    for (unsigned i = 0; i < sizeof(text); i++)
        text[i] = i * 7;
    CHECK_EQ(mq_send(q, text, 0, 1), 0);
    CHECK_EQ(mq_send(q, text, MQ_SIZE, 0), 0);
    CHECK_FAILS(mq_send(q, text, MQ_SIZE + 1, 0), EMSGSIZE);
    CHECK_FAILS(mq_receive(q, back, MQ_SIZE - 1, NULL), EMSGSIZE);
    CHECK_EQ(mq_receive(q, back, sizeof(back), NULL), 0);
    CHECK_EQ(mq_receive(q, back, sizeof(back), NULL), MQ_SIZE);
    CHECK(memcmp(text, back, MQ_SIZE) == 0);
}

/* --- attributes --- */

TEST("D-13 mq: attributes tell sizes and count; only O_NONBLOCK can be set")
{
    mqd_t q = mq_make(3, 0, false);
    struct mq_attr attr, old;
    char text[MQ_SIZE];

    MQ_SEND(q, "one", 0);
    MQ_SEND(q, "two", 0);
    memset(&attr, 0xff, sizeof(attr));
    CHECK_EQ(mq_getattr(q, &attr), 0);
    CHECK_EQ(attr.mq_flags, 0);
    CHECK_EQ(attr.mq_maxmsg, 3);
    CHECK_EQ(attr.mq_msgsize, MQ_SIZE);
    CHECK_EQ(attr.mq_curmsgs, 2);
    attr = (struct mq_attr){ .mq_flags = O_NONBLOCK, .mq_maxmsg = 100,
                             .mq_msgsize = 1, .mq_curmsgs = 7 };
    CHECK_EQ(mq_setattr(q, &attr, &old), 0);
    CHECK_EQ(old.mq_flags, 0);
    CHECK_EQ(mq_getattr(q, &old), 0);
    CHECK_EQ(old.mq_flags, O_NONBLOCK);
    CHECK_EQ(old.mq_maxmsg, 3);
    CHECK_EQ(old.mq_msgsize, MQ_SIZE);
    CHECK_EQ(old.mq_curmsgs, 2);
    MQ_RECEIVE(q, "one", 0);
    MQ_RECEIVE(q, "two", 0);
    CHECK_FAILS(mq_receive(q, text, MQ_SIZE, NULL), EAGAIN);
    CHECK(fcntl(q, F_GETFL) & O_NONBLOCK);
    attr.mq_flags = O_NONBLOCK | 1;
    CHECK_FAILS(mq_setattr(q, &attr, NULL), EINVAL);
    attr.mq_flags = 0;
    CHECK_EQ(mq_setattr(q, &attr, NULL), 0);
    CHECK(!(fcntl(q, F_GETFL) & O_NONBLOCK));
}

TEST("D-13 mq: without attributes, those of /proc/sys/fs/mqueue")
{
    mqd_t q = mq_open(MQ_NAME, O_CREAT | O_RDWR, 0600, NULL);
    struct mq_attr attr;

    CHECK(q >= 0);
    CHECK_EQ(mq_unlink(MQ_NAME), 0);
    CHECK_EQ(mq_getattr(q, &attr), 0);
    CHECK_EQ(attr.mq_maxmsg, 10);
    CHECK_EQ(attr.mq_msgsize, 8192);
}

/* --- what is refused --- */

static int open_with(long depth, long size)
{
    struct mq_attr attr = { .mq_maxmsg = depth, .mq_msgsize = size };

    return mq_open(MQ_NAME, O_CREAT | O_RDWR, 0600, &attr);
}

TEST("D-13 mq: queues that there cannot be: EINVAL, and no name is left")
{
    CHECK_FAILS(open_with(0, 64), EINVAL);
    CHECK_FAILS(open_with(10, 0), EINVAL);
    CHECK_FAILS(open_with(-1, 64), EINVAL);
    CHECK_FAILS(open_with(10, -1), EINVAL);
    CHECK_FAILS(open_with(65537, 64), EINVAL);
    CHECK_FAILS(open_with(10, (16 << 20) + 1), EINVAL);
    CHECK_FAILS(open_with(1l << 62, 1l << 62), EINVAL);
    CHECK_FAILS(mq_open(MQ_NAME, O_RDWR | O_WRONLY | O_CREAT, 0600, NULL),
                EINVAL);
    CHECK_FAILS(mq_unlink(MQ_NAME), ENOENT);
}

TEST("D-13 mq: a descriptor has to be a queue's, and open for what is done")
{
    mqd_t q = mq_make(2, 0, true), reader = mq_open(MQ_NAME, O_RDONLY),
          writer = mq_open(MQ_NAME, O_WRONLY);
    struct mq_attr attr = { 0 };
    struct sigevent none = { .sigev_notify = SIGEV_NONE };
    char text[MQ_SIZE];
    int other[2], pathfd = open("/dev/mqueue" MQ_NAME, O_PATH);

    CHECK_EQ(mq_unlink(MQ_NAME), 0);
    CHECK(pipe(other) == 0 && q >= 0 && reader >= 0 && writer >= 0);
    CHECK_FAILS(mq_send(reader, "", 0, 0), EBADF);
    CHECK_FAILS(mq_receive(writer, text, MQ_SIZE, NULL), EBADF);
    for (int i = 0; i < 3; i++) {
        int fd = (int[]){ -1, other[1], pathfd }[i];

        CHECK_FAILS(mq_send(fd, "", 0, 0), EBADF);
        CHECK_FAILS(mq_receive(fd, text, MQ_SIZE, NULL), EBADF);
        CHECK_FAILS(mq_getattr(fd, &attr), EBADF);
        CHECK_FAILS(mq_setattr(fd, &attr, NULL), EBADF);
        CHECK_FAILS(mq_notify(fd, &none), EBADF);
        CHECK_FAILS(mq_notify(fd, NULL), EBADF);
    }
    MQ_SEND(writer, "through", 1);
    MQ_RECEIVE(reader, "through", 1);
}

#define BAD ((void *)0xdead0000dead0000)

TEST("D-13 mq: bad pointers: EFAULT; a message sent from one is not sent")
{
    mqd_t q = mq_make(2, O_NONBLOCK, false);
    char text[MQ_SIZE];
    unsigned priority;

    CHECK_FAILS(syscall(SYS_mq_open, BAD, O_RDWR, 0, NULL), EFAULT);
    CHECK_FAILS(syscall(SYS_mq_open, "x", O_RDWR | O_CREAT, 0, BAD), EFAULT);
    CHECK_FAILS(syscall(SYS_mq_unlink, BAD), EFAULT);
    CHECK_FAILS(mq_send(q, BAD, 5, 0), EFAULT);
    CHECK_FAILS(mq_timedsend(q, "", 0, 0, BAD), EFAULT);
    CHECK_FAILS(mq_timedreceive(q, text, MQ_SIZE, NULL, BAD), EFAULT);
    CHECK_FAILS(syscall(SYS_mq_notify, q, BAD), EFAULT);
    CHECK_FAILS(mq_getattr(q, BAD), EFAULT);
    CHECK_FAILS(mq_setattr(q, BAD, NULL), EFAULT);
    CHECK_FAILS(mq_receive(q, text, MQ_SIZE, NULL), EAGAIN);
    /* A message that cannot be stored is gone, as on Linux. */
    MQ_SEND(q, "lost", 0);
    CHECK_FAILS(mq_receive(q, BAD, MQ_SIZE, &priority), EFAULT);
    CHECK_FAILS(mq_receive(q, text, MQ_SIZE, NULL), EAGAIN);
}

TEST("D-13 mq: priorities from 32768 on: EINVAL")
{
    mqd_t q = mq_make(2, 0, false);

    CHECK_FAILS(mq_send(q, "", 0, 32768), EINVAL);
    CHECK_FAILS(mq_send(q, "", 0, ~0u), EINVAL);
    MQ_SEND(q, "top", 32767);
}

/* --- want of memory --- */

static mqd_t failing_queue;

static long call_open(void)
{
    struct mq_attr attr = { .mq_maxmsg = 4, .mq_msgsize = MQ_SIZE };

    return mq_open(MQ_NAME, O_CREAT | O_EXCL | O_RDWR, 0600, &attr);
}

static void undo_open(long q)
{
    CHECK_EQ(mq_unlink(MQ_NAME), 0);
    CHECK_EQ(close(q), 0);
}

static long call_send(void)
{
    return mq_send(failing_queue, "text", 4, 3);
}

static void undo_send(long result)
{
    CHECK_EQ(result, 0);
    MQ_RECEIVE(failing_queue, "text", 3);
}

TEST("D-13 fail-nth: mq_open, mq_send")
{
    struct trial opening = { call_open, undo_open },
                 sending = { call_send, undo_send };

    fail_walk(&opening);
    failing_queue = mq_make(4, 0, false);
    fail_walk(&sending);
}
