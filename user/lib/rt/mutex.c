/* mutex.c - mutexes: rtthread/ipc.h. */
#include "user/lib/lwp/cancellable.h"
#include "user/lib/lwp/result.h"
#include "user/lib/rt/handle.h"
#include "user/lib/rt/threads.h"

#include <errno.h>
#include <lwp_syscalls.h>

#define CLASS RT_Object_Class_Mutex

rt_mutex_t rt_mutex_create(const char *name, rt_uint8_t flag)
{
    return __rt_handle_create(CLASS,
                              sys_rt_mutex_create(__rt_name(name), flag, NULL));
}

rt_err_t rt_mutex_init(rt_mutex_t mutex, const char *name, rt_uint8_t flag)
{
    if (!mutex)
        return __lwp_result(-EIO);
    return __rt_handle_init(mutex, CLASS,
                            sys_rt_mutex_create(__rt_name(name), flag, mutex));
}

rt_err_t rt_mutex_delete(rt_mutex_t mutex)
{
    return __rt_handle_delete(mutex, CLASS);
}

rt_err_t rt_mutex_detach(rt_mutex_t mutex)
{
    return __rt_handle_detach(mutex, CLASS);
}

/* The kernel lets the owner inherit; this is for those who look at its
 * current_priority. */
static long wait_for(rt_mutex_t mutex, int id, rt_int32_t timeout)
{
    long result;

    __rt_wait_begin(mutex, mutex->ipc.data);
    result = CANCELLABLE(sys_rt_mutex_take(id, timeout));
    __rt_wait_end(mutex, !result);
    return result;
}

rt_err_t rt_mutex_take(rt_mutex_t mutex, rt_int32_t timeout)
{
    int id = __rt_handle_id(mutex, CLASS);
    long result;

    if (id < 0)
        return __lwp_result(id);
    result = CANCELLABLE(sys_rt_mutex_take(id, RT_WAITING_NO));
    if (result == -ETIMEDOUT && timeout != RT_WAITING_NO)
        result = wait_for(mutex, id, timeout);
    /* It may have been ended since, and its memory be somebody else's. */
    if (!result && __rt_handle_id(mutex, CLASS) == id)
        mutex->ipc.data = __rt_self;
    return __lwp_result(result);
}

rt_err_t rt_mutex_trytake(rt_mutex_t mutex)
{
    return rt_mutex_take(mutex, RT_WAITING_NO);
}

rt_err_t rt_mutex_release(rt_mutex_t mutex)
{
    int id = __rt_handle_id(mutex, CLASS);

    return __lwp_result(id < 0 ? id : CANCELLABLE(sys_rt_mutex_release(id)));
}

rt_err_t rt_mutex_control(rt_mutex_t mutex, int cmd, void *arg)
{
    int id = __rt_handle_id(mutex, CLASS);

    (void)cmd;
    (void)arg;
    return __lwp_result(id < 0 ? id : -EINVAL);
}
