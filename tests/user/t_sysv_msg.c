/*
 * t_sysv_msg.c - System V message queues: msgget(2), msgsnd(2), msgrcv(2),
 * msgctl(2).  Waiting is in t_sysv_msgwait.c.
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/failnth.h"
#include "tests/user/lib/slurp.h"
#include "tests/user/lib/sysv.h"

#include <limits.h>
#include <time.h>

#define KEY 0x4c617263
#define COPY 040000         /* MSG_COPY of linux/msg.h */

/* --- queues -------------------------------------------------------------- */

TEST("D-13 msg: a key leads to one queue, until that is removed")
{
    int id = msgget(KEY, IPC_CREAT | 0600);

    CHECK(id >= 0);
    CHECK_EQ(msgget(KEY, 0600), id);
    CHECK_EQ(msgget(KEY, IPC_CREAT), id);
    CHECK_FAILS(msgget(KEY, IPC_CREAT | IPC_EXCL), EEXIST);
    CHECK_FAILS(msgget(KEY + 1, 0600), ENOENT);
    msg_drop(id);
    CHECK_FAILS(msgget(KEY, 0600), ENOENT);
    msg_id = id;
    CHECK_FAILS(msg_send(1, "late", 0), EINVAL);
    CHECK_FAILS(msg_nothing(0, 0), EINVAL);
    CHECK_FAILS(msgctl(id, IPC_RMID, NULL), EINVAL);
    CHECK_FAILS(msgctl(id, 99, NULL), EINVAL);
    msg_id = -1;
    CHECK_FAILS(msg_send(1, "nowhere", 0), EINVAL);
    CHECK_FAILS(msg_nothing(0, 0), EINVAL);
}

/* --- types --------------------------------------------------------------- */

TEST("D-13 msg: type 0 takes the oldest, a type the oldest of that type")
{
    msg_id = msg_make();
    CHECK_EQ(msg_send(3, "a", 0), 0);
    CHECK_EQ(msg_send(1, "b", 0), 0);
    CHECK_EQ(msg_send(3, "c", 0), 0);
    CHECK_EQ(msg_send(LONG_MAX, "d", 0), 0);
    CHECK_EQ(msg_send(2, "", 0), 0);
    CHECK_NEXT(1, 0, 1, "b");
    CHECK_NEXT(0, 0, 3, "a");
    CHECK_NEXT(LONG_MAX, 0, LONG_MAX, "d");
    CHECK_FAILS(msg_nothing(7, 0), ENOMSG);
    CHECK_NEXT(3, 0, 3, "c");
    CHECK_NEXT(0, 0, 2, "");
    CHECK_FAILS(msg_nothing(0, 0), ENOMSG);
    msg_drop(msg_id);
}

TEST("D-13 msg: a negative type takes the least type up to that")
{
    msg_id = msg_make();
    CHECK_EQ(msg_send(5, "five", 0), 0);
    CHECK_EQ(msg_send(3, "three", 0), 0);
    CHECK_EQ(msg_send(4, "four", 0), 0);
    CHECK_EQ(msg_send(3, "another three", 0), 0);
    CHECK_EQ(msg_send(LONG_MAX, "last", 0), 0);
    CHECK_FAILS(msg_nothing(-2, 0), ENOMSG);
    CHECK_NEXT(-4, 0, 3, "three");
    CHECK_NEXT(-5, 0, 3, "another three");
    CHECK_NEXT(-5, 0, 4, "four");
    CHECK_FAILS(msg_nothing(-4, 0), ENOMSG);
    CHECK_NEXT(-5, MSG_EXCEPT, 5, "five");
    CHECK_NEXT(LONG_MIN, 0, LONG_MAX, "last");
    CHECK_FAILS(msg_nothing(LONG_MIN, 0), ENOMSG);
    msg_drop(msg_id);
}

TEST("D-13 msg: MSG_EXCEPT takes any other type")
{
    msg_id = msg_make();
    CHECK_EQ(msg_send(1, "one", 0), 0);
    CHECK_EQ(msg_send(2, "two", 0), 0);
    CHECK_NEXT(1, MSG_EXCEPT, 2, "two");
    CHECK_FAILS(msg_nothing(1, MSG_EXCEPT), ENOMSG);
    CHECK_NEXT(0, MSG_EXCEPT, 1, "one");
    msg_drop(msg_id);
}

TEST("D-13 msg: MSG_COPY shows the n-th message and leaves it there")
{
    struct msg_text m;

    msg_id = msg_make();
    CHECK_EQ(msg_send(8, "first", 0), 0);
    CHECK_EQ(msg_send(9, "second", 0), 0);
    CHECK_NEXT(1, COPY, 9, "second");
    CHECK_NEXT(0, COPY, 8, "first");
    CHECK_FAILS(msg_nothing(2, COPY), ENOMSG);
    CHECK_FAILS(msg_nothing(-1, COPY), ENOMSG);
    CHECK_FAILS(msg_nothing(0, COPY | MSG_EXCEPT), EINVAL);
    CHECK_FAILS(msgrcv(msg_id, &m, 10, 0, COPY), EINVAL);
    CHECK_FAILS(msgrcv(msg_id, &m, 3, 0, COPY | IPC_NOWAIT), E2BIG);
    CHECK_EQ(msgrcv(msg_id, &m, 3, 0, COPY | IPC_NOWAIT | MSG_NOERROR), 3);
    CHECK_EQ(msg_status().msg_qnum, 2);
    CHECK_NEXT(0, 0, 8, "first");
    msg_drop(msg_id);
}

/* --- sizes --------------------------------------------------------------- */

TEST("D-13 msg: a message that is too long stays, or is cut")
{
    struct msg_text m = { 0 };

    msg_id = msg_make();
    CHECK_EQ(msg_send(1, "0123456789", 0), 0);
    CHECK_FAILS(msgrcv(msg_id, &m, 9, 0, 0), E2BIG);
    CHECK_FAILS(msgrcv(msg_id, &m, 0, 0, 0), E2BIG);
    CHECK_EQ(msg_status().msg_qnum, 1);
    CHECK_EQ(msgrcv(msg_id, &m, 4, 0, MSG_NOERROR), 4);
    CHECK(!memcmp(m.text, "0123\0", 5));
    CHECK_FAILS(msg_nothing(0, 0), ENOMSG);
    msg_drop(msg_id);
}

TEST("D-13 msg: messages of 0 to MSGMAX bytes arrive as they were sent")
{
    static const size_t sizes[] = { 0, 1, 7, 8, 100, 2007, 2008, 2009, 2048,
                                    4095, 4096, 4097, 8191, 8192 };
    struct msg_text m;

    msg_id = msg_make();
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        CHECK_EQ(msg_send_bytes(i + 1, sizes[i], 'a' + i, 0), 0);
        memset(&m, 0, sizeof(m));
        CHECK_EQ(msgrcv(msg_id, &m, sizeof(m.text), 0, 0), sizes[i]);
        CHECK_EQ(m.type, i + 1);
        for (size_t b = 0; b < sizeof(m.text); b++)
            CHECK_EQ(m.text[b], b < sizes[i] ? 'a' + i : 0);
    }
    CHECK_FAILS(msg_send_bytes(1, 8193, 0, 0), EINVAL);
    CHECK_FAILS(msg_send_bytes(1, -1, 0, 0), EINVAL);
    msg_drop(msg_id);
}

TEST("D-13 msg: what msgsnd and msgrcv refuse")
{
    struct msg_text m = { .type = 0 };

    msg_id = msg_make();
    CHECK_FAILS(msgsnd(msg_id, &m, 1, 0), EINVAL);
    m.type = -1;
    CHECK_FAILS(msgsnd(msg_id, &m, 1, 0), EINVAL);
    m.type = LONG_MIN;
    CHECK_FAILS(msgsnd(msg_id, &m, 1, 0), EINVAL);
    CHECK_FAILS(msgsnd(msg_id, NULL, 1, 0), EFAULT);
    CHECK_FAILS(msgsnd(msg_id, (void *)-8L, 100, 0), EFAULT);
    CHECK_FAILS(msgrcv(msg_id, &m, -1, 0, IPC_NOWAIT), EINVAL);
    CHECK_EQ(msg_send(1, "lost", 0), 0);
    CHECK_FAILS(msgrcv(msg_id, (void *)8, 100, 0, 0), EFAULT);
    CHECK_FAILS(msgctl(msg_id, IPC_STAT, (void *)8), EFAULT);
    CHECK_FAILS(msgctl(msg_id, IPC_SET, (void *)8), EFAULT);
    CHECK_FAILS(msgctl(msg_id, IPC_INFO, (void *)8), EFAULT);
    for (int cmd = 0; cmd <= 13; cmd++)
        CHECK_FAILS(msgctl(-1, cmd, NULL), EINVAL);
    CHECK_EQ(msg_status().msg_qnum, 0);
    msg_drop(msg_id);
}

/* --- permissions --------------------------------------------------------- */

static void may_nothing(void)
{
    struct msqid_ds ds = { 0 };

    CHECK_FAILS(msgget(KEY, 0400), EACCES);
    CHECK_EQ(msgget(KEY, 0), msg_id);
    CHECK_FAILS(msg_send(1, "x", IPC_NOWAIT), EACCES);
    CHECK_FAILS(msg_nothing(0, 0), EACCES);
    CHECK_FAILS(msgctl(msg_id, IPC_STAT, &ds), EACCES);
    CHECK_FAILS(msgctl(msg_id % 32768, MSG_STAT, &ds), EACCES);
    CHECK_EQ(msgctl(msg_id % 32768, MSG_STAT_ANY, &ds), msg_id);
    CHECK_FAILS(msgctl(msg_id, IPC_SET, &ds), EPERM);
    CHECK_FAILS(msgctl(msg_id, IPC_RMID, NULL), EPERM);
}

static void may_write(void)
{
    CHECK_EQ(msg_send(1, "x", IPC_NOWAIT), 0);
    CHECK_FAILS(msg_nothing(0, 0), EACCES);
}

static void is_owner(void)
{
    struct msqid_ds ds = msg_status();

    ds.msg_qbytes = 16385;
    CHECK_FAILS(msgctl(msg_id, IPC_SET, &ds), EPERM);
    ds.msg_qbytes = 100;
    CHECK_EQ(msgctl(msg_id, IPC_SET, &ds), 0);
    CHECK_EQ(msg_status().msg_qbytes, 100);
    msg_drop(msg_id);
}

TEST("D-13 msg: permissions; only root gives a queue more room")
{
    struct msqid_ds ds;

    msg_id = msgget(KEY, IPC_CREAT | 0600);
    sysv_as_nobody(may_nothing);
    ds = msg_status();
    ds.msg_perm.mode = 0602;
    ds.msg_qbytes = 1000000;
    CHECK_EQ(msgctl(msg_id, IPC_SET, &ds), 0);
    sysv_as_nobody(may_write);
    ds.msg_perm.uid = 1000;
    ds.msg_qbytes = 16384;
    CHECK_EQ(msgctl(msg_id, IPC_SET, &ds), 0);
    sysv_as_nobody(is_owner);
    CHECK_FAILS(msgctl(msg_id, IPC_STAT, &ds), EINVAL);
}

/* --- what is told of them ------------------------------------------------ */

TEST("D-13 msg: IPC_STAT")
{
    time_t before = time(NULL);
    struct msqid_ds ds;

    msg_id = msgget(KEY, IPC_CREAT | 0640);
    ds = msg_status();
    CHECK_EQ(ds.msg_perm.__key, KEY);
    CHECK_EQ(ds.msg_perm.mode, 0640);
    CHECK_EQ(ds.msg_perm.cuid, 0);
    CHECK_EQ(ds.msg_perm.__seq, msg_id / 32768);
    CHECK(!ds.msg_stime && !ds.msg_rtime && !ds.msg_lspid && !ds.msg_lrpid);
    CHECK(ds.msg_ctime >= before && ds.msg_ctime <= time(NULL));
    CHECK_EQ(ds.msg_qbytes, 16384);
    CHECK_EQ(msg_send(1, "abc", 0), 0);
    CHECK_EQ(msg_send(1, "defgh", 0), 0);
    ds = msg_status();
    CHECK_EQ(ds.msg_qnum, 2);
    CHECK_EQ(ds.__msg_cbytes, 8);
    CHECK_EQ(ds.msg_lspid, getpid());
    CHECK(ds.msg_stime >= before && !ds.msg_rtime);
    CHECK_NEXT(0, 0, 1, "abc");
    ds = msg_status();
    CHECK_EQ(ds.msg_qnum, 1);
    CHECK_EQ(ds.__msg_cbytes, 5);
    CHECK_EQ(ds.msg_lrpid, getpid());
    CHECK(ds.msg_rtime >= before);
    msg_drop(msg_id);
}

TEST("P16 msg: MSG_INFO, IPC_INFO and MSG_STAT")
{
    struct msginfo before, info;
    struct msqid_ds ds;

    CHECK(msgctl(0, MSG_INFO, (void *)&before) >= 0);
    msg_id = msg_make();
    CHECK_EQ(msg_send(1, "12345", 0), 0);
    CHECK(msgctl(0, MSG_INFO, (void *)&info) >= msg_id % 32768);
    CHECK_EQ(info.msgpool, before.msgpool + 1);
    CHECK_EQ(info.msgmap, before.msgmap + 1);
    CHECK_EQ(info.msgtql, before.msgtql + 5);
    CHECK_EQ(msgctl(msg_id % 32768, MSG_STAT, &ds), msg_id);
    CHECK_EQ(ds.msg_qnum, 1);
    CHECK(msgctl(0, IPC_INFO, (void *)&info) >= msg_id % 32768);
    CHECK_EQ(info.msgmax, 8192);
    CHECK_EQ(info.msgmnb, 16384);
    CHECK_EQ(info.msgmni, 32000);
    msg_drop(msg_id);
    CHECK(msgctl(0, MSG_INFO, (void *)&info) >= 0);
    CHECK(!memcmp(&info, &before, sizeof(info)));
}

TEST("D-13 msg: /proc/sysvipc/msg has a line for each queue")
{
    static const char titles[] =
        "       key      msqid perms      cbytes       qnum lspid lrpid   uid"
        "   gid  cuid  cgid      stime      rtime      ctime\n";
    char line[256], want[256];
    struct msqid_ds ds;

    msg_id = msgget(KEY, IPC_CREAT | 0622);
    CHECK_EQ(msg_send(1, "12345", 0), 0);
    ds = msg_status();
    snprintf(want, sizeof(want), "%10d %10d  %4o  %10u %10u %5d %5d %5u %5u "
             "%5u %5u %10lu %10lu %10lu", KEY, msg_id, 0622, 5, 1, getpid(), 0,
             0, 0, 0, 0, ds.msg_stime, 0ul, ds.msg_ctime);
    CHECK(sysv_line("msg", msg_id, line));
    CHECK(!strcmp(line, want));
    CHECK(!strncmp(slurp("/proc/sysvipc/msg"), titles, sizeof(titles) - 1));
    msg_drop(msg_id);
    CHECK(!sysv_line("msg", msg_id, line));
}

/* --- limits -------------------------------------------------------------- */

static void set_limit(const char *name, const char *text)
{
    char path[64];
    FILE *f;

    snprintf(path, sizeof(path), "/proc/sys/kernel/%s", name);
    f = fopen(path, "w");
    CHECK(f && fputs(text, f) >= 0);
    CHECK_EQ(fclose(f), 0);
}

TEST("D-13 msg: the limits in /proc/sys/kernel hold")
{
    int other;

    CHECK(!strcmp(slurp("/proc/sys/kernel/msgmax"), "8192\n"));
    CHECK(!strcmp(slurp("/proc/sys/kernel/msgmnb"), "16384\n"));
    CHECK(!strcmp(slurp("/proc/sys/kernel/msgmni"), "32000\n"));
    set_limit("msgmni", "1");
    set_limit("msgmax", "10");
    set_limit("msgmnb", "15");
    msg_id = msg_make();
    other = msgget(IPC_PRIVATE, 0600);
    set_limit("msgmni", "32000\n");
    CHECK(other == -1 && errno == ENOSPC);
    CHECK_FAILS(msg_send_bytes(1, 11, 0, 0), EINVAL);
    CHECK_EQ(msg_send_bytes(1, 10, 0, 0), 0);
    CHECK_FAILS(msg_send_bytes(1, 6, 0, IPC_NOWAIT), EAGAIN);
    set_limit("msgmax", "8192");
    set_limit("msgmnb", "16384");
    msg_drop(msg_id);
}

TEST("D-13 msg: messages can't take all memory")
{
    static int id[4000];
    int n = 0, error = 0;

    while (n < 4000 && !error) {
        msg_id = id[n++] = msg_make();
        for (int i = 0; i < 2 && !error; i++)
            error = msg_send_bytes(1, 8192, 0, IPC_NOWAIT) ? errno : 0;
    }
    CHECK_EQ(error, ENOMEM);
    for (int i = 0; i < n; i++)
        msg_drop(id[i]);
    msg_id = msg_make();
    CHECK_EQ(msg_send_bytes(1, 8192, 0, IPC_NOWAIT), 0);
    msg_drop(msg_id);
}

/* --- no memory ----------------------------------------------------------- */

static long call_msgget(void)
{
    return msgget(KEY, IPC_CREAT | 0600);
}

static void undo_msgget(long id)
{
    msg_drop(id);
}

static long call_send_short(void)
{
    return msg_send(1, "short", 0);
}

static long call_send_long(void)
{
    return msg_send_bytes(1, 8000, 5, 0);
}

static void undo_send(long result)
{
    struct msg_text m;

    CHECK_EQ(result, 0);
    CHECK(msgrcv(msg_id, &m, sizeof(m.text), 0, IPC_NOWAIT) >= 0);
}

static long call_copy(void)
{
    struct msg_text m;

    return msgrcv(msg_id, &m, sizeof(m.text), 0, IPC_NOWAIT | COPY);
}

TEST("D-13 fail-nth: msgget, msgsnd, msgrcv")
{
    struct trial get = { call_msgget, undo_msgget };
    struct trial few = { call_send_short, undo_send };
    struct trial many = { call_send_long, undo_send };
    struct trial copy = { call_copy, fail_no_undo };

    fail_walk(&get);
    msg_id = msg_make();
    fail_walk(&few);
    fail_walk(&many);
    CHECK_EQ(msg_send(1, "to be copied", 0), 0);
    fail_walk(&copy);
    msg_drop(msg_id);
}
