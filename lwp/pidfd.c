/*
 * pidfd.c - descriptors that stand for processes: pidfd_open(2),
 * pidfd_getfd(2), poll(2) for the end of one.
 *
 * The file refers to the process itself and not to its number, so it never
 * comes to mean another process that was given the number since.
 */
#include "lwp/pidfd.h"

#include "kernel/fs/fdtable.h"
#include "kernel/fs/poll.h"
#include "kernel/lib/errno.h"
#include "lwp/pid.h"
#include "lwp/proc.h"
#include "lwp/ptrace.h"
#include "lwp/syscall.h"
#include "lwp/wait.h"
#include "mm/uaccess.h"

static unsigned pidfd_poll(struct file *f, struct poll_table *pt)
{
    struct lwp *lwp = f->private;

    poll_wait(pt, &lwp->exit_waiters, &proc_tree_lock);
    return READ_ONCE(lwp->terminated) ? POLL_READABLE : 0;
}

static void pidfd_release(struct file *f)
{
    lwp_put(f->private);
}

static const struct file_ops pidfd_ops = {
    .name = "pidfd",
    .release = pidfd_release,
    .poll = pidfd_poll,
};

struct file *pidfd_create(struct lwp *lwp, unsigned flags)
{
    struct inode *inode = inode_create_anon(0600);
    struct file *f;

    if (!inode)
        return NULL;
    f = file_create_anon(inode, &pidfd_ops, lwp, O_RDWR | flags);
    inode_put(inode);
    if (f)
        lwp_get(lwp);
    return f;
}

int pidfd_prepare(struct lwp *lwp, uptr_t number, struct file **out)
{
    struct file *f;
    int fd = fd_reserve(0, true), error = -ENOMEM;

    if (fd < 0)
        return fd;
    f = pidfd_create(lwp, 0);
    if (!f)
        goto unreserve;
    error = copy_to_user(number, &fd, sizeof(fd));
    if (error)
        goto put_file;
    *out = f;
    return fd;

put_file:
    file_put(f);
unreserve:
    fd_unreserve(fd);
    return error;
}

int pidfd_lookup(int fd, struct lwp **out, unsigned *flags)
{
    struct fdref r = fd_get(fd);
    int error = -EBADF;

    if (r.file && r.file->ops == &pidfd_ops) {
        *out = r.file->private;
        lwp_get(*out);
        if (flags)
            *flags = READ_ONCE(r.file->flags);
        error = 0;
    }
    fd_put(r);
    return error;
}

/* --- the calls ------------------------------------------------------------ */

/* -EINVAL if the number is a thread's, which no pidfd can stand for. */
static int missing_process(pid_t pid)
{
    struct lwp_thread *t = lwp_thread_lookup(pid);

    if (!t)
        return -ESRCH;
    thread_put(&t->thread);
    return -EINVAL;
}

long sys_pidfd_open(pid_t pid, unsigned flags)
{
    struct file *f;
    struct lwp *lwp;

    if ((flags & ~O_NONBLOCK) || pid <= 0)
        return -EINVAL;
    lwp = lwp_lookup(pid);
    if (!lwp)
        return missing_process(pid);
    f = pidfd_create(lwp, flags);
    lwp_put(lwp);
    return f ? fd_add(f, true) : -ENOMEM;
}

/* A copy of its descriptor `fd`, for those who might as well trace it. */
static long copy_descriptor(struct lwp *lwp, int fd)
{
    struct proc_handle handle = { lwp, NULL };
    struct fdtable *files;
    struct file *f;

    if (ptrace_may_access(lwp))
        return -EPERM;
    files = proc_files(&handle);
    if (!files)
        return -ESRCH;
    f = fd_lookup(files, fd);
    fdtable_put(files);
    if (!f)
        return -EBADF;
    /* It may be what a set-id program has opened since. */
    if (ptrace_may_access(lwp)) {
        file_put(f);
        return -EPERM;
    }
    return fd_add(f, true);
}

long sys_pidfd_getfd(int pidfd, int fd, unsigned flags)
{
    struct lwp *lwp;
    long result;

    if (flags)
        return -EINVAL;
    result = pidfd_lookup(pidfd, &lwp, NULL);
    if (result)
        return result;
    result = copy_descriptor(lwp, fd);
    lwp_put(lwp);
    return result;
}
