/*
 * unshare.c - unshare(2): the running thread parts with what clone(2) has made
 * it share.
 */
#include "kernel/lib/errno.h"
#include "lwp/clone.h"
#include "lwp/lwp.h"
#include "lwp/syscall.h"
#include "lwp/sysv_sem.h"

/* These cannot be undone: they are granted only to who shares nothing. */
#define ONLY_ALONE (CLONE_THREAD | CLONE_SIGHAND | CLONE_VM)

static bool is_alone(struct lwp *lwp, u64 flags)
{
    if (READ_ONCE(lwp->thread_count) > 1)
        return false;
    return !(flags & CLONE_VM) || READ_ONCE(lwp->vm->refs) == 1;
}

long sys_unshare(u64 flags)
{
    const u64 known = ONLY_ALONE | CLONE_FS | CLONE_FILES | CLONE_SYSVSEM;
    struct lwp_thread *t = current_lwp_thread();
    unsigned parts = 0;
    int error;

    if (flags & ~known)
        return -EINVAL;
    if ((flags & ONLY_ALONE) && !is_alone(current_lwp(), flags))
        return -EINVAL;
    if (flags & CLONE_FS)
        parts |= FS_SHARE_CONTEXT;
    if (flags & CLONE_FILES)
        parts |= FS_SHARE_FILES;
    error = fs_task_unshare(current_task(), parts);
    if (!error && (flags & CLONE_SYSVSEM) && t->sem_undos)
        sem_undo_leave(t);
    return error;
}
