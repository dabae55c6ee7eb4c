/* rw.c - what is the same for all files: modes, positions, limits. */
#include "kernel/fs/file.h"

#include "kernel/fs/mount.h"
#include "kernel/fs/poll.h"
#include "kernel/fs/task.h"
#include "kernel/fs/termios.h"
#include "kernel/lib/errno.h"
#include "mm/uaccess.h"
#include "mm/vm.h"

static bool has_position(const struct file *f)
{
    return (f->mode & FILE_SEEK) || f->ops->seek;
}

/* A file that only the running thread can reach needs no lock. */
static bool lock_position(struct file *f)
{
    if (!(f->mode & FILE_SEEK) || READ_ONCE(f->refs) == 1)
        return false;
    mutex_lock(&f->position_lock);
    return true;
}

static int check_read(const struct file *f)
{
    if (!(f->mode & FILE_READ))
        return -EBADF;
    if (unlikely(!f->ops->read))
        return S_ISDIR(f->inode->mode) ? -EISDIR : -EINVAL;
    return 0;
}

static int check_write(const struct file *f)
{
    if (!(f->mode & FILE_WRITE))
        return -EBADF;
    return f->ops->write ? 0 : -EINVAL;
}

ssize_t file_read_positioned(struct file *f, struct iter *to)
{
    ssize_t n = check_read(f);
    bool locked;

    if (unlikely(n))
        return n;
    if (unlikely(to->left > TRANSFER_MAX))
        to->left = TRANSFER_MAX;
    locked = lock_position(f);
    n = f->ops->read(f, to, &f->position);
    if (unlikely(locked))
        mutex_unlock(&f->position_lock);
    return n;
}

ssize_t file_write_positioned(struct file *f, struct iter *from)
{
    ssize_t n = check_write(f);
    bool locked;

    if (unlikely(n))
        return n;
    if (unlikely(from->left > TRANSFER_MAX))
        from->left = TRANSFER_MAX;
    locked = lock_position(f);
    n = f->ops->write(f, from, &f->position);
    if (unlikely(locked))
        mutex_unlock(&f->position_lock);
    return n;
}

ssize_t file_pread(struct file *f, struct iter *to, off_t pos)
{
    int error = check_read(f);

    if (pos < 0)
        return -EINVAL;
    if (!error && !has_position(f))
        error = -ESPIPE;
    if (error)
        return error;
    to->left = MIN(to->left, TRANSFER_MAX);
    return f->ops->read(f, to, &pos);
}

ssize_t file_pwrite(struct file *f, struct iter *from, off_t pos)
{
    int error = check_write(f);

    if (pos < 0)
        return -EINVAL;
    if (!error && !has_position(f))
        error = -ESPIPE;
    if (error)
        return error;
    from->left = MIN(from->left, TRANSFER_MAX);
    return f->ops->write(f, from, &pos);
}

ssize_t file_read_kernel(struct file *f, void *buf, size_t n, u64 offset)
{
    off_t pos = offset;
    struct iter it;

    if (!f->ops->read || pos < 0)
        return -EINVAL;
    iter_kernel(&it, buf, n);
    return f->ops->read(f, &it, &pos);
}

/* --- lseek(2) ------------------------------------------------------------- */

off_t file_seek(struct file *f, off_t offset, int whence)
{
    off_t pos;
    bool locked;

    if (!has_position(f))
        return -ESPIPE;
    locked = lock_position(f);
    if (f->ops->seek)
        pos = f->ops->seek(f, offset, whence);
    else
        pos = data_file_seek(f, offset, whence);
    if (pos >= 0)
        f->position = pos;
    if (locked)
        mutex_unlock(&f->position_lock);
    return pos;
}

/* --- the rest ------------------------------------------------------------- */

int file_readdir(struct file *f, struct dir_sink *sink)
{
    struct inode *dir = f->inode;
    bool locked;
    int error;

    if (!f->ops->readdir)
        return -ENOTDIR;
    locked = lock_position(f);
    mutex_lock(&dir->lock);
    error = dir->dead ? -ENOENT : f->ops->readdir(f, sink);
    mutex_unlock(&dir->lock);
    if (locked)
        mutex_unlock(&f->position_lock);
    return error;
}

unsigned file_poll(struct file *f, struct poll_table *pt)
{
    if (!f->ops->poll)
        return POLL_READABLE | POLL_WRITABLE;
    return f->ops->poll(f, pt);
}

static long set_nonblock(struct file *f, u64 arg)
{
    u32 on;

    if (copy_from_user(&on, uptr(arg), sizeof on))
        return -EFAULT;
    if (on)
        __atomic_or_fetch(&f->flags, O_NONBLOCK, __ATOMIC_RELAXED);
    else
        __atomic_and_fetch(&f->flags, ~O_NONBLOCK, __ATOMIC_RELAXED);
    return 0;
}

/* What regular files know: the bytes between here and the end. */
static long bytes_left(struct file *f, u64 arg)
{
    s64 left = inode_size(f->inode) - f->position;
    s32 value = MIN(left, INT_MAX);

    return copy_to_user(uptr(arg), &value, sizeof value);
}

long file_ioctl(struct file *f, unsigned cmd, u64 arg)
{
    if (cmd == FIONBIO)
        return set_nonblock(f, arg);
    if (cmd == FIONREAD && S_ISREG(f->inode->mode))
        return bytes_left(f, arg);
    return f->ops->ioctl ? f->ops->ioctl(f, cmd, arg) : -ENOTTY;
}

int file_truncate(struct file *f, u64 size)
{
    if (!(f->mode & FILE_WRITE) || !S_ISREG(f->inode->mode))
        return -EINVAL;
    return vfs_truncate(f->inode, size);
}

int file_allocate(struct file *f, int mode, u64 offset, u64 length)
{
    u64 end;

    if (!(f->mode & FILE_WRITE))
        return -EBADF;
    if ((s64)offset < 0 || (s64)length <= 0)
        return -EINVAL;
    if (!f->ops->fallocate)
        return has_position(f) ? -ENODEV : -ESPIPE;
    if (__builtin_add_overflow(offset, length, &end) ||
        end > f->inode->super->max_size)
        return -EFBIG;
    return f->ops->fallocate(f, mode, offset, length);
}

int file_sync(struct file *f)
{
    if (f->ops->fsync)
        return f->ops->fsync(f);
    return S_ISREG(f->inode->mode) || S_ISDIR(f->inode->mode) ||
           S_ISBLK(f->inode->mode) ? 0 : -EINVAL;
}

int file_mmap(struct file *f, struct vm_map *m)
{
    if (!(f->mode & FILE_READ))
        return -EACCES;
    if ((m->flags & VM_EXEC) && f->path.mnt &&
        (READ_ONCE(f->path.mnt->flags) & MS_NOEXEC))
        return -EPERM;
    if ((m->flags & VM_SHARED) && (m->flags & VM_WRITE) &&
        !(f->mode & FILE_WRITE))
        return -EACCES;
    if ((m->flags & VM_SHARED) && !(f->mode & FILE_WRITE))
        m->flags &= ~VM_MAY_WRITE;
    if (!f->ops->mmap)
        return -ENODEV;
    m->file = f;
    return f->ops->mmap(f, m);
}
