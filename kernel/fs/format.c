/* format.c - from places back to names: getcwd(2), /proc. */
#include "kernel/fs/mount.h"

#include "kernel/fs/file.h"
#include "kernel/fs/task.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"

static const char deleted[] = " (deleted)";
static const char unreachable[] = "(unreachable)";

/* Put text before *start, which stays within buf. */
static bool prepend(char *buf, char **start, const char *text, size_t n)
{
    if ((size_t)(*start - buf) < n)
        return false;
    *start -= n;
    memcpy(*start, text, n);
    return true;
}

/* Names from p up to root, or to where nothing is above: then 1. */
static int format_locked(struct path p, const struct path *root, char *buf,
                         char **start)
{
    assert(spin_held(&tree_lock));
    while (!path_equal(&p, root)) {
        struct dentry *d = p.dentry;

        if (d == p.mnt->root) {
            if (p.mnt->parent == p.mnt)
                return 1;
            p = (struct path){ p.mnt->parent, p.mnt->point };
            continue;
        }
        if (d->parent == d)
            return 1;
        if (!prepend(buf, start, d->name.text, d->name.length) ||
            !prepend(buf, start, "/", 1))
            return -ERANGE;
        p.dentry = d->parent;
    }
    return 0;
}

static bool path_removed(const struct path *p)
{
    const struct dentry *d = p->dentry;

    return !d->hashed && d->parent != d &&
           !(d->inode->super->flags & SUPER_NO_CACHE);
}

/* What stands before `end`, which already has its NUL behind it. */
static int format_names(const struct path *p, const struct path *root,
                        char *buf, char **start)
{
    char *end = *start;
    int result;

    spin_lock(&tree_lock);
    result = format_locked(*p, root, buf, start);
    spin_unlock(&tree_lock);
    if (result >= 0 && *start == end && !prepend(buf, start, "/", 1))
        return -ERANGE;
    if (result == 1 &&
        !prepend(buf, start, unreachable, sizeof unreachable - 1))
        return -ERANGE;
    return result;
}

int path_format(const struct path *p, const struct path *root, char *buf,
                size_t size, char **start)
{
    struct path own_root = { NULL, NULL };
    bool removed = path_removed(p);
    int result = -ERANGE;

    if (!root) {
        fs_get_root(current_task()->fs, &own_root);
        root = &own_root;
    }
    *start = buf + size;
    if (prepend(buf, start, "", 1) &&
        (!removed || prepend(buf, start, deleted, sizeof deleted - 1)))
        result = format_names(p, root, buf, start);
    if (own_root.mnt)
        path_put(&own_root);
    return result < 0 ? result : result || removed;
}

int file_format_name(struct file *f, char *buf, size_t size, char **start)
{
    if (f->path.dentry)
        return path_format(&f->path, NULL, buf, size, start);
    *start = buf;
    if (S_ISFIFO(f->inode->mode) || S_ISSOCK(f->inode->mode))
        kscnprintf(buf, size, "%s:[%lu]", f->ops->name, f->inode->ino);
    else
        kscnprintf(buf, size, "anon_inode:[%s]", f->ops->name);
    return 0;
}
