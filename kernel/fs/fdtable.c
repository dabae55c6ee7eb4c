#include "kernel/fs/fdtable.h"

#include "kernel/fs/lock.h"
#include "kernel/lib/bitmap.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "mm/alloc.h"

static struct cache table_cache = CACHE("fdtable", struct fdtable);

/* --- tables --------------------------------------------------------------- */

struct fdtable *fdtable_create(void)
{
    struct fdtable *t = cache_zalloc(&table_cache);

    if (!t)
        return NULL;
    t->refs = 1;
    spin_init(&t->lock, RANK_FDTABLE);
    t->capacity = FD_INLINE;
    t->files = t->inline_files;
    t->used = &t->inline_used;
    t->cloexec = &t->inline_cloexec;
    return t;
}

static void free_arrays(struct fdtable *t)
{
    if (t->files != t->inline_files)
        kfree(t->files);
}

/*
 * Make room for `count` descriptors: one block holds the pointers and, behind
 * them, both bitmaps.  Nobody reads the old block meanwhile: readers without
 * lock are the only user, which is us.
 */
static int grow_locked(struct fdtable *t, unsigned count)
{
    unsigned capacity = t->capacity, words, old_words = t->capacity / 64;
    struct file **files;

    while (capacity < count)
        capacity *= 2;
    words = capacity / 64;
    files = kzalloc(capacity * sizeof(files[0]) + 2 * words * sizeof(u64));
    if (!files)
        return -ENOMEM;
    memcpy(files, t->files, t->capacity * sizeof(files[0]));
    memcpy(files + capacity, t->used, old_words * sizeof(u64));
    memcpy((u64 *)(files + capacity) + words, t->cloexec,
           old_words * sizeof(u64));
    free_arrays(t);
    t->files = files;
    t->used = (u64 *)(files + capacity);
    t->cloexec = t->used + words;
    t->capacity = capacity;
    return 0;
}

static inline void take_locked(struct fdtable *t, unsigned fd, bool cloexec)
{
    bitmap_set(t->used, fd);
    if (cloexec)
        bitmap_set(t->cloexec, fd);
    else
        bitmap_clear(t->cloexec, fd);
}

static int copy_locked(struct fdtable *from, struct fdtable *t)
{
    unsigned fd = 0;

    if (from->capacity > t->capacity && grow_locked(t, from->capacity))
        return -ENOMEM;
    t->first_free = from->first_free;
    while ((fd = bitmap_find_set(from->used, from->capacity, fd)) <
           from->capacity) {
        struct file *f = from->files[fd];

        if (f) {
            file_get(f);
            t->files[fd] = f;
            take_locked(t, fd, bitmap_test(from->cloexec, fd));
        } else {
            t->first_free = MIN(t->first_free, fd);
        }
        fd++;
    }
    return 0;
}

int fdtable_copy(struct fdtable *from, struct fdtable **out)
{
    struct fdtable *t = fdtable_create();
    int error;

    if (!t)
        return -ENOMEM;
    spin_lock(&from->lock);
    error = copy_locked(from, t);
    spin_unlock(&from->lock);
    if (error)
        cache_free(&table_cache, t);
    else
        *out = t;
    return error;
}

/* What close(2) does beside giving the descriptor back. */
static inline void file_close(struct file *f, struct fdtable *owner)
{
    if (unlikely(f->inode->locks))
        locks_release_owner(f->inode, owner);
    if (unlikely(f->ops->close))
        f->ops->close(f);
    file_put(f);
}

void fdtable_put(struct fdtable *t)
{
    unsigned fd = 0;

    if (__atomic_sub_fetch(&t->refs, 1, __ATOMIC_ACQ_REL))
        return;
    while ((fd = bitmap_find_set(t->used, t->capacity, fd)) < t->capacity) {
        if (t->files[fd])
            file_close(t->files[fd], t);
        fd++;
    }
    free_arrays(t);
    cache_free(&table_cache, t);
}

/* --- looking up ----------------------------------------------------------- */

struct fdref fd_get_shared(struct fdtable *t, unsigned fd)
{
    struct file *f = fd_lookup(t, fd);

    return (struct fdref){ f, f != NULL };
}

struct file *fd_lookup(struct fdtable *t, unsigned fd)
{
    struct file *f = NULL;

    spin_lock(&t->lock);
    if (fd < t->capacity) {
        f = t->files[fd];
        if (f)
            file_get(f);
    }
    spin_unlock(&t->lock);
    return f;
}

int fdtable_next(struct fdtable *t, unsigned from)
{
    int found = -1;

    spin_lock(&t->lock);
    for (; from < t->capacity; from++) {
        from = bitmap_find_set(t->used, t->capacity, from);
        if (from < t->capacity && t->files[from]) {
            found = from;
            break;
        }
    }
    spin_unlock(&t->lock);
    return found;
}

/* --- giving out and taking back ------------------------------------------- */

static int reserve_locked(struct fdtable *t, unsigned from, unsigned limit)
{
    unsigned fd = MAX(from, t->first_free);

    if (fd < t->capacity)
        fd = bitmap_find_clear(t->used, t->capacity, fd);
    if (fd >= limit)
        return -EMFILE;
    if (fd >= t->capacity && grow_locked(t, fd + 1))
        return -ENOMEM;
    if (from <= t->first_free)
        t->first_free = fd + 1;
    return fd;
}

/* Only the running thread uses it: as long as nothing moves or goes away, it
 * need not lock, whoever may be reading for /proc. */
static bool is_private(const struct fdtable *t)
{
    return READ_ONCE(t->refs) == 1;
}

static noinline int reserve_locking(struct fdtable *t, unsigned from,
                                    unsigned limit, bool cloexec)
{
    int fd;

    if (from >= limit)
        return from ? -EINVAL : -EMFILE;
    spin_lock(&t->lock);
    fd = reserve_locked(t, from, limit);
    if (fd >= 0)
        take_locked(t, fd, cloexec);
    spin_unlock(&t->lock);
    return fd;
}

int fd_reserve(unsigned from, bool cloexec)
{
    struct fdtable *t = current_task()->fdt;
    unsigned limit = task_fd_limit(), fd = t->first_free;

    if (unlikely(from || !is_private(t) || fd >= limit || fd >= t->capacity ||
                 bitmap_test(t->used, fd)))
        return reserve_locking(t, from, limit, cloexec);
    t->first_free = fd + 1;
    take_locked(t, fd, cloexec);
    return fd;
}

void fd_install_locking(struct fdtable *t, unsigned fd, struct file *f)
{
    spin_lock(&t->lock);
    assert(bitmap_test(t->used, fd) && !t->files[fd]);
    t->files[fd] = f;
    spin_unlock(&t->lock);
}

static inline struct file *remove_locked(struct fdtable *t, unsigned fd)
{
    struct file *f = t->files[fd];

    t->files[fd] = NULL;
    bitmap_clear(t->used, fd);
    bitmap_clear(t->cloexec, fd);
    if (fd < t->first_free)
        t->first_free = fd;
    return f;
}

void fd_unreserve(unsigned fd)
{
    struct fdtable *t = current_task()->fdt;

    spin_lock(&t->lock);
    assert(bitmap_test(t->used, fd) && !t->files[fd]);
    remove_locked(t, fd);
    spin_unlock(&t->lock);
}

int fd_add(struct file *f, bool cloexec)
{
    int fd = fd_reserve(0, cloexec);

    if (fd < 0)
        file_put(f);
    else
        fd_install(fd, f);
    return fd;
}

int fd_close(unsigned fd)
{
    struct fdtable *t = current_task()->fdt;
    struct file *f = NULL;

    spin_lock(&t->lock);
    if (fd < t->capacity && t->files[fd])
        f = remove_locked(t, fd);
    spin_unlock(&t->lock);
    if (!f)
        return -EBADF;
    file_close(f, t);
    return 0;
}

int fd_dup_to(unsigned from, unsigned to, bool cloexec)
{
    struct fdtable *t = current_task()->fdt;
    struct file *f, *old = NULL;
    int error = 0;

    if (to >= task_fd_limit())
        return -EBADF;
    spin_lock(&t->lock);
    f = from < t->capacity ? t->files[from] : NULL;
    if (!f)
        error = -EBADF;
    else if (to >= t->capacity)
        error = grow_locked(t, to + 1);
    else if (bitmap_test(t->used, to) && !t->files[to])
        error = -EBUSY;     /* another thread is about to open it */
    if (!error) {
        file_get(f);
        old = t->files[to];
        t->files[to] = f;
        take_locked(t, to, cloexec);
    }
    spin_unlock(&t->lock);
    if (old)
        file_close(old, t);
    return error ? error : (int)to;
}

int fd_close_range(unsigned first, unsigned last)
{
    struct fdtable *t = current_task()->fdt;
    int fd;

    while ((fd = fdtable_next(t, first)) >= 0 && (unsigned)fd <= last) {
        fd_close(fd);
        first = fd + 1;
    }
    return 0;
}

bool fd_is(unsigned fd, const struct file *f)
{
    struct fdtable *t = current_task()->fdt;
    bool same;

    spin_lock(&t->lock);
    same = fd < t->capacity && t->files[fd] == f;
    spin_unlock(&t->lock);
    return same;
}

/* --- FD_CLOEXEC ----------------------------------------------------------- */

int fdtable_cloexec(struct fdtable *t, unsigned fd)
{
    int value = -EBADF;

    spin_lock(&t->lock);
    if (fd < t->capacity && t->files[fd])
        value = bitmap_test(t->cloexec, fd);
    spin_unlock(&t->lock);
    return value;
}

int fd_cloexec(unsigned fd)
{
    return fdtable_cloexec(current_task()->fdt, fd);
}

int fd_set_cloexec(unsigned fd, bool on)
{
    struct fdtable *t = current_task()->fdt;
    int error = -EBADF;

    spin_lock(&t->lock);
    if (fd < t->capacity && t->files[fd]) {
        take_locked(t, fd, on);
        error = 0;
    }
    spin_unlock(&t->lock);
    return error;
}

int fd_set_cloexec_range(unsigned first, unsigned last)
{
    struct fdtable *t = current_task()->fdt;

    spin_lock(&t->lock);
    for (unsigned fd = first; fd <= last && fd < t->capacity; fd++)
        if (bitmap_test(t->used, fd))
            bitmap_set(t->cloexec, fd);
    spin_unlock(&t->lock);
    return 0;
}

void fdtable_close_on_exec(struct fdtable *t)
{
    unsigned fd = 0;

    while ((fd = bitmap_find_set(t->cloexec, t->capacity, fd)) < t->capacity) {
        struct file *f;

        spin_lock(&t->lock);
        f = remove_locked(t, fd);
        spin_unlock(&t->lock);
        if (f)
            file_close(f, t);
        fd++;
    }
}

unsigned fdtable_check(struct fdtable *t)
{
    unsigned open = 0;

    spin_lock(&t->lock);
    assert(t->capacity % 64 == 0);
    for (unsigned fd = 0; fd < t->capacity; fd++) {
        bool used = bitmap_test(t->used, fd);

        assert(used || !t->files[fd]);
        assert(used || !bitmap_test(t->cloexec, fd));
        assert(used || fd >= t->first_free);
        open += t->files[fd] != NULL;
    }
    spin_unlock(&t->lock);
    return open;
}
