/*
 * t_lwp_channel.c - channels as programs see them through <lwp.h>: RT-Thread's
 * codes, and who is woken by what.
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/slurp.h"
#include "tests/user/lib/thread.h"

#include <lwp.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/select.h>

#define NAME "t_lwp"
#define NOTES_MAX 1024

static struct rt_channel_msg raw(uint64_t d)
{
    return (struct rt_channel_msg){ .type = RT_CHANNEL_RAW, .u.d = (void *)d };
}

static uint64_t value(const struct rt_channel_msg *m)
{
    return (uint64_t)m->u.d;
}

static int open_server(void)
{
    int fd = rt_channel_open(NAME, O_CREAT | O_CLOEXEC);

    CHECK(fd >= 0);
    return fd;
}

/* Does /proc/channels have the channel in this state, with so many messages? */
static bool is_listed(const char *state, int queued)
{
    char *line = strstr(slurp("/proc/channels"), "\n" NAME " "), is[16];
    int openers, servers, waiting;

    if (!line)
        return false;
    CHECK_EQ(sscanf(line, "%*s %15s %d %d %d", is, &openers, &servers,
                    &waiting), 4);
    return !strcmp(is, state) && waiting == queued;
}

static void await(const char *state, int queued)
{
    for (int i = 0; !is_listed(state, queued); i++) {
        CHECK(i < 3000);
        sleep_ms(10);
    }
}

/* --- other threads -------------------------------------------------------- */

struct call {
    int fd;
    struct rt_channel_msg msg, answer;
    long result;
};

static void *ask(void *arg)
{
    struct call *c = arg;

    c->result = rt_channel_send_recv(c->fd, &c->msg, &c->answer);
    return NULL;
}

static void *tell(void *arg)
{
    struct call *c = arg;

    c->result = rt_channel_send(c->fd, &c->msg);
    return NULL;
}

static void *receive(void *arg)
{
    struct call *c = arg;

    c->result = rt_channel_recv(c->fd, &c->msg);
    return NULL;
}

/* --- names and descriptors ------------------------------------------------ */

TEST("C-01 open: what is there, what is made, and what is refused")
{
    char name[33] = "0123456789012345678901234567890";
    int fd, fd2;

    CHECK_FAILS(rt_channel_open(NAME, 0), ENOENT);
    fd = rt_channel_open(NAME, O_CREAT | O_EXCL);
    CHECK(fd >= 0);
    CHECK_FAILS(rt_channel_open(NAME, O_CREAT | O_EXCL), EEXIST);
    fd2 = rt_channel_open(NAME, O_CREAT);
    CHECK(fd2 > fd);
    CHECK_EQ(rt_channel_close(fd2), RT_EOK);
    fd2 = rt_channel_open(NAME, 0);
    CHECK(fd2 > fd);
    CHECK_EQ(rt_channel_close(fd2), RT_EOK);
    CHECK_EQ(rt_channel_close(fd), RT_EOK);
    CHECK_FAILS(rt_channel_open(NULL, O_CREAT), EFAULT);
    CHECK_FAILS(rt_channel_open("", O_CREAT), EINVAL);
    fd = rt_channel_open(name, O_CREAT);
    CHECK(fd >= 0 && close(fd) == 0);
    name[31] = '1';
    CHECK_FAILS(rt_channel_open(name, O_CREAT), ENAMETOOLONG);
}

TEST("C-02 closing wakes who receives and who waits for an answer, and frees "
     "the name")
{
    struct call receiver = { .fd = open_server() }, client = receiver;
    pthread_t thread = start(receive, &receiver);

    await("wait", 0);
    CHECK_EQ(rt_channel_close(receiver.fd), RT_EOK);
    join(thread);
    CHECK_EQ(receiver.result, -RT_EIO);
    CHECK_FAILS(rt_channel_open(NAME, 0), ENOENT);

    client.fd = open_server();
    thread = start(ask, &client);
    await("idle", 1);
    CHECK_EQ(close(client.fd), 0);
    join(thread);
    CHECK_EQ(client.result, -RT_EIO);
    CHECK_EQ(rt_channel_close(client.fd), -RT_EIO);
}

TEST("C-03 a forked server serves on the inherited descriptor, a copy of it "
     "keeps the channel")
{
    int fd = open_server(), copy = dup(fd), client;
    struct rt_channel_msg m = raw(5), answer;
    pid_t pid = child_fork();

    if (pid == 0) {
        CHECK_EQ(rt_channel_recv(copy, &m), RT_EOK);
        m.u.d = (void *)(value(&m) + 1);
        CHECK_EQ(rt_channel_reply(fd, &m), RT_EOK);
        _exit(0);
    }
    client = rt_channel_open(NAME, 0);
    CHECK(client >= 0);
    CHECK_EQ(close(fd), 0);
    CHECK_EQ(rt_channel_send_recv(client, &m, &answer), RT_EOK);
    CHECK_EQ(value(&answer), 6);
    CHECK_EXITS(pid, 0);
    CHECK_EQ(rt_channel_notify(client, &m), RT_EOK);
    CHECK_EQ(close(copy), 0);
    CHECK_EQ(rt_channel_notify(client, &m), -RT_EIO);
    CHECK_EQ(close(client), 0);
}

/* --- states --------------------------------------------------------------- */

/* Once somebody receives: try to do so too, then ask. */
static void *intrude(void *arg)
{
    struct call *c = arg;
    struct rt_channel_msg m;

    await("wait", 0);
    CHECK_EQ(rt_channel_recv(c->fd, &m), -RT_ERROR);
    CHECK_EQ(rt_channel_peek(c->fd, &m), -RT_ERROR);
    return ask(c);
}

TEST("C-04 C-22 idle, wait, active and idle again, as /proc/channels shows")
{
    struct call client = { .fd = open_server(), .msg = raw(1) };
    struct rt_channel_msg m;
    pthread_t thread;

    CHECK(is_listed("idle", 0));
    thread = start(intrude, &client);
    CHECK_EQ(rt_channel_recv(client.fd, &m), RT_EOK);
    CHECK(is_listed("active", 0));
    CHECK_EQ(rt_channel_reply(client.fd, &m), RT_EOK);
    CHECK(is_listed("idle", 0));
    join(thread);
    CHECK_EQ(client.result, RT_EOK);
    CHECK_EQ(close(client.fd), 0);
    CHECK(!strstr(slurp("/proc/channels"), NAME));
}

TEST("C-05 one receiver at a time, and no next request before the reply")
{
    struct call client[2] = { { .fd = open_server(), .msg = raw(0) } };
    struct rt_channel_msg m, first;
    pthread_t sender[2];
    int fd = client[0].fd;

    sender[0] = start(intrude, &client[0]);
    CHECK_EQ(rt_channel_recv(fd, &first), RT_EOK);
    client[1] = (struct call){ .fd = fd, .msg = raw(1) };
    sender[1] = start(ask, &client[1]);
    await("active", 1);
    CHECK_EQ(rt_channel_recv(fd, &m), -RT_ERROR);
    CHECK_EQ(rt_channel_peek(fd, &m), -RT_ERROR);
    CHECK_EQ(rt_channel_reply(fd, &first), RT_EOK);
    CHECK_EQ(rt_channel_recv(fd, &m), RT_EOK);
    CHECK_EQ(value(&m), 1);
    CHECK_EQ(rt_channel_reply(fd, &m), RT_EOK);
    for (int i = 0; i < 2; i++) {
        join(sender[i]);
        CHECK_EQ(value(&client[i].answer), i);
    }
    CHECK_EQ(close(fd), 0);
}

TEST("C-06 a reply needs a request, and each request takes one")
{
    struct call client = { .fd = open_server(), .msg = raw(1) };
    struct rt_channel_msg m = raw(0);
    pthread_t thread;

    CHECK_EQ(rt_channel_reply(client.fd, &m), -RT_ERROR);
    CHECK_EQ(rt_channel_notify(client.fd, &m), RT_EOK);
    CHECK_EQ(rt_channel_recv(client.fd, &m), RT_EOK);
    CHECK_EQ(rt_channel_reply(client.fd, &m), -RT_ERROR);
    thread = start(ask, &client);
    CHECK_EQ(rt_channel_recv(client.fd, &m), RT_EOK);
    CHECK_EQ(rt_channel_reply(client.fd, &m), RT_EOK);
    CHECK_EQ(rt_channel_reply(client.fd, &m), -RT_ERROR);
    join(thread);
    CHECK_EQ(client.result, RT_EOK);
    CHECK_EQ(close(client.fd), 0);
}

/* --- what ends a wait ----------------------------------------------------- */

TEST("C-08 C-12 times are milliseconds, an answer too late is refused, and "
     "nothing is written")
{
    struct rt_channel_msg m = raw(1), untouched, answer;
    int fd = open_server();
    int64_t begin = tap_now();

    memset(&untouched, 0xa5, sizeof(untouched));
    answer = untouched;
    CHECK_EQ(rt_channel_recv_timeout(fd, &answer, 0), -RT_ETIMEOUT);
    CHECK_EQ(rt_channel_send_recv_timeout(fd, &m, &answer, 0), -RT_ETIMEOUT);
    CHECK(is_listed("idle", 0));
    CHECK_EQ(rt_channel_recv_timeout(fd, &answer, 30), -RT_ETIMEOUT);
    CHECK(tap_now() - begin >= 30000000);
    CHECK_EQ(rt_channel_send_recv_timeout(fd, &m, &answer, 30), -RT_ETIMEOUT);
    CHECK(tap_now() - begin >= 60000000);
    CHECK_EQ(rt_channel_peek(fd, &answer), -RT_ETIMEOUT);
    CHECK(!memcmp(&answer, &untouched, sizeof(answer)));
    CHECK_EQ(close(fd), 0);
}

static void *ask_briefly(void *arg)
{
    struct call *c = arg;

    c->result = rt_channel_send_recv_timeout(c->fd, &c->msg, &c->answer, 50);
    return NULL;
}

TEST("C-08 a client gives up while its request is worked on; the next one's "
     "answer is its own")
{
    struct call late = { .fd = open_server(), .msg = raw(1) }, next = late;
    struct rt_channel_msg m;
    pthread_t thread = start(ask_briefly, &late);

    CHECK_EQ(rt_channel_recv(late.fd, &m), RT_EOK);
    join(thread);
    CHECK_EQ(late.result, -RT_ETIMEOUT);
    next.msg = raw(2);
    thread = start(ask, &next);
    await("active", 1);
    CHECK_EQ(rt_channel_reply(late.fd, &m), -RT_ERROR);
    CHECK_EQ(rt_channel_recv(late.fd, &m), RT_EOK);
    CHECK_EQ(value(&m), 2);
    CHECK_EQ(rt_channel_reply(late.fd, &m), RT_EOK);
    join(thread);
    CHECK_EQ(value(&next.answer), 2);
    CHECK_EQ(close(late.fd), 0);
}

static void on_signal(int signo)
{
    (void)signo;
}

TEST("C-09 a handler ends both sides' waits, also with SA_RESTART, and the "
     "request is withdrawn")
{
    struct call c = { .fd = open_server(), .msg = raw(1) };
    struct sigaction action = { .sa_handler = on_signal,
                                .sa_flags = SA_RESTART };
    pthread_t thread;

    CHECK_EQ(sigaction(SIGUSR1, &action, NULL), 0);
    thread = start(receive, &c);
    await("wait", 0);
    CHECK_EQ(pthread_kill(thread, SIGUSR1), 0);
    join(thread);
    CHECK_EQ(c.result, -RT_EINTR);
    CHECK(is_listed("idle", 0));

    thread = start(ask, &c);
    await("idle", 1);
    CHECK_EQ(pthread_kill(thread, SIGUSR1), 0);
    join(thread);
    CHECK_EQ(c.result, -RT_EINTR);
    CHECK(is_listed("idle", 0));
    CHECK_EQ(close(c.fd), 0);
}

/* --- messages ------------------------------------------------------------- */

TEST("C-10 peek takes the message, if there is one")
{
    struct rt_channel_msg m = raw(7);
    int fd = open_server();

    CHECK_EQ(rt_channel_peek(fd, &m), -RT_ETIMEOUT);
    CHECK_EQ(rt_channel_notify(fd, &m), RT_EOK);
    m = raw(0);
    CHECK_EQ(rt_channel_peek(fd, &m), RT_EOK);
    CHECK_EQ(value(&m), 7);
    CHECK_EQ(rt_channel_peek(fd, &m), -RT_ETIMEOUT);
    CHECK_EQ(close(fd), 0);
}

TEST("C-11 what is no channel is -RT_EIO, a bad pointer -EFAULT, and 1,024 "
     "notices are enough")
{
    struct rt_channel_msg m = raw(1), *bad = (void *)8;
    int fd = open_server(), p[2];

    CHECK_EQ(pipe(p), 0);
    for (int i = 0; i < 4; i++) {
        int wrong = (int[]){ 1, p[0], -1, 9999 }[i];

        CHECK_EQ(rt_channel_recv(wrong, &m), -RT_EIO);
        CHECK_EQ(rt_channel_peek(wrong, &m), -RT_EIO);
        CHECK_EQ(rt_channel_send(wrong, &m), -RT_EIO);
        CHECK_EQ(rt_channel_send_recv(wrong, &m, &m), -RT_EIO);
        CHECK_EQ(rt_channel_notify(wrong, &m), -RT_EIO);
        CHECK_EQ(rt_channel_reply(wrong, &m), -RT_EIO);
        CHECK_EQ(rt_channel_close(wrong), -RT_EIO);
    }
    CHECK_EQ(rt_channel_send(fd, bad), -EFAULT);
    CHECK_EQ(rt_channel_send_recv(fd, &m, bad), -EFAULT);
    CHECK_EQ(rt_channel_recv(fd, bad), -EFAULT);
    for (int i = 0; i < NOTES_MAX; i++)
        CHECK_EQ(rt_channel_notify(fd, &m), RT_EOK);
    CHECK_EQ(rt_channel_notify(fd, &m), -RT_ENOMEM);
    CHECK_EQ(rt_channel_recv(fd, &m), RT_EOK);
    CHECK_EQ(rt_channel_notify(fd, &m), RT_EOK);
    CHECK_EQ(close(fd), 0);
    CHECK(close(p[0]) == 0 && close(p[1]) == 0);
}

TEST("C-13 the sender is a thread's number, and each thread's its own")
{
    struct call other = { .fd = open_server(), .msg = raw(2) };
    struct rt_channel_msg m = raw(1);
    uint64_t senders[3];
    pthread_t thread;

    for (int i = 0; i < 2; i++) {
        m.sender = (void *)-1ul;
        CHECK_EQ(rt_channel_notify(other.fd, &m), RT_EOK);
        CHECK_EQ(rt_channel_recv(other.fd, &m), RT_EOK);
        senders[i] = (uint64_t)m.sender;
    }
    thread = start(tell, &other);
    CHECK_EQ(rt_channel_recv(other.fd, &m), RT_EOK);
    senders[2] = (uint64_t)m.sender;
    CHECK_EQ(close(other.fd), 0);
    join(thread);
    CHECK_EQ(senders[0], lwp_gettid());
    CHECK_EQ(senders[1], senders[0]);
    CHECK(senders[2] != senders[0] && senders[2] < 1 << 20);
}

TEST("C-14 C-15 values and buffers arrive as they are, wherever they point")
{
    int fd = open_server();
    struct rt_channel_msg m = raw(0xdeadbeefcafef00d);

    CHECK_EQ(rt_channel_notify(fd, &m), RT_EOK);
    CHECK_EQ(rt_channel_recv(fd, &m), RT_EOK);
    CHECK_EQ(value(&m), 0xdeadbeefcafef00d);
    for (int i = 0; i < 3; i++) {
        uint64_t address = (uint64_t[]){ 0, 8, ~0ul << 12 }[i];

        m = (struct rt_channel_msg){ .type = RT_CHANNEL_BUFFER };
        m.u.b.buf = (void *)address;
        m.u.b.length = ~0ul;
        CHECK_EQ(rt_channel_notify(fd, &m), RT_EOK);
        memset(&m, 0, sizeof(m));
        CHECK_EQ(rt_channel_recv(fd, &m), RT_EOK);
        CHECK_EQ(m.type, RT_CHANNEL_BUFFER);
        CHECK_EQ((uint64_t)m.u.b.buf, address);
        CHECK_EQ(m.u.b.length, ~0ul);
    }
    CHECK_EQ(close(fd), 0);
}

/* --- descriptors in messages ---------------------------------------------- */

/* Answers the pipe that came with the request by another, then a descriptor that
 * is none by one that is none. */
static void serve_pipe(int fd)
{
    struct rt_channel_msg m;
    char c;
    int p[2];

    CHECK_EQ(rt_channel_recv(fd, &m), RT_EOK);
    CHECK_EQ(m.type, RT_CHANNEL_FD);
    CHECK(read(m.u.fd.fd, &c, 1) == 1 && c == 'q');
    CHECK(close(m.u.fd.fd) == 0 && pipe(p) == 0);
    CHECK(write(p[1], "a", 1) == 1);
    m.u.fd.fd = p[0];
    CHECK_EQ(rt_channel_reply(fd, &m), RT_EOK);
    CHECK_EQ(rt_channel_recv(fd, &m), RT_EOK);
    CHECK_EQ(m.u.fd.fd, -1);
    m.u.fd.fd = 9999;
    CHECK_EQ(rt_channel_reply(fd, &m), RT_EOK);
    _exit(0);
}

TEST("C-16 descriptors go with requests and replies; one that is not open "
     "arrives as -1")
{
    int fd = open_server(), p[2];
    struct rt_channel_msg m = { .type = RT_CHANNEL_FD }, answer;
    pid_t pid = child_fork();
    char c;

    if (pid == 0)
        serve_pipe(fd);
    CHECK(pipe(p) == 0 && write(p[1], "q", 1) == 1);
    m.u.fd.fd = p[0];
    CHECK_EQ(rt_channel_send_recv(fd, &m, &answer), RT_EOK);
    CHECK(read(answer.u.fd.fd, &c, 1) == 1 && c == 'a');
    CHECK_EQ(close(answer.u.fd.fd), 0);
    CHECK(close(p[0]) == 0 && close(p[1]) == 0);
    CHECK_EQ(rt_channel_send_recv(fd, &m, &answer), RT_EOK);
    CHECK_EQ(answer.u.fd.fd, -1);
    CHECK_EXITS(pid, 0);
    CHECK_EQ(close(fd), 0);
}

/* --- polling -------------------------------------------------------------- */

static bool readable_by_select(int fd)
{
    struct timeval zero = { 0 };
    fd_set set;

    FD_ZERO(&set);
    FD_SET(fd, &set);
    return select(fd + 1, &set, NULL, NULL, &zero) == 1;
}

static void check_readable(int fd, int set, bool expected)
{
    struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT };
    struct epoll_event event;

    CHECK_EQ(poll(&p, 1, 0), 1);
    CHECK_EQ(p.revents, expected ? POLLIN | POLLOUT : POLLOUT);
    CHECK_EQ(readable_by_select(fd), expected);
    CHECK_EQ(epoll_wait(set, &event, 1, 0), expected);
}

TEST("C-17 poll, select and epoll see a message, and none while a reply is "
     "owed")
{
    struct call client = { .fd = open_server(), .msg = raw(1) };
    struct epoll_event event = { .events = EPOLLIN };
    struct pollfd p = { .fd = client.fd, .events = POLLIN };
    int set = epoll_create1(EPOLL_CLOEXEC);
    struct rt_channel_msg m = raw(2);
    pthread_t thread;

    CHECK_EQ(epoll_ctl(set, EPOLL_CTL_ADD, client.fd, &event), 0);
    check_readable(client.fd, set, false);
    thread = start(ask, &client);
    CHECK_EQ(poll(&p, 1, 30000), 1);
    CHECK_EQ(rt_channel_notify(client.fd, &m), RT_EOK);
    check_readable(client.fd, set, true);
    CHECK_EQ(rt_channel_recv(client.fd, &m), RT_EOK);
    check_readable(client.fd, set, false);
    CHECK_EQ(rt_channel_reply(client.fd, &m), RT_EOK);
    check_readable(client.fd, set, true);
    CHECK_EQ(rt_channel_peek(client.fd, &m), RT_EOK);
    check_readable(client.fd, set, false);
    join(thread);
    CHECK(close(set) == 0 && close(client.fd) == 0);
}

/* --- send, notify, order -------------------------------------------------- */

TEST("C-20 send returns when the receiver has finished, notify at once")
{
    struct call client = { .fd = open_server(), .msg = raw(1), .result = 99 };
    struct rt_channel_msg m = raw(2);
    pthread_t thread = start(tell, &client);

    CHECK_EQ(rt_channel_recv(client.fd, &m), RT_EOK);
    CHECK(is_listed("active", 0));
    sleep_ms(50);
    CHECK_EQ(__atomic_load_n(&client.result, __ATOMIC_RELAXED), 99);
    CHECK_EQ(rt_channel_peek(client.fd, &m), -RT_ETIMEOUT);
    join(thread);
    CHECK_EQ(client.result, RT_EOK);
    CHECK_EQ(rt_channel_notify(client.fd, &m), RT_EOK);
    CHECK(is_listed("idle", 1));
    CHECK_EQ(close(client.fd), 0);
}

TEST("C-21 notices and requests are taken in the order in which they came")
{
    struct call client[4];
    pthread_t thread[4];
    int fd = open_server();
    struct rt_channel_msg m;

    for (int i = 0; i < 8; i++) {
        struct call *c = &client[i / 2];

        *c = i % 2 ? *c : (struct call){ .fd = fd, .msg = raw(i) };
        if (i % 2)
            CHECK_EQ(rt_channel_notify(fd, &(struct rt_channel_msg){
                                       .u.d = (void *)(long)i }), RT_EOK);
        else
            thread[i / 2] = start(i % 4 ? tell : ask, c);
        await("idle", i + 1);
    }
    for (int i = 0; i < 8; i++) {
        CHECK_EQ(rt_channel_recv(fd, &m), RT_EOK);
        CHECK_EQ(value(&m), i);
        if (i % 4 == 0)
            CHECK_EQ(rt_channel_reply(fd, &m), RT_EOK);
    }
    CHECK_EQ(rt_channel_peek(fd, &m), -RT_ETIMEOUT);
    for (int i = 0; i < 4; i++) {
        join(thread[i]);
        CHECK_EQ(client[i].result, RT_EOK);
    }
    CHECK_EQ(close(fd), 0);
}
