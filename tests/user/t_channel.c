/*
 * t_channel.c - channels: names, states, order, errors (lwp.md C-01..C-14,
 * C-20..C-22).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/channel.h"
#include "tests/user/lib/child.h"

TEST("C-07 a request is answered")
{
    int fd = channel_open("echo", O_CREAT);
    struct message m = message_of(1), answer;
    pid_t pid;

    CHECK(fd >= 0);
    pid = child_fork();
    if (pid == 0) {
        for (int i = 0; i < 100; i++) {
            CHECK_EQ(channel_recv(fd, &m), 0);
            m.u.d *= 3;
            CHECK_EQ(channel_reply(fd, &m), 0);
        }
        _exit(0);
    }
    for (uint64_t i = 0; i < 100; i++) {
        m = message_of(i);
        CHECK_EQ(channel_call(fd, &m, &answer), 0);
        CHECK_EQ(answer.u.d, 3 * i);
        CHECK_EQ(answer.sender, pid);
    }
    CHECK_EXITS(pid, 0);
    CHECK_EQ(channel_close(fd), 0);
    CHECK_FAILS(channel_close(fd), EIO);
}
