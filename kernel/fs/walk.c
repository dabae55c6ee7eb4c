/* walk.c - path_resolution(7). */
#include "kernel/fs/walk.h"

#include "kernel/fs/fcntl.h"
#include "kernel/fs/mount.h"
#include "kernel/fs/task.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "mm/alloc.h"

/* Begin where the task's context says.  Nobody else changes a context that has
 * no other user. */
static inline void begin_at(struct walk *w, bool root)
{
    struct fs_context *fs = current_task()->fs;

    w->borrowed = READ_ONCE(fs->refs) == 1;
    if (w->borrowed)
        w->at = root ? fs->root : fs->cwd;
    else if (root)
        fs_get_root(fs, &w->at);
    else
        fs_get_cwd(fs, &w->at);
}

void walk_begin(struct walk *w, const struct path *base, const char *name)
{
    w->rest = name;
    w->buffer = NULL;
    w->links = 0;
    if (name[0] != '/' && base) {
        w->at = *base;
        w->borrowed = true;
    } else {
        begin_at(w, name[0] == '/');
    }
}

void walk_end(struct walk *w)
{
    if (!w->borrowed)
        path_put(&w->at);
    if (unlikely(w->buffer))
        kfree(w->buffer);
}

/* --- "..": up, but never above the root ----------------------------------- */

static void walk_up(struct walk *w)
{
    struct path root;

    walk_own(w);
    fs_get_root(current_task()->fs, &root);
    while (!path_equal(&w->at, &root)) {
        struct dentry *d = w->at.dentry;

        if (d != w->at.mnt->root) {
            spin_lock(&tree_lock);
            w->at.dentry = d->parent;
            dentry_get(w->at.dentry);
            spin_unlock(&tree_lock);
            dentry_put(d);
            break;
        }
        if (!mount_cross_up(&w->at))
            break;
    }
    path_put(&root);
    mount_cross_down(&w->at);
}

/* --- symbolic links ------------------------------------------------------- */

/* The link's target followed by what is left of the name, as a new name. */
static int expand(struct walk *w, struct inode *link, bool slash)
{
    size_t room = inode_size(link), rest = strlen(w->rest);
    ssize_t length;
    char *name;

    if (!link->ops->readlink)
        return -ELOOP;
    if (room == 0 || room > PATH_MAX)
        room = PATH_MAX;                /* it does not know its length */
    name = kmalloc(room + rest + 2);
    if (!name)
        return -ENOMEM;
    length = link->ops->readlink(link, name, room);
    if (length <= 0) {
        kfree(name);
        return length ? length : -ENOENT;
    }
    if (slash || rest)
        name[length++] = '/';
    memcpy(name + length, w->rest, rest);
    name[length + rest] = '\0';
    if (w->buffer)
        kfree(w->buffer);
    w->buffer = name;
    w->rest = name;
    return 0;
}

int walk_link(struct walk *w, struct dentry *d, bool slash)
{
    struct inode *link = d->inode;
    struct path to;
    int error;

    if (++w->links > LINKS_MAX)
        return -ELOOP;
    if (link->ops->jump) {
        error = link->ops->jump(link, &to);
        if (error)
            return error;
        walk_own(w);
        path_put(&w->at);
        w->at = to;
        return 0;
    }
    error = expand(w, link, slash);
    if (error)
        return error;
    if (w->rest[0] == '/') {
        if (!w->borrowed)
            path_put(&w->at);
        begin_at(w, true);
    }
    return WALK_AGAIN;
}

/* --- components ----------------------------------------------------------- */

int walk_over(struct walk *w, const struct last *component, bool follow)
{
    struct dentry *d;
    int error;

    if (unlikely(component->kind != LAST_NAME)) {
        if (component->kind == LAST_DOTDOT)
            walk_up(w);
        return 0;
    }
    d = dentry_lookup_cached(w->at.dentry, &component->name);
    if (unlikely(!d)) {
        error = dentry_lookup(w->at.dentry, &component->name, false, &d);
        if (error)
            return error;
    }
    if (unlikely(S_ISLNK(d->inode->mode)) && follow) {
        error = walk_link(w, d, component->slash);
        dentry_put(d);
        return error;
    }
    if (w->borrowed)
        mount_get(w->at.mnt);
    else
        dentry_put(w->at.dentry);
    w->borrowed = false;
    w->at.dentry = d;
    if (unlikely(READ_ONCE(d->mounted)))
        mount_cross_down(&w->at);
    return 0;
}

/* May the running thread look names up in it?  Root may, and often is it. */
static int may_search(struct inode *dir)
{
    if (unlikely(!S_ISDIR(dir->mode)))
        return -ENOTDIR;
    if (current_cred()->fsuid == 0 && !dir->ops->permission)
        return 0;
    return inode_permission(dir, MAY_EXEC);
}

/* Take the next component off w->rest. */
static void next_component(struct walk *w, struct last *c)
{
    const char *s = w->rest;
    u32 hash = 0, length;

    while (*s == '/')
        s++;
    c->name.text = s;
    for (; *s && *s != '/'; s++)
        hash = name_hash_step(hash, *s);
    length = s - c->name.text;
    c->name.length = length;
    c->name.hash = hash;
    c->slash = *s == '/';
    while (*s == '/')
        s++;
    w->rest = s;
    c->kind = LAST_NAME;
    if (length == 0)
        c->kind = LAST_ROOT;
    else if (c->name.text[0] == '.' && length == 1)
        c->kind = LAST_DOT;
    else if (c->name.text[0] == '.' && c->name.text[1] == '.' && length == 2)
        c->kind = LAST_DOTDOT;
}

int walk_to_last(struct walk *w, struct last *last)
{
    for (;;) {
        int error;

        next_component(w, last);
        if (last->kind == LAST_ROOT)
            return 0;
        error = may_search(w->at.dentry->inode);
        if (error)
            return error;
        if (last->name.length > NAME_MAX)
            return -ENAMETOOLONG;
        if (*w->rest == '\0')
            return 0;
        error = walk_over(w, last, true);
        if (error < 0)
            return error;
    }
}

int walk_slowly(struct walk *w, bool follow)
{
    struct last last;
    int error;

    do {
        error = walk_to_last(w, &last);
        if (!error)
            error = walk_over(w, &last, last.slash || follow);
    } while (error == WALK_AGAIN);
    if (!error && last.slash && !S_ISDIR(w->at.dentry->inode->mode))
        error = -ENOTDIR;
    return error;
}

/* --- the two usual walks -------------------------------------------------- */

int path_walk(const struct path *base, const char *name, unsigned flags,
              struct path *out)
{
    struct walk w;
    int error;

    if (*name == '\0' && !(flags & WALK_EMPTY))
        return -ENOENT;
    walk_begin(&w, base, name);
    walk_skip(&w, true);
    error = walk_rest(&w, !(flags & WALK_NOFOLLOW));
    if (!error && (flags & WALK_DIRECTORY) &&
        !S_ISDIR(w.at.dentry->inode->mode))
        error = -ENOTDIR;
    if (error)
        walk_end(&w);
    else
        *out = walk_finish(&w);
    return error;
}

int path_walk_parent(const struct path *base, const char *name,
                     struct path *parent, struct last *last)
{
    struct walk w;
    int error;

    if (*name == '\0')
        return -ENOENT;
    walk_begin(&w, base, name);
    walk_skip(&w, false);
    error = walk_to_last(&w, last);
    if (error) {
        walk_end(&w);
        return error;
    }
    walk_own(&w);
    last->buffer = w.buffer;
    *parent = w.at;
    return 0;
}

void last_put(struct last *last)
{
    if (last->buffer)
        kfree(last->buffer);
}
