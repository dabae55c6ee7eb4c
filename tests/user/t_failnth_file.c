/*
 * t_failnth_file.c - files, pipes and the like: every allocation of a system
 * call fails once, and nothing is lost.
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/failnth.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>

#define PAGE 4096

static void close_result(long fd)
{
    CHECK_EQ(close(fd), 0);
}

static int pipe_fds[2];

static long call_pipe(void)
{
    return pipe2(pipe_fds, O_NONBLOCK);
}

static void undo_pipe(long result)
{
    (void)result;
    close(pipe_fds[0]);
    close(pipe_fds[1]);
}

TEST("fail-nth: pipe")
{
    struct trial t = { call_pipe, undo_pipe };

    fail_walk(&t);
}

/* Through a new pipe and back: what was written can be read. */
static long call_pipe_write(void)
{
    static char block[12000], got[12000];
    long n;

    memset(block, 'w', sizeof(block));
    if (call_pipe() < 0)
        return -1;
    errno = ENOMEM;                     /* if it writes a part */
    n = write(pipe_fds[1], block, sizeof(block));
    int error = errno;
    fail_nth(0);
    if (n > 0)
        CHECK_EQ(read(pipe_fds[0], got, sizeof(got)), n);
    for (long i = 0; i < n; i++)
        CHECK_EQ(got[i], 'w');
    memset(got, 0, sizeof(got));
    undo_pipe(0);
    errno = error;
    return n == (long)sizeof(block) ? 0 : -1;
}

TEST("fail-nth: write to a pipe")
{
    struct trial t = { call_pipe_write, fail_no_undo };

    fail_walk(&t);
}

static long call_open(void)
{
    int fd = open("/tmp/t_failnth", O_RDWR | O_CREAT | O_EXCL, 0600);

    if (fd < 0) {                       /* it may have come to a name */
        int error = errno;
        fail_nth(0);
        unlink("/tmp/t_failnth");
        errno = error;
    }
    return fd;
}

static void undo_open(long fd)
{
    close(fd);
    CHECK_EQ(unlink("/tmp/t_failnth"), 0);
}

TEST("fail-nth: open that creates")
{
    struct trial t = { call_open, undo_open };

    fail_walk(&t);
}

static int file;

static long call_write(void)
{
    static char block[5 * PAGE];
    long n;

    errno = ENOMEM;                     /* if it writes a part */
    n = pwrite(file, block, sizeof(block), 100 * PAGE);
    if (n == (long)sizeof(block))
        return 0;
    int error = errno;
    fail_nth(0);
    CHECK_EQ(ftruncate(file, 0), 0);
    errno = error;
    return -1;
}

static void undo_write(long result)
{
    (void)result;
    CHECK_EQ(ftruncate(file, 0), 0);
}

TEST("fail-nth: write to a file")
{
    struct trial t = { call_write, undo_write };

    file = call_open();
    CHECK(file >= 0);
    unlink("/tmp/t_failnth");
    fail_walk(&t);
}

static long call_mkdir(void)
{
    return mkdir("/tmp/t_failnth.d", 0700);
}

static void undo_mkdir(long result)
{
    (void)result;
    CHECK_EQ(rmdir("/tmp/t_failnth.d"), 0);
}

TEST("fail-nth: mkdir")
{
    struct trial t = { call_mkdir, undo_mkdir };

    fail_walk(&t);
}

static long call_symlink(void)
{
    return symlink("a/rather/long/target/of/a/symbolic/link/that/needs/room",
                   "/tmp/t_failnth.link");
}

static void undo_symlink(long result)
{
    (void)result;
    CHECK_EQ(unlink("/tmp/t_failnth.link"), 0);
}

TEST("fail-nth: symlink")
{
    struct trial t = { call_symlink, undo_symlink };

    fail_walk(&t);
}

static long call_dup(void)
{
    return fcntl(0, F_DUPFD, 700);      /* the table has to grow */
}

static long call_dup_in_child(void)
{
    pid_t pid = child_fork();

    if (pid == 0) {
        fail_open();
        for (int n = 1; ; n++) {
            CHECK(n < FAIL_TRIES);
            fail_nth(n);
            long fd = call_dup();
            int error = errno;
            fail_nth(0);
            if (fd >= 0)
                _exit(n > 1 ? 0 : 9);
            CHECK(fail_is_want(error));
        }
    }
    CHECK_EXITS(pid, 0);
    return 0;
}

TEST("fail-nth: a table of descriptors that grows")
{
    fail_open();
    call_dup_in_child();
}

static long call_epoll(void)
{
    return epoll_create1(0);
}

TEST("fail-nth: epoll_create1")
{
    struct trial t = { call_epoll, close_result };

    fail_walk(&t);
}

static long call_eventfd(void)
{
    return eventfd(0, 0);
}

TEST("fail-nth: eventfd")
{
    struct trial t = { call_eventfd, close_result };

    fail_walk(&t);
}
