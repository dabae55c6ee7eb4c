/*
 * sys_mount.c - system calls on file systems as a whole.
 */
#include "kernel/fs/mount.h"
#include "kernel/lib/errno.h"
#include "lwp/pathname.h"
#include "lwp/syscall.h"
#include "mm/alloc.h"

/* A string of mount(2) that may be missing. */
static int get_optional(struct pathname *n, ustr_t user)
{
    n->heap = NULL;
    n->text = "";
    return user ? pathname_get(n, user) : 0;
}

struct mount_strings {
    struct pathname source, type, options;
};

static int get_mount_strings(struct mount_strings *m, ustr_t source,
                             ustr_t type, ustr_t options)
{
    int error = get_optional(&m->source, source);

    if (error)
        return error;
    error = get_optional(&m->type, type);
    if (error)
        goto put_source;
    error = get_optional(&m->options, options);
    if (!error)
        return 0;
    pathname_put(&m->type);
put_source:
    pathname_put(&m->source);
    return error;
}

long sys_mount(ustr_t source, ustr_t target, ustr_t type, u64 flags,
               ustr_t options)
{
    struct mount_strings *m;
    struct target t;
    long error;

    if (!cred_is_root(current_cred()))
        return -EPERM;
    m = kmalloc(sizeof(*m));
    if (!m)
        return -ENOMEM;
    error = get_mount_strings(m, source, type, options);
    if (error)
        goto free_strings;
    error = target_get(&t, AT_FDCWD, target, 0);
    if (!error) {
        error = vfs_mount(m->source.text, &t.path, m->type.text, flags,
                          m->options.text);
        target_put(&t);
    }
    pathname_put(&m->source);
    pathname_put(&m->type);
    pathname_put(&m->options);
free_strings:
    kfree(m);
    return error;
}

long sys_umount2(ustr_t target, unsigned flags)
{
    struct target t;
    long error;

    if (flags & ~(MNT_FORCE | MNT_DETACH | UMOUNT_NOFOLLOW))
        return -EINVAL;
    if (!cred_is_root(current_cred()))
        return -EPERM;
    error = target_get(&t, AT_FDCWD, target,
                       flags & UMOUNT_NOFOLLOW ? WALK_NOFOLLOW : 0);
    if (error)
        return error;
    error = vfs_umount(&t.path, flags);
    target_put(&t);
    return error;
}

/* Everything is in memory: there is nothing to write back. */
long sys_sync(void)
{
    return 0;
}

long sys_syncfs(unsigned fd)
{
    struct fdref r = fd_get(fd);

    if (!r.file)
        return -EBADF;
    fd_put(r);
    return 0;
}
