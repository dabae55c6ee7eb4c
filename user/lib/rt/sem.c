/* sem.c - semaphores: rtthread/ipc.h. */
#include "user/lib/lwp/cancellable.h"
#include "user/lib/lwp/result.h"
#include "user/lib/rt/handle.h"

#include <errno.h>
#include <lwp_syscalls.h>

#define CLASS RT_Object_Class_Semaphore

rt_sem_t rt_sem_create(const char *name, rt_uint32_t value, rt_uint8_t flag)
{
    return __rt_handle_create(
        CLASS, sys_rt_sem_create(__rt_name(name), value, flag, NULL));
}

rt_err_t rt_sem_init(rt_sem_t sem, const char *name, rt_uint32_t value,
                     rt_uint8_t flag)
{
    if (!sem)
        return __lwp_result(-EIO);
    return __rt_handle_init(
        sem, CLASS, sys_rt_sem_create(__rt_name(name), value, flag, sem));
}

rt_err_t rt_sem_delete(rt_sem_t sem)
{
    return __rt_handle_delete(sem, CLASS);
}

rt_err_t rt_sem_detach(rt_sem_t sem)
{
    return __rt_handle_detach(sem, CLASS);
}

rt_err_t rt_sem_take(rt_sem_t sem, rt_int32_t timeout)
{
    int id = __rt_handle_id(sem, CLASS);

    if (id < 0)
        return __lwp_result(id);
    return __lwp_result(CANCELLABLE(sys_rt_sem_take(id, timeout)));
}

rt_err_t rt_sem_trytake(rt_sem_t sem)
{
    return rt_sem_take(sem, RT_WAITING_NO);
}

rt_err_t rt_sem_release(rt_sem_t sem)
{
    int id = __rt_handle_id(sem, CLASS);

    return __lwp_result(id < 0 ? id : CANCELLABLE(sys_rt_sem_release(id)));
}

rt_err_t rt_sem_control(rt_sem_t sem, int cmd, void *arg)
{
    return __rt_handle_control(sem, CLASS, cmd, arg);
}
