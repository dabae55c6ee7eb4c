#include "kernel/fs/task.h"

#include "kernel/fs/fdtable.h"
#include "kernel/fs/mount.h"
#include "kernel/lib/errno.h"
#include "mm/alloc.h"

static struct cache context_cache = CACHE("fs_context", struct fs_context);

/* What kernel threads use; its root is filled in when there is one. */
static struct fs_context kernel_context = {
    .refs = 1,
    .lock = SPINLOCK_INIT(RANK_FILE),
    .umask = 022,
};

struct fs_task kernel_fs_task = {
    .fs = &kernel_context,
    .lock = SPINLOCK_INIT(RANK_FILE),
    .cred = &root_cred,
};

/* --- doors upward --------------------------------------------------------- */

static void no_signal_self(int sig)
{
    (void)sig;
}

static void no_signal_pid(pid_t pid, int sig)
{
    (void)pid;
    (void)sig;
}

static pid_t no_pid(void)
{
    return 0;
}

static const struct fs_doors no_doors = {
    .signal_self = no_signal_self,
    .signal_pid = no_signal_pid,
    .current_pid = no_pid,
};

const struct fs_doors *fs_doors = &no_doors;

void fs_set_doors(const struct fs_doors *doors)
{
    fs_doors = doors;
}

/* --- contexts ------------------------------------------------------------- */

static struct fs_context *context_copy(struct fs_context *from)
{
    struct fs_context *fs = cache_alloc(&context_cache);

    if (!fs)
        return NULL;
    fs->refs = 1;
    spin_init(&fs->lock, RANK_FILE);
    spin_lock(&from->lock);
    fs->root = from->root;
    fs->cwd = from->cwd;
    fs->umask = from->umask;
    path_get(&fs->root);
    path_get(&fs->cwd);
    spin_unlock(&from->lock);
    return fs;
}

static void context_get(struct fs_context *fs)
{
    __atomic_add_fetch(&fs->refs, 1, __ATOMIC_RELAXED);
}

static void context_put(struct fs_context *fs)
{
    if (__atomic_sub_fetch(&fs->refs, 1, __ATOMIC_ACQ_REL))
        return;
    path_put(&fs->root);
    path_put(&fs->cwd);
    cache_free(&context_cache, fs);
}

/* Only the running thread could change a context that has no other user. */
static void read_path(struct fs_context *fs, const struct path *which,
                      struct path *out)
{
    bool shared = READ_ONCE(fs->refs) != 1;

    if (shared)
        spin_lock(&fs->lock);
    *out = *which;
    path_get(out);
    if (shared)
        spin_unlock(&fs->lock);
}

void fs_get_root(struct fs_context *fs, struct path *out)
{
    read_path(fs, &fs->root, out);
}

void fs_get_cwd(struct fs_context *fs, struct path *out)
{
    read_path(fs, &fs->cwd, out);
}

static void replace_path(struct fs_context *fs, struct path *where,
                         struct path *p)
{
    struct path old;

    spin_lock(&fs->lock);
    old = *where;
    *where = *p;
    spin_unlock(&fs->lock);
    path_put(&old);
}

void fs_set_root(struct fs_context *fs, struct path *p)
{
    replace_path(fs, &fs->root, p);
}

void fs_set_cwd(struct fs_context *fs, struct path *p)
{
    replace_path(fs, &fs->cwd, p);
}

/* --- tasks ---------------------------------------------------------------- */

int fs_task_init(struct fs_task *t)
{
    *t = (struct fs_task){ .lock = SPINLOCK_INIT(RANK_FILE) };
    t->fs = context_copy(&kernel_context);
    if (!t->fs)
        return -ENOMEM;
    t->fdt = fdtable_create();
    if (!t->fdt) {
        context_put(t->fs);
        t->fs = NULL;
        return -ENOMEM;
    }
    t->cred = &root_cred;
    cred_get(t->cred);
    return 0;
}

int fs_task_fork(struct fs_task *child, unsigned share)
{
    struct fs_task *t = current_task();
    int error = 0;

    *child = (struct fs_task){ .lock = SPINLOCK_INIT(RANK_FILE) };
    if (share & FS_SHARE_FILES) {
        child->fdt = t->fdt;
        fdtable_get(t->fdt);
    } else {
        error = fdtable_copy(t->fdt, &child->fdt);
        if (error)
            return error;
    }
    if (share & FS_SHARE_CONTEXT) {
        child->fs = t->fs;
        context_get(t->fs);
    } else {
        child->fs = context_copy(t->fs);
        if (!child->fs)
            goto put_table;
    }
    child->cred = t->cred;
    cred_get(child->cred);
    return 0;

put_table:
    fdtable_put(child->fdt);
    child->fdt = NULL;
    return -ENOMEM;
}

/* Put new parts (NULL: keep) in place of the running task's. */
static void task_replace(struct fs_task *t, struct fdtable *table,
                         struct fs_context *fs)
{
    struct fdtable *old_table = NULL;
    struct fs_context *old_context = NULL;

    spin_lock(&t->lock);
    if (table) {
        old_table = t->fdt;
        t->fdt = table;
    }
    if (fs) {
        old_context = t->fs;
        t->fs = fs;
    }
    spin_unlock(&t->lock);
    if (old_table)
        fdtable_put(old_table);
    if (old_context)
        context_put(old_context);
}

int fs_task_unshare(struct fs_task *t, unsigned parts)
{
    struct fdtable *table = NULL;
    struct fs_context *fs = NULL;
    int error;

    if ((parts & FS_SHARE_FILES) && READ_ONCE(t->fdt->refs) != 1) {
        error = fdtable_copy(t->fdt, &table);
        if (error)
            return error;
    }
    if ((parts & FS_SHARE_CONTEXT) && READ_ONCE(t->fs->refs) != 1) {
        fs = context_copy(t->fs);
        if (!fs) {
            if (table)
                fdtable_put(table);
            return -ENOMEM;
        }
    }
    task_replace(t, table, fs);
    return 0;
}

void fs_task_release(struct fs_task *t)
{
    struct fdtable *table;
    struct fs_context *fs;

    spin_lock(&t->lock);
    table = t->fdt;
    fs = t->fs;
    t->fdt = NULL;
    t->fs = NULL;
    spin_unlock(&t->lock);
    if (table)
        fdtable_put(table);
    if (fs)
        context_put(fs);
}

void fs_task_destroy(struct fs_task *t)
{
    fs_task_release(t);
    if (t->cred)
        cred_put(t->cred);
    t->cred = NULL;
}

/* --- looking at another task ---------------------------------------------- */

struct fdtable *fs_task_files(struct fs_task *t)
{
    struct fdtable *table;

    spin_lock(&t->lock);
    table = t->fdt;
    if (table)
        fdtable_get(table);
    spin_unlock(&t->lock);
    return table;
}

static struct fs_context *task_context(struct fs_task *t)
{
    struct fs_context *fs;

    spin_lock(&t->lock);
    fs = t->fs;
    if (fs)
        context_get(fs);
    spin_unlock(&t->lock);
    return fs;
}

bool fs_task_cwd(struct fs_task *t, struct path *out)
{
    struct fs_context *fs = task_context(t);

    if (!fs)
        return false;
    fs_get_cwd(fs, out);
    context_put(fs);
    return true;
}

bool fs_task_root(struct fs_task *t, struct path *out)
{
    struct fs_context *fs = task_context(t);

    if (!fs)
        return false;
    fs_get_root(fs, out);
    context_put(fs);
    return true;
}

mode_t fs_task_umask(struct fs_task *t)
{
    struct fs_context *fs = task_context(t);
    mode_t umask = fs ? READ_ONCE(fs->umask) : 0;

    if (fs)
        context_put(fs);
    return umask;
}
