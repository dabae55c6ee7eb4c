/* open.c - open(2): from a name to an open file. */
#include "kernel/fs/file.h"

#include "kernel/fs/devfs.h"
#include "kernel/fs/poll.h"
#include "kernel/fs/lock.h"
#include "kernel/fs/mount.h"
#include "kernel/fs/names.h"
#include "kernel/fs/pipe.h"
#include "kernel/fs/task.h"
#include "kernel/fs/walk.h"
#include "kernel/lib/errno.h"
#include "mm/alloc.h"

static struct cache file_cache = CACHE("file", struct file);
static u64 open_files;              /* atomic */

/* --- struct file ---------------------------------------------------------- */

static u32 mode_of_flags(unsigned flags)
{
    static const u8 modes[] = {
        [O_RDONLY] = FILE_READ, [O_WRONLY] = FILE_WRITE,
        [O_RDWR] = FILE_READ | FILE_WRITE, [3] = 0,
    };
    return modes[flags & O_ACCMODE];
}

static inline struct file *file_alloc(struct inode *inode, unsigned flags)
{
    struct file *f = cache_alloc(&file_cache);

    if (!f)
        return NULL;
    f->ops = NULL;
    f->path = (struct path){ NULL, NULL };
    f->inode = inode;
    f->private = NULL;
    f->mode = mode_of_flags(flags);
    f->refs = 1;
    f->flags = flags & ~O_CREATION;
    f->position_lock = (struct mutex)MUTEX_INIT(f->position_lock);
    f->position = 0;
    spin_init(&f->lock, RANK_FILE);
    f->owner = 0;
    f->owner_signal = 0;
    list_init(&f->watches);
    __atomic_add_fetch(&open_files, 1, __ATOMIC_RELAXED);
    return f;
}

static void file_free(struct file *f)
{
    __atomic_sub_fetch(&open_files, 1, __ATOMIC_RELAXED);
    cache_free(&file_cache, f);
}

u64 file_count(void)
{
    return READ_ONCE(open_files);
}

struct file *file_create_anon(struct inode *inode, const struct file_ops *ops,
                              void *private, unsigned flags)
{
    struct file *f = file_alloc(inode, flags);

    if (!f)
        return NULL;
    inode_get(inode);
    f->ops = ops;
    f->private = private;
    return f;
}

/* --- writers and executed images: -ETXTBSY -------------------------------- */

static bool writers_add(struct inode *inode, s32 step)
{
    s32 n = READ_ONCE(inode->writers);

    do {
        if (step > 0 ? n < 0 : n > 0)
            return false;
    } while (!__atomic_compare_exchange_n(&inode->writers, &n, n + step, false,
                                          __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
    return true;
}

static void drop_writer(struct file *f)
{
    if (f->mode & FILE_WRITER)
        __atomic_sub_fetch(&f->inode->writers, 1, __ATOMIC_RELEASE);
    else if (f->mode & FILE_EXEC)
        __atomic_add_fetch(&f->inode->writers, 1, __ATOMIC_RELEASE);
}

/* --- closing -------------------------------------------------------------- */

void file_release(struct file *f)
{
    if (unlikely(!list_empty(&f->watches)))
        epoll_forget(f);
    if (unlikely(f->inode->locks))
        locks_release_file(f);
    if (f->ops->release)
        f->ops->release(f);
    drop_writer(f);
    if (f->path.dentry) {
        dentry_put(f->path.dentry);
        mount_put(f->path.mnt);
    } else {
        inode_put(f->inode);
    }
    file_free(f);
}

/* --- opening an inode ----------------------------------------------------- */

static const struct file_ops path_file_ops = { .name = "path" };

/* The operations behind a device node are looked up once and kept there: no
 * device ever goes away. */
static int find_ops(struct file *f)
{
    struct inode *inode = f->inode;
    void *data;

    if (S_ISFIFO(inode->mode)) {
        f->ops = &fifo_ops;
        return 0;
    }
    if ((S_ISCHR(inode->mode) || S_ISBLK(inode->mode)) && !inode->fops) {
        const struct file_ops *ops = device_find(inode->mode, inode->rdev,
                                                 &data);

        if (!ops)
            return -ENXIO;
        WRITE_ONCE(inode->private, data);
        __atomic_store_n(&inode->fops, ops, __ATOMIC_RELEASE);
    }
    if (!inode->fops)
        return -ENXIO;                      /* a socket */
    f->ops = inode->fops;
    if (!S_ISREG(inode->mode) && !S_ISDIR(inode->mode))
        f->private = inode->private;
    else
        f->mode |= FILE_SEEK;
    return 0;
}

static int check_kind(const struct path *p, unsigned flags)
{
    mode_t mode = p->dentry->inode->mode;
    bool writes = (flags & O_ACCMODE) != O_RDONLY || (flags & O_TRUNC);

    if (S_ISLNK(mode))
        return -ELOOP;
    if (S_ISDIR(mode))
        return writes || (flags & O_CREAT) ? -EISDIR : 0;
    if (flags & O_DIRECTORY)
        return -ENOTDIR;
    if ((S_ISCHR(mode) || S_ISBLK(mode)) &&
        (READ_ONCE(p->mnt->flags) & MS_NODEV))
        return -EACCES;
    return S_ISREG(mode) && writes ? mount_writable(p->mnt) : 0;
}

static int check_access(struct inode *inode, unsigned flags)
{
    static const u8 masks[] = {
        [O_RDONLY] = MAY_READ, [O_WRONLY] = MAY_WRITE,
        [O_RDWR] = MAY_READ | MAY_WRITE, [3] = MAY_READ | MAY_WRITE,
    };
    const struct cred *cred = current_cred();
    unsigned mask = masks[flags & O_ACCMODE];

    if (flags & O_TRUNC)
        mask |= MAY_WRITE;
    if ((flags & O_NOATIME) && cred->fsuid != 0 && cred->fsuid != inode->uid)
        return -EPERM;
    return inode_permission_as(inode, mask, cred);
}

static int open_alloc(const struct path *p, unsigned flags, struct file **out)
{
    struct file *f = file_alloc(p->dentry->inode, flags);
    int error;

    if (!f)
        return -ENOMEM;
    f->path = *p;
    error = find_ops(f);
    if (error)
        file_free(f);
    else
        *out = f;
    return error;
}

/* The driver's part; the file is complete otherwise. */
static int open_finish(struct file *f, unsigned flags)
{
    struct inode *inode = f->inode;
    int error = 0;

    if (S_ISREG(inode->mode) && (f->mode & FILE_WRITE)) {
        if (!writers_add(inode, 1))
            return -ETXTBSY;
        f->mode |= FILE_WRITER;
    }
    if (f->ops->open) {
        f->flags |= flags & O_NOCTTY;       /* for it to see, only */
        error = f->ops->open(inode, f);
        f->flags &= ~O_NOCTTY;
    }
    if (!error && (flags & O_TRUNC) && S_ISREG(inode->mode)) {
        error = vfs_truncate(inode, 0);
        if (error && f->ops->release)
            f->ops->release(f);
    }
    return error;
}

/* This and the next two take over the path's references, but on failure. */
static int open_granted(const struct path *p, unsigned flags,
                        struct file **out)
{
    struct file *f;
    int error = open_alloc(p, flags, &f);

    if (error)
        return error;
    error = open_finish(f, flags);
    if (error) {
        drop_writer(f);
        file_free(f);
        return error;
    }
    *out = f;
    return 0;
}

static int open_only_path(const struct path *p, unsigned flags,
                          struct file **out)
{
    struct file *f;

    if ((flags & O_DIRECTORY) && !S_ISDIR(p->dentry->inode->mode))
        return -ENOTDIR;
    f = file_alloc(p->dentry->inode, flags);
    if (!f)
        return -ENOMEM;
    f->mode = FILE_PATH;
    f->ops = &path_file_ops;
    f->path = *p;
    *out = f;
    return 0;
}

static int open_checked(const struct path *p, unsigned flags,
                        struct file **out)
{
    int error;

    if (flags & O_PATH)
        return open_only_path(p, flags, out);
    error = check_kind(p, flags);
    if (!error)
        error = check_access(p->dentry->inode, flags);
    return error ? error : open_granted(p, flags, out);
}

int file_open_path(const struct path *p, unsigned flags, struct file **out)
{
    struct path own = *p;
    int error;

    path_get(&own);
    error = open_checked(&own, flags, out);
    if (error)
        path_put(&own);
    return error;
}

/* --- from a name, with O_CREAT -------------------------------------------- */

/* Make the absent last component; w->at becomes the new file. */
static int create_last(struct walk *w, const struct last *last, mode_t mode,
                       bool *created)
{
    struct make what = { .mode = S_IFREG | (mode & S_PERM) };
    struct inode *dir = w->at.dentry->inode;
    struct dentry *d;
    int error;

    walk_own(w);
    mutex_lock(&dir->lock);
    error = dentry_lookup(w->at.dentry, &last->name, true, &d);
    *created = error == -ENOENT;
    if (*created)
        error = make_locked(&w->at, &last->name, &what, &d);
    mutex_unlock(&dir->lock);
    if (error)
        return error;
    if (!*created) {
        dentry_put(d);                      /* another was quicker */
        return -EAGAIN;
    }
    dentry_put(w->at.dentry);
    w->at.dentry = d;
    return 0;
}

/* O_CREAT: go over the last component, or make it. */
static int walk_or_create(struct walk *w, const struct last *last,
                          const struct open_how *how, bool *created)
{
    mode_t mode = how->mode & ~current_task()->fs->umask;
    struct dentry *d;
    int error;

    if (last->kind != LAST_NAME || last->slash)
        return -EISDIR;
    do {
        error = dentry_lookup(w->at.dentry, &last->name, false, &d);
        if (error == -ENOENT)
            error = create_last(w, last, mode, created);
        else if (!error)
            dentry_put(d);
    } while (error == -EAGAIN);
    if (error || *created)
        return error;
    if (how->flags & O_EXCL)
        return -EEXIST;
    return walk_over(w, last, !(how->flags & O_NOFOLLOW));
}

/* Not inline: what does not create shall not pay for it. */
static noinline int walk_creating(struct walk *w, const struct open_how *how,
                                  bool *created)
{
    struct last last;
    int error;

    do {
        error = walk_to_last(w, &last);
        if (!error)
            error = walk_or_create(w, &last, how, created);
    } while (error == WALK_AGAIN);
    return error;
}

/* O_TMPFILE: a file without a name in the directory that `dir` is. */
static int open_unnamed(const struct path *dir, const struct open_how *how,
                        struct file **out)
{
    mode_t mode = how->mode & S_PERM & ~current_task()->fs->umask;
    struct inode *inode = dir->dentry->inode;
    struct path p = { dir->mnt, NULL };
    struct name name = name_of("#", 1);
    int error = inode_permission(inode, MAY_WRITE | MAY_EXEC);

    if (!S_ISDIR(inode->mode))
        return -ENOTDIR;
    if ((how->flags & O_ACCMODE) == O_RDONLY)
        return -EINVAL;
    if (!inode->ops->make_unnamed)
        return -EOPNOTSUPP;
    if (!error)
        error = mount_writable(dir->mnt);
    if (error)
        return error;
    p.dentry = dentry_create(dir->dentry, &name);
    if (!p.dentry)
        return -ENOMEM;
    error = inode->ops->make_unnamed(inode, p.dentry, mode);
    if (!error) {
        p.dentry->inode->linkable = !(how->flags & O_EXCL);
        error = open_granted(&p, how->flags & ~O_TRUNC, out);
    }
    if (error)
        dentry_put(p.dentry);
    else
        mount_get(dir->mnt);
    return error;
}

int file_open(const struct path *base, const char *name,
              const struct open_how *how, struct file **out)
{
    struct walk w;
    struct path at;
    bool created = false;
    int error;

    if (*name == '\0')
        return -ENOENT;
    walk_begin(&w, base, name);
    walk_skip(&w, !(how->flags & O_CREAT));
    if (how->flags & O_CREAT)
        error = walk_creating(&w, how, &created);
    else
        error = walk_rest(&w, !(how->flags & O_NOFOLLOW));
    if (error) {
        walk_end(&w);
        return error;
    }
    at = walk_finish(&w);
    if (unlikely((how->flags & O_TMPFILE) == O_TMPFILE)) {
        error = open_unnamed(&at, how, out);
        path_put(&at);
        return error;
    }
    if (created)
        error = open_granted(&at, how->flags & ~O_TRUNC, out);
    else
        error = open_checked(&at, how->flags, out);
    if (error)
        path_put(&at);
    return error;
}

/* May it be executed, and is nobody writing to it?  On 0 it is counted. */
static int hold_image(const struct path *p)
{
    struct inode *inode = p->dentry->inode;
    int error;

    if (S_ISLNK(inode->mode))
        return -ELOOP;
    if (!S_ISREG(inode->mode) || (READ_ONCE(p->mnt->flags) & MS_NOEXEC))
        return -EACCES;
    error = inode_permission(inode, MAY_EXEC);
    if (!error && !writers_add(inode, -1))
        error = -ETXTBSY;
    return error;
}

int file_open_exec(const struct path *base, const char *name, unsigned walk,
                   struct file **out)
{
    struct path p;
    int error = path_walk(base, name, walk, &p);

    if (error)
        return error;
    error = hold_image(&p);
    if (error)
        goto put_path;
    error = open_granted(&p, O_RDONLY, out);
    if (!error) {
        (*out)->mode |= FILE_EXEC;
        return 0;
    }
    __atomic_add_fetch(&p.dentry->inode->writers, 1, __ATOMIC_RELEASE);
put_path:
    path_put(&p);
    return error;
}
