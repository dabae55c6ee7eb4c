/* handle.c - handles of the kernel's objects. */
#include "user/lib/rt/handle.h"

#include "user/lib/lwp/result.h"
#include "user/lib/rt/lock.h"
#include "user/lib/rt/pool.h"

#include <errno.h>
#include <lwp_syscalls.h>

/* The pool's own word is apart: who was just given a mutex notes so in `data`, and
 * another thread may have deleted it meanwhile. */
static struct rt_pool handles = {
    .size = sizeof(struct rt_user_ipc) + sizeof(void *),
    .more = __rt_pool_more,
};

void *__rt_handle_create(int class, long id)
{
    struct rt_user_ipc *ipc;
    int old;

    if (__lwp_result(id) < 0)
        return RT_NULL;
    old = __rt_lock();
    ipc = __rt_pool_get(&handles);
    __rt_unlock(old);
    if (ipc) {
        ipc->id = (int)id;
        ipc->data = NULL;
        ipc->type = class;
    } else {
        sys_rt_object_delete(class, (int)id);
        __lwp_result(-ENOMEM);
    }
    return ipc;
}

rt_err_t __rt_handle_init(void *handle, int class, long id)
{
    struct rt_user_ipc *ipc = handle;

    if (__lwp_result(id) < 0)
        return __lwp_result(id);
    ipc->id = (int)id;
    ipc->data = NULL;
    ipc->type = class | RT_Object_Class_Static;
    return RT_EOK;
}

/* Of several that end it at the same time, one gets this far. */
static rt_err_t end(struct rt_user_ipc *ipc, int type)
{
    int expected = type, id;

    if (!ipc)
        return __lwp_result(-EIO);
    id = ipc->id;
    if (!__atomic_compare_exchange_n(&ipc->type, &expected, 0, 0,
                                     __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
        return __lwp_result(-EIO);
    return __lwp_result(sys_rt_object_delete(type & ~RT_Object_Class_Static,
                                             id));
}

rt_err_t __rt_handle_delete(void *handle, int class)
{
    rt_err_t error = end(handle, class);
    int old;

    if (error == -RT_EIO)
        return error;
    old = __rt_lock();
    __rt_pool_put(&handles, handle);
    __rt_unlock(old);
    return error;
}

rt_err_t __rt_handle_detach(void *handle, int class)
{
    return end(handle, class | RT_Object_Class_Static);
}

int __rt_handle_id(const void *handle, int class)
{
    const struct rt_user_ipc *ipc = handle;

    return ipc && (ipc->type & ~RT_Object_Class_Static) == class ? ipc->id
                                                                 : -EIO;
}

rt_err_t __rt_handle_control(void *handle, int class, int cmd, void *arg)
{
    int id = __rt_handle_id(handle, class);

    if (id < 0)
        return __lwp_result(id);
    if (cmd != RT_IPC_CMD_RESET)
        return __lwp_result(-EINVAL);
    return __lwp_result(sys_rt_object_reset(class, id, (rt_ubase_t)arg));
}
