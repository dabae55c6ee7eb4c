/* devpts.c - /dev/pts: a tmpfs whose names only the kernel may change. */
#include "kernel/fs/devpts.h"

#include "kernel/fs/devfs.h"
#include "kernel/fs/names.h"
#include "kernel/fs/tmpfs.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"

static struct super *devpts;
static const struct inode_ops *names;       /* tmpfs' own, of the directory */

/* Nothing can be made or removed here by name; NULL: -EPERM. */
static const struct inode_ops fixed_names = { 0 };

static int make_node(const char *text, const struct make *what,
                     const struct file_ops *ops, struct inode **node)
{
    struct name name = name_of(text, strlen(text));
    struct inode *dir = devpts->root->inode;
    struct dentry *d = dentry_create(devpts->root, &name);
    int error;

    if (!d)
        return -ENOMEM;
    mutex_lock(&dir->lock);
    error = names->make(dir, d, what);
    if (!error) {
        d->inode->fops = ops;
        d->inode->gid = GROUP_TTY;
        *node = d->inode;
        dentry_publish(d);
    }
    mutex_unlock(&dir->lock);
    dentry_put(d);
    return error;
}

static struct name index_name(unsigned index, char *buf, size_t size)
{
    return name_of(buf, kscnprintf(buf, size, "%u", index));
}

int devpts_add(unsigned index, const struct file_ops *ops,
               struct inode **node)
{
    struct make what = {
        .mode = S_IFCHR | 0620, .rdev = dev_make(DEV_PTS_MAJOR, index),
    };
    char text[12];

    index_name(index, text, sizeof text);
    return make_node(text, &what, ops, node);
}

void devpts_remove(unsigned index)
{
    struct inode *dir = devpts->root->inode;
    char text[12];
    struct name name = index_name(index, text, sizeof text);
    struct dentry *d;

    mutex_lock(&dir->lock);
    d = dentry_lookup_cached(devpts->root, &name);
    assert(d);
    names->unlink(dir, d);
    dentry_withdraw(d);
    mutex_unlock(&dir->lock);
    dentry_put(d);
}

static int mount_devpts(const struct fs_type *type, const char *source,
                        const char *options, struct super **out)
{
    (void)type;
    (void)source;
    (void)options;
    __atomic_add_fetch(&devpts->mounts, 1, __ATOMIC_RELAXED);
    *out = devpts;
    return 0;
}

static struct fs_type devpts_type = { .name = "devpts", .mount = mount_devpts };

void devpts_init(const struct file_ops *ptmx)
{
    struct tmpfs_limits limits = { .mode = 0755 };
    struct make node = { .mode = S_IFCHR | 0666, .rdev = DEV_PTMX };
    struct inode *inode;

    devpts = tmpfs_create(&devpts_type, &limits);
    if (!devpts)
        panic("no memory for /dev/pts");
    names = devpts->root->inode->ops;
    devpts->root->inode->ops = &fixed_names;
    if (make_node("ptmx", &node, ptmx, &inode) ||
        devfs_add("ptmx", 0666, DEV_PTMX, ptmx, NULL))
        panic("no memory for /dev/ptmx");
    fs_register(&devpts_type);
}
