/* event.c - events: rtthread/ipc.h. */
#include "user/lib/lwp/cancellable.h"
#include "user/lib/lwp/result.h"
#include "user/lib/rt/handle.h"

#include <errno.h>
#include <lwp_syscalls.h>

#define CLASS RT_Object_Class_Event

rt_event_t rt_event_create(const char *name, rt_uint8_t flag)
{
    return __rt_handle_create(CLASS,
                              sys_rt_event_create(__rt_name(name), flag, NULL));
}

rt_err_t rt_event_init(rt_event_t event, const char *name, rt_uint8_t flag)
{
    if (!event)
        return __lwp_result(-EIO);
    return __rt_handle_init(event, CLASS,
                            sys_rt_event_create(__rt_name(name), flag, event));
}

rt_err_t rt_event_delete(rt_event_t event)
{
    return __rt_handle_delete(event, CLASS);
}

rt_err_t rt_event_detach(rt_event_t event)
{
    return __rt_handle_detach(event, CLASS);
}

rt_err_t rt_event_send(rt_event_t event, rt_uint32_t set)
{
    int id = __rt_handle_id(event, CLASS);

    return __lwp_result(id < 0 ? id : CANCELLABLE(sys_rt_event_send(id, set)));
}

rt_err_t rt_event_recv(rt_event_t event, rt_uint32_t set, rt_uint8_t option,
                       rt_int32_t timeout, rt_uint32_t *recved)
{
    int id = __rt_handle_id(event, CLASS);

    if (id < 0)
        return __lwp_result(id);
    return __lwp_result(
        CANCELLABLE(sys_rt_event_recv(id, set, option, timeout, recved)));
}

rt_err_t rt_event_control(rt_event_t event, int cmd, void *arg)
{
    return __rt_handle_control(event, CLASS, cmd, arg);
}
