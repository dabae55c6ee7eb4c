/*
 * t_fd.c - descriptors: the lowest free one, dup, CLOEXEC, limits, sharing
 * (rows A-25, S07).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/place.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

static int open_null(void)
{
    return open("/dev/null", O_RDWR);
}

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

/* The first number of which no descriptor is open. */
static int first_free(void)
{
    int fd = open_null();

    CHECK(fd >= 0 && close(fd) == 0);
    return fd;
}

TEST("S07 the lowest free descriptor is taken")
{
    int base = first_free(), p[2];

    for (int i = 0; i < 10; i++)
        CHECK_EQ(open_null(), base + i);
    CHECK(close(base + 3) == 0 && close(base + 7) == 0);
    CHECK_EQ(dup(0), base + 3);
    CHECK(close(base + 5) == 0);
    CHECK(pipe(p) == 0);
    CHECK_EQ(p[0], base + 5);
    CHECK_EQ(p[1], base + 7);
    CHECK_EQ(open_null(), base + 10);
    CHECK_EQ(fcntl(0, F_DUPFD, base + 200), base + 200);
    CHECK_EQ(fcntl(0, F_DUPFD, base + 200), base + 201);
    CHECK_EQ(open_null(), base + 11);
}

TEST("dup2 and dup3: onto itself, onto an open one, out of range")
{
    int p[2], fd = first_free() + 10;
    char c;

    CHECK(pipe(p) == 0);
    CHECK_EQ(dup2(p[1], fd), fd);
    CHECK_EQ(dup2(fd, fd), fd);
    CHECK_FAILS(dup3(fd, fd, 0), EINVAL);
    CHECK_FAILS(dup3(fd, fd + 1, 1), EINVAL);
    CHECK_FAILS(dup2(99, fd), EBADF);
    CHECK_FAILS(dup2(99, 99), EBADF);
    CHECK_FAILS(dup2(fd, -1), EBADF);
    CHECK_FAILS(dup2(fd, 1 << 30), EBADF);
    CHECK(close(p[1]) == 0);
    CHECK_EQ(dup2(0, fd), fd);          /* closes the last writing end */
    CHECK_EQ(read(p[0], &c, 1), 0);
}

TEST("close: a second time is EBADF")
{
    int fd = open_null();

    CHECK(close(fd) == 0);
    CHECK_FAILS(close(fd), EBADF);
    CHECK_FAILS(close(-1), EBADF);
    CHECK_FAILS(close(1 << 30), EBADF);
    CHECK_FAILS(read(fd, &fd, 1), EBADF);
    CHECK_FAILS(fcntl(fd, F_GETFD), EBADF);
}

/* --- close-on-exec --- */

/* Are the descriptors from 50 on open, one in two? */
ROLE(count)
{
    for (int fd = 50; fd < 60; fd++)
        if (is_open(fd) != (fd % 2 == 0))
            return fd;
    return 0;
}

TEST("FD_CLOEXEC: closed by exec, by whatever way it was set")
{
    pid_t pid;

    for (int fd = 50; fd < 60; fd += 2)
        CHECK_EQ(dup2(0, fd), fd);
    CHECK_EQ(dup3(0, 51, O_CLOEXEC), 51);
    CHECK_EQ(fcntl(0, F_DUPFD_CLOEXEC, 53), 53);
    CHECK_EQ(fcntl(0, F_DUPFD, 55), 55);
    CHECK(fcntl(55, F_SETFD, FD_CLOEXEC) == 0);
    CHECK_EQ(fcntl(55, F_GETFD), FD_CLOEXEC);
    CHECK_EQ(fcntl(54, F_GETFD), 0);
    CHECK(fcntl(53, F_SETFD, 0) == 0 && fcntl(53, F_SETFD, FD_CLOEXEC) == 0);
    CHECK_EQ(dup2(open("/dev/null", O_RDWR | O_CLOEXEC), 58), 58);
    pid = child_fork();
    if (pid == 0) {
        setenv("ROLE", "count", 1);
        execl(tap_self, tap_self, NULL);
        _exit(99);
    }
    CHECK_EXITS(pid, 0);
    CHECK(is_open(51));
}

/* --- limits --- */

TEST("S07 EMFILE at RLIMIT_NOFILE, and it works again after a close")
{
    struct rlimit limit = { 64, 64 };
    int fd, last = -1, p[2];

    CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    while ((fd = open_null()) >= 0)
        last = fd;
    CHECK_EQ(errno, EMFILE);
    CHECK_EQ(last, 63);
    CHECK_FAILS(dup(0), EMFILE);
    CHECK_FAILS(pipe(p), EMFILE);
    CHECK_FAILS(fcntl(0, F_DUPFD, 64), EINVAL);
    CHECK_FAILS(fcntl(0, F_DUPFD, 63), EMFILE);
    CHECK_FAILS(dup2(0, 64), EBADF);
    CHECK(close(30) == 0);
    CHECK_FAILS(pipe(p), EMFILE);       /* half a pipe is none */
    CHECK(!is_open(30));
    CHECK_EQ(open_null(), 30);
}

TEST("as many descriptors as the limit allows, shared with a child")
{
    struct rlimit limit;
    pid_t pid;
    int n = 0;

    CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    CHECK(limit.rlim_cur >= 1024);
    while (open_null() >= 0)
        n++;
    CHECK(n >= 1000);
    pid = child_fork();
    if (pid == 0)
        _exit(is_open(n) && is_open(n / 2) ? 0 : 1);
    CHECK_EXITS(pid, 0);
}

TEST("close_range: closes, or marks, what lies between")
{
    for (int fd = 20; fd < 40; fd++)
        CHECK_EQ(dup2(0, fd), fd);
    CHECK(syscall(SYS_close_range, 25, 29, 0) == 0);
    for (int fd = 20; fd < 40; fd++)
        CHECK_EQ(is_open(fd), fd < 25 || fd > 29);
    CHECK(syscall(SYS_close_range, 30, 32, 4 /* CLOEXEC */) == 0);
    CHECK_EQ(fcntl(31, F_GETFD), FD_CLOEXEC);
    CHECK_EQ(fcntl(33, F_GETFD), 0);
    CHECK(syscall(SYS_close_range, 20, ~0u, 0) == 0);
    for (int fd = 20; fd < 40; fd++)
        CHECK(!is_open(fd));
    CHECK_FAILS(syscall(SYS_close_range, 9, 8, 0), EINVAL);
    CHECK_FAILS(syscall(SYS_close_range, 8, 9, 64), EINVAL);
}

/* --- shared open files --- */

static int shared_fd;

static void move_offset(void)
{
    CHECK_EQ(lseek(shared_fd, 3, SEEK_CUR), 5);
    CHECK(fcntl(shared_fd, F_SETFL, O_APPEND) == 0);
    CHECK(close(shared_fd) == 0);
}

TEST("A-25 parent and child share the offset, not the descriptor")
{
    int other;

    place_enter();
    place_file("f", "0123456789");
    shared_fd = open("f", O_RDWR);
    other = open("f", O_RDWR);
    CHECK_EQ(lseek(shared_fd, 2, SEEK_SET), 2);
    CHECK_EQ(tap_in_child(move_offset), 0);
    CHECK_EQ(lseek(shared_fd, 0, SEEK_CUR), 5);
    CHECK_EQ(fcntl(shared_fd, F_GETFL) & O_APPEND, O_APPEND);
    CHECK_EQ(lseek(dup(shared_fd), 0, SEEK_CUR), 5);
    CHECK_EQ(lseek(other, 0, SEEK_CUR), 0);
    place_leave();
}

TEST("F_GETFL and F_SETFL: what can be changed, and what not")
{
    int fd;

    place_enter();
    place_file("f", "");
    fd = open("f", O_RDWR | O_APPEND);
    CHECK_EQ(fcntl(fd, F_GETFL) & (O_ACCMODE | O_APPEND), O_RDWR | O_APPEND);
    CHECK(fcntl(fd, F_SETFL, O_NONBLOCK | O_WRONLY | O_CREAT) == 0);
    CHECK_EQ(fcntl(fd, F_GETFL) & (O_ACCMODE | O_APPEND | O_NONBLOCK),
             O_RDWR | O_NONBLOCK);
    CHECK_FAILS(fcntl(fd, 9999), EINVAL);
    place_leave();
}

/* Four processes append lines of one file: none is lost or torn. */
TEST("A-25 writes through a shared offset do not overwrite each other")
{
    char line[16];
    pid_t pids[4];
    int fd;

    place_enter();
    fd = open("f", O_RDWR | O_CREAT, 0600);
    for (int i = 0; i < 4; i++) {
        pids[i] = child_fork();
        if (pids[i] == 0) {
            for (int n = 0; n < 500; n++)
                CHECK_EQ(write(fd, (char[]){ 'a' + i, 'a' + i, 'a' + i, '\n' },
                               4), 4);
            _exit(0);
        }
    }
    for (int i = 0; i < 4; i++)
        CHECK_EXITS(pids[i], 0);
    CHECK_EQ(place_size("f"), 4 * 500 * 4);
    CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
    for (int i = 0; i < 4 * 500; i++) {
        CHECK_EQ(read(fd, line, 4), 4);
        CHECK(line[0] == line[1] && line[1] == line[2] && line[3] == '\n');
    }
    place_leave();
}
