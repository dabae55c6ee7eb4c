/*
 * t_channel.c - channels: names, states, errors, messages (lwp.md C-01 to C-06,
 * C-11 to C-15, C-22).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/channel.h"
#include "tests/user/lib/child.h"
#include "tests/user/lib/slurp.h"
#include "tests/user/lib/thread.h"

#include <sys/mman.h>

#define NAME "t_channel"
#define NOTES_MAX 1024

/* --- names, opening, closing (C-01, C-02, C-22) --------------------------- */

TEST("C-01 open: what O_CREAT and O_EXCL do, to a name that is there or not")
{
    int fd, other;

    CHECK_FAILS(channel_open(NAME, 0), ENOENT);
    CHECK_FAILS(channel_open(NAME, O_EXCL), ENOENT);
    fd = channel_open(NAME, O_CREAT | O_EXCL);
    CHECK(fd >= 0);
    CHECK_FAILS(channel_open(NAME, O_CREAT | O_EXCL), EEXIST);
    other = channel_open(NAME, O_EXCL);
    CHECK(other >= 0 && channel_close(other) == 0);
    other = channel_open(NAME, O_CREAT);
    CHECK(other >= 0 && channel_close(other) == 0);
    CHECK_EQ(channel_close(fd), 0);
    CHECK_FAILS(channel_open(NAME, 0), ENOENT);
}

TEST("C-01 open: names of no length, of 31 and of 32, bad pointers and flags")
{
    char name[33];
    int fd, other;

    CHECK_FAILS(channel_open("", O_CREAT), EINVAL);
    CHECK_FAILS(channel_open(NULL, O_CREAT), EFAULT);
    CHECK_FAILS(channel_open((char *)8, O_CREAT), EFAULT);
    CHECK_FAILS(channel_open(NAME, O_CREAT | O_TRUNC), EINVAL);
    memset(name, 'n', 32);
    name[32] = '\0';
    CHECK_FAILS(channel_open(name, O_CREAT), ENAMETOOLONG);
    name[31] = '\0';
    fd = channel_open(name, O_CREAT);
    CHECK(fd >= 0);
    name[30] = 'x';                     /* the last one counts */
    CHECK_FAILS(channel_open(name, 0), ENOENT);
    other = channel_open(name, O_CREAT | O_EXCL);
    CHECK(other >= 0);
}

TEST("C-01 open: no descriptor left is EMFILE, and leaves no channel")
{
    struct { uint64_t cur, max; } three = { 3, 3 };

    CHECK_EQ(syscall(SYS_prlimit64, 0, 7, &three, NULL), 0);
    for (int i = 3; i < 64; i++)
        close(i);
    CHECK_FAILS(channel_open(NAME, O_CREAT), EMFILE);
    close(0);
    CHECK_FAILS(channel_open(NAME, 0), ENOENT);
}

TEST("C-01 open: two processes mean the same channel by a name")
{
    int fd = channel_open(NAME, O_CREAT);
    struct message m;
    pid_t pid = child_fork();

    if (pid == 0) {
        close(fd);
        m = message_of(77);
        _exit(channel_notify(channel_open(NAME, 0), &m) ? 1 : 0);
    }
    CHECK_EQ(channel_recv(fd, &m), 0);
    CHECK_EQ(m.u.d, 77);
    CHECK_EQ(m.sender, pid);
    CHECK_EXITS(pid, 0);
}

static int shared_fd;

static void *receive(void *arg)
{
    struct message m;

    return (void *)(long)(channel_recv(shared_fd, arg ? arg : &m) ? errno : 0);
}

TEST("C-02 close: the last server wakes a receiver, and the name is free")
{
    int server = channel_open(NAME, O_CREAT);
    pthread_t thread;

    shared_fd = channel_open(NAME, 0);
    thread = start(receive, NULL);
    channel_wait_state(NAME, "wait");
    CHECK_EQ(channel_close(server), 0);
    CHECK_EQ((long)join(thread), EIO);
    CHECK_FAILS(channel_open(NAME, 0), ENOENT);
    struct message m = message_of(1);
    CHECK_FAILS(channel_notify(shared_fd, &m), EIO);
    CHECK_FAILS(channel_recv(shared_fd, &m), EIO);
    CHECK_FAILS(channel_reply(shared_fd, &m), EIO);
    CHECK_FAILS(channel_call(shared_fd, &m, &m), EIO);
    /* A new one of that name is another. */
    server = channel_open(NAME, O_CREAT | O_EXCL);
    CHECK(server >= 0);
    CHECK_FAILS(channel_notify(shared_fd, &m), EIO);
    CHECK_EQ(channel_notify(server, &m), 0);
}

TEST("C-02 close: of the very descriptor that another thread receives on")
{
    shared_fd = channel_open(NAME, O_CREAT);
    pthread_t thread = start(receive, NULL);

    channel_wait_state(NAME, "wait");
    CHECK_EQ(close(shared_fd), 0);
    CHECK_EQ((long)join(thread), EIO);
    CHECK_FAILS(channel_open(NAME, 0), ENOENT);
}

TEST("C-22 /proc/channels: a line each, with state, openers and queue")
{
    int fd = channel_open("one", O_CREAT), other = channel_open("one", 0);
    struct message m = message_of(0);

    CHECK(fd >= 0 && other >= 0);
    CHECK_EQ(channel_notify(fd, &m), 0);
    CHECK_EQ(channel_notify(fd, &m), 0);
    CHECK(strstr(slurp("/proc/channels"), "one                              idle "
                                          "        2       1      2\n"));
    close(fd);
    CHECK(!strstr(slurp("/proc/channels"), "one "));
}

TEST("C-22 /proc/channels: no name looks like a line or a column of its own")
{
    int fd = channel_open("a\nb c", O_CREAT);

    CHECK(strstr(slurp("/proc/channels"), "\na?b?c "));
    close(fd);
}

/* --- states (C-04..C-06) -------------------------------------------------- */

static struct gate may_end;

/* With its end a thread has finished with what it took. */
static void *receive_and_stay(void *arg)
{
    void *result = receive(arg);

    gate_pass(&may_end);
    return result;
}

TEST("C-04 states: idle, wait, active, idle")
{
    int fd = channel_open(NAME, O_CREAT);
    struct message m;
    pthread_t thread;
    pid_t pid;

    channel_wait_state(NAME, "idle");
    pid = channel_start_client(fd, 1);
    CHECK_EQ(channel_recv(fd, &m), 0);
    channel_wait_state(NAME, "active");
    CHECK_EQ(channel_reply(fd, &m), 0);
    channel_wait_state(NAME, "idle");
    CHECK_EXITS(pid, 1);
    shared_fd = fd;
    gate_init(&may_end);
    thread = start(receive_and_stay, NULL);
    channel_wait_state(NAME, "wait");
    pid = channel_start_client(fd, 2);
    channel_wait_state(NAME, "active");
    CHECK_EQ(channel_reply(fd, &m), 0);     /* any thread may */
    CHECK_EXITS(pid, 1);
    gate_open(&may_end);
    CHECK_EQ((long)join(thread), 0);
}

TEST("C-05 recv: not while another waits, nor while an answer is owed")
{
    int fd = channel_open(NAME, O_CREAT);
    struct message m;
    pthread_t thread;
    pid_t first, second;

    shared_fd = fd;
    thread = start(receive, NULL);
    channel_wait_state(NAME, "wait");
    CHECK_FAILS(channel_recv(fd, &m), EPROTO);
    CHECK_FAILS(channel_peek(fd, &m), EPROTO);
    m = message_of(0);
    CHECK_EQ(channel_notify(fd, &m), 0);
    CHECK_EQ((long)join(thread), 0);
    first = channel_start_client(fd, 1);
    CHECK_EQ(channel_recv(fd, &m), 0);
    second = channel_start_client(fd, 2);
    CHECK_FAILS(channel_recv(fd, &m), EPROTO);
    CHECK_FAILS(channel_recv_for(fd, &m, 20), EPROTO);
    CHECK_EQ(channel_reply(fd, &m), 0);
    channel_serve_one(fd, 5);
    CHECK_EXITS(first, 1);
    CHECK_EXITS(second, 5);
}

TEST("C-06 reply: once for each request, and never for a notification")
{
    int fd = channel_open(NAME, O_CREAT);
    struct message m = message_of(0);
    pid_t pid;

    CHECK_FAILS(channel_reply(fd, &m), EPROTO);
    pid = channel_start_client(fd, 1);
    channel_serve_one(fd, 9);
    CHECK_FAILS(channel_reply(fd, &m), EPROTO);
    CHECK_EXITS(pid, 9);
    CHECK_EQ(channel_notify(fd, &m), 0);
    CHECK_EQ(channel_recv(fd, &m), 0);
    CHECK_FAILS(channel_reply(fd, &m), EPROTO);
}

/* --- errors, messages (C-11..C-15) ---------------------------------------- */

TEST("C-11 what is no channel is EIO, for every call")
{
    struct message m = message_of(0);
    int ends[2], fds[7];

    CHECK_EQ(pipe(ends), 0);
    fds[0] = -1, fds[1] = 9999, fds[2] = 1, fds[3] = ends[0], fds[4] = ends[1];
    fds[5] = open("/proc/self", O_RDONLY), fds[6] = 0x7fffffff;
    for (int i = 0; i < 7; i++) {
        CHECK_FAILS(channel_send(fds[i], &m), EIO);
        CHECK_FAILS(channel_call(fds[i], &m, &m), EIO);
        CHECK_FAILS(channel_call_for(fds[i], &m, &m, 0), EIO);
        CHECK_FAILS(channel_notify(fds[i], &m), EIO);
        CHECK_FAILS(channel_reply(fds[i], &m), EIO);
        CHECK_FAILS(channel_recv(fds[i], &m), EIO);
        CHECK_FAILS(channel_recv_for(fds[i], &m, 0), EIO);
        CHECK_FAILS(channel_peek(fds[i], &m), EIO);
        CHECK_FAILS(channel_close(fds[i]), EIO);
    }
    CHECK_EQ(close(ends[0]), 0);        /* it was not closed as a channel */
}

TEST("C-11 bad pointers are EFAULT, and take no message")
{
    int fd = channel_open(NAME, O_CREAT);
    char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct message m = message_of(5), *bad[] = {
        NULL, (void *)8, (void *)(page + 4096 - 16), (void *)-8l,
        (void *)0x8000000000000000, (void *)0x3fffffffff, (void *)page };

    CHECK_EQ(munmap(page + 4096, 4096), 0);
    CHECK_EQ(mprotect(page, 4096, PROT_NONE), 0);
    for (int i = 0; i < 7; i++) {
        CHECK_FAILS(channel_recv(fd, bad[i]), EFAULT);
        CHECK_FAILS(channel_call(fd, &m, bad[i]), EFAULT);
        CHECK_FAILS(channel_call(fd, bad[i], &m), EFAULT);
        CHECK_FAILS(channel_send(fd, bad[i]), EFAULT);
        CHECK_FAILS(channel_notify(fd, bad[i]), EFAULT);
        CHECK_FAILS(channel_reply(fd, bad[i]), EFAULT);
    }
    CHECK_EQ(mprotect(page, 4096, PROT_READ), 0);
    CHECK_FAILS(channel_recv(fd, (void *)page), EFAULT);
    CHECK_EQ(channel_notify(fd, &m), 0);
    CHECK_FAILS(channel_recv(fd, (void *)page), EFAULT);
    CHECK_EQ(channel_peek(fd, &m), 0);          /* is still there */
    CHECK_EQ(m.u.d, 5);
}

TEST("C-11 messages may lie anywhere: misaligned, across pages, read-only")
{
    int fd = channel_open(NAME, O_CREAT);
    char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    for (int i = 0; i < 40; i++) {
        struct message m = message_of(i), *there = (void *)(page + 4096 - i);
        pid_t pid;

        memcpy(there, &m, sizeof(m));
        pid = child_fork();
        if (pid == 0) {
            CHECK_EQ(channel_recv(fd, there), 0);
            CHECK_EQ(channel_reply(fd, there), 0);
            _exit(0);
        }
        CHECK_EQ(channel_call(fd, there, there), 0);
        memcpy(&m, there, sizeof(m));
        CHECK_EQ(m.u.d, i);
        CHECK_EQ(m.sender, pid);
        CHECK_EXITS(pid, 0);
    }
}

TEST("C-11 1,024 notifications may wait in all, the next is ENOMEM")
{
    int a = channel_open("a", O_CREAT), b = channel_open("b", O_CREAT);
    struct message m;
    pid_t pid;

    for (int i = 0; i < NOTES_MAX; i++) {
        m = message_of(i);
        CHECK_EQ(channel_notify(i & 1 ? a : b, &m), 0);
    }
    CHECK_FAILS(channel_notify(a, &m), ENOMEM);
    CHECK_FAILS(channel_notify(b, &m), ENOMEM);
    /* A sender that sleeps needs no room. */
    pid = channel_start_client(a, 1);
    CHECK_EQ(channel_recv(b, &m), 0);
    CHECK_EQ(m.u.d, 0);
    CHECK_EQ(channel_notify(b, &m), 0);
    CHECK_FAILS(channel_notify(b, &m), ENOMEM);
    for (int i = 1; i < NOTES_MAX; i += 2)
        CHECK_EQ(channel_recv(a, &m), 0);
    channel_serve_one(a, 3);
    CHECK_EXITS(pid, 3);
    CHECK_EQ(close(b), 0);              /* what waits there is lost, and freed */
    for (int i = 0; i < NOTES_MAX; i++)
        CHECK_EQ(channel_notify(a, &m), 0);
}

TEST("C-12 nothing is written when a call fails")
{
    int fd = channel_open(NAME, O_CREAT);
    struct message m, as_it_was, question = message_of(0);

    memset(&m, 0xa5, sizeof(m));
    as_it_was = m;
    CHECK_FAILS(channel_recv_for(fd, &m, 1), ETIMEDOUT);
    CHECK_FAILS(channel_peek(fd, &m), ETIMEDOUT);
    CHECK_FAILS(channel_call_for(fd, &question, &m, 1), ETIMEDOUT);
    CHECK_FAILS(channel_call_for(fd, &question, &m, 0), ETIMEDOUT);
    CHECK_FAILS(channel_recv(-1, &m), EIO);
    CHECK(!memcmp(&m, &as_it_was, sizeof(m)));
}

static void *notify_own(void *arg)
{
    struct message m = message_of(gettid());

    (void)arg;
    m.sender = 0xffffffc080000000;
    CHECK_EQ(channel_notify(shared_fd, &m), 0);
    CHECK_EQ(channel_notify(shared_fd, &m), 0);
    return NULL;
}

TEST("C-13 the sender is the sending thread's tid, whatever it says itself")
{
    struct message m;

    shared_fd = channel_open(NAME, O_CREAT);
    for (int i = 0; i < 3; i++)
        join(start(notify_own, NULL));
    for (int i = 0; i < 6; i++) {
        CHECK_EQ(channel_recv(shared_fd, &m), 0);
        CHECK_EQ(m.sender, m.u.d);
        CHECK(m.sender < 0x100000000);
    }
}

TEST("C-14 C-15 raw words and buffers go over as they are, types too")
{
    int fd = channel_open(NAME, O_CREAT);
    struct message m = message_of(0xdeadbeefcafef00d), back;

    CHECK_EQ(channel_notify(fd, &m), 0);
    CHECK_EQ(channel_recv(fd, &back), 0);
    CHECK_EQ(back.u.d, 0xdeadbeefcafef00d);
    CHECK_EQ(back.type, RAW);
    m.type = BUFFER;
    m.u.b.buf = (void *)0xffffffc080000000;     /* nobody goes there */
    m.u.b.length = ~0ul;
    CHECK_EQ(channel_notify(fd, &m), 0);
    CHECK_EQ(channel_recv(fd, &back), 0);
    CHECK(back.u.b.buf == m.u.b.buf && back.u.b.length == ~0ul);
    CHECK_EQ(back.type, BUFFER);
    m.type = -7;
    CHECK_EQ(channel_notify(fd, &m), 0);
    CHECK_EQ(channel_recv(fd, &back), 0);
    CHECK_EQ(back.type, -7);
}
