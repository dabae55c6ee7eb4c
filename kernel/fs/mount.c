#include "kernel/fs/mount.h"

#include "kernel/fs/task.h"
#include "kernel/fs/walk.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"
#include "mm/alloc.h"

static struct cache mount_cache = CACHE("mount", struct mount);

struct spinlock tree_lock = SPINLOCK_INIT(RANK_MOUNT);
struct path initial_root;

/* guarded by tree_lock */
static struct list all_mounts = LIST_INIT(all_mounts);

/* --- references ----------------------------------------------------------- */

void path_get(const struct path *p)
{
    mount_get(p->mnt);
    dentry_get(p->dentry);
}

void path_put(struct path *p)
{
    dentry_put(p->dentry);
    mount_put(p->mnt);
    p->dentry = NULL;
    p->mnt = NULL;
}

static void super_put(struct super *s)
{
    if (__atomic_sub_fetch(&s->mounts, 1, __ATOMIC_ACQ_REL) == 0)
        s->ops->destroy(s);
}

void mount_destroy(struct mount *m)
{
    walk_wait();
    dentry_put(m->root);
    super_put(m->super);
    cache_free(&mount_cache, m);
}

/* Takes over one count of s->mounts; NULL: out of memory, count kept. */
static struct mount *mount_create(struct super *s, struct dentry *root,
                                  const char *source, unsigned flags)
{
    static u64 next_id;
    struct mount *m = cache_zalloc(&mount_cache);

    if (!m)
        return NULL;
    m->super = s;
    m->root = root;
    dentry_get(root);
    m->id = __atomic_add_fetch(&next_id, 1, __ATOMIC_RELAXED);
    m->flags = flags & (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC |
                        MS_NOATIME);
    m->refs = 1;
    m->parent = m;
    list_init(&m->children);
    list_init(&m->sibling);
    list_init(&m->all_node);
    str_copy(m->source, source, sizeof m->source);
    return m;
}

/* --- crossing ------------------------------------------------------------- */

static struct mount *find_child_locked(const struct path *p)
{
    struct mount *m;

    assert(spin_held(&tree_lock));
    list_for_each(m, &p->mnt->children, sibling)
        if (m->point == p->dentry)
            return m;
    return NULL;
}

void mount_cross_down(struct path *p)
{
    while (READ_ONCE(p->dentry->mounted)) {
        struct path below;

        spin_lock(&tree_lock);
        below.mnt = find_child_locked(p);
        if (!below.mnt) {
            spin_unlock(&tree_lock);
            return;
        }
        below.dentry = below.mnt->root;
        mount_get(below.mnt);
        dentry_get(below.dentry);
        spin_unlock(&tree_lock);
        dentry_put(p->dentry);
        mount_put(p->mnt);
        *p = below;
    }
}

bool mount_cross_up(struct path *p)
{
    struct path above;

    spin_lock(&tree_lock);
    above = (struct path){ p->mnt->parent, p->mnt->point };
    if (above.mnt != p->mnt)
        path_get(&above);
    spin_unlock(&tree_lock);
    if (above.mnt == p->mnt)
        return false;
    path_put(p);
    *p = above;
    return true;
}

/* --- the tree ------------------------------------------------------------- */

int mount_root(struct super *s)
{
    struct mount *m = mount_create(s, s->root, "rootfs", 0);

    if (!m)
        return -ENOMEM;
    s->mounts++;
    spin_lock(&tree_lock);
    list_add_tail(&all_mounts, &m->all_node);
    spin_unlock(&tree_lock);
    initial_root = (struct path){ m, m->root };
    kernel_fs_task.fs->root = initial_root;
    kernel_fs_task.fs->cwd = initial_root;
    path_get(&initial_root);
    path_get(&initial_root);
    path_get(&initial_root);
    return 0;
}

int mount_detached(struct super *s, struct path *out)
{
    struct mount *m = mount_create(s, s->root, s->type->name, 0);

    if (!m)
        return -ENOMEM;
    *out = (struct path){ m, s->root };
    return 0;
}

/* Seen by nobody: the mount of places that are not in the tree. */
static struct mount *anon_mount;

void mount_anon_init(void)
{
    struct inode *root = inode_create_anon(S_IFDIR | 0555);
    struct dentry *d = root ? dentry_create_root(root) : NULL;

    if (d)
        anon_mount = mount_create(root->super, d, "anon", 0);
    if (!anon_mount)
        panic("no memory for the first file systems");
}

int mount_anon_path(struct inode *inode, struct path *out)
{
    struct dentry *d = dentry_create_root(inode);

    if (!d)
        return -ENOMEM;
    inode_get(inode);
    mount_get(anon_mount);
    *out = (struct path){ anon_mount, d };
    return 0;
}

static void attach_locked(struct mount *m, const struct path *at)
{
    assert(spin_held(&tree_lock));
    tree_change_begin();
    m->parent = at->mnt;
    m->point = at->dentry;
    path_get(at);
    list_add(&at->mnt->children, &m->sibling);
    list_add_tail(&all_mounts, &m->all_node);
    at->dentry->cover = at->dentry->mounted++ ? NULL : m;
    tree_change_end();
}

static int attach(struct mount *m, const struct path *at)
{
    int error = 0;

    spin_lock(&tree_lock);
    if (S_ISDIR(m->root->inode->mode) != S_ISDIR(at->dentry->inode->mode))
        error = -ENOTDIR;
    else if (at->dentry == at->mnt->root && at->dentry == m->root)
        error = -EBUSY;                     /* it is there already */
    else if (at->dentry->parent != at->dentry && !at->dentry->hashed &&
             !(at->dentry->inode->super->flags & SUPER_NO_CACHE))
        error = -ENOENT;                    /* removed meanwhile */
    if (!error)
        attach_locked(m, at);
    spin_unlock(&tree_lock);
    return error;
}

/* Take a mount out of the tree; what it covered comes to *at, referenced. */
static void detach_locked(struct mount *m, struct path *at)
{
    assert(spin_held(&tree_lock));
    tree_change_begin();
    list_remove(&m->sibling);
    list_remove(&m->all_node);
    m->point->mounted--;
    m->point->cover = NULL;         /* of others, if any, the list tells */
    *at = (struct path){ m->parent, m->point };
    m->parent = m;
    m->point = NULL;
    tree_change_end();
}

/* --- mount(2) ------------------------------------------------------------- */

static int mount_bind(const char *source, const struct path *at,
                      unsigned long flags)
{
    struct path from;
    struct mount *m;
    int error = path_walk(NULL, source, 0, &from);

    if (error)
        return error;
    m = mount_create(from.mnt->super, from.dentry, source,
                     from.mnt->flags | flags);
    if (!m) {
        error = -ENOMEM;
        goto put_path;
    }
    __atomic_add_fetch(&m->super->mounts, 1, __ATOMIC_RELAXED);
    error = attach(m, at);
    if (error)
        mount_put(m);
put_path:
    path_put(&from);
    return error;
}

static int mount_again(const struct path *at, unsigned long flags)
{
    unsigned kept = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME;

    if (at->dentry != at->mnt->root)
        return -EINVAL;
    WRITE_ONCE(at->mnt->flags, flags & kept);
    return 0;
}

static int mount_new(const char *source, const struct path *at,
                     struct fs_type *type, unsigned long flags,
                     const char *options)
{
    struct super *s;
    struct mount *m;
    int error = type->mount(type, source, options, &s);

    if (error)
        return error;
    m = mount_create(s, s->root, source, flags);
    if (!m) {
        super_put(s);
        return -ENOMEM;
    }
    error = attach(m, at);
    if (error)
        mount_put(m);
    return error;
}

int vfs_mount(const char *source, const struct path *at, const char *type,
              unsigned long flags, const char *options)
{
    struct fs_type *t;

    if (flags & MS_REMOUNT)
        return mount_again(at, flags);
    if (flags & MS_BIND)
        return mount_bind(source, at, flags);
    if (flags & MS_MOVE)
        return -EINVAL;
    if (!*type)
        return -EINVAL;
    t = fs_find_type(type);
    if (!t)
        return -ENODEV;
    return mount_new(source, at, t, flags, options);
}

int vfs_umount(const struct path *at, unsigned flags)
{
    struct mount *m = at->mnt;
    struct path covered;

    if (at->dentry != m->root)
        return -EINVAL;
    spin_lock(&tree_lock);
    if (m->parent == m) {
        spin_unlock(&tree_lock);
        return -EINVAL;
    }
    /* Besides the tree's reference there is the caller's. */
    if (!list_empty(&m->children) ||
        (!(flags & MNT_DETACH) && READ_ONCE(m->refs) > 2)) {
        spin_unlock(&tree_lock);
        return -EBUSY;
    }
    detach_locked(m, &covered);
    spin_unlock(&tree_lock);
    path_put(&covered);
    mount_put(m);
    return 0;
}

int mount_writable(const struct mount *m)
{
    return m && (READ_ONCE(m->flags) & MS_RDONLY) ? -EROFS : 0;
}

/* --- listing -------------------------------------------------------------- */

int mount_for_each(int (*fn)(struct mount *m, void *arg), void *arg)
{
    struct mount *m, *last = NULL;
    u64 seen = 0;
    int error = 0;

    while (!error) {
        struct mount *next = NULL;

        spin_lock(&tree_lock);
        list_for_each(m, &all_mounts, all_node) {
            if (m->id > seen) {
                next = m;
                mount_get(m);
                break;
            }
        }
        spin_unlock(&tree_lock);
        if (last)
            mount_put(last);
        if (!next)
            return 0;
        seen = next->id;
        last = next;
        error = fn(next, arg);
    }
    if (last)
        mount_put(last);
    return error;
}

void mount_format_flags(const struct mount *m, char *buf, size_t size)
{
    unsigned flags = READ_ONCE(m->flags);

    kscnprintf(buf, size, "%s%s%s%s%s", flags & MS_RDONLY ? "ro" : "rw",
               flags & MS_NOSUID ? ",nosuid" : "",
               flags & MS_NODEV ? ",nodev" : "",
               flags & MS_NOEXEC ? ",noexec" : "",
               flags & MS_NOATIME ? ",noatime" : "");
}
