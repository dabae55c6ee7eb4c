#include "kernel/fs/vfs.h"

#include "kernel/fs/lock.h"
#include "kernel/fs/task.h"
#include "kernel/lib/string.h"
#include "kernel/time.h"
#include "mm/alloc.h"

static struct cache inode_cache = CACHE("inode", struct inode);
static struct cache super_cache = CACHE("super", struct super);
static struct fs_type *types;       /* set at boot, then constant */

/* --- kinds of file systems ------------------------------------------------ */

void fs_register(struct fs_type *type)
{
    struct fs_type **link = &types;

    while (*link)
        link = &(*link)->next;
    *link = type;
}

struct fs_type *fs_first_type(void)
{
    return types;
}

struct fs_type *fs_find_type(const char *name)
{
    struct fs_type *type = types;

    while (type && strcmp(type->name, name))
        type = type->next;
    return type;
}

/* --- superblocks ---------------------------------------------------------- */

/* Numbers of file systems without a device: major 0. */
static dev_t next_device(void)
{
    static u32 minor;

    return dev_make(0, __atomic_add_fetch(&minor, 1, __ATOMIC_RELAXED));
}

struct super *super_create(const struct fs_type *type,
                           const struct super_ops *ops, unsigned flags)
{
    struct super *s = cache_zalloc(&super_cache);

    if (!s)
        return NULL;
    s->type = type;
    s->ops = ops;
    s->flags = flags;
    s->dev = next_device();
    s->max_size = LONG_MAX;
    return s;
}

void super_free(struct super *s)
{
    cache_free(&super_cache, s);
}

/* --- inodes --------------------------------------------------------------- */

void inode_init(struct inode *inode, struct super *s, mode_t mode)
{
    const struct cred *cred = current_cred();

    *inode = (struct inode){
        .ino = __atomic_add_fetch(&s->next_ino, 1, __ATOMIC_RELAXED),
        .super = s,
        .refs = 1,
        .nlink = 1,
        .attr = SPINLOCK_INIT(RANK_INODE),
        .mode = mode,
        .uid = cred->fsuid,
        .gid = cred->fsgid,
    };
    mutex_init(&inode->lock);
    inode->btime = time_realtime();
    inode->atime = inode->mtime = inode->ctime = inode->btime;
}

struct inode *inode_create(struct super *s, mode_t mode)
{
    struct inode *inode = cache_alloc(&inode_cache);

    if (inode)
        inode_init(inode, s, mode);
    return inode;
}

void inode_free(struct inode *inode)
{
    cache_free(&inode_cache, inode);
}

void inode_put(struct inode *inode)
{
    if (__atomic_sub_fetch(&inode->refs, 1, __ATOMIC_ACQ_REL))
        return;
    if (inode->locks)
        locks_destroy(inode);
    inode->super->ops->destroy_inode(inode);
}

void inode_inherit_group(struct inode *inode, const struct inode *dir)
{
    if (!(dir->mode & S_ISGID))
        return;
    inode->gid = dir->gid;
    if (S_ISDIR(inode->mode))
        inode->mode |= S_ISGID;
}

void inode_touch(struct inode *inode, unsigned which)
{
    s64 now = time_realtime();

    spin_lock(&inode->attr);
    if (which & ATTR_ATIME)
        inode->atime = now;
    if (which & ATTR_MTIME)
        inode->mtime = now;
    if (which & (ATTR_MTIME | TIME_C))
        inode->ctime = now;
    spin_unlock(&inode->attr);
}

/* --- inodes without a directory ------------------------------------------- */

static const struct super_ops anon_super_ops = {
    .destroy_inode = inode_free,
};

static const struct inode_ops anon_inode_ops = { 0 };

static const struct fs_type anon_type = { .name = "anon" };

static struct super anon_super = {
    .ops = &anon_super_ops,
    .type = &anon_type,
    .dev = dev_make(0, 0xff),
    .flags = SUPER_ANON,
    .mounts = 1,
};

struct inode *inode_create_anon(mode_t mode)
{
    struct inode *inode = inode_create(&anon_super, mode);

    if (inode)
        inode->ops = &anon_inode_ops;
    return inode;
}
