/*
 * sys_stat.c - system calls on attributes: stat(2), chmod(2), chown(2),
 * access(2), utimensat(2), truncate(2).
 */
#include "kernel/fs/mount.h"
#include "kernel/lib/errno.h"
#include "kernel/time.h"
#include "lwp/pathname.h"
#include "lwp/syscall.h"

/* WALK_* for the AT_* flags of a call that follows links by default. */
static unsigned walk_flags(unsigned at)
{
    return (at & AT_SYMLINK_NOFOLLOW ? WALK_NOFOLLOW : 0) |
           (at & AT_EMPTY_PATH ? WALK_EMPTY : 0);
}

/* --- stat ----------------------------------------------------------------- */

long sys_newfstatat(int dirfd, ustr_t path, uptr_t buf, unsigned flags)
{
    struct target t;
    struct stat st;
    long error;

    if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | AT_NO_AUTOMOUNT))
        return -EINVAL;
    error = target_get(&t, dirfd, path, walk_flags(flags));
    if (error)
        return error;
    vfs_stat(t.inode, &st);
    target_put(&t);
    return copy_to_user(buf, &st, sizeof st);
}

long sys_fstat(unsigned fd, uptr_t buf)
{
    struct fdref r = fd_get_any(fd);
    struct stat st;

    if (!r.file)
        return -EBADF;
    vfs_stat(r.file->inode, &st);
    fd_put(r);
    return copy_to_user(buf, &st, sizeof st);
}

static struct statx_time statx_time(struct stat_time t)
{
    return (struct statx_time){ t.sec, t.nsec, 0 };
}

static void fill_statx(const struct target *t, struct statx *x)
{
    s64 btime = t->inode->btime;
    struct stat st;

    vfs_stat(t->inode, &st);
    *x = (struct statx){
        .mask = STATX_BASIC_STATS | STATX_BTIME,
        .blksize = st.blksize, .nlink = st.nlink, .uid = st.uid, .gid = st.gid,
        .mode = st.mode, .ino = st.ino, .size = st.size, .blocks = st.blocks,
        .atime = statx_time(st.atime), .mtime = statx_time(st.mtime),
        .ctime = statx_time(st.ctime),
        .btime = { btime / (s64)NSEC_PER_SEC, btime % (s64)NSEC_PER_SEC, 0 },
        .rdev_major = dev_major(st.rdev), .rdev_minor = dev_minor(st.rdev),
        .dev_major = dev_major(st.dev), .dev_minor = dev_minor(st.dev),
    };
    if (t->path.mnt) {
        x->mask |= STATX_MNT_ID;
        x->mnt_id = t->path.mnt->id;
    }
}

#define STATX_RESERVED (1u << 31)

long sys_statx(int dirfd, ustr_t path, unsigned flags, unsigned mask,
               uptr_t buf)
{
    struct target t;
    struct statx x;
    long error;

    if ((mask & STATX_RESERVED) ||
        (flags & AT_STATX_SYNC_TYPE) == AT_STATX_SYNC_TYPE ||
        (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | AT_NO_AUTOMOUNT |
                   AT_STATX_SYNC_TYPE)))
        return -EINVAL;
    error = target_get(&t, dirfd, path, walk_flags(flags));
    if (error)
        return error;
    fill_statx(&t, &x);
    target_put(&t);
    return copy_to_user(buf, &x, sizeof x);
}

static long copy_statfs(const struct target *t, uptr_t buf)
{
    struct statfs st;
    int error = vfs_statfs(t->inode->super, &st);

    if (!error && t->path.mnt)
        st.flags = t->path.mnt->flags & (MS_RDONLY | MS_NOSUID | MS_NODEV |
                                         MS_NOEXEC);
    return error ? error : copy_to_user(buf, &st, sizeof st);
}

long sys_statfs(ustr_t path, uptr_t buf)
{
    struct target t;
    long error = target_get(&t, AT_FDCWD, path, 0);

    if (error)
        return error;
    error = copy_statfs(&t, buf);
    target_put(&t);
    return error;
}

long sys_fstatfs(unsigned fd, uptr_t buf)
{
    struct target t;
    long error = target_get_fd(&t, fd_get_any(fd));

    if (error)
        return error;
    error = copy_statfs(&t, buf);
    target_put(&t);
    return error;
}

/* --- access(2) ------------------------------------------------------------ */

/* access(2) asks for the real ids. */
static int check_as_real(const struct target *t, unsigned mask)
{
    const struct cred *mine = current_cred();
    struct cred *real = cred_copy(mine, mine->group_count);
    int error;

    if (!real)
        return -ENOMEM;
    real->fsuid = mine->uid;
    real->fsgid = mine->gid;
    error = inode_permission_as(t->inode, mask, real);
    cred_put(real);
    return error;
}

static int check_access(const struct target *t, int mode, bool effective)
{
    const struct cred *cred = current_cred();
    int error;

    if (mode == F_OK)
        return 0;
    if ((mode & W_OK) && !S_ISCHR(t->inode->mode) && !S_ISBLK(t->inode->mode) &&
        !S_ISFIFO(t->inode->mode) && mount_writable(t->path.mnt))
        return -EROFS;
    if (effective || (cred->uid == cred->fsuid && cred->gid == cred->fsgid))
        error = inode_permission(t->inode, mode);
    else
        error = check_as_real(t, mode);
    return error;
}

static long access_at(int dirfd, ustr_t path, int mode, unsigned flags)
{
    struct target t;
    long error;

    if ((mode & ~(R_OK | W_OK | X_OK)) ||
        (flags & ~(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)))
        return -EINVAL;
    error = target_get(&t, dirfd, path, walk_flags(flags));
    if (error)
        return error;
    error = check_access(&t, mode, flags & AT_EACCESS);
    target_put(&t);
    return error;
}

long sys_faccessat(int dirfd, ustr_t path, int mode)
{
    return access_at(dirfd, path, mode, 0);
}

long sys_faccessat2(int dirfd, ustr_t path, int mode, unsigned flags)
{
    return access_at(dirfd, path, mode, flags);
}

/* --- mode and owner ------------------------------------------------------- */

/* O_PATH descriptors do not do for the f... calls. */
static int target_get_open(struct target *t, unsigned fd)
{
    return target_get_fd(t, fd_get(fd));
}

static long chmod_at(int dirfd, ustr_t path, mode_t mode, unsigned flags)
{
    struct target t;
    long error;

    if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
        return -EINVAL;
    error = target_get(&t, dirfd, path, walk_flags(flags));
    if (error)
        return error;
    error = S_ISLNK(t.inode->mode) ? -EOPNOTSUPP
                                   : vfs_chmod(&t.path, t.inode, mode);
    target_put(&t);
    return error;
}

long sys_fchmodat(int dirfd, ustr_t path, mode_t mode)
{
    return chmod_at(dirfd, path, mode, 0);
}

long sys_fchmodat2(int dirfd, ustr_t path, mode_t mode, unsigned flags)
{
    return chmod_at(dirfd, path, mode, flags);
}

long sys_fchmod(unsigned fd, mode_t mode)
{
    struct target t;
    long error = target_get_open(&t, fd);

    if (error)
        return error;
    error = vfs_chmod(&t.path, t.inode, mode);
    target_put(&t);
    return error;
}

long sys_fchownat(int dirfd, ustr_t path, uid_t uid, gid_t gid, unsigned flags)
{
    struct target t;
    long error;

    if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
        return -EINVAL;
    error = target_get(&t, dirfd, path, walk_flags(flags));
    if (error)
        return error;
    error = vfs_chown(&t.path, t.inode, uid, gid);
    target_put(&t);
    return error;
}

long sys_fchown(unsigned fd, uid_t uid, gid_t gid)
{
    struct target t;
    long error = target_get_open(&t, fd);

    if (error)
        return error;
    error = vfs_chown(&t.path, t.inode, uid, gid);
    target_put(&t);
    return error;
}

/* --- times and size ------------------------------------------------------- */

/* A missing name means the descriptor's own file: futimens(3). */
long sys_utimensat(int dirfd, ustr_t path, uptr_t times, unsigned flags)
{
    struct timespec t2[2];
    struct target t;
    long error;

    if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
        return -EINVAL;
    if (times && copy_from_user(t2, times, sizeof t2))
        return -EFAULT;
    if (path)
        error = target_get(&t, dirfd, path, walk_flags(flags));
    else
        error = flags ? -EINVAL : target_get_open(&t, dirfd);
    if (error)
        return error;
    error = vfs_utimens(&t.path, t.inode, times ? t2 : NULL);
    target_put(&t);
    return error;
}

static int check_truncate(const struct target *t)
{
    int error;

    if (S_ISDIR(t->inode->mode))
        return -EISDIR;
    if (!S_ISREG(t->inode->mode))
        return -EINVAL;
    error = mount_writable(t->path.mnt);
    if (!error)
        error = inode_permission(t->inode, MAY_WRITE);
    if (!error && READ_ONCE(t->inode->writers) < 0)
        error = -ETXTBSY;
    return error;
}

long sys_truncate(ustr_t path, off_t size)
{
    struct target t;
    long error;

    if (size < 0)
        return -EINVAL;
    error = target_get(&t, AT_FDCWD, path, 0);
    if (error)
        return error;
    error = check_truncate(&t);
    if (!error)
        error = vfs_truncate(t.inode, size);
    target_put(&t);
    return error;
}
