/* mailbox.c - mailboxes: rtthread/ipc.h. */
#include "user/lib/lwp/cancellable.h"
#include "user/lib/lwp/result.h"
#include "user/lib/rt/handle.h"

#include <errno.h>
#include <lwp_syscalls.h>

#define CLASS RT_Object_Class_MailBox

rt_mailbox_t rt_mb_create(const char *name, rt_size_t size, rt_uint8_t flag)
{
    return __rt_handle_create(
        CLASS, sys_rt_mb_create(__rt_name(name), size, flag, NULL));
}

rt_err_t rt_mb_init(rt_mailbox_t mb, const char *name, void *msgpool,
                    rt_size_t size, rt_uint8_t flag)
{
    (void)msgpool;
    if (!mb)
        return __lwp_result(-EIO);
    return __rt_handle_init(mb, CLASS,
                            sys_rt_mb_create(__rt_name(name), size, flag, mb));
}

rt_err_t rt_mb_delete(rt_mailbox_t mb)
{
    return __rt_handle_delete(mb, CLASS);
}

rt_err_t rt_mb_detach(rt_mailbox_t mb)
{
    return __rt_handle_detach(mb, CLASS);
}

rt_err_t rt_mb_send(rt_mailbox_t mb, rt_ubase_t value)
{
    return rt_mb_send_wait(mb, value, RT_WAITING_NO);
}

rt_err_t rt_mb_send_wait(rt_mailbox_t mb, rt_ubase_t value, rt_int32_t timeout)
{
    int id = __rt_handle_id(mb, CLASS);

    if (id < 0)
        return __lwp_result(id);
    return __lwp_result(CANCELLABLE(sys_rt_mb_send_wait(id, value, timeout)));
}

rt_err_t rt_mb_urgent(rt_mailbox_t mb, rt_ubase_t value)
{
    int id = __rt_handle_id(mb, CLASS);

    return __lwp_result(id < 0 ? id
                               : CANCELLABLE(sys_rt_mb_urgent(id, value)));
}

rt_err_t rt_mb_recv(rt_mailbox_t mb, rt_ubase_t *value, rt_int32_t timeout)
{
    int id = __rt_handle_id(mb, CLASS);

    if (id < 0)
        return __lwp_result(id);
    return __lwp_result(CANCELLABLE(sys_rt_mb_recv(id, value, timeout)));
}

rt_err_t rt_mb_control(rt_mailbox_t mb, int cmd, void *arg)
{
    return __rt_handle_control(mb, CLASS, cmd, arg);
}
