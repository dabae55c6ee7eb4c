#include "kernel/fs/initramfs.h"

#include "kernel/fs/file.h"
#include "kernel/fs/mount.h"
#include "kernel/lib/cpio.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/time.h"
#include "mm/alloc.h"

/* --- names ---------------------------------------------------------------- */

/* Names are relative in most archives; "." is the root itself. */
static const char *relative_name(const char *name)
{
    while (*name == '/' || (name[0] == '.' && name[1] == '/'))
        name++;
    return strcmp(name, ".") ? name : "";
}

/* Make the directories that an archive without entries for them implies. */
static int make_parents(const char *name)
{
    struct make directory = { .mode = S_IFDIR | 0755 };
    char *copy = kstrdup(name);
    int error = 0;

    if (!copy)
        return -ENOMEM;
    for (char *p = copy; !error && (p = strchr(p, '/')) != NULL; p++) {
        *p = '\0';
        error = vfs_make(&initial_root, copy, &directory, NULL);
        if (error == -EEXIST)
            error = 0;
        *p = '/';
    }
    kfree(copy);
    return error;
}

static int make_entry(const char *name, const struct make *what)
{
    int error = vfs_make(&initial_root, name, what, NULL);

    if (error == -ENOENT && strchr(name, '/')) {
        error = make_parents(name);
        if (!error)
            error = vfs_make(&initial_root, name, what, NULL);
    }
    if (error != -EEXIST)
        return error;
    if (S_ISDIR(what->mode))
        return 0;
    /* A later entry replaces an earlier one. */
    error = vfs_unlink(&initial_root, name);
    return error ? error : vfs_make(&initial_root, name, what, NULL);
}

/* --- kinds of entries ----------------------------------------------------- */

static int write_data(const char *name, const struct cpio_entry *e)
{
    struct open_how how = { .flags = O_WRONLY | O_TRUNC | O_NOFOLLOW };
    struct file *f;
    struct iter it;
    int error = file_open(&initial_root, name, &how, &f);

    if (error)
        return error;
    iter_kernel(&it, (void *)e->data, e->size);
    while (!error && it.left) {
        ssize_t n = file_write(f, &it);

        if (n <= 0)
            error = n ? n : -EIO;
    }
    file_put(f);
    return error;
}

static int make_hard_link(const char *name, const struct cpio_entry *first)
{
    struct path target;
    int error = path_walk(&initial_root, relative_name(first->name),
                          WALK_NOFOLLOW, &target);

    if (error)
        return error;
    /* Another entry may have put a pipe there, which would be waited for. */
    error = S_ISREG(target.dentry->inode->mode)
        ? vfs_link(&target, &initial_root, name) : -EINVAL;
    if (error == -EEXIST) {
        error = vfs_unlink(&initial_root, name);
        if (!error)
            error = vfs_link(&target, &initial_root, name);
    }
    path_put(&target);
    return error;
}

static int unpack_regular(struct cpio_reader *r, const char *name,
                          const struct cpio_entry *e)
{
    struct make what = { .mode = S_IFREG | (e->mode & S_PERM) };
    struct cpio_entry first;
    int error;

    if (e->nlink > 1 && cpio_find_link(r, e, &first))
        error = make_hard_link(name, &first);
    else
        error = make_entry(name, &what);
    if (!error && e->size)
        error = write_data(name, e);
    return error;
}

static int unpack_symlink(const char *name, const struct cpio_entry *e)
{
    struct make what = { .mode = S_IFLNK | 0777 };
    char *target;
    int error;

    if (e->size == 0 || e->size >= PATH_MAX)
        return -EINVAL;
    target = kmalloc(e->size + 1);
    if (!target)
        return -ENOMEM;
    memcpy(target, e->data, e->size);
    target[e->size] = '\0';
    what.target = target;
    error = make_entry(name, &what);
    kfree(target);
    return error;
}

static int unpack_other(const char *name, const struct cpio_entry *e)
{
    struct make what = {
        .mode = e->mode & (S_IFMT | S_PERM),
        .rdev = dev_make(e->rdev_major, e->rdev_minor),
    };

    if (!S_ISDIR(e->mode) && !S_ISCHR(e->mode) && !S_ISBLK(e->mode) &&
        !S_ISFIFO(e->mode) && !S_ISSOCK(e->mode))
        return -EINVAL;
    return make_entry(name, &what);
}

/* --- all of it ------------------------------------------------------------ */

static int set_attributes(const char *name, const struct cpio_entry *e)
{
    struct timespec times[2] = { { e->mtime, 0 }, { e->mtime, 0 } };
    struct path p;
    int error = path_walk(&initial_root, name, WALK_NOFOLLOW | WALK_EMPTY, &p);

    if (error)
        return error;
    error = vfs_chown(&p, p.dentry->inode, e->uid, e->gid);
    if (!error && !S_ISLNK(e->mode))
        error = vfs_chmod(&p, p.dentry->inode, e->mode & S_PERM);
    if (!error)
        error = vfs_utimens(&p, p.dentry->inode, times);
    path_put(&p);
    return error;
}

static int unpack_entry(struct cpio_reader *r, const struct cpio_entry *e)
{
    const char *name = relative_name(e->name);
    int error = 0;

    if (*name && S_ISREG(e->mode))
        error = unpack_regular(r, name, e);
    else if (*name && S_ISLNK(e->mode))
        error = unpack_symlink(name, e);
    else if (*name)
        error = unpack_other(name, e);
    return error ? error : set_attributes(name, e);
}

static const char *reason(int error)
{
    switch (error) {
    case -ENOMEM:
    case -ENOSPC:
        return "no room for its files";
    case -ENAMETOOLONG:
        return "a name is too long";
    case -EINVAL:
        return "an entry of no known kind";
    default:
        return "an entry contradicts another";
    }
}

int initramfs_unpack(const void *data, size_t size, const char **why,
                     size_t *offset)
{
    struct cpio_reader r;
    struct cpio_entry e;
    int more, error;

    cpio_open(&r, data, size);
    while ((more = cpio_next(&r, &e)) > 0) {
        error = unpack_entry(&r, &e);
        if (error) {
            *why = reason(error);
            *offset = (const u8 *)e.name - (const u8 *)data;
            return error;
        }
    }
    if (more < 0) {
        *why = r.error;
        *offset = r.offset;
    }
    return more;
}
