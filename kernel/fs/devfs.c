#include "kernel/fs/devfs.h"

#include "kernel/fs/memdev.h"
#include "kernel/fs/names.h"
#include "kernel/fs/tmpfs.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "mm/alloc.h"

struct device {
    struct device *next;
    mode_t type;                    /* S_IFCHR or S_IFBLK */
    dev_t rdev;
    const struct file_ops *ops;
    void *data;
};

/* Only ever grows, at its head, which is atomic: so it is read without lock. */
static struct device *devices;
static struct super *devfs;

const struct file_ops *device_find(mode_t type, dev_t rdev, void **data)
{
    struct device *d = __atomic_load_n(&devices, __ATOMIC_ACQUIRE);

    for (; d; d = d->next) {
        if (d->type == (type & S_IFMT) && d->rdev == rdev) {
            *data = d->data;
            return d->ops;
        }
    }
    return NULL;
}

bool device_has_major(mode_t type, unsigned major)
{
    const struct device *d = __atomic_load_n(&devices, __ATOMIC_ACQUIRE);

    while (d && (d->type != type || dev_major(d->rdev) != major))
        d = d->next;
    return d;
}

static int register_device(struct device *d)
{
    void *data;

    if (device_find(d->type, d->rdev, &data))
        return -EEXIST;
    d->next = READ_ONCE(devices);
    while (!__atomic_compare_exchange_n(&devices, &d->next, d, false,
                                        __ATOMIC_RELEASE, __ATOMIC_RELAXED))
        ;
    return 0;
}

static int make_name(const char *name, const struct make *what)
{
    struct name n = name_of(name, strlen(name));
    struct path root = { NULL, devfs->root };
    struct dentry *d;
    int error;

    mutex_lock(&devfs->root->inode->lock);
    d = dentry_lookup_cached(devfs->root, &n);
    error = d ? -EEXIST : make_locked(&root, &n, what, &d);
    mutex_unlock(&devfs->root->inode->lock);
    if (d)
        dentry_put(d);
    return error;
}

static int add(const char *name, const struct device *what, mode_t mode)
{
    struct make node = {
        .mode = what->type | (mode & S_PERM), .rdev = what->rdev,
    };
    struct device *d = kmalloc(sizeof(*d));
    int error;

    if (!d)
        return -ENOMEM;
    *d = *what;
    error = register_device(d);
    if (error) {
        kfree(d);
        return error;
    }
    return make_name(name, &node);
}

int devfs_add(const char *name, mode_t mode, dev_t rdev,
              const struct file_ops *ops, void *data)
{
    struct device d = { NULL, S_IFCHR, rdev, ops, data };

    return add(name, &d, mode);
}

int devfs_add_block(const char *name, mode_t mode, dev_t rdev,
                    const struct file_ops *ops, void *data)
{
    struct device d = { NULL, S_IFBLK, rdev, ops, data };

    return add(name, &d, mode);
}

/* --- the file system: one tree, however often it is mounted --------------- */

static int mount_devfs(const struct fs_type *type, const char *source,
                       const char *options, struct super **out)
{
    (void)type;
    (void)source;
    (void)options;
    __atomic_add_fetch(&devfs->mounts, 1, __ATOMIC_RELAXED);
    *out = devfs;
    return 0;
}

/* Linux' name, and ours. */
static struct fs_type devtmpfs_type = {
    .name = "devtmpfs", .mount = mount_devfs,
};
static struct fs_type devfs_type = { .name = "devfs", .mount = mount_devfs };

/* The names that shells and programs know for their descriptors. */
static void make_links(void)
{
    static const char *const links[][2] = {
        { "fd", "/proc/self/fd" }, { "stdin", "/proc/self/fd/0" },
        { "stdout", "/proc/self/fd/1" }, { "stderr", "/proc/self/fd/2" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
        struct make link = { .mode = S_IFLNK | 0777, .target = links[i][1] };

        if (make_name(links[i][0], &link))
            panic("no memory for /dev/%s", links[i][0]);
    }
}

void devfs_init(void)
{
    struct tmpfs_limits limits = { .mode = 0755 };

    devfs = tmpfs_create(&devfs_type, &limits);
    if (!devfs)
        panic("no memory for /dev");
    fs_register(&devtmpfs_type);
    fs_register(&devfs_type);
    memdev_init();
    make_links();
}
