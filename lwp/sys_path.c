/*
 * sys_path.c - system calls on names: directories, links, the working
 * directory.
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "lwp/pathname.h"
#include "lwp/syscall.h"
#include "mm/alloc.h"

/* --- making and removing -------------------------------------------------- */

static long make_at(int dirfd, ustr_t path, const struct make *what)
{
    struct at at;
    int error = at_get(&at, dirfd, path);

    if (error)
        return error;
    error = vfs_make(at.base, at.name.text, what, NULL);
    at_put(&at);
    return error;
}

static mode_t masked(mode_t mode)
{
    return mode & ~READ_ONCE(current_task()->fs->umask);
}

long sys_mkdirat(int dirfd, ustr_t path, mode_t mode)
{
    struct make what = { .mode = S_IFDIR | masked(mode & (0777 | S_ISVTX)) };

    return make_at(dirfd, path, &what);
}

long sys_mknodat(int dirfd, ustr_t path, mode_t mode, unsigned rdev)
{
    struct make what = { .mode = mode & S_IFMT, .rdev = rdev };

    if (what.mode == 0)
        what.mode = S_IFREG;
    if (S_ISDIR(what.mode))
        return -EPERM;
    if (!S_ISREG(what.mode) && !S_ISCHR(what.mode) && !S_ISBLK(what.mode) &&
        !S_ISFIFO(what.mode) && !S_ISSOCK(what.mode))
        return -EINVAL;
    what.mode |= masked(mode & S_PERM);
    return make_at(dirfd, path, &what);
}

long sys_symlinkat(ustr_t target, int dirfd, ustr_t path)
{
    struct make what = { .mode = S_IFLNK | 0777 };
    struct pathname text;
    long error = pathname_get(&text, target);

    if (error)
        return error;
    what.target = text.text;
    error = text.text[0] ? make_at(dirfd, path, &what) : -ENOENT;
    pathname_put(&text);
    return error;
}

long sys_linkat(int from_dir, ustr_t from, int to_dir, ustr_t to,
                unsigned flags)
{
    unsigned walk = flags & AT_SYMLINK_FOLLOW ? 0 : WALK_NOFOLLOW;
    struct target t;
    struct at at;
    long error;

    if (flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
        return -EINVAL;
    if (flags & AT_EMPTY_PATH)
        walk |= WALK_EMPTY;
    error = target_get(&t, from_dir, from, walk);
    if (error)
        return error;
    error = at_get(&at, to_dir, to);
    if (!error) {
        error = t.path.dentry ? vfs_link(&t.path, at.base, at.name.text)
                              : -EXDEV;
        at_put(&at);
    }
    target_put(&t);
    return error;
}

long sys_unlinkat(int dirfd, ustr_t path, unsigned flags)
{
    struct at at;
    long error;

    if (flags & ~AT_REMOVEDIR)
        return -EINVAL;
    error = at_get(&at, dirfd, path);
    if (error)
        return error;
    error = flags & AT_REMOVEDIR ? vfs_rmdir(at.base, at.name.text)
                                 : vfs_unlink(at.base, at.name.text);
    at_put(&at);
    return error;
}

long sys_renameat2(int from_dir, ustr_t from, int to_dir, ustr_t to,
                   unsigned flags)
{
    struct at a, b;
    long error = at_get(&a, from_dir, from);

    if (error)
        return error;
    error = at_get(&b, to_dir, to);
    if (!error) {
        error = vfs_rename(a.base, a.name.text, b.base, b.name.text, flags);
        at_put(&b);
    }
    at_put(&a);
    return error;
}

/* --- reading names -------------------------------------------------------- */

static long copy_link(const struct path *p, uptr_t buf, int size)
{
    char *text = kmalloc(PATH_MAX);
    ssize_t n;

    if (!text)
        return -ENOMEM;
    n = vfs_readlink(p, text, MIN((size_t)size, (size_t)PATH_MAX));
    if (n >= 0 && copy_to_user(buf, text, n))
        n = -EFAULT;
    kfree(text);
    return n;
}

long sys_readlinkat(int dirfd, ustr_t path, uptr_t buf, int size)
{
    struct target t;
    long n;

    if (size <= 0)
        return -EINVAL;
    n = target_get(&t, dirfd, path, WALK_NOFOLLOW | WALK_EMPTY);
    if (n)
        return n;
    /* "" is allowed for the descriptor of a link only. */
    if (t.file.file && !(t.path.dentry && S_ISLNK(t.inode->mode)))
        n = -ENOENT;
    else
        n = copy_link(&t.path, buf, size);
    target_put(&t);
    return n;
}

long sys_getcwd(uptr_t buf, size_t size)
{
    struct path cwd;
    char *text = kmalloc(PATH_MAX), *start;
    long n;

    if (!text)
        return -ENOMEM;
    fs_get_cwd(current_task()->fs, &cwd);
    n = path_format(&cwd, NULL, text, PATH_MAX, &start);
    if (n == 1)
        n = cwd.dentry->inode->dead ? -ENOENT : 0;
    path_put(&cwd);
    if (n == 0) {
        n = strlen(start) + 1;
        if ((size_t)n > size)
            n = -ERANGE;
        else if (copy_to_user(buf, start, n))
            n = -EFAULT;
    }
    kfree(text);
    return n;
}

struct dirent_sink {
    struct dir_sink sink;
    u8 *buf;
    size_t used, size;
    bool full;
};

static bool emit_dirent(struct dir_sink *sink, const struct name *name,
                        ino_t ino, unsigned type, off_t next)
{
    struct dirent_sink *s = container_of(sink, struct dirent_sink, sink);
    struct dirent_head head = { .ino = ino, .next = next, .type = type };
    size_t length = ALIGN_UP(sizeof head + name->length + 1, 8ul);
    u8 *to = s->buf + s->used;

    if (length > s->size - s->used) {
        s->full = true;
        return false;
    }
    head.length = length;
    memcpy(to, &head, sizeof head);
    memcpy(to + sizeof head, name->text, name->length);
    memset(to + sizeof head + name->length, 0,
           length - sizeof head - name->length);
    s->used += length;
    return true;
}

/* At most a page at a time: callers come again until they get 0. */
long sys_getdents64(unsigned fd, uptr_t buf, unsigned size)
{
    struct fdref r = fd_get(fd);
    struct dirent_sink s = { .sink = { emit_dirent } };
    long n;

    if (!r.file)
        return -EBADF;
    s.size = MIN(size, (unsigned)PAGE_SIZE);
    s.buf = kmalloc(PAGE_SIZE);
    n = s.buf ? file_readdir(r.file, &s.sink) : -ENOMEM;
    if (!n && s.used == 0 && s.full)
        n = -EINVAL;
    else if (!n)
        n = copy_to_user(buf, s.buf, s.used) ? -EFAULT : (long)s.used;
    kfree(s.buf);
    fd_put(r);
    return n;
}

/* --- the working directory and the root ----------------------------------- */

/* Takes over the path's references if it is a directory one may enter. */
static int check_enter(struct path *p)
{
    int error = -ENOTDIR;

    if (S_ISDIR(p->dentry->inode->mode))
        error = inode_permission(p->dentry->inode, MAY_EXEC);
    if (error)
        path_put(p);
    return error;
}

static int walk_to_enter(ustr_t user, struct path *p)
{
    struct pathname name;
    int error = pathname_get(&name, user);

    if (error)
        return error;
    error = path_walk(NULL, name.text, WALK_DIRECTORY, p);
    pathname_put(&name);
    return error ? error : check_enter(p);
}

long sys_chdir(ustr_t path)
{
    struct path p;
    int error = walk_to_enter(path, &p);

    if (!error)
        fs_set_cwd(current_task()->fs, &p);
    return error;
}

long sys_fchdir(unsigned fd)
{
    struct fdref r = fd_get_any(fd);
    struct path p;
    int error;

    if (!r.file)
        return -EBADF;
    p = r.file->path;
    if (p.dentry) {
        path_get(&p);
        error = check_enter(&p);
        if (!error)
            fs_set_cwd(current_task()->fs, &p);
    } else {
        error = -ENOTDIR;
    }
    fd_put(r);
    return error;
}

long sys_chroot(ustr_t path)
{
    struct path p;
    int error = walk_to_enter(path, &p);

    if (error)
        return error;
    if (!cred_is_root(current_cred())) {
        path_put(&p);
        return -EPERM;
    }
    fs_set_root(current_task()->fs, &p);
    return 0;
}

long sys_umask(mode_t mask)
{
    return __atomic_exchange_n(&current_task()->fs->umask, mask & 0777,
                               __ATOMIC_RELAXED);
}
