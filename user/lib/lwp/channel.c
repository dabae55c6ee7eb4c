/* channel.c - channels: rt_channel_* of lwp.h. */
#include "user/lib/lwp/cancellable.h"
#include "user/lib/lwp/result.h"

#include <lwp.h>
#include <lwp_syscalls.h>

int rt_channel_open(const char *name, int flags)
{
    return (int)__lwp_posix_result(sys_rt_channel_open(name, flags));
}

rt_err_t rt_channel_close(int fd)
{
    return __lwp_result(sys_rt_channel_close(fd));
}

rt_err_t rt_channel_send(int fd, rt_channel_msg_t data)
{
    return __lwp_result(CANCELLABLE(sys_rt_channel_send(fd, data)));
}

rt_err_t rt_channel_send_recv(int fd, rt_channel_msg_t data,
                              rt_channel_msg_t data_ret)
{
    return __lwp_result(CANCELLABLE(sys_rt_channel_send_recv(fd, data, data_ret)));
}

rt_err_t rt_channel_send_recv_timeout(int fd, rt_channel_msg_t data,
                                      rt_channel_msg_t data_ret,
                                      rt_int32_t time)
{
    return __lwp_result(CANCELLABLE(
        sys_rt_channel_send_recv_timeout(fd, data, data_ret, time)));
}

rt_err_t rt_channel_reply(int fd, rt_channel_msg_t data)
{
    return __lwp_result(CANCELLABLE(sys_rt_channel_reply(fd, data)));
}

rt_err_t rt_channel_recv(int fd, rt_channel_msg_t data)
{
    return __lwp_result(CANCELLABLE(sys_rt_channel_recv(fd, data)));
}

rt_err_t rt_channel_recv_timeout(int fd, rt_channel_msg_t data,
                                 rt_int32_t time)
{
    return __lwp_result(CANCELLABLE(sys_rt_channel_recv_timeout(fd, data, time)));
}

rt_err_t rt_channel_notify(int fd, rt_channel_msg_t data)
{
    return __lwp_result(CANCELLABLE(sys_rt_channel_notify(fd, data)));
}

rt_err_t rt_channel_peek(int fd, rt_channel_msg_t data)
{
    return __lwp_result(CANCELLABLE(sys_rt_channel_peek(fd, data)));
}
