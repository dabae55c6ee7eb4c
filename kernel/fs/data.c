/*
 * data.c - regular files whose bytes are the pages of inode->data: read, write
 * and map of one copy.
 */
#include "kernel/fs/file.h"

#include "kernel/fs/mount.h"
#include "kernel/fs/task.h"
#include "kernel/lib/errno.h"
#include "mm/uaccess.h"
#include "mm/vm.h"

#define SIGXFSZ 25

/* --- reading -------------------------------------------------------------- */

/* relatime: the access time need only be newer than the last change. */
static void note_access(struct file *f)
{
    struct inode *inode = f->inode;

    if (inode->atime > inode->mtime && inode->atime > inode->ctime)
        return;
    if ((f->flags & O_NOATIME) ||
        (f->path.mnt && (READ_ONCE(f->path.mnt->flags) &
                         (MS_NOATIME | MS_RDONLY))))
        return;
    inode_touch(inode, ATTR_ATIME);
}

ssize_t data_file_read(struct file *f, struct iter *to, off_t *pos)
{
    ssize_t n = vmobj_read(&f->inode->data, *pos, to);

    if (n > 0) {
        *pos += n;
        note_access(f);
    }
    return n;
}

/* --- limits of writing ---------------------------------------------------- */

/* RLIMIT_FSIZE: no byte at or beyond it.  How many of n may be written at pos;
 * none: -EFBIG, and the program is told. */
static ssize_t clip_to_limits(struct inode *inode, u64 pos, size_t n)
{
    const u64 *limit = current_task()->file_size_limit;
    u64 max = inode->super->max_size;

    if (limit && READ_ONCE(*limit) < max) {
        max = READ_ONCE(*limit);
        if (n && pos >= max) {
            fs_doors->signal_self(SIGXFSZ);
            return -EFBIG;
        }
    }
    if (n && pos >= max)
        return -EFBIG;
    return MIN(n, max - pos);
}

/* A size that truncate(2) or fallocate(2) would give the file. */
static int check_new_size(struct inode *inode, u64 size)
{
    u64 old = inode_size(inode);
    ssize_t n;

    if (size < old && (inode->seals & F_SEAL_SHRINK))
        return -EPERM;
    if (size <= old)
        return 0;
    if (inode->seals & F_SEAL_GROW)
        return -EPERM;
    n = clip_to_limits(inode, size - 1, 1);
    return n < 0 ? n : 0;
}

static bool sealed_against(struct inode *inode, u64 end)
{
    if (likely(!(inode->seals & ~SEALS_ALLOWED)))
        return false;
    return (inode->seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)) ||
           ((inode->seals & F_SEAL_GROW) && end > inode_size(inode));
}

/* --- writing -------------------------------------------------------------- */

static ssize_t write_locked(struct file *f, struct iter *from, off_t *pos)
{
    struct inode *inode = f->inode;
    ssize_t n;

    if (f->flags & O_APPEND)
        *pos = inode_size(inode);
    n = clip_to_limits(inode, *pos, from->left);
    if (n <= 0)
        return n;
    from->left = n;
    if (sealed_against(inode, *pos + n))
        return -EPERM;
    inode_strip_setid(inode);
    n = vmobj_write(&inode->data, *pos, from);
    if (n > 0) {
        *pos += n;
        inode_touch(inode, ATTR_MTIME);
    }
    return n;
}

ssize_t data_file_write(struct file *f, struct iter *from, off_t *pos)
{
    ssize_t n;

    mutex_lock(&f->inode->lock);
    n = write_locked(f, from, pos);
    mutex_unlock(&f->inode->lock);
    return n;
}

/* --- size ----------------------------------------------------------------- */

int vfs_truncate(struct inode *inode, u64 size)
{
    struct attr a = { .which = ATTR_SIZE, .size = size };
    int error;

    mutex_lock(&inode->lock);
    error = check_new_size(inode, size);
    if (!error && inode->ops->setattr)
        error = inode->ops->setattr(inode, &a);
    if (!error) {
        inode_strip_setid(inode);
        if (size != inode_size(inode))
            vmobj_set_size(&inode->data, size);
        inode_touch(inode, ATTR_MTIME);
    }
    mutex_unlock(&inode->lock);
    return error;
}

/* Zero the bytes of [start, end) and give back the pages wholly inside. */
static int punch_hole(struct inode *inode, u64 start, u64 end)
{
    u64 first = page_up(start), last = page_down(end), at = start;
    struct iter it;

    end = MIN(end, inode_size(inode));
    if (first < last)
        vmobj_drop_pages(&inode->data, first >> PAGE_SHIFT,
                         last >> PAGE_SHIFT);
    while (at < end) {
        size_t n = MIN(end - at, PAGE_SIZE - (at & PAGE_MASK));
        struct page *page;

        if (at >= first && at < last) {
            at = last;
            continue;
        }
        if (vmobj_lookup_page(&inode->data, at >> PAGE_SHIFT, false, &page)) {
            at = page_down(at) + PAGE_SIZE;     /* a hole already */
            continue;
        }
        page_put(page);
        iter_kernel(&it, (void *)zeroes, n);
        if (vmobj_write(&inode->data, at, &it) < 0)
            return -ENOSPC;
        at += n;
    }
    return 0;
}

static int allocate_pages(struct inode *inode, u64 start, u64 end)
{
    for (u64 i = start >> PAGE_SHIFT; i < page_up(end) >> PAGE_SHIFT; i++) {
        struct page *page;
        int error = vmobj_lookup_page(&inode->data, i, true, &page);

        if (error)
            return error;
        page_put(page);
        if (interrupted())
            return -EINTR;
    }
    return 0;
}

static int allocate_locked(struct inode *inode, int mode, u64 start, u64 end)
{
    bool grows = !(mode & FALLOC_FL_KEEP_SIZE) && end > inode_size(inode);
    int error;

    if (mode & FALLOC_FL_PUNCH_HOLE) {
        if (inode->seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE))
            return -EPERM;
        return punch_hole(inode, start, end);
    }
    error = grows ? check_new_size(inode, end) : 0;
    if (!error)
        error = allocate_pages(inode, start, end);
    if (!error && grows)
        vmobj_set_size(&inode->data, end);
    return error;
}

int data_file_allocate(struct file *f, int mode, u64 offset, u64 length)
{
    int error;

    if (mode != 0 && mode != FALLOC_FL_KEEP_SIZE &&
        mode != (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE))
        return -EOPNOTSUPP;
    mutex_lock(&f->inode->lock);
    error = allocate_locked(f->inode, mode, offset, offset + length);
    if (!error)
        inode_touch(f->inode, ATTR_MTIME);
    mutex_unlock(&f->inode->lock);
    return error;
}

/* --- lseek(2) with SEEK_DATA, SEEK_HOLE ----------------------------------- */

/* From page to page that is there: a hole may be of any size. */
static off_t seek_data_or_hole(struct inode *inode, off_t offset, bool data)
{
    u64 size = inode_size(inode), next = offset >> PAGE_SHIFT;

    if (offset < 0 || (u64)offset >= size)
        return -ENXIO;
    if (data && !vmobj_next_page(&inode->data, &next))
        return -ENXIO;
    if (!data)
        for (u64 index = next; vmobj_next_page(&inode->data, &index) &&
             index == next; index++)
            next++;
    if (next > (u64)offset >> PAGE_SHIFT)
        offset = next << PAGE_SHIFT;
    if ((u64)offset < size)
        return offset;
    return data ? -ENXIO : (off_t)size;
}

off_t data_file_seek(struct file *f, off_t offset, int whence)
{
    off_t base = 0, pos;

    switch (whence) {
    case SEEK_SET:
        break;
    case SEEK_CUR:
        base = f->position;
        break;
    case SEEK_END:
        base = inode_size(f->inode);
        break;
    case SEEK_DATA:
    case SEEK_HOLE:
        return seek_data_or_hole(f->inode, offset, whence == SEEK_DATA);
    default:
        return -EINVAL;
    }
    if (__builtin_add_overflow(base, offset, &pos))
        return -EOVERFLOW;
    return pos < 0 ? -EINVAL : pos;
}

/* --- mmap(2), seals ------------------------------------------------------- */

int data_file_mmap(struct file *f, struct vm_map *m)
{
    if ((m->flags & VM_SHARED) &&
        (f->inode->seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE))) {
        if (m->flags & VM_WRITE)
            return -EPERM;
        m->flags &= ~VM_MAY_WRITE;
    }
    vmobj_get(&f->inode->data);
    m->obj = &f->inode->data;
    note_access(f);
    return 0;
}

/* A file that is mapped shared and writable cannot be sealed against writes. */
static bool has_writable_mapping(struct inode *inode)
{
    bool found = false;
    struct area *a;

    spin_lock(&inode->data.lock);
    list_for_each(a, &inode->data.areas, obj_node)
        found |= (a->flags & VM_SHARED) && (a->flags & VM_MAY_WRITE);
    spin_unlock(&inode->data.lock);
    return found;
}

int file_add_seals(struct file *f, unsigned seals)
{
    struct inode *inode = f->inode;
    int error = 0;

    if (!S_ISREG(inode->mode) || !inode->seals || (seals & ~SEALS_ALL))
        return -EINVAL;
    if (!(f->mode & FILE_WRITE))
        return -EPERM;
    mutex_lock(&inode->lock);
    if (inode->seals & F_SEAL_SEAL)
        error = -EPERM;
    else if ((seals & F_SEAL_WRITE) && has_writable_mapping(inode))
        error = -EBUSY;
    else
        inode->seals |= seals;
    mutex_unlock(&inode->lock);
    return error;
}

int file_get_seals(struct file *f)
{
    unsigned seals = READ_ONCE(f->inode->seals);

    if (!S_ISREG(f->inode->mode) || !seals)
        return -EINVAL;
    return seals & SEALS_ALL;
}
