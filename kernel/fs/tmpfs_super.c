/* tmpfs_super.c - tmpfs as a whole: mounting, limits, memfds. */
#include "kernel/fs/tmpfs_private.h"

#include "kernel/fs/mount.h"
#include "kernel/fs/names.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"
#include "mm/alloc.h"

#define TMPFS_MAGIC 0x01021994

static void statfs(struct super *s, struct statfs *out)
{
    struct tmpfs *fs = s->private;

    out->type = TMPFS_MAGIC;
    out->blocks = fs->max_pages;
    out->bfree = fs->max_pages - READ_ONCE(fs->pages);
    out->bavail = out->bfree;
    out->files = fs->max_inodes;
    out->ffree = fs->max_inodes - READ_ONCE(fs->inodes);
}

static void show_options(struct super *s, char *buf, size_t size)
{
    struct tmpfs *fs = s->private;

    kscnprintf(buf, size, ",size=%luk,nr_inodes=%lu",
               fs->max_pages * (PAGE_SIZE / 1024), fs->max_inodes);
}

/* Nobody uses it any more: take leaf after leaf off the tree. */
static void destroy(struct super *s)
{
    struct dentry *d = s->root;

    for (;;) {
        struct avl_node *child = d->inode->children.root;
        struct dentry *parent = d->parent;

        if (S_ISDIR(d->inode->mode) && child) {
            d = avl_entry(child, struct dentry, sibling);
            continue;
        }
        if (d == s->root)
            break;
        avl_remove(&parent->inode->children, &d->sibling);
        dentry_withdraw(d);
        d = parent;
    }
    dentry_put(s->root);
    kfree(s->private);
    super_free(s);
}

static const struct super_ops super_ops = {
    .destroy_inode = tmpfs_destroy_inode,
    .statfs = statfs,
    .destroy = destroy,
    .show_options = show_options,
};

static struct dentry *make_root(struct super *s, const struct tmpfs_limits *l)
{
    struct make what = { .mode = S_IFDIR | (l->mode & S_PERM) };
    struct dentry *root;
    struct inode *inode;

    if (tmpfs_make_inode(s, &what, &inode))
        return NULL;
    inode->uid = l->uid;
    inode->gid = l->gid;
    root = dentry_create_root(inode);
    if (!root)
        inode_put(inode);
    return root;
}

struct super *tmpfs_create(const struct fs_type *type,
                           const struct tmpfs_limits *l)
{
    struct super *s = super_create(type, &super_ops, SUPER_PINNED);
    struct tmpfs *fs = kzalloc(sizeof(*fs));

    if (!s || !fs)
        goto free_both;
    fs->max_pages = l->pages ? l->pages : pages_total() / 2;
    fs->max_inodes = l->inodes ? l->inodes : pages_total();
    s->private = fs;
    s->mounts = 1;
    s->root = make_root(s, l);
    if (s->root)
        return s;
free_both:
    kfree(fs);
    if (s)
        super_free(s);
    return NULL;
}

/* --- mount options -------------------------------------------------------- */

/* "size=16m", "size=50%": in pages. */
static int parse_size(const char *value, u64 *pages)
{
    u64 n;
    int error = str_to_size(&value, &n);

    if (!error && *value == '%' && n <= 100) {
        *pages = pages_total() * n / 100;
        value++;
    } else if (!error) {
        *pages = page_up(n) >> PAGE_SHIFT;
    }
    if (error || (*value && *value != ','))
        return -EINVAL;
    return 0;
}

static int parse_number(const char *value, unsigned base, u64 *out)
{
    u64 n = 0;

    if (*value < '0' || *value > '9')
        return -EINVAL;
    for (; *value >= '0' && *value < '0' + (char)base; value++) {
        if (n > UINT_MAX)
            return -EINVAL;
        n = n * base + (*value - '0');
    }
    *out = n;
    return *value && *value != ',' ? -EINVAL : 0;
}

/* What follows `name` at the beginning of option, or NULL. */
static const char *option_value(const char *option, const char *name)
{
    size_t n = strlen(name);

    return strncmp(option, name, n) ? NULL : option + n;
}

static int parse_option(const char *option, struct tmpfs_limits *l)
{
    const char *value;
    u64 n;
    int error;

    if ((value = option_value(option, "size=")))
        return parse_size(value, &l->pages);
    if ((value = option_value(option, "nr_inodes=")))
        return parse_number(value, 10, &l->inodes);
    if ((value = option_value(option, "mode="))) {
        error = parse_number(value, 8, &n);
        l->mode = n;
        return error;
    }
    if ((value = option_value(option, "uid="))) {
        error = parse_number(value, 10, &n);
        l->uid = n;
        return error;
    }
    if ((value = option_value(option, "gid="))) {
        error = parse_number(value, 10, &n);
        l->gid = n;
        return error;
    }
    return -EINVAL;
}

static int mount_tmpfs(const struct fs_type *type, const char *source,
                       const char *options, struct super **out)
{
    struct tmpfs_limits l = { .mode = 01777 };

    (void)source;
    while (options && *options) {
        int error = parse_option(options, &l);

        if (error)
            return error;
        options = strchr(options, ',');
        if (options)
            options++;
    }
    *out = tmpfs_create(type, &l);
    return *out ? 0 : -ENOMEM;
}

static struct fs_type tmpfs_type = { .name = "tmpfs", .mount = mount_tmpfs };
static struct fs_type memfd_type = { .name = "memfd" };
static struct super *memfd_super;

void tmpfs_init(void)
{
    struct tmpfs_limits none = { .mode = 0700 };

    fs_register(&tmpfs_type);
    memfd_super = tmpfs_create(&memfd_type, &none);
    if (!memfd_super)
        panic("no memory for the first file systems");
}

struct file *memfd_create(unsigned seals)
{
    struct make what = { .mode = S_IFREG | 0777 };
    struct inode *inode;
    struct file *f;

    if (tmpfs_make_inode(memfd_super, &what, &inode))
        return NULL;
    inode->nlink = 0;
    inode->seals = seals;
    f = file_create_anon(inode, inode->fops, NULL, O_RDWR);
    inode_put(inode);
    if (f)
        f->mode |= FILE_SEEK;
    return f;
}
