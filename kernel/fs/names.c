/* names.c - making and removing names: mknod(2), link(2), unlink(2) ... */
#include "kernel/fs/names.h"

#include "kernel/fs/fcntl.h"
#include "kernel/fs/mount.h"
#include "kernel/fs/task.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "mm/alloc.h"

/* --- permissions ---------------------------------------------------------- */

static int may_change(const struct mount *m, struct inode *dir)
{
    int error = mount_writable(m);

    return error ? error : inode_permission(dir, MAY_WRITE | MAY_EXEC);
}

int may_make(const struct mount *m, struct inode *dir)
{
    return dir->dead ? -ENOENT : may_change(m, dir);
}

/* In a sticky directory only the file's owner, the directory's and root may
 * remove or rename it. */
int may_remove(const struct mount *m, struct inode *dir, struct dentry *d)
{
    const struct cred *cred = current_cred();
    int error = may_change(m, dir);

    if (error)
        return error;
    if ((dir->mode & S_ISVTX) && cred->fsuid != 0 &&
        cred->fsuid != d->inode->uid && cred->fsuid != dir->uid)
        return -EPERM;
    if (READ_ONCE(d->mounted))
        return -EBUSY;
    return 0;
}

/* --- making --------------------------------------------------------------- */

void dentry_publish(struct dentry *d)
{
    if (d->inode->super->flags & SUPER_PINNED)
        dentry_get(d);
    if (!(d->inode->super->flags & SUPER_NO_CACHE))
        dentry_hash(d);
}

void dentry_withdraw(struct dentry *d)
{
    if (d->hashed)
        dentry_unhash(d);
    if (d->inode->super->flags & SUPER_PINNED)
        dentry_put(d);
}

int make_locked(const struct path *parent, const struct name *name,
                const struct make *what, struct dentry **out)
{
    struct inode *dir = parent->dentry->inode;
    struct dentry *d;
    int error = may_make(parent->mnt, dir);

    if (error)
        return error;
    if (!dir->ops->make)
        return -EPERM;
    d = dentry_create(parent->dentry, name);
    if (!d)
        return -ENOMEM;
    error = dir->ops->make(dir, d, what);
    if (error) {
        dentry_put(d);
        return error;
    }
    dentry_publish(d);
    *out = d;
    return 0;
}

/* -EEXIST if the name is there. */
static int check_absent(struct dentry *parent, const struct name *name)
{
    struct dentry *d;
    int error = dentry_lookup(parent, name, true, &d);

    if (error)
        return error == -ENOENT ? 0 : error;
    dentry_put(d);
    return -EEXIST;
}

static int make_in(const struct path *parent, const struct last *last,
                   const struct make *what, struct dentry **out)
{
    struct inode *dir = parent->dentry->inode;
    int error;

    if (last->kind != LAST_NAME)
        return -EEXIST;
    mutex_lock(&dir->lock);
    error = check_absent(parent->dentry, &last->name);
    if (!error && last->slash && !S_ISDIR(what->mode))
        error = -ENOENT;
    if (!error)
        error = make_locked(parent, &last->name, what, out);
    mutex_unlock(&dir->lock);
    return error;
}

int vfs_make(const struct path *base, const char *name, const struct make *what,
             struct path *out)
{
    struct path parent;
    struct last last;
    struct dentry *d;
    int error;

    if ((S_ISCHR(what->mode) || S_ISBLK(what->mode)) &&
        !cred_is_root(current_cred()))
        return -EPERM;
    error = path_walk_parent(base, name, &parent, &last);
    if (error)
        return error;
    error = make_in(&parent, &last, what, &d);
    if (!error && out) {
        *out = (struct path){ parent.mnt, d };
        mount_get(parent.mnt);
    } else if (!error) {
        dentry_put(d);
    }
    path_put(&parent);
    last_put(&last);
    return error;
}

/* --- link(2) -------------------------------------------------------------- */

static int link_locked(const struct path *parent, const struct name *name,
                       struct inode *inode)
{
    struct inode *dir = parent->dentry->inode;
    struct dentry *d;
    int error = check_absent(parent->dentry, name);

    if (!error)
        error = may_make(parent->mnt, dir);
    if (error)
        return error;
    if (S_ISDIR(inode->mode) || !dir->ops->link)
        return -EPERM;
    if (inode->nlink == 0 && !inode->linkable)
        return -ENOENT;                 /* it was removed meanwhile */
    d = dentry_create(parent->dentry, name);
    if (!d)
        return -ENOMEM;
    error = dir->ops->link(dir, d, inode);
    if (!error) {
        inode_get(inode);
        d->inode = inode;
        dentry_publish(d);
    }
    dentry_put(d);
    return error;
}

int vfs_link(const struct path *target, const struct path *base,
             const char *name)
{
    struct path parent;
    struct last last;
    struct inode *dir;
    int error = path_walk_parent(base, name, &parent, &last);

    if (error)
        return error;
    dir = parent.dentry->inode;
    if (last.kind != LAST_NAME) {
        error = -EEXIST;
    } else if (parent.mnt != target->mnt) {
        error = -EXDEV;
    } else if (last.slash) {
        error = -ENOENT;
    } else {
        mutex_lock(&dir->lock);
        error = link_locked(&parent, &last.name, target->dentry->inode);
        mutex_unlock(&dir->lock);
    }
    path_put(&parent);
    last_put(&last);
    return error;
}

/* --- unlink(2), rmdir(2) -------------------------------------------------- */

static int remove_file(const struct path *parent, struct dentry *d,
                       bool slash)
{
    struct inode *dir = parent->dentry->inode;
    int error;

    if (S_ISDIR(d->inode->mode))
        return -EISDIR;
    if (slash)
        return -ENOTDIR;
    error = may_remove(parent->mnt, dir, d);
    if (error)
        return error;
    return dir->ops->unlink ? dir->ops->unlink(dir, d) : -EPERM;
}

/* The directory itself is locked too, so that nothing is made in it while it
 * is found empty and marked dead. */
static int remove_directory(const struct path *parent, struct dentry *d)
{
    struct inode *dir = parent->dentry->inode;
    int error;

    if (!S_ISDIR(d->inode->mode))
        return -ENOTDIR;
    error = may_remove(parent->mnt, dir, d);
    if (error)
        return error;
    if (!dir->ops->unlink)
        return -EPERM;
    mutex_lock(&d->inode->lock);
    error = dir->ops->unlink(dir, d);
    if (!error)
        d->inode->dead = true;
    mutex_unlock(&d->inode->lock);
    return error;
}

static int remove_in(const struct path *parent, const struct last *last,
                     bool directory)
{
    struct inode *dir = parent->dentry->inode;
    struct dentry *d;
    int error;

    mutex_lock(&dir->lock);
    error = dentry_lookup(parent->dentry, &last->name, true, &d);
    if (error) {
        mutex_unlock(&dir->lock);
        return error;
    }
    if (directory)
        error = remove_directory(parent, d);
    else
        error = remove_file(parent, d, last->slash);
    if (!error)
        dentry_withdraw(d);
    mutex_unlock(&dir->lock);
    dentry_put(d);
    return error;
}

/* What stands there if the name does not end in a name: ".", ".." or "/". */
static int special_name_error(unsigned kind, bool directory)
{
    if (!directory)
        return -EISDIR;
    return kind == LAST_DOT ? -EINVAL :
           kind == LAST_DOTDOT ? -ENOTEMPTY : -EBUSY;
}

static int vfs_remove(const struct path *base, const char *name, bool directory)
{
    struct path parent;
    struct last last;
    int error = path_walk_parent(base, name, &parent, &last);

    if (error)
        return error;
    if (last.kind == LAST_NAME)
        error = remove_in(&parent, &last, directory);
    else
        error = special_name_error(last.kind, directory);
    path_put(&parent);
    last_put(&last);
    return error;
}

int vfs_unlink(const struct path *base, const char *name)
{
    return vfs_remove(base, name, false);
}

int vfs_rmdir(const struct path *base, const char *name)
{
    return vfs_remove(base, name, true);
}

/* --- readlink(2) ---------------------------------------------------------- */

static ssize_t read_jump(struct inode *link, char *buf, size_t size)
{
    char *text, *start;
    struct path to;
    ssize_t n;
    int error = link->ops->jump(link, &to);

    if (error)
        return error;
    text = kmalloc(PATH_MAX);
    n = text ? path_format(&to, NULL, text, PATH_MAX, &start) : -ENOMEM;
    if (n >= 0) {
        n = MIN(strlen(start), size);
        memcpy(buf, start, n);
    }
    kfree(text);
    path_put(&to);
    return n;
}

ssize_t vfs_readlink(const struct path *p, char *buf, size_t size)
{
    struct inode *inode = p->dentry->inode;

    if (!S_ISLNK(inode->mode))
        return -EINVAL;
    if (inode->ops->readlink)
        return inode->ops->readlink(inode, buf, size);
    return inode->ops->jump ? read_jump(inode, buf, size) : -EINVAL;
}
