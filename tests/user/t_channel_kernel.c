/*
 * t_channel_kernel.c - clients of a server in the kernel (lwp.md C-18).  Only a
 * kernel that was started by tests/check_kernel_echo.py has one.
 *
 * run: cpus=
 */
#define _GNU_SOURCE
#include "tests/user/lib/channel.h"
#include "tests/user/lib/child.h"

#define NAME "kernel-echo"

static int open_echo(void)
{
    int fd = channel_open(NAME, 0);

    if (fd < 0)
        tap_skip("no server in this kernel");
    return fd;
}

TEST("C-18 a thread of the kernel answers four programs with 200 requests each")
{
    int fd = open_echo();
    pid_t pids[4];

    for (uint64_t c = 0; c < 4; c++) {
        pids[c] = child_fork();
        if (pids[c])
            continue;
        for (uint64_t i = 1; i <= 200; i++) {
            struct message m = message_of(c << 32 | i);

            if (i % 10)
                CHECK_EQ(channel_call(fd, &m, &m), 0);
            else
                CHECK_EQ(channel_call_for(fd, &m, &m, 60000), 0);
            CHECK_EQ(m.u.d, (c << 32 | i) + 1);
            CHECK_EQ(m.sender, 0);              /* no thread of a program */
        }
        _exit(0);
    }
    for (int c = 0; c < 4; c++)
        CHECK_EXITS(pids[c], 0);
}

TEST("C-18 a file goes to the kernel and back")
{
    int fd = open_echo(), ends[2];
    struct message m = { .type = FD };
    char c;

    CHECK_EQ(pipe(ends), 0);
    m.u.fd.fd = ends[1];
    CHECK_EQ(channel_call(fd, &m, &m), 0);
    CHECK(m.u.fd.fd > ends[1] && !m.u.fd.file);
    CHECK_EQ(close(ends[1]), 0);
    CHECK_EQ(write(m.u.fd.fd, "k", 1), 1);
    CHECK_EQ(read(ends[0], &c, 1), 1);
    CHECK_EQ(close(m.u.fd.fd), 0);
    CHECK_EQ(read(ends[0], &c, 1), 0);
}

TEST("C-18 the kernel closes its channel, and its client is told")
{
    int fd;
    struct message m = message_of(0);

    if (tap_run > 0)
        return;                         /* it has ended in the first run */
    fd = open_echo();
    CHECK_EQ(channel_call(fd, &m, &m), 0);
    CHECK_EQ(m.u.d, 1);
    m = message_of(1);
    CHECK_FAILS(channel_call(fd, &m, &m), EIO);
    CHECK_FAILS(channel_open(NAME, 0), ENOENT);
}
