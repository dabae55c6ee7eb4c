/*
 * sys_fd.c - system calls on descriptors: opening, closing, copying, fcntl(2),
 * ioctl(2).
 */
#include "kernel/fs/lock.h"
#include "kernel/fs/pipe.h"
#include "kernel/fs/termios.h"
#include "kernel/fs/tmpfs.h"
#include "kernel/lib/errno.h"
#include "lwp/pathname.h"
#include "lwp/syscall.h"

/* --- open, close ---------------------------------------------------------- */

static int open_at(const struct at *at, unsigned flags, mode_t mode)
{
    struct open_how how = { .flags = flags | O_LARGEFILE, .mode = mode };
    struct file *f;
    int fd = fd_reserve(0, flags & O_CLOEXEC), error;

    if (fd < 0)
        return fd;
    error = file_open(at->base, at->name.text, &how, &f);
    if (error) {
        fd_unreserve(fd);
        return error;
    }
    fd_install(fd, f);
    return fd;
}

long sys_openat(int dirfd, ustr_t path, unsigned flags, mode_t mode)
{
    struct at at;
    int fd = at_get(&at, dirfd, path);

    if (fd)
        return fd;
    if (flags & O_PATH)
        flags &= O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    if (likely((flags & (O_CREAT | O_DIRECTORY)) != (O_CREAT | O_DIRECTORY)))
        fd = open_at(&at, flags, mode);
    else
        fd = -EINVAL;                   /* directories are not made by open */
    at_put(&at);
    return fd;
}

long sys_close(unsigned fd)
{
    return fd_close(fd);
}

#define CLOSE_RANGE_UNSHARE 2
#define CLOSE_RANGE_CLOEXEC 4

long sys_close_range(unsigned first, unsigned last, unsigned flags)
{
    if ((flags & ~(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC)) || first > last)
        return -EINVAL;
    if (flags & CLOSE_RANGE_UNSHARE) {
        int error = fs_task_unshare(current_task(), FS_SHARE_FILES);

        if (error)
            return error;
    }
    if (flags & CLOSE_RANGE_CLOEXEC)
        return fd_set_cloexec_range(first, last);
    return fd_close_range(first, last);
}

long sys_pipe2(uptr_t user_fds, unsigned flags)
{
    struct file *ends[2];
    int error = pipe_create(flags, ends);

    return error ? error : fd_add_pair(ends, flags & O_CLOEXEC, user_fds);
}

#define MFD_CLOEXEC         1u
#define MFD_ALLOW_SEALING   2u
#define MFD_NAME_MAX        249

long sys_memfd_create(ustr_t name, unsigned flags)
{
    ssize_t length = strnlen_user(name, MFD_NAME_MAX);
    struct file *f;

    if (length == -E2BIG)
        return -EINVAL;
    if (length < 0)
        return length;
    if (flags & ~(MFD_CLOEXEC | MFD_ALLOW_SEALING))
        return -EINVAL;
    f = memfd_create(SEALS_ALLOWED |
                     (flags & MFD_ALLOW_SEALING ? 0 : F_SEAL_SEAL));
    return f ? fd_add(f, flags & MFD_CLOEXEC) : -ENOMEM;
}

/* --- copying descriptors -------------------------------------------------- */

static long dup_from(struct file *f, unsigned from, bool cloexec)
{
    int fd = fd_reserve(from, cloexec);

    if (fd < 0)
        return fd;
    file_get(f);
    fd_install(fd, f);
    return fd;
}

long sys_dup(unsigned fd)
{
    struct fdref r = fd_get_any(fd);
    long copy;

    if (!r.file)
        return -EBADF;
    copy = dup_from(r.file, 0, false);
    fd_put(r);
    return copy;
}

long sys_dup3(unsigned from, unsigned to, unsigned flags)
{
    if ((flags & ~O_CLOEXEC) || from == to)
        return -EINVAL;
    return fd_dup_to(from, to, flags & O_CLOEXEC);
}

/* --- fcntl(2) ------------------------------------------------------------- */

static long set_flags(struct file *f, unsigned flags)
{
    const struct cred *cred = current_cred();

    if ((flags & ~f->flags & O_NOATIME) && cred->fsuid != 0 &&
        cred->fsuid != f->inode->uid)
        return -EPERM;
    file_set_flags(f, O_SETTABLE, flags);
    return 0;
}

/* Another thread may have closed the descriptor before the lock was there for
 * close(2) to drop. */
static int set_record_lock(struct file *f, unsigned fd, int cmd,
                           struct flock *l)
{
    struct fdtable *owner = current_task()->fdt;
    int error = lock_control(f, owner, cmd, l);

    if (!error && l->type != F_UNLCK && !fd_is(fd, f)) {
        locks_release_owner(f->inode, owner);
        error = -EBADF;
    }
    return error;
}

static long record_lock(struct file *f, unsigned fd, int cmd, uptr_t user)
{
    struct flock l;
    int error;

    if (copy_from_user(&l, user, sizeof l))
        return -EFAULT;
    if (cmd == F_SETLK || cmd == F_SETLKW)
        return set_record_lock(f, fd, cmd, &l);
    error = lock_control(f, current_task()->fdt, cmd, &l);
    if (!error && (cmd == F_GETLK || cmd == F_OFD_GETLK))
        error = copy_to_user(user, &l, sizeof l);
    return error;
}

static long set_owner(struct file *f, int owner)
{
    if (owner == INT_MIN)
        return -EINVAL;
    spin_lock(&f->lock);
    f->owner = owner;
    spin_unlock(&f->lock);
    return 0;
}

struct owner_ex {
    int type, pid;
};
enum { OWNER_TID, OWNER_PID, OWNER_PGRP };

static long set_owner_ex(struct file *f, uptr_t user)
{
    struct owner_ex o;

    if (copy_from_user(&o, user, sizeof o))
        return -EFAULT;
    if (o.type < OWNER_TID || o.type > OWNER_PGRP || o.pid < 0)
        return -EINVAL;
    return set_owner(f, o.type == OWNER_PGRP ? -o.pid : o.pid);
}

static long get_owner_ex(struct file *f, uptr_t user)
{
    int owner = READ_ONCE(f->owner);
    struct owner_ex o = { OWNER_PID, owner };

    if (owner < 0)
        o = (struct owner_ex){ OWNER_PGRP, -owner };
    return copy_to_user(user, &o, sizeof o);
}

static long set_signal(struct file *f, unsigned long sig)
{
    if (sig > 64)
        return -EINVAL;
    f->owner_signal = sig;
    return 0;
}

/* Commands that are refused for O_PATH descriptors. */
static long fcntl_file(struct file *f, unsigned fd, int cmd, u64 arg)
{
    switch (cmd) {
    case F_SETFL:
        return set_flags(f, arg);
    case F_GETLK:
    case F_SETLK:
    case F_SETLKW:
    case F_OFD_GETLK:
    case F_OFD_SETLK:
    case F_OFD_SETLKW:
        return record_lock(f, fd, cmd, uptr(arg));
    case F_SETOWN:
        return set_owner(f, arg);
    case F_GETOWN:
        return f->owner;
    case F_SETOWN_EX:
        return set_owner_ex(f, uptr(arg));
    case F_GETOWN_EX:
        return get_owner_ex(f, uptr(arg));
    case F_SETSIG:
        return set_signal(f, arg);
    case F_GETSIG:
        return f->owner_signal;
    case F_SETPIPE_SZ:
        return pipe_set_size(f, arg);
    case F_GETPIPE_SZ:
        return pipe_get_size(f);
    case F_ADD_SEALS:
        return file_add_seals(f, arg);
    case F_GET_SEALS:
        return file_get_seals(f);
    default:
        return -EINVAL;
    }
}

static long fcntl_any(struct file *f, unsigned fd, int cmd, u64 arg)
{
    switch (cmd) {
    case F_DUPFD:
        return arg > INT_MAX ? -EINVAL : dup_from(f, arg, false);
    case F_DUPFD_CLOEXEC:
        return arg > INT_MAX ? -EINVAL : dup_from(f, arg, true);
    case F_GETFD:
        return fd_cloexec(fd);
    case F_SETFD:
        return fd_set_cloexec(fd, arg & FD_CLOEXEC);
    case F_GETFL:
        return READ_ONCE(f->flags);
    default:
        return f->mode & FILE_PATH ? -EBADF : fcntl_file(f, fd, cmd, arg);
    }
}

long sys_fcntl(unsigned fd, int cmd, u64 arg)
{
    struct fdref r = fd_get_any(fd);
    long result;

    if (!r.file)
        return -EBADF;
    result = fcntl_any(r.file, fd, cmd, arg);
    fd_put(r);
    return result;
}

long sys_flock(unsigned fd, int operation)
{
    struct fdref r = fd_get(fd);
    long error;

    if (!r.file)
        return -EBADF;
    error = lock_whole(r.file, operation);
    fd_put(r);
    return error;
}

long sys_ioctl(unsigned fd, unsigned cmd, u64 arg)
{
    struct fdref r = fd_get(fd);
    long result;

    if (!r.file)
        return -EBADF;
    if (cmd == FIOCLEX || cmd == FIONCLEX)
        result = fd_set_cloexec(fd, cmd == FIOCLEX);
    else
        result = file_ioctl(r.file, cmd, arg);
    fd_put(r);
    return result;
}
