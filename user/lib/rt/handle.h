/*
 * handle.h - handles of the kernel's objects.  All of them begin with a struct
 * rt_user_ipc; RT_NULL is one that is none.
 */
#pragma once

#include <rtdef.h>
#include <rtthread/ipc.h>

/*
 * A handle for the new object `id`, from the library's memory; RT_NULL if `id` is
 * an error, or out of memory: then the object is deleted.
 */
void *__rt_handle_create(int class, long id);

/* Make the caller's memory the handle of the new object `id`, if it is none. */
rt_err_t __rt_handle_init(void *handle, int class, long id);

/* End the object of a handle from create, or from init. */
rt_err_t __rt_handle_delete(void *handle, int class);
rt_err_t __rt_handle_detach(void *handle, int class);

/* The kernel's id, -EIO if it is no handle of this class: a system call then. */
int __rt_handle_id(const void *handle, int class);

/* RT_IPC_CMD_RESET; -RT_EINVAL for others. */
rt_err_t __rt_handle_control(void *handle, int class, int cmd, void *arg);

/* The name as the kernel wants it. */
rt_inline const char *__rt_name(const char *name)
{
    return name ? name : "";
}
