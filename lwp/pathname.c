#include "lwp/pathname.h"

#include "kernel/lib/errno.h"
#include "mm/alloc.h"

/* It did not fit into n->small: a page will do. */
static noinline int get_long(struct pathname *n, ustr_t user)
{
    ssize_t length;

    n->heap = kmalloc(PATH_MAX);
    if (!n->heap)
        return -ENOMEM;
    n->text = n->heap;
    length = strncpy_from_user(n->heap, user, PATH_MAX);
    if (length >= 0)
        return 0;
    kfree(n->heap);
    return length;
}

int pathname_get(struct pathname *n, ustr_t user)
{
    ssize_t length = strncpy_from_user(n->small, user, sizeof n->small);

    n->text = n->small;
    n->heap = NULL;
    if (likely(length >= 0))
        return 0;
    return length == -ENAMETOOLONG ? get_long(n, user) : (int)length;
}

static int at_open(struct at *at, int dirfd)
{
    at->dir = (struct fdref){ NULL, false };
    at->base = NULL;
    if (dirfd == AT_FDCWD || at->name.text[0] == '/')
        return 0;
    at->dir = fd_get_any(dirfd);
    if (!at->dir.file)
        return -EBADF;
    if (!at->dir.file->path.dentry && at->name.text[0])
        return -ENOTDIR;
    at->base = &at->dir.file->path;
    return 0;
}

int at_get(struct at *at, int dirfd, ustr_t user)
{
    int error = pathname_get(&at->name, user);

    if (error)
        return error;
    error = at_open(at, dirfd);
    if (error) {
        fd_put(at->dir);
        pathname_put(&at->name);
    }
    return error;
}

int target_get_fd(struct target *t, struct fdref file)
{
    if (!file.file)
        return -EBADF;
    t->file = file;
    t->path = file.file->path;
    t->inode = file.file->inode;
    return 0;
}

int target_get(struct target *t, int dirfd, ustr_t user, unsigned walk)
{
    struct at at;
    int error = at_get(&at, dirfd, user);

    if (error)
        return error;
    if ((walk & WALK_EMPTY) && !at.name.text[0] && at.dir.file)
        return target_get_fd(t, at.dir);
    t->file = (struct fdref){ NULL, false };
    error = path_walk(at.base, at.name.text, walk, &t->path);
    if (!error)
        t->inode = t->path.dentry->inode;
    at_put(&at);
    return error;
}

void target_put(struct target *t)
{
    if (t->file.file)
        fd_put(t->file);
    else
        path_put(&t->path);
}
