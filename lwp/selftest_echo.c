/*
 * selftest_echo.c - a thread of the kernel that serves programs through a
 * channel (row C-18): "kernel-echo" answers a word with the next one and a file
 * with that file, until the word is 0.  Before, it tries the calls on itself.
 */
#include "kernel/fs/fcntl.h"
#include "kernel/lib/errno.h"
#include "kernel/params.h"
#include "kernel/selftest.h"
#include "kernel/thread.h"
#include "lwp/ipc.h"

#define NAME "kernel-echo"

static bool check_handles(int handle)
{
    struct rt_channel_msg m = { .type = RT_CHANNEL_RAW };
    int other = rt_raw_channel_open(NAME, 0);

    EXPECT(other >= 0 && other != handle);
    EXPECT(rt_raw_channel_open(NAME, O_CREAT | O_EXCL) == -EEXIST);
    EXPECT(rt_raw_channel_open("nobody's", 0) == -ENOENT);
    EXPECT(rt_raw_channel_open("", O_CREAT) == -EINVAL);
    EXPECT(rt_raw_channel_close(other) == 0);
    EXPECT(rt_raw_channel_close(other) == -EIO);
    EXPECT(rt_raw_channel_notify(-1, &m) == -EIO);
    EXPECT(rt_raw_channel_recv(1000, &m) == -EIO);
    return true;
}

static bool check_messages(int handle)
{
    struct rt_channel_msg m = { .type = RT_CHANNEL_RAW, .u.d = &m }, got;

    EXPECT(rt_raw_channel_peek(handle, &got) == -ETIMEDOUT);
    EXPECT(rt_raw_channel_recv_timeout(handle, &got, 5) == -ETIMEDOUT);
    EXPECT(rt_raw_channel_reply(handle, &m) == -EPROTO);
    EXPECT(rt_raw_channel_send_recv_timeout(handle, &m, &got, 5) == -ETIMEDOUT);
    EXPECT(rt_raw_channel_send(handle, &m) == 0);
    EXPECT(rt_raw_channel_notify(handle, &m) == 0);
    EXPECT(rt_raw_channel_recv(handle, &got) == 0 && got.u.d == &m);
    EXPECT(rt_raw_channel_recv(handle, &got) == 0 && got.sender == NULL);
    EXPECT(rt_raw_channel_peek(handle, &got) == -ETIMEDOUT);
    return true;
}

static void answer_all(int handle)
{
    struct rt_channel_msg m;
    bool go_on = true;

    while (go_on && rt_raw_channel_recv(handle, &m) == 0) {
        if (m.type == RT_CHANNEL_RAW) {
            go_on = m.u.d != NULL;
            m.u.d = (u8 *)m.u.d + 1;
        }
        rt_raw_channel_reply(handle, &m);
    }
}

static void echo(unused_arg void *arg)
{
    int handle = rt_raw_channel_open(NAME, O_CREAT);

    if (check_handles(handle) && check_messages(handle))
        klog(LOG_NOTICE, "echo: the calls do as they say");
    answer_all(handle);
    rt_raw_channel_close(handle);
    klog(LOG_NOTICE, "echo has ended");
}

void selftest_start_echo(void)
{
    char word[8];

    if (bootarg("kernel_echo", word, sizeof(word)))
        thread_detach(selftest_spawn(echo, NULL));
}
