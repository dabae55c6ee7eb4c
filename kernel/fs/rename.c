/* rename.c - rename(2), renameat2(2). */
#include "kernel/fs/names.h"

#include "kernel/fs/fcntl.h"
#include "kernel/fs/mount.h"
#include "kernel/fs/task.h"
#include "kernel/lib/errno.h"

/* One at a time: so which directory is above which stands still meanwhile. */
static struct mutex rename_lock = MUTEX_INIT(rename_lock);

struct renaming {
    struct path from_parent, to_parent;
    struct last from_last, to_last;
    struct dentry *from, *to;
    unsigned flags;
    bool replaces;              /* `to` exists */
};

/* The upper directory first, as rmdir(2) does. */
static void lock_parents(struct renaming *r)
{
    struct dentry *a = r->from_parent.dentry, *b = r->to_parent.dentry;

    mutex_lock(&rename_lock);
    if (a != b && dentry_is_below(a, b)) {
        struct dentry *swap = a;

        a = b;
        b = swap;
    }
    mutex_lock(&a->inode->lock);
    if (a != b)
        mutex_lock(&b->inode->lock);
}

static void unlock_parents(struct renaming *r)
{
    struct dentry *a = r->from_parent.dentry, *b = r->to_parent.dentry;

    mutex_unlock(&a->inode->lock);
    if (a != b)
        mutex_unlock(&b->inode->lock);
    mutex_unlock(&rename_lock);
}

/* Both ends; `to` becomes a fresh dentry if it does not exist. */
static int find_ends(struct renaming *r)
{
    int error = dentry_lookup(r->from_parent.dentry, &r->from_last.name, true,
                              &r->from);

    if (error)
        return error;
    error = dentry_lookup(r->to_parent.dentry, &r->to_last.name, true, &r->to);
    r->replaces = !error;
    if (error == -ENOENT) {
        error = 0;
        if (r->flags & RENAME_EXCHANGE)
            error = -ENOENT;
        else
            r->to = dentry_create(r->to_parent.dentry, &r->to_last.name);
        if (!error && !r->to)
            error = -ENOMEM;
    }
    if (error)
        dentry_put(r->from);
    return error;
}

/* Do the kinds fit: a directory replaces directories only. */
static int check_kinds(const struct renaming *r)
{
    bool from_dir = S_ISDIR(r->from->inode->mode), to_dir;
    bool exchange = r->flags & RENAME_EXCHANGE;

    if (!from_dir && (r->from_last.slash || (!exchange && r->to_last.slash)))
        return -ENOTDIR;
    if (!r->replaces)
        return 0;
    to_dir = S_ISDIR(r->to->inode->mode);
    if (exchange)
        return !to_dir && r->to_last.slash ? -ENOTDIR : 0;
    if (from_dir && !to_dir)
        return -ENOTDIR;
    return !from_dir && to_dir ? -EISDIR : 0;
}

/* A directory that gets another parent is itself changed: its "..". */
static int check_parent_change(const struct renaming *r, struct dentry *d)
{
    if (r->from_parent.dentry == r->to_parent.dentry ||
        !S_ISDIR(d->inode->mode))
        return 0;
    return inode_permission(d->inode, MAY_WRITE);
}

static int check_permissions(const struct renaming *r)
{
    struct inode *to_dir = r->to_parent.dentry->inode;
    int error = may_remove(r->from_parent.mnt, r->from_parent.dentry->inode,
                           r->from);

    if (!error)
        error = r->replaces ? may_remove(r->to_parent.mnt, to_dir, r->to)
                            : may_make(r->to_parent.mnt, to_dir);
    if (!error)
        error = check_kinds(r);
    if (!error)
        error = check_parent_change(r, r->from);
    if (!error && (r->flags & RENAME_EXCHANGE))
        error = check_parent_change(r, r->to);
    return error;
}

/* A directory cannot go below itself. */
static int check_loop(const struct renaming *r)
{
    if (dentry_is_below(r->to_parent.dentry, r->from))
        return -EINVAL;
    if (r->replaces && dentry_is_below(r->from_parent.dentry, r->to))
        return r->flags & RENAME_EXCHANGE ? -EINVAL : -ENOTEMPTY;
    return 0;
}

/* Everything is checked: do it.  A directory about to be replaced is locked so
 * that it stays empty. */
static int rename_checked(struct renaming *r)
{
    struct inode *from_dir = r->from_parent.dentry->inode;
    struct inode *to_dir = r->to_parent.dentry->inode;
    bool exchange = r->flags & RENAME_EXCHANGE;
    struct inode *victim = NULL;
    int error;

    if (!from_dir->ops->rename)
        return -EPERM;
    if (r->replaces && !exchange && S_ISDIR(r->to->inode->mode))
        victim = r->to->inode;
    if (victim)
        mutex_lock(&victim->lock);
    error = from_dir->ops->rename(from_dir, r->from, to_dir, r->to, r->flags);
    if (!error) {
        dentry_move(r->from, r->to, exchange);
        if (r->replaces && !exchange)
            dentry_withdraw(r->to);
    }
    if (victim) {
        victim->dead |= !error;
        mutex_unlock(&victim->lock);
    }
    return error;
}

static int rename_locked(struct renaming *r)
{
    int error = find_ends(r);

    if (error)
        return error;
    if (r->replaces && (r->flags & RENAME_NOREPLACE))
        error = -EEXIST;
    if (!error)
        error = check_loop(r);
    if (!error)
        error = check_permissions(r);
    /* Two names of one file: POSIX says that nothing happens. */
    if (!error && !(r->replaces && r->from->inode == r->to->inode))
        error = rename_checked(r);
    dentry_put(r->from);
    dentry_put(r->to);
    return error;
}

static int rename_between(struct renaming *r)
{
    int error;

    if (r->from_parent.mnt != r->to_parent.mnt)
        return -EXDEV;
    if (r->from_last.kind != LAST_NAME || r->to_last.kind != LAST_NAME)
        return -EBUSY;
    lock_parents(r);
    error = rename_locked(r);
    unlock_parents(r);
    return error;
}

int vfs_rename(const struct path *from_base, const char *from,
               const struct path *to_base, const char *to, unsigned flags)
{
    struct renaming r = { .flags = flags };
    int error;

    if ((flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE)) ||
        flags == (RENAME_NOREPLACE | RENAME_EXCHANGE))
        return -EINVAL;
    error = path_walk_parent(from_base, from, &r.from_parent, &r.from_last);
    if (error)
        return error;
    error = path_walk_parent(to_base, to, &r.to_parent, &r.to_last);
    if (!error) {
        error = rename_between(&r);
        path_put(&r.to_parent);
        last_put(&r.to_last);
    }
    path_put(&r.from_parent);
    last_put(&r.from_last);
    return error;
}
