/* mqueue.c - message queues: rtthread/ipc.h. */
#include "user/lib/lwp/cancellable.h"
#include "user/lib/lwp/result.h"
#include "user/lib/rt/handle.h"

#include <errno.h>
#include <lwp_syscalls.h>

#define CLASS RT_Object_Class_MessageQueue

rt_mq_t rt_mq_create(const char *name, rt_size_t msg_size, rt_size_t max_msgs,
                     rt_uint8_t flag)
{
    return __rt_handle_create(
        CLASS,
        sys_rt_mq_create(__rt_name(name), msg_size, max_msgs, flag, NULL));
}

rt_err_t rt_mq_init(rt_mq_t mq, const char *name, void *msgpool,
                    rt_size_t msg_size, rt_size_t pool_size, rt_uint8_t flag)
{
    rt_size_t each = RT_ALIGN(msg_size, RT_ALIGN_SIZE) + sizeof(void *);

    (void)msgpool;
    if (!mq)
        return __lwp_result(-EIO);
    if (each < msg_size)                /* it wrapped */
        return __lwp_result(-EINVAL);
    return __rt_handle_init(mq, CLASS,
                            sys_rt_mq_create(__rt_name(name), msg_size,
                                             pool_size / each, flag, mq));
}

rt_err_t rt_mq_delete(rt_mq_t mq)
{
    return __rt_handle_delete(mq, CLASS);
}

rt_err_t rt_mq_detach(rt_mq_t mq)
{
    return __rt_handle_detach(mq, CLASS);
}

rt_err_t rt_mq_send(rt_mq_t mq, const void *buffer, rt_size_t size)
{
    return rt_mq_send_wait(mq, buffer, size, RT_WAITING_NO);
}

rt_err_t rt_mq_send_wait(rt_mq_t mq, const void *buffer, rt_size_t size,
                         rt_int32_t timeout)
{
    int id = __rt_handle_id(mq, CLASS);

    if (id < 0)
        return __lwp_result(id);
    return __lwp_result(
        CANCELLABLE(sys_rt_mq_send_wait(id, (void *)buffer, size, timeout)));
}

rt_err_t rt_mq_urgent(rt_mq_t mq, const void *buffer, rt_size_t size)
{
    int id = __rt_handle_id(mq, CLASS);

    if (id < 0)
        return __lwp_result(id);
    return __lwp_result(
        CANCELLABLE(sys_rt_mq_urgent(id, (void *)buffer, size)));
}

rt_ssize_t rt_mq_recv(rt_mq_t mq, void *buffer, rt_size_t size,
                      rt_int32_t timeout)
{
    int id = __rt_handle_id(mq, CLASS);

    if (id < 0)
        return __lwp_result(id);
    return __lwp_result(CANCELLABLE(sys_rt_mq_recv(id, buffer, size, timeout)));
}

rt_err_t rt_mq_control(rt_mq_t mq, int cmd, void *arg)
{
    return __rt_handle_control(mq, CLASS, cmd, arg);
}
