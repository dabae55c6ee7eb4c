/* result.c - from the kernel's errors to what programs expect. */
#include "user/lib/lwp/result.h"

#include <errno.h>
#include <rtthread/error.h>

static _Thread_local int rt_error;

int *_rt_errno(void)
{
    return &rt_error;
}

rt_err_t rt_get_errno(void)
{
    return rt_error;
}

void rt_set_errno(rt_err_t error)
{
    rt_error = (int)error;
}

/* The one table of them. EFAULT stays: RT-Thread has nothing like it. */
static rt_err_t rt_code(int error)
{
    switch (error) {
    case EIO:
        return -RT_EIO;
    case ETIMEDOUT:
        return -RT_ETIMEOUT;
    case ENOMEM:
        return -RT_ENOMEM;
    case EINTR:
        return -RT_EINTR;
    case EINVAL:
        return -RT_EINVAL;
    case EBUSY:
    case EAGAIN:
        return -RT_EBUSY;
    case ENOSPC:
        return -RT_EFULL;
    case ENOSYS:
    case ENOTTY:
        return -RT_ENOSYS;
    case EFAULT:
        return -EFAULT;
    default:
        return -RT_ERROR;
    }
}

rt_err_t __lwp_result(long result)
{
    if (result >= 0)
        return result;
    errno = (int)-result;
    rt_error = (int)rt_code(errno);
    return rt_error;
}

long __lwp_posix_result(long result)
{
    return __lwp_result(result) < 0 ? -1 : result;
}

const char *rt_strerror(rt_err_t error)
{
    static const char *const names[] = {
        "OK", "ERROR", "ETIMOUT", "ERSFULL", "ERSEPTY", "ENOMEM",
        "ENOSYS", "EBUSY", "EIO", "EINTRPT", "EINVAL",
    };
    rt_ubase_t code = error < 0 ? -(rt_ubase_t)error : (rt_ubase_t)error;

    return code < sizeof(names) / sizeof(names[0]) ? names[code] : "EUNKNOW";
}
