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

/* Of no inode yet. */
static inline struct file *file_alloc(unsigned flags)
{
    struct file *f = cache_alloc(&file_cache);

    if (!f)
        return NULL;
    f->ops = NULL;
    f->path = (struct path){ NULL, NULL };
    f->inode = NULL;
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
    struct file *f = file_alloc(flags);

    if (!f)
        return NULL;
    inode_get(inode);
    f->inode = inode;
    f->ops = ops;
    f->private = private;
    return f;
}

void file_set_flags(struct file *f, u32 mask, u32 flags)
{
    spin_lock(&f->lock);
    WRITE_ONCE(f->flags, (f->flags & ~mask) | (flags & mask));
    spin_unlock(&f->lock);
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
static noinline bool find_device(struct inode *inode)
{
    void *data;
    const struct file_ops *ops = device_find(inode->mode, inode->rdev, &data);

    if (!ops)
        return false;
    WRITE_ONCE(inode->private, data);
    __atomic_store_n(&inode->fops, ops, __ATOMIC_RELEASE);
    return true;
}

static int find_ops(struct file *f)
{
    struct inode *inode = f->inode;

    switch (inode->mode & S_IFMT) {
    case S_IFREG:
    case S_IFDIR:
        f->mode |= FILE_SEEK;
        break;
    case S_IFIFO:
        f->ops = &fifo_ops;
        return 0;
    case S_IFCHR:
    case S_IFBLK:
        if (!inode->fops && !find_device(inode))
            return -ENXIO;
        f->private = inode->private;
        break;
    }
    f->ops = inode->fops;
    return f->ops ? 0 : -ENXIO;             /* a socket has none */
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

/* This and the next two complete f; on 0 it has taken over the references of
 * the path. */
static inline int open_granted(struct file *f, const struct path *p,
                               unsigned flags)
{
    int error;

    f->path = *p;
    f->inode = p->dentry->inode;
    error = find_ops(f);
    return error ? error : open_finish(f, flags);
}

static int open_only_path(struct file *f, const struct path *p, unsigned flags)
{
    if ((flags & O_DIRECTORY) && !S_ISDIR(p->dentry->inode->mode))
        return -ENOTDIR;
    f->path = *p;
    f->inode = p->dentry->inode;
    f->mode = FILE_PATH;
    f->ops = &path_file_ops;
    return 0;
}

static int open_checked(struct file *f, const struct path *p, unsigned flags)
{
    int error;

    if (flags & O_PATH)
        return open_only_path(f, p, flags);
    error = check_kind(p, flags);
    if (!error)
        error = check_access(p->dentry->inode, flags);
    return error ? error : open_granted(f, p, flags);
}

/* It could not be opened. */
static void file_abandon(struct file *f)
{
    drop_writer(f);
    file_free(f);
}

int file_open_path(const struct path *p, unsigned flags, struct file **out)
{
    struct file *f = file_alloc(flags);
    int error;

    if (!f)
        return -ENOMEM;
    error = open_checked(f, p, flags);
    if (error) {
        file_abandon(f);
        return error;
    }
    path_get(p);
    *out = f;
    return 0;
}

/* --- from a name, with O_CREAT -------------------------------------------- */

/* Make the absent last component; w->at becomes the new file. */
static int create_last(struct walk *w, const struct last *last,
                       const struct open_how *how, bool *created)
{
    mode_t mode = how->mode & ~current_task()->fs->umask;
    struct make what = { .mode = S_IFREG | (mode & S_PERM),
                         .extra = how->extra };
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
    struct dentry *d;
    int error;

    if (last->kind != LAST_NAME || last->slash)
        return -EISDIR;
    do {
        error = dentry_lookup(w->at.dentry, &last->name, false, &d);
        if (error == -ENOENT)
            error = create_last(w, last, how, created);
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

/* O_TMPFILE: a file without a name in the directory `dir`. */
static int check_unnamed(const struct path *dir, unsigned flags)
{
    struct inode *inode = dir->dentry->inode;
    int error;

    if (!S_ISDIR(inode->mode))
        return -ENOTDIR;
    if ((flags & O_ACCMODE) == O_RDONLY)
        return -EINVAL;
    error = inode_permission(inode, MAY_WRITE | MAY_EXEC);
    if (error)
        return error;
    return inode->ops->make_unnamed ? mount_writable(dir->mnt) : -EOPNOTSUPP;
}

static int open_unnamed(struct file *f, const struct path *dir,
                        const struct open_how *how)
{
    mode_t mode = how->mode & S_PERM & ~current_task()->fs->umask;
    struct inode *inode = dir->dentry->inode;
    struct path p = { dir->mnt, NULL };
    struct name name = name_of("#", 1);
    int error = check_unnamed(dir, how->flags);

    if (error)
        return error;
    p.dentry = dentry_create(dir->dentry, &name);
    if (!p.dentry)
        return -ENOMEM;
    error = inode->ops->make_unnamed(inode, p.dentry, mode);
    if (!error) {
        p.dentry->inode->linkable = !(how->flags & O_EXCL);
        error = open_granted(f, &p, how->flags & ~O_TRUNC);
    }
    if (error)
        dentry_put(p.dentry);
    else
        dentry_put(dir->dentry);            /* f has taken over the mount */
    return error;
}

static int open_walk(struct file *f, struct walk *w,
                     const struct open_how *how)
{
    unsigned flags = how->flags;
    bool created = false;
    int error;

    walk_skip(w, !(flags & O_CREAT));
    if (flags & O_CREAT)
        error = walk_creating(w, how, &created);
    else
        error = walk_rest(w, !(flags & O_NOFOLLOW));
    if (error)
        return error;
    walk_own(w);
    if (unlikely((flags & O_TMPFILE) == O_TMPFILE))
        return open_unnamed(f, &w->at, how);
    if (created)
        return open_granted(f, &w->at, flags & ~O_TRUNC);
    return open_checked(f, &w->at, flags);
}

/* There is a struct file before anything is made: for want of one, no new name
 * is left behind. */
int file_open(const struct path *base, const char *name,
              const struct open_how *how, struct file **out)
{
    struct file *f;
    struct walk w;
    int error;

    if (*name == '\0')
        return -ENOENT;
    f = file_alloc(how->flags);
    if (!f)
        return -ENOMEM;
    walk_begin(&w, base, name);
    error = open_walk(f, &w, how);
    if (error) {
        walk_end(&w);
        file_abandon(f);
        return error;
    }
    walk_finish(&w);                        /* its references are f's */
    *out = f;
    return 0;
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
    struct file *f;
    struct path p;
    int error = path_walk(base, name, walk, &p);

    if (error)
        return error;
    error = hold_image(&p);
    if (error)
        goto put_path;
    f = file_alloc(O_RDONLY);
    error = f ? open_granted(f, &p, O_RDONLY) : -ENOMEM;
    if (!error) {
        f->mode |= FILE_EXEC;
        *out = f;
        return 0;
    }
    if (f)
        file_abandon(f);
    __atomic_add_fetch(&p.dentry->inode->writers, 1, __ATOMIC_RELEASE);
put_path:
    path_put(&p);
    return error;
}
