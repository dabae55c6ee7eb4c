/*
 * t_sysv_msg.c - System V message queues: msgget(2), msgsnd(2), msgrcv(2),
 * msgctl(2).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/failnth.h"
#include "tests/user/lib/slurp.h"
#include "tests/user/lib/sysv.h"

#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <time.h>

#define KEY 0x4c617263
#ifndef MSG_COPY
#define MSG_COPY 040000
#endif

static int queue;           /* of the running test */

struct text {
    long type;
    char text[8192];
};

static int make_queue(void)
{
    int id = msgget(IPC_PRIVATE, 0600);

    CHECK(id >= 0);
    return id;
}

static void drop_queue(int id)
{
    CHECK_EQ(msgctl(id, IPC_RMID, NULL), 0);
}

static int send(long type, const char *text, int flags)
{
    struct text m = { .type = type };

    strcpy(m.text, text);
    return msgsnd(queue, &m, strlen(text), flags);
}

/* Of `size` bytes, each of that value. */
static int send_bytes(long type, size_t size, int value, int flags)
{
    struct text m = { .type = type };

    memset(m.text, value, sizeof(m.text));
    return msgsnd(queue, &m, size, flags);
}

/* The next message of the type is this one. */
#define CHECK_NEXT(wanted, flags, is_type, is_text) \
    do { \
        struct text m_ = { 0 }; \
        CHECK_EQ(msgrcv(queue, &m_, sizeof(m_.text), wanted, \
                        (flags) | IPC_NOWAIT), (ssize_t)strlen(is_text)); \
        CHECK_EQ(m_.type, is_type); \
        CHECK(!strcmp(m_.text, is_text)); \
    } while (0)

static int receive_nothing(long type, int flags)
{
    struct text m;

    return msgrcv(queue, &m, sizeof(m.text), type, flags | IPC_NOWAIT);
}

static struct msqid_ds status(void)
{
    struct msqid_ds ds;

    CHECK_EQ(msgctl(queue, IPC_STAT, &ds), 0);
    return ds;
}

/* --- queues -------------------------------------------------------------- */

TEST("D-13 msg: a key leads to one queue, until that is removed")
{
    int id = msgget(KEY, IPC_CREAT | 0600);

    CHECK(id >= 0);
    CHECK_EQ(msgget(KEY, 0600), id);
    CHECK_EQ(msgget(KEY, IPC_CREAT), id);
    CHECK_FAILS(msgget(KEY, IPC_CREAT | IPC_EXCL), EEXIST);
    CHECK_FAILS(msgget(KEY + 1, 0600), ENOENT);
    drop_queue(id);
    CHECK_FAILS(msgget(KEY, 0600), ENOENT);
    queue = id;
    CHECK_FAILS(send(1, "late", 0), EINVAL);
    CHECK_FAILS(receive_nothing(0, 0), EINVAL);
    CHECK_FAILS(msgctl(id, IPC_RMID, NULL), EINVAL);
    CHECK_FAILS(msgctl(id, 99, NULL), EINVAL);
    queue = -1;
    CHECK_FAILS(send(1, "nowhere", 0), EINVAL);
    CHECK_FAILS(receive_nothing(0, 0), EINVAL);
}

/* --- types --------------------------------------------------------------- */

TEST("D-13 msg: type 0 takes the oldest, a type the oldest of that type")
{
    queue = make_queue();
    CHECK_EQ(send(3, "a", 0), 0);
    CHECK_EQ(send(1, "b", 0), 0);
    CHECK_EQ(send(3, "c", 0), 0);
    CHECK_EQ(send(LONG_MAX, "d", 0), 0);
    CHECK_EQ(send(2, "", 0), 0);
    CHECK_NEXT(1, 0, 1, "b");
    CHECK_NEXT(0, 0, 3, "a");
    CHECK_NEXT(LONG_MAX, 0, LONG_MAX, "d");
    CHECK_FAILS(receive_nothing(7, 0), ENOMSG);
    CHECK_NEXT(3, 0, 3, "c");
    CHECK_NEXT(0, 0, 2, "");
    CHECK_FAILS(receive_nothing(0, 0), ENOMSG);
    drop_queue(queue);
}

TEST("D-13 msg: a negative type takes the least type up to that")
{
    queue = make_queue();
    CHECK_EQ(send(5, "five", 0), 0);
    CHECK_EQ(send(3, "three", 0), 0);
    CHECK_EQ(send(4, "four", 0), 0);
    CHECK_EQ(send(3, "another three", 0), 0);
    CHECK_EQ(send(LONG_MAX, "last", 0), 0);
    CHECK_FAILS(receive_nothing(-2, 0), ENOMSG);
    CHECK_NEXT(-4, 0, 3, "three");
    CHECK_NEXT(-5, 0, 3, "another three");
    CHECK_NEXT(-5, 0, 4, "four");
    CHECK_FAILS(receive_nothing(-4, 0), ENOMSG);
    CHECK_NEXT(-5, MSG_EXCEPT, 5, "five");
    CHECK_NEXT(LONG_MIN, 0, LONG_MAX, "last");
    CHECK_FAILS(receive_nothing(LONG_MIN, 0), ENOMSG);
    drop_queue(queue);
}

TEST("D-13 msg: MSG_EXCEPT takes any other type")
{
    queue = make_queue();
    CHECK_EQ(send(1, "one", 0), 0);
    CHECK_EQ(send(2, "two", 0), 0);
    CHECK_NEXT(1, MSG_EXCEPT, 2, "two");
    CHECK_FAILS(receive_nothing(1, MSG_EXCEPT), ENOMSG);
    CHECK_NEXT(0, MSG_EXCEPT, 1, "one");
    drop_queue(queue);
}

TEST("D-13 msg: MSG_COPY shows the n-th message and leaves it there")
{
    struct text m;

    queue = make_queue();
    CHECK_EQ(send(8, "first", 0), 0);
    CHECK_EQ(send(9, "second", 0), 0);
    CHECK_NEXT(1, MSG_COPY, 9, "second");
    CHECK_NEXT(0, MSG_COPY, 8, "first");
    CHECK_FAILS(receive_nothing(2, MSG_COPY), ENOMSG);
    CHECK_FAILS(receive_nothing(-1, MSG_COPY), ENOMSG);
    CHECK_FAILS(receive_nothing(0, MSG_COPY | MSG_EXCEPT), EINVAL);
    CHECK_FAILS(msgrcv(queue, &m, 10, 0, MSG_COPY), EINVAL);
    CHECK_FAILS(msgrcv(queue, &m, 3, 0, MSG_COPY | IPC_NOWAIT), E2BIG);
    CHECK_EQ(msgrcv(queue, &m, 3, 0, MSG_COPY | IPC_NOWAIT | MSG_NOERROR), 3);
    CHECK_EQ(status().msg_qnum, 2);
    CHECK_NEXT(0, 0, 8, "first");
    drop_queue(queue);
}

/* --- sizes --------------------------------------------------------------- */

TEST("D-13 msg: a message that is too long stays, or is cut")
{
    struct text m = { 0 };

    queue = make_queue();
    CHECK_EQ(send(1, "0123456789", 0), 0);
    CHECK_FAILS(msgrcv(queue, &m, 9, 0, 0), E2BIG);
    CHECK_FAILS(msgrcv(queue, &m, 0, 0, 0), E2BIG);
    CHECK_EQ(status().msg_qnum, 1);
    CHECK_EQ(msgrcv(queue, &m, 4, 0, MSG_NOERROR), 4);
    CHECK(!memcmp(m.text, "0123\0", 5));
    CHECK_FAILS(receive_nothing(0, 0), ENOMSG);
    drop_queue(queue);
}

TEST("D-13 msg: messages of 0 to MSGMAX bytes arrive as they were sent")
{
    static const size_t sizes[] = { 0, 1, 7, 8, 100, 2007, 2008, 2009, 2048,
                                    4095, 4096, 4097, 8191, 8192 };
    struct text m;

    queue = make_queue();
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        CHECK_EQ(send_bytes(i + 1, sizes[i], 'a' + i, 0), 0);
        memset(&m, 0, sizeof(m));
        CHECK_EQ(msgrcv(queue, &m, sizeof(m.text), 0, 0), sizes[i]);
        CHECK_EQ(m.type, i + 1);
        for (size_t b = 0; b < sizeof(m.text); b++)
            CHECK_EQ(m.text[b], b < sizes[i] ? 'a' + i : 0);
    }
    CHECK_FAILS(send_bytes(1, 8193, 0, 0), EINVAL);
    CHECK_FAILS(send_bytes(1, -1, 0, 0), EINVAL);
    drop_queue(queue);
}

TEST("D-13 msg: what msgsnd and msgrcv refuse")
{
    struct text m = { .type = 0 };

    queue = make_queue();
    CHECK_FAILS(msgsnd(queue, &m, 1, 0), EINVAL);
    m.type = -1;
    CHECK_FAILS(msgsnd(queue, &m, 1, 0), EINVAL);
    m.type = LONG_MIN;
    CHECK_FAILS(msgsnd(queue, &m, 1, 0), EINVAL);
    CHECK_FAILS(msgsnd(queue, NULL, 1, 0), EFAULT);
    CHECK_FAILS(msgsnd(queue, (void *)-8L, 100, 0), EFAULT);
    CHECK_FAILS(msgrcv(queue, &m, -1, 0, IPC_NOWAIT), EINVAL);
    CHECK_EQ(send(1, "lost", 0), 0);
    CHECK_FAILS(msgrcv(queue, (void *)8, 100, 0, 0), EFAULT);
    CHECK_FAILS(msgctl(queue, IPC_STAT, (void *)8), EFAULT);
    CHECK_FAILS(msgctl(queue, IPC_SET, (void *)8), EFAULT);
    CHECK_FAILS(msgctl(queue, IPC_INFO, (void *)8), EFAULT);
    CHECK_EQ(status().msg_qnum, 0);
    drop_queue(queue);
}

/* --- room ---------------------------------------------------------------- */

static void send_when_room(void)
{
    CHECK_EQ(send(2, "waited", 0), 0);
}

/* Two messages fill a queue. */
static void fill_queue(void)
{
    queue = make_queue();
    CHECK_EQ(send_bytes(1, 8192, 1, 0), 0);
    CHECK_EQ(send_bytes(1, 8192, 1, 0), 0);
}

TEST("D-13 msg: a full queue refuses, or lets wait")
{
    struct text m;
    pid_t pid;

    fill_queue();
    CHECK_FAILS(send(1, "x", IPC_NOWAIT), EAGAIN);
    CHECK_EQ(send(3, "", IPC_NOWAIT), 0);
    pid = child_start(send_when_room);
    sysv_await_sleep(pid);
    CHECK_FAILS(receive_nothing(2, 0), ENOMSG);
    CHECK_EQ(msgrcv(queue, &m, sizeof(m.text), 1, 0), 8192);
    CHECK_EXITS(pid, 0);
    CHECK_EQ(status().msg_lspid, pid);
    CHECK_NEXT(2, 0, 2, "waited");
    drop_queue(queue);
}

TEST("D-13 msg: messages without bytes count, too")
{
    struct msqid_ds ds;

    queue = make_queue();
    ds = status();
    ds.msg_qbytes = 3;
    CHECK_EQ(msgctl(queue, IPC_SET, &ds), 0);
    for (int i = 0; i < 3; i++)
        CHECK_EQ(send(1, "", IPC_NOWAIT), 0);
    CHECK_FAILS(send(1, "", IPC_NOWAIT), EAGAIN);
    CHECK_NEXT(0, 0, 1, "");
    CHECK_FAILS(send(1, "1234", IPC_NOWAIT), EAGAIN);
    CHECK_EQ(send(1, "123", IPC_NOWAIT), 0);
    drop_queue(queue);
}

TEST("D-13 msg: IPC_SET gives room to those who wait for it")
{
    struct msqid_ds ds;
    pid_t pid;

    fill_queue();
    pid = child_start(send_when_room);
    sysv_await_sleep(pid);
    ds = status();
    CHECK_EQ(ds.msg_qbytes, 16384);
    CHECK_EQ(ds.__msg_cbytes, 16384);
    ds.msg_qbytes = 20000;
    CHECK_EQ(msgctl(queue, IPC_SET, &ds), 0);
    CHECK_EXITS(pid, 0);
    CHECK_EQ(status().msg_qnum, 3);
    drop_queue(queue);
}

/* --- waiting ------------------------------------------------------------- */

static void receive_two(void)
{
    struct text m = { 0 };

    CHECK_EQ(msgrcv(queue, &m, 100, 2, 0), 4);
    CHECK(m.type == 2 && !strcmp(m.text, "what"));
}

static void receive_any(void)
{
    struct text m = { 0 };

    CHECK_EQ(msgrcv(queue, &m, 100, 0, 0), 3);
    CHECK(m.type == 9 && !strcmp(m.text, "any"));
}

TEST("D-13 msg: a message goes to the oldest receiver that wants it")
{
    pid_t two, any, late;

    queue = make_queue();
    two = child_start(receive_two);
    sysv_await_sleep(two);
    any = child_start(receive_any);
    sysv_await_sleep(any);
    late = child_start(receive_any);
    sysv_await_sleep(late);
    CHECK_EQ(send(9, "any", 0), 0);
    CHECK_EXITS(any, 0);
    CHECK_EQ(status().msg_lrpid, any);
    CHECK_EQ(send(2, "what", 0), 0);
    CHECK_EXITS(two, 0);
    CHECK_EQ(send(9, "any", 0), 0);
    CHECK_EXITS(late, 0);
    CHECK_EQ(status().msg_qnum, 0);
    drop_queue(queue);
}

static void receive_short(void)
{
    struct text m;

    CHECK_FAILS(msgrcv(queue, &m, 2, 0, 0), E2BIG);
}

TEST("D-13 msg: a receiver without room learns that a message came")
{
    pid_t small, large;

    queue = make_queue();
    small = child_start(receive_short);
    sysv_await_sleep(small);
    large = child_start(receive_any);
    sysv_await_sleep(large);
    CHECK_EQ(send(9, "any", 0), 0);
    CHECK_EXITS(small, 0);
    CHECK_EXITS(large, 0);
    drop_queue(queue);
}

static void receive_removed(void)
{
    struct text m;

    CHECK_FAILS(msgrcv(queue, &m, 100, 77, 0), EIDRM);
}

static void send_removed(void)
{
    CHECK_FAILS(send(1, "never", 0), EIDRM);
}

TEST("D-13 msg: removal ends every wait with EIDRM")
{
    pid_t sender, receiver;

    fill_queue();
    sender = child_start(send_removed);
    receiver = child_start(receive_removed);
    sysv_await_sleep(sender);
    sysv_await_sleep(receiver);
    drop_queue(queue);
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
    struct text m;

    handle_signal();
    CHECK_FAILS(msgrcv(queue, &m, 100, 77, 0), EINTR);
}

static void send_interrupted(void)
{
    handle_signal();
    CHECK_FAILS(send(1, "never", 0), EINTR);
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
    CHECK_EQ(status().msg_qnum, 2);
    drop_queue(queue);
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
    CHECK_EQ(status().msg_qnum, 2);
    drop_queue(queue);
}

/* --- permissions --------------------------------------------------------- */

static void may_nothing(void)
{
    struct msqid_ds ds = { 0 };

    CHECK_FAILS(msgget(KEY, 0400), EACCES);
    CHECK_EQ(msgget(KEY, 0), queue);
    CHECK_FAILS(send(1, "x", IPC_NOWAIT), EACCES);
    CHECK_FAILS(receive_nothing(0, 0), EACCES);
    CHECK_FAILS(msgctl(queue, IPC_STAT, &ds), EACCES);
    CHECK_FAILS(msgctl(queue % 32768, MSG_STAT, &ds), EACCES);
    CHECK_EQ(msgctl(queue % 32768, MSG_STAT_ANY, &ds), queue);
    CHECK_FAILS(msgctl(queue, IPC_SET, &ds), EPERM);
    CHECK_FAILS(msgctl(queue, IPC_RMID, NULL), EPERM);
}

static void may_write(void)
{
    CHECK_EQ(send(1, "x", IPC_NOWAIT), 0);
    CHECK_FAILS(receive_nothing(0, 0), EACCES);
}

static void is_owner(void)
{
    struct msqid_ds ds = status();

    ds.msg_qbytes = 16385;
    CHECK_FAILS(msgctl(queue, IPC_SET, &ds), EPERM);
    ds.msg_qbytes = 100;
    CHECK_EQ(msgctl(queue, IPC_SET, &ds), 0);
    CHECK_EQ(status().msg_qbytes, 100);
    drop_queue(queue);
}

TEST("D-13 msg: permissions; only root gives a queue more room")
{
    struct msqid_ds ds;

    queue = msgget(KEY, IPC_CREAT | 0600);
    sysv_as_nobody(may_nothing);
    ds = status();
    ds.msg_perm.mode = 0602;
    ds.msg_qbytes = 1000000;
    CHECK_EQ(msgctl(queue, IPC_SET, &ds), 0);
    sysv_as_nobody(may_write);
    ds.msg_perm.uid = 1000;
    ds.msg_qbytes = 16384;
    CHECK_EQ(msgctl(queue, IPC_SET, &ds), 0);
    sysv_as_nobody(is_owner);
    CHECK_FAILS(msgctl(queue, IPC_STAT, &ds), EINVAL);
}

/* --- what is told of them ------------------------------------------------ */

TEST("D-13 msg: IPC_STAT")
{
    time_t before = time(NULL);
    struct msqid_ds ds;

    queue = msgget(KEY, IPC_CREAT | 0640);
    ds = status();
    CHECK_EQ(ds.msg_perm.__key, KEY);
    CHECK_EQ(ds.msg_perm.mode, 0640);
    CHECK_EQ(ds.msg_perm.cuid, 0);
    CHECK_EQ(ds.msg_perm.__seq, queue / 32768);
    CHECK(!ds.msg_stime && !ds.msg_rtime && !ds.msg_lspid && !ds.msg_lrpid);
    CHECK(ds.msg_ctime >= before && ds.msg_ctime <= time(NULL));
    CHECK_EQ(ds.msg_qbytes, 16384);
    CHECK_EQ(send(1, "abc", 0), 0);
    CHECK_EQ(send(1, "defgh", 0), 0);
    ds = status();
    CHECK_EQ(ds.msg_qnum, 2);
    CHECK_EQ(ds.__msg_cbytes, 8);
    CHECK_EQ(ds.msg_lspid, getpid());
    CHECK(ds.msg_stime >= before && !ds.msg_rtime);
    CHECK_NEXT(0, 0, 1, "abc");
    ds = status();
    CHECK_EQ(ds.msg_qnum, 1);
    CHECK_EQ(ds.__msg_cbytes, 5);
    CHECK_EQ(ds.msg_lrpid, getpid());
    CHECK(ds.msg_rtime >= before);
    drop_queue(queue);
}

TEST("P16 msg: MSG_INFO, IPC_INFO and MSG_STAT")
{
    struct msginfo before, info;
    struct msqid_ds ds;

    CHECK(msgctl(0, MSG_INFO, (void *)&before) >= 0);
    queue = make_queue();
    CHECK_EQ(send(1, "12345", 0), 0);
    CHECK(msgctl(0, MSG_INFO, (void *)&info) >= queue % 32768);
    CHECK_EQ(info.msgpool, before.msgpool + 1);
    CHECK_EQ(info.msgmap, before.msgmap + 1);
    CHECK_EQ(info.msgtql, before.msgtql + 5);
    CHECK_EQ(msgctl(queue % 32768, MSG_STAT, &ds), queue);
    CHECK_EQ(ds.msg_qnum, 1);
    CHECK(msgctl(0, IPC_INFO, (void *)&info) >= queue % 32768);
    CHECK_EQ(info.msgmax, 8192);
    CHECK_EQ(info.msgmnb, 16384);
    CHECK_EQ(info.msgmni, 32000);
    drop_queue(queue);
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

    queue = msgget(KEY, IPC_CREAT | 0622);
    CHECK_EQ(send(1, "12345", 0), 0);
    ds = status();
    snprintf(want, sizeof(want), "%10d %10d  %4o  %10u %10u %5d %5d %5u %5u "
             "%5u %5u %10lu %10lu %10lu", KEY, queue, 0622, 5, 1, getpid(), 0,
             0, 0, 0, 0, ds.msg_stime, 0ul, ds.msg_ctime);
    CHECK(sysv_line("msg", queue, line));
    CHECK(!strcmp(line, want));
    CHECK(!strncmp(slurp("/proc/sysvipc/msg"), titles, sizeof(titles) - 1));
    drop_queue(queue);
    CHECK(!sysv_line("msg", queue, line));
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
    queue = make_queue();
    other = msgget(IPC_PRIVATE, 0600);
    set_limit("msgmni", "32000\n");
    CHECK(other == -1 && errno == ENOSPC);
    CHECK_FAILS(send_bytes(1, 11, 0, 0), EINVAL);
    CHECK_EQ(send_bytes(1, 10, 0, 0), 0);
    CHECK_FAILS(send_bytes(1, 6, 0, IPC_NOWAIT), EAGAIN);
    set_limit("msgmax", "8192");
    set_limit("msgmnb", "16384");
    drop_queue(queue);
}

TEST("D-13 msg: messages can't take all memory")
{
    static int id[4000];
    int n = 0, error = 0;

    while (n < 4000 && !error) {
        queue = id[n++] = make_queue();
        for (int i = 0; i < 2 && !error; i++)
            error = send_bytes(1, 8192, 0, IPC_NOWAIT) ? errno : 0;
    }
    CHECK_EQ(error, ENOMEM);
    for (int i = 0; i < n; i++)
        drop_queue(id[i]);
    queue = make_queue();
    CHECK_EQ(send_bytes(1, 8192, 0, IPC_NOWAIT), 0);
    drop_queue(queue);
}

/* --- no memory ----------------------------------------------------------- */

static long call_msgget(void)
{
    return msgget(KEY, IPC_CREAT | 0600);
}

static void undo_msgget(long id)
{
    drop_queue(id);
}

static long call_send_short(void)
{
    return send(1, "short", 0);
}

static long call_send_long(void)
{
    return send_bytes(1, 8000, 5, 0);
}

static void undo_send(long result)
{
    struct text m;

    CHECK_EQ(result, 0);
    CHECK(msgrcv(queue, &m, sizeof(m.text), 0, IPC_NOWAIT) >= 0);
}

static long call_copy(void)
{
    struct text m;

    return msgrcv(queue, &m, sizeof(m.text), 0, IPC_NOWAIT | MSG_COPY);
}

TEST("D-13 fail-nth: msgget, msgsnd, msgrcv")
{
    struct trial get = { call_msgget, undo_msgget };
    struct trial few = { call_send_short, undo_send };
    struct trial many = { call_send_long, undo_send };
    struct trial copy = { call_copy, fail_no_undo };

    fail_walk(&get);
    queue = make_queue();
    fail_walk(&few);
    fail_walk(&many);
    CHECK_EQ(send(1, "to be copied", 0), 0);
    fail_walk(&copy);
    drop_queue(queue);
}

/* --- many ---------------------------------------------------------------- */

#define SENDERS 3
#define EACH 1000

static void send_numbers(void)
{
    int me = (int)tap_below(1000000);

    for (int i = 0; i < EACH; i++) {
        struct { long type; int n, who; } m = { 1 + i % 3, i, me };

        CHECK_EQ(msgsnd(queue, &m, sizeof(m) - sizeof(long), 0), 0);
    }
}

static long *sum;

static void receive_numbers(void)
{
    struct { long type; int n, who; } m;
    int last[4] = { -1, -1, -1, -1 }, who = -1;
    long mine = 0;

    while (msgrcv(queue, &m, sizeof(m) - sizeof(long), -3, 0) == 8) {
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

    queue = make_queue();
    sum = child_shared(sizeof(*sum));
    for (int i = 0; i < 2; i++)
        receiver[i] = child_start(receive_numbers);
    for (int i = 0; i < SENDERS; i++) {
        tap_series(i + 1);
        sender[i] = child_start(send_numbers);
    }
    for (int i = 0; i < SENDERS; i++)
        CHECK_EXITS(sender[i], 0);
    while (status().msg_qnum)
        sched_yield();
    drop_queue(queue);
    for (int i = 0; i < 2; i++)
        CHECK_EXITS(receiver[i], 0);
    CHECK_EQ(*sum, SENDERS * EACH * (EACH + 1l) / 2);
}
