/* attr.c - attributes of inodes: stat(2), chmod(2), chown(2), utimensat(2). */
#include "kernel/fs/vfs.h"

#include "kernel/fs/mount.h"
#include "kernel/fs/task.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/time.h"

static struct stat_time split(s64 ns)
{
    s64 sec = ns / (s64)NSEC_PER_SEC, rest = ns % (s64)NSEC_PER_SEC;

    if (rest < 0)
        return (struct stat_time){ sec - 1, rest + NSEC_PER_SEC };
    return (struct stat_time){ sec, rest };
}

/* Field by field: clearing it first would cost as much again. */
void vfs_stat(struct inode *inode, struct stat *st)
{
    st->dev = inode->super->dev;
    st->ino = inode->ino;
    st->mode = inode->mode;
    st->nlink = inode->nlink;
    st->uid = inode->uid;
    st->gid = inode->gid;
    st->rdev = inode->rdev;
    st->pad1 = 0;
    st->size = inode_size(inode);
    st->blksize = PAGE_SIZE;
    st->pad2 = 0;
    st->blocks = 0;
    st->atime = split(inode->atime);
    st->mtime = split(inode->mtime);
    st->ctime = split(inode->ctime);
    st->unused[0] = 0;
    st->unused[1] = 0;
    if (inode->ops->getattr)
        inode->ops->getattr(inode, st);
}

int vfs_statfs(struct super *s, struct statfs *out)
{
    *out = (struct statfs){
        .bsize = PAGE_SIZE, .frsize = PAGE_SIZE, .namelen = 255,
    };
    out->fsid[0] = s->dev;
    if (s->ops->statfs)
        s->ops->statfs(s, out);
    return 0;
}

/* --- changing ------------------------------------------------------------- */

static bool owns(const struct inode *inode)
{
    const struct cred *cred = current_cred();

    return cred->fsuid == 0 || cred->fsuid == inode->uid;
}

/* Ask the file system, then write them down. */
static int set_attributes(const struct path *p, struct inode *inode,
                          const struct attr *a)
{
    int error = mount_writable(p->mnt);

    if (!error && inode->ops->setattr)
        error = inode->ops->setattr(inode, a);
    if (error)
        return error;
    spin_lock(&inode->attr);
    if (a->which & ATTR_MODE)
        inode->mode = (inode->mode & S_IFMT) | (a->mode & S_PERM);
    if (a->which & ATTR_UID)
        inode->uid = a->uid;
    if (a->which & ATTR_GID)
        inode->gid = a->gid;
    if (a->which & ATTR_ATIME)
        inode->atime = a->atime;
    if (a->which & ATTR_MTIME)
        inode->mtime = a->mtime;
    spin_unlock(&inode->attr);
    inode_touch(inode, TIME_C);
    return 0;
}

int vfs_chmod(const struct path *p, struct inode *inode, mode_t mode)
{
    const struct cred *cred = current_cred();
    struct attr a = { .which = ATTR_MODE, .mode = mode & S_PERM };

    if (mount_writable(p->mnt))
        return -EROFS;
    if (!owns(inode))
        return -EPERM;
    /* The set-group-id bit is for members of the group only. */
    if (cred->fsuid != 0 && !cred_in_group(cred, inode->gid))
        a.mode &= ~S_ISGID;
    return set_attributes(p, inode, &a);
}

static mode_t without_setid(const struct inode *inode)
{
    mode_t mode = inode->mode & S_PERM;

    if (S_ISDIR(inode->mode))
        return mode;
    mode &= ~S_ISUID;
    if (mode & 0010)
        mode &= ~S_ISGID;
    return mode;
}

int vfs_chown(const struct path *p, struct inode *inode, uid_t uid, gid_t gid)
{
    const struct cred *cred = current_cred();
    struct attr a = { .which = ATTR_MODE, .uid = uid, .gid = gid };
    bool new_owner = uid != (uid_t)-1, new_group = gid != (gid_t)-1;

    if (mount_writable(p->mnt))
        return -EROFS;
    if (cred->fsuid != 0) {
        if (cred->fsuid != inode->uid)
            return new_owner || new_group ? -EPERM : 0;
        if ((new_owner && uid != inode->uid) ||
            (new_group && gid != inode->gid && !cred_in_group(cred, gid)))
            return -EPERM;
    }
    if (new_owner)
        a.which |= ATTR_UID;
    if (new_group)
        a.which |= ATTR_GID;
    a.mode = without_setid(inode);
    return set_attributes(p, inode, &a);
}

void inode_strip_setid(struct inode *inode)
{
    mode_t mode = without_setid(inode);

    if (likely(mode == (inode->mode & S_PERM)) || current_cred()->fsuid == 0)
        return;
    spin_lock(&inode->attr);
    inode->mode = (inode->mode & S_IFMT) | mode;
    spin_unlock(&inode->attr);
}

static s64 time_value(const struct timespec *ts, s64 now)
{
    if (ts->tv_nsec == UTIME_NOW)
        return now;
    if (ts->tv_sec > LONG_MAX / (s64)NSEC_PER_SEC - 1)
        return LONG_MAX;
    if (ts->tv_sec < LONG_MIN / (s64)NSEC_PER_SEC + 1)
        return LONG_MIN;
    return ts->tv_sec * (s64)NSEC_PER_SEC + ts->tv_nsec;
}

static bool time_is_valid(const struct timespec *ts)
{
    return ts->tv_nsec == UTIME_NOW || ts->tv_nsec == UTIME_OMIT ||
           (u64)ts->tv_nsec < NSEC_PER_SEC;
}

int vfs_utimens(const struct path *p, struct inode *inode,
                const struct timespec *times)
{
    static const struct timespec now_twice[2] = {
        { 0, UTIME_NOW }, { 0, UTIME_NOW },
    };
    struct attr a = { .which = ATTR_ATIME | ATTR_MTIME };
    s64 now = time_realtime();
    int error = 0;

    if (!times)
        times = now_twice;
    if (!time_is_valid(&times[0]) || !time_is_valid(&times[1]))
        return -EINVAL;
    if (times[0].tv_nsec == UTIME_OMIT)
        a.which &= ~ATTR_ATIME;
    if (times[1].tv_nsec == UTIME_OMIT)
        a.which &= ~ATTR_MTIME;
    if (!a.which)
        return 0;
    if (mount_writable(p->mnt))
        return -EROFS;
    /* "Now" is allowed to whoever may write; other times to the owner. */
    if (!owns(inode)) {
        error = -EPERM;
        if (times[0].tv_nsec == UTIME_NOW && times[1].tv_nsec == UTIME_NOW)
            error = inode_permission(inode, MAY_WRITE);
    }
    if (error)
        return error;
    a.atime = time_value(&times[0], now);
    a.mtime = time_value(&times[1], now);
    return set_attributes(p, inode, &a);
}
