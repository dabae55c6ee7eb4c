/*
 * t_pipe.c - pipes and FIFOs: pipe(7), fifo(7).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/place.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>

static int p[2];

static void make_pipe(int flags)
{
    CHECK(pipe2(p, flags) == 0);
}

static void do_nothing(int signo)
{
    (void)signo;
}

static void catch_signal(int signo, int flags)
{
    struct sigaction act = { .sa_handler = do_nothing, .sa_flags = flags };

    CHECK(sigaction(signo, &act, NULL) == 0);
}

/* --- ends --- */

TEST("B-13 no writer is the end, no reader is EPIPE and SIGPIPE")
{
    char c;

    make_pipe(0);
    CHECK_EQ(write(p[1], "x", 1), 1);
    CHECK(close(p[1]) == 0);
    CHECK_EQ(read(p[0], &c, 1), 1);
    CHECK_EQ(read(p[0], &c, 1), 0);
    CHECK_EQ(read(p[0], &c, 1), 0);
    make_pipe(0);
    CHECK(close(p[0]) == 0);
    signal(SIGPIPE, SIG_IGN);
    CHECK_FAILS(write(p[1], "x", 1), EPIPE);
    CHECK_EQ(write(p[1], "x", 0), 0);
}

static void write_to_nobody(void)
{
    close(p[0]);
    write(p[1], "x", 1);
}

TEST("SIGPIPE ends a writer without readers")
{
    int status;

    make_pipe(0);
    CHECK(close(p[0]) == 0);
    status = tap_in_child(write_to_nobody);
    CHECK(WIFSIGNALED(status));
    CHECK_EQ(WTERMSIG(status), SIGPIPE);
}

static void fill_blocking(void)
{
    static char buf[1 << 20];

    signal(SIGPIPE, SIG_IGN);
    close(p[0]);
    CHECK(write(p[1], buf, sizeof(buf)) < (ssize_t)sizeof(buf));
    CHECK_FAILS(write(p[1], buf, 1), EPIPE);
}

TEST("a blocked writer wakes when the last reader goes")
{
    pid_t pid;

    make_pipe(0);
    pid = child_start(fill_blocking);
    sleep_ms(30);
    CHECK(close(p[0]) == 0);
    CHECK_EXITS(pid, 0);
}

static void sleep_for_ever(void)
{
    close(p[0]);
    pause();
}

TEST("B-13 a killed writer is the reader's end of file")
{
    pid_t pid;
    char c;

    make_pipe(0);
    pid = child_start(sleep_for_ever);
    CHECK(close(p[1]) == 0);
    sleep_ms(10);
    CHECK(kill(pid, SIGKILL) == 0);
    CHECK_EQ(read(p[0], &c, 1), 0);
    CHECK_KILLED(pid, SIGKILL);
}

/* --- how much --- */

TEST("O_NONBLOCK: EAGAIN when empty and when full")
{
    static char buf[PIPE_BUF];
    long n = 0, again;

    make_pipe(O_NONBLOCK);
    CHECK_FAILS(read(p[0], buf, 1), EAGAIN);
    while (write(p[1], buf, 1) == 1)
        n++;
    CHECK_EQ(errno, EAGAIN);
    CHECK(n >= PIPE_BUF);
    CHECK_EQ(ioctl(p[0], FIONREAD, &(int){ 0 }), 0);
    CHECK_EQ(read(p[0], buf, 100), 100);
    /* All or nothing up to PIPE_BUF, what fits above. */
    CHECK_FAILS(write(p[1], buf, PIPE_BUF), EAGAIN);
    for (again = 0; read(p[0], buf, sizeof(buf)) > 0; again++)
        ;
    CHECK_EQ(write(p[1], buf, PIPE_BUF), PIPE_BUF);
}

TEST("O_NONBLOCK: a write of PIPE_BUF is done whole or not at all")
{
    static char buf[PIPE_BUF];
    bool done = false;
    ssize_t n;

    make_pipe(O_NONBLOCK);
    while (write(p[1], buf, 500) == 500)
        ;
    while (write(p[1], buf, 1) == 1)
        ;
    while (!done) {
        CHECK_EQ(read(p[0], buf, 500), 500);
        write(p[1], buf, 1);            /* the room is no whole page */
        n = write(p[1], buf, PIPE_BUF);
        done = n == PIPE_BUF;
        CHECK(done || (n == -1 && errno == EAGAIN));
    }
}

#define MANY 60000

/* Both try to read until one of them has it all; each copies into new pages,
 * which takes a while. */
static void read_in_turns(int *taken, int done)
{
    static char buf[MANY];

    for (int r = 1; r <= 60; r++) {
        while (__atomic_load_n(taken, __ATOMIC_SEQ_CST) < r * MANY) {
            madvise(buf, sizeof(buf), MADV_DONTNEED);
            ssize_t n = read(p[0], buf, sizeof(buf));
            if (n > 0)
                __atomic_add_fetch(taken, n, __ATOMIC_SEQ_CST);
        }
        write(done, "d", 1);
    }
    _exit(0);
}

TEST("O_NONBLOCK: a reader does not wait for what another took away")
{
    int *taken = child_shared(sizeof(*taken)), done[2];
    static char buf[MANY];
    pid_t pids[2];
    char c;

    make_pipe(0);
    CHECK(pipe(done) == 0);
    CHECK(fcntl(p[0], F_SETFL, O_NONBLOCK) == 0);
    for (int i = 0; i < 2; i++) {
        pids[i] = child_fork();
        if (!pids[i])
            read_in_turns(taken, done[1]);
    }
    for (int r = 1; r <= 60; r++) {
        CHECK_EQ(write(p[1], buf, MANY), MANY);
        for (int n = 0; n < 2; n++) {
            struct pollfd pfd = { done[0], POLLIN, 0 };

            CHECK_EQ(poll(&pfd, 1, 20000), 1);
            CHECK_EQ(read(done[0], &c, 1), 1);
        }
    }
    CHECK_EXITS(pids[0], 0);
    CHECK_EXITS(pids[1], 0);
}

TEST("F_SETPIPE_SZ: rounded up, and never below what is inside")
{
    static char buf[100000];
    int size;

    make_pipe(O_NONBLOCK);
    CHECK_EQ(fcntl(p[0], F_GETPIPE_SZ), 65536);
    size = fcntl(p[1], F_SETPIPE_SZ, 100000);
    CHECK(size >= 100000);
    CHECK_EQ(fcntl(p[0], F_GETPIPE_SZ), size);
    CHECK_EQ(write(p[1], buf, sizeof(buf)), sizeof(buf));
    CHECK_FAILS(fcntl(p[1], F_SETPIPE_SZ, 4096), EBUSY);
    while (read(p[0], buf, sizeof(buf)) > 0)
        ;
    CHECK_EQ(fcntl(p[1], F_SETPIPE_SZ, 1), 4096);
    CHECK_EQ(write(p[1], buf, sizeof(buf)), 4096);
    CHECK_FAILS(fcntl(p[1], F_SETPIPE_SZ, -1), EINVAL);
    CHECK_FAILS(fcntl(0, F_GETPIPE_SZ), EBADF);
}

static void write_records(int who)
{
    static char record[PIPE_BUF];

    close(p[0]);
    for (int i = 0; i < 60; i++) {
        size_t size = sizeof(int) * (2 + (i * 37 + who * 101) % 1000);
        int head[2] = { who, size };

        memset(record, 'a' + who, sizeof(record));
        memcpy(record, head, sizeof(head));
        CHECK_EQ(write(p[1], record, size), size);
    }
    _exit(0);
}

static void read_fully(int fd, void *to, size_t size)
{
    while (size > 0) {
        ssize_t n = read(fd, to, size);

        CHECK(n > 0);
        to = (char *)to + n;
        size -= n;
    }
}

TEST("writes of up to PIPE_BUF by four writers are not mixed")
{
    int head[2], records = 0;
    char body[PIPE_BUF];
    pid_t pids[4];

    make_pipe(0);
    for (int i = 0; i < 4; i++) {
        pids[i] = child_fork();
        if (pids[i] == 0)
            write_records(i);
    }
    CHECK(close(p[1]) == 0);
    for (; records < 4 * 60; records++) {
        read_fully(p[0], head, sizeof(head));
        CHECK(head[0] >= 0 && head[0] < 4 && head[1] <= PIPE_BUF);
        read_fully(p[0], body, head[1] - sizeof(head));
        for (size_t i = 0; i < head[1] - sizeof(head); i++)
            CHECK_EQ(body[i], 'a' + head[0]);
    }
    CHECK_EQ(read(p[0], body, 1), 0);
    for (int i = 0; i < 4; i++)
        CHECK_EXITS(pids[i], 0);
}

#define MUCH (10 << 20)

static void pour(void)
{
    static uint32_t buf[5000];
    uint32_t n = 0;

    close(p[0]);
    for (size_t done = 0; done < MUCH; ) {
        size_t size = 4 * (1 + tap_below(5000));

        if (size > MUCH - done)
            size = MUCH - done;
        for (size_t i = 0; i < size / 4; i++)
            buf[i] = n++ * 2654435761u;
        CHECK_EQ(write(p[1], buf, size), size);
        done += size;
    }
}

TEST("10 MB arrive as they were sent, in pieces of any size")
{
    static char buf[40000];
    uint32_t n = 0, word = 0;
    size_t done = 0;
    ssize_t got;
    pid_t pid;

    make_pipe(0);
    pid = child_start(pour);
    CHECK(close(p[1]) == 0);
    while ((got = read(p[0], buf, 1 + tap_below(sizeof(buf)))) > 0)
        for (ssize_t i = 0; i < got; i++, done++) {
            word = word >> 8 | (uint32_t)(uint8_t)buf[i] << 24;
            if (done % 4 == 3)
                CHECK_EQ(word, n++ * 2654435761u);
        }
    CHECK_EQ(done, MUCH);
    CHECK_EXITS(pid, 0);
}

/* --- signals --- */

TEST("G-12 a blocked read: EINTR without SA_RESTART, goes on with it")
{
    pid_t pid;
    char c;

    make_pipe(0);
    catch_signal(SIGALRM, 0);
    ualarm(20000, 0);
    CHECK_FAILS(read(p[0], &c, 1), EINTR);
    catch_signal(SIGALRM, SA_RESTART);
    ualarm(20000, 0);
    pid = child_fork();
    if (pid == 0) {
        sleep_ms(60);
        _exit(write(p[1], "x", 1) == 1 ? 0 : 1);
    }
    CHECK_EQ(read(p[0], &c, 1), 1);
    CHECK_EXITS(pid, 0);
}

TEST("G-12 a blocked write: what was written, or EINTR")
{
    static char buf[1 << 20];
    long n;

    make_pipe(0);
    catch_signal(SIGALRM, 0);
    ualarm(20000, 0);
    n = write(p[1], buf, sizeof(buf));
    CHECK_EQ(n, fcntl(p[1], F_GETPIPE_SZ));
    ualarm(20000, 0);
    CHECK_FAILS(write(p[1], buf, sizeof(buf)), EINTR);
}

static void read_for_ever(void)
{
    char c;

    read(p[0], &c, 1);
}

static void write_for_ever(void)
{
    static char buf[4096];

    while (write(p[1], buf, sizeof(buf)) > 0)
        ;
}

TEST("B-12 blocked readers and writers can be killed")
{
    void (*const bodies[])(void) = { read_for_ever, write_for_ever };

    for (int i = 0; i < 2; i++) {
        pid_t pid;

        make_pipe(0);
        pid = child_start(bodies[i]);
        sleep_ms(30);
        CHECK(kill(pid, SIGKILL) == 0);
        CHECK_KILLED(pid, SIGKILL);
        CHECK(close(p[0]) == 0 && close(p[1]) == 0);
    }
}

/* --- FIFOs --- */

static void open_writer(void)
{
    int fd;

    sleep_ms(30);
    fd = open("fifo", O_WRONLY);
    CHECK_EQ(write(fd, "larch", 5), 5);
}

TEST("FIFO: an open waits for the other end, O_NONBLOCK does not")
{
    int64_t start = tap_now();
    char buf[8];
    pid_t pid;
    int fd;

    place_enter();
    CHECK(mkfifo("fifo", 0600) == 0);
    CHECK_FAILS(open("fifo", O_WRONLY | O_NONBLOCK), ENXIO);
    fd = open("fifo", O_RDONLY | O_NONBLOCK);
    CHECK(fd >= 0);
    CHECK_EQ(read(fd, buf, 1), 0);              /* nobody writes */
    CHECK(close(fd) == 0);
    pid = child_start(open_writer);
    fd = open("fifo", O_RDONLY);
    CHECK(tap_now() - start >= 25000000);
    CHECK_EQ(read(fd, buf, sizeof(buf)), 5);
    CHECK_EQ(read(fd, buf, sizeof(buf)), 0);
    CHECK_EXITS(pid, 0);
    CHECK(open("fifo", O_RDWR) >= 0);           /* Linux: never waits */
    place_leave();
}

TEST("FIFO: a waiting open can be interrupted")
{
    place_enter();
    CHECK(mkfifo("fifo", 0600) == 0);
    catch_signal(SIGALRM, 0);
    ualarm(20000, 0);
    CHECK_FAILS(open("fifo", O_RDONLY), EINTR);
    ualarm(20000, 0);
    CHECK_FAILS(open("fifo", O_WRONLY), EINTR);
    CHECK_FAILS(open("fifo", O_WRONLY | O_NONBLOCK), ENXIO);
    place_leave();
}
