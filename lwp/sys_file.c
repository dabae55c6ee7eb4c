/*
 * sys_file.c - system calls on the bytes of open files.
 */
#include "kernel/fs/fdtable.h"
#include "kernel/lib/errno.h"
#include "kernel/thread.h"
#include "lwp/syscall.h"
#include "mm/alloc.h"
#include "mm/iter.h"

/* A shared table, or no such descriptor.  O_PATH files need no test of their
 * own: they are open for neither reading nor writing. */
static noinline long move_counted(unsigned fd, struct iter *it, bool write)
{
    struct fdref r = fd_get_any(fd);
    ssize_t n;

    if (!r.file)
        return -EBADF;
    n = write ? file_write(r.file, it) : file_read(r.file, it);
    fd_put(r);
    return n;
}

long sys_read(unsigned fd, uptr_t buf, size_t size)
{
    struct file *f = fd_find_private(fd);
    struct iter it;

    iter_user(&it, buf, size);
    return likely(f) ? file_read(f, &it) : move_counted(fd, &it, false);
}

long sys_write(unsigned fd, uptr_t buf, size_t size)
{
    struct file *f = fd_find_private(fd);
    struct iter it;

    iter_user(&it, buf, size);
    return likely(f) ? file_write(f, &it) : move_counted(fd, &it, true);
}

long sys_pread64(unsigned fd, uptr_t buf, size_t size, off_t pos)
{
    struct fdref r = fd_get(fd);
    struct iter it;
    ssize_t n;

    if (!r.file)
        return -EBADF;
    iter_user(&it, buf, size);
    n = file_pread(r.file, &it, pos);
    fd_put(r);
    return n;
}

long sys_pwrite64(unsigned fd, uptr_t buf, size_t size, off_t pos)
{
    struct fdref r = fd_get(fd);
    struct iter it;
    ssize_t n;

    if (!r.file)
        return -EBADF;
    iter_user(&it, buf, size);
    n = file_pwrite(r.file, &it, pos);
    fd_put(r);
    return n;
}

/* --- vectors -------------------------------------------------------------- */

enum vector_kind { VECTOR_READ, VECTOR_WRITE, VECTOR_PREAD, VECTOR_PWRITE };

static ssize_t move_vector(struct file *f, struct iter *it,
                           enum vector_kind kind, off_t pos)
{
    switch (kind) {
    case VECTOR_READ:
        return file_read(f, it);
    case VECTOR_WRITE:
        return file_write(f, it);
    case VECTOR_PREAD:
        return file_pread(f, it, pos);
    default:
        return file_pwrite(f, it, pos);
    }
}

static long vector_call(unsigned fd, uptr_t array, size_t count,
                        enum vector_kind kind, off_t pos)
{
    struct iovec fast[IOV_FAST], *heap = NULL;
    struct fdref r = fd_get(fd);
    struct iter it;
    long n;

    if (!r.file)
        return -EBADF;
    n = count > IOV_MAX ? -EINVAL
                        : iter_user_vector(&it, array, count, fast, &heap);
    if (!n)
        n = move_vector(r.file, &it, kind, pos);
    kfree(heap);
    fd_put(r);
    return n;
}

long sys_readv(unsigned fd, uptr_t array, size_t count)
{
    return vector_call(fd, array, count, VECTOR_READ, 0);
}

long sys_writev(unsigned fd, uptr_t array, size_t count)
{
    return vector_call(fd, array, count, VECTOR_WRITE, 0);
}

/* The position is in one register; `high` is for machines of 32 bits. */
long sys_preadv(unsigned fd, uptr_t array, size_t count, off_t pos,
                unused_arg u64 high)
{
    return vector_call(fd, array, count, VECTOR_PREAD, pos);
}

long sys_pwritev(unsigned fd, uptr_t array, size_t count, off_t pos,
                 unused_arg u64 high)
{
    return vector_call(fd, array, count, VECTOR_PWRITE, pos);
}

/* preadv2(2): position -1 is the file's own.  No flag is supported. */
long sys_preadv2(unsigned fd, uptr_t array, size_t count, off_t pos,
                 unused_arg u64 high, int flags)
{
    if (flags)
        return -EOPNOTSUPP;
    return vector_call(fd, array, count,
                       pos == -1 ? VECTOR_READ : VECTOR_PREAD, pos);
}

long sys_pwritev2(unsigned fd, uptr_t array, size_t count, off_t pos,
                  unused_arg u64 high, int flags)
{
    if (flags)
        return -EOPNOTSUPP;
    return vector_call(fd, array, count,
                       pos == -1 ? VECTOR_WRITE : VECTOR_PWRITE, pos);
}

/* --- position and size ---------------------------------------------------- */

long sys_lseek(unsigned fd, off_t offset, int whence)
{
    struct fdref r = fd_get(fd);
    long pos;

    if (!r.file)
        return -EBADF;
    pos = file_seek(r.file, offset, whence);
    fd_put(r);
    return pos;
}

long sys_ftruncate(unsigned fd, off_t size)
{
    struct fdref r = fd_get(fd);
    long error = -EINVAL;

    if (!r.file)
        return -EBADF;
    if (size >= 0)
        error = file_truncate(r.file, size);
    fd_put(r);
    return error;
}

long sys_fallocate(unsigned fd, int mode, off_t offset, off_t length)
{
    struct fdref r = fd_get(fd);
    long error;

    if (!r.file)
        return -EBADF;
    error = file_allocate(r.file, mode, offset, length);
    fd_put(r);
    return error;
}

long sys_fsync(unsigned fd)
{
    struct fdref r = fd_get(fd);
    long error;

    if (!r.file)
        return -EBADF;
    error = file_sync(r.file);
    fd_put(r);
    return error;
}

long sys_fdatasync(unsigned fd)
{
    return sys_fsync(fd);
}

/* Advice may be ignored, but not for a bad descriptor, a pipe or bad advice. */
long sys_fadvise64(unsigned fd, unused_arg off_t offset, off_t length,
                   int advice)
{
    struct fdref r = fd_get(fd);
    long error = 0;

    if (!r.file)
        return -EBADF;
    if (S_ISFIFO(r.file->inode->mode))
        error = -ESPIPE;
    else if (length < 0 || advice < 0 || advice > 5)
        error = -EINVAL;
    fd_put(r);
    return error;
}

/* --- from file to file ---------------------------------------------------- */

#define COPY_CHUNK (16 * PAGE_SIZE)

struct copy {
    struct file *in, *out;
    off_t *in_pos, *out_pos;        /* NULL: the file's own */
    u8 *buf;
};

static ssize_t copy_chunk(const struct copy *c, size_t n)
{
    struct iter it;
    ssize_t got, put;

    iter_kernel(&it, c->buf, n);
    got = c->in_pos ? file_pread(c->in, &it, *c->in_pos)
                    : file_read(c->in, &it);
    if (got <= 0)
        return got;
    iter_kernel(&it, c->buf, got);
    put = c->out_pos ? file_pwrite(c->out, &it, *c->out_pos)
                     : file_write(c->out, &it);
    if (c->in_pos && put > 0)
        *c->in_pos += put;
    else if (!c->in_pos && put != got)
        file_seek(c->in, (put > 0 ? put : 0) - got, SEEK_CUR);
    if (c->out_pos && put > 0)
        *c->out_pos += put;
    return put;
}

static ssize_t copy_bytes(struct copy *c, size_t n)
{
    size_t done = 0;
    ssize_t moved = 0;

    c->buf = kmalloc(MIN(n, COPY_CHUNK));
    if (!c->buf)
        return -ENOMEM;
    while (done < n) {
        moved = copy_chunk(c, MIN(n - done, COPY_CHUNK));
        if (moved <= 0)
            break;
        done += moved;
        if (interrupted())
            break;
    }
    kfree(c->buf);
    return done ? (ssize_t)done : moved;
}

/* The positions that a call is given by pointer. */
static int load_position(uptr_t user, off_t *value, off_t **used)
{
    if (!user)
        return 0;
    if (copy_from_user(value, user, sizeof *value))
        return -EFAULT;
    *used = value;
    return *value < 0 ? -EINVAL : 0;
}

static int store_position(uptr_t user, const off_t *value)
{
    return user ? copy_to_user(user, value, sizeof *value) : 0;
}

/* copy_file_range(2) refuses to copy bytes onto themselves. */
static bool overlaps(const struct copy *c, size_t n)
{
    off_t in = c->in_pos ? *c->in_pos : c->in->position;
    off_t out = c->out_pos ? *c->out_pos : c->out->position;
    off_t distance = in < out ? out - in : in - out;

    return c->in->inode == c->out->inode && (size_t)distance < n;
}

static long copy_files(struct copy *c, uptr_t in_user, uptr_t out_user,
                       size_t n)
{
    off_t in_pos, out_pos;
    long moved = load_position(in_user, &in_pos, &c->in_pos);

    if (!moved)
        moved = load_position(out_user, &out_pos, &c->out_pos);
    if (moved || n == 0)
        return moved;
    if (S_ISREG(c->in->inode->mode) && overlaps(c, n))
        return -EINVAL;
    moved = copy_bytes(c, n);
    if (moved >= 0 && (store_position(in_user, &in_pos) ||
                       store_position(out_user, &out_pos)))
        return -EFAULT;
    return moved;
}

long sys_sendfile(unsigned out_fd, unsigned in_fd, uptr_t pos, size_t n)
{
    struct fdref in = fd_get(in_fd), out = fd_get(out_fd);
    struct copy c = { .in = in.file, .out = out.file };
    long moved;

    if (!in.file || !out.file || !(in.file->mode & FILE_READ) ||
        !(out.file->mode & FILE_WRITE))
        moved = -EBADF;
    else if (S_ISFIFO(in.file->inode->mode) || (out.file->flags & O_APPEND))
        moved = -EINVAL;
    else
        moved = copy_files(&c, pos, NULL, n);
    fd_put(in);
    fd_put(out);
    return moved;
}

static int check_copy_range(const struct file *in, const struct file *out)
{
    if (!in || !out || !(in->mode & FILE_READ) || !(out->mode & FILE_WRITE) ||
        (out->flags & O_APPEND))
        return -EBADF;
    if (S_ISDIR(in->inode->mode) || S_ISDIR(out->inode->mode))
        return -EISDIR;
    if (!S_ISREG(in->inode->mode) || !S_ISREG(out->inode->mode))
        return -EINVAL;
    return 0;
}

long sys_copy_file_range(unsigned in_fd, uptr_t in_pos, unsigned out_fd,
                         uptr_t out_pos, size_t n, unsigned flags)
{
    struct fdref in = fd_get(in_fd), out = fd_get(out_fd);
    struct copy c = { .in = in.file, .out = out.file };
    long moved = check_copy_range(in.file, out.file);

    if (!moved && flags)
        moved = -EINVAL;
    if (!moved)
        moved = copy_files(&c, in_pos, out_pos, n);
    fd_put(in);
    fd_put(out);
    return moved;
}
