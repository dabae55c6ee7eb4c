/* tmpfs.c - the file system proper: making, linking and removing names. */
#include "kernel/fs/tmpfs.h"

#include "kernel/fs/mount.h"
#include "kernel/fs/tmpfs_private.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "mm/alloc.h"

#define DIRENT_SIZE 20          /* what stat(2) shows for each name */

static const struct inode_ops dir_ops, link_ops, plain_ops;
static const struct file_ops regular_file_ops, dir_file_ops;

/* --- accounting ----------------------------------------------------------- */

static bool count_up(u64 *used, u64 n, u64 max)
{
    if (__atomic_add_fetch(used, n, __ATOMIC_RELAXED) <= max)
        return true;
    __atomic_sub_fetch(used, n, __ATOMIC_RELAXED);
    return false;
}

static u64 all_pages;               /* atomic; of all file systems */

u64 tmpfs_page_count(void)
{
    return READ_ONCE(all_pages);
}

static int charge_pages(struct vmobj *o, s64 pages)
{
    struct inode *inode = container_of(o, struct inode, data);
    struct tmpfs *fs = inode->super->private;

    if (pages > 0 && !count_up(&fs->pages, pages, fs->max_pages))
        return -ENOSPC;
    if (pages < 0)
        __atomic_sub_fetch(&fs->pages, -pages, __ATOMIC_RELAXED);
    __atomic_add_fetch(&all_pages, pages, __ATOMIC_RELAXED);
    return 0;
}

static void data_destroyed(struct vmobj *o)
{
    inode_free(container_of(o, struct inode, data));
}

static const struct vmobj_ops data_ops = {
    .destroy = data_destroyed,
    .charge = charge_pages,
};

/* --- inodes --------------------------------------------------------------- */

static int set_target(struct inode *inode, const char *target)
{
    inode->private = kstrdup(target);
    inode->data.size = strlen(target);
    return inode->private ? 0 : -ENOMEM;
}

/* What makes the kinds different. */
static int inode_setup(struct inode *inode, const struct make *what)
{
    inode->ops = &plain_ops;
    switch (what->mode & S_IFMT) {
    case S_IFREG:
        inode->fops = &regular_file_ops;
        vmobj_init(&inode->data, &data_ops, 0);
        return 0;
    case S_IFDIR:
        inode->ops = &dir_ops;
        inode->fops = &dir_file_ops;
        inode->nlink = 2;
        inode->next_cookie = TMPFS_FIRST_COOKIE;
        return 0;
    case S_IFLNK:
        inode->ops = &link_ops;
        return set_target(inode, what->target);
    default:
        inode->rdev = what->rdev;
        return 0;
    }
}

int tmpfs_make_inode(struct super *s, const struct make *what,
                     struct inode **out)
{
    struct tmpfs *fs = s->private;
    struct inode *inode;
    int error;

    if (!count_up(&fs->inodes, 1, fs->max_inodes))
        return -ENOSPC;
    inode = inode_create(s, what->mode);
    error = inode ? inode_setup(inode, what) : -ENOMEM;
    if (error) {
        if (inode)
            inode_free(inode);
        __atomic_sub_fetch(&fs->inodes, 1, __ATOMIC_RELAXED);
        return error;
    }
    *out = inode;
    return 0;
}

void tmpfs_destroy_inode(struct inode *inode)
{
    struct tmpfs *fs = inode->super->private;

    __atomic_sub_fetch(&fs->inodes, 1, __ATOMIC_RELAXED);
    if (S_ISREG(inode->mode)) {
        vmobj_put(&inode->data);            /* may be mapped still */
        return;
    }
    if (S_ISLNK(inode->mode))
        kfree(inode->private);
    inode_free(inode);
}

static void getattr(struct inode *inode, struct stat *st)
{
    if (S_ISREG(inode->mode))
        st->blocks = vmobj_page_count(&inode->data) * (PAGE_SIZE / 512);
}

static ssize_t readlink(struct inode *inode, char *buf, size_t size)
{
    size_t n = MIN(inode->data.size, size);

    memcpy(buf, inode->private, n);
    return n;
}

static void count_links(struct inode *inode, int step)
{
    __atomic_add_fetch(&inode->nlink, step, __ATOMIC_RELAXED);
}

/* --- names ---------------------------------------------------------------- */

static void add_name(struct inode *dir, struct dentry *d)
{
    d->sibling.key = dir->next_cookie++;
    avl_insert(&dir->children, &d->sibling);
    dir->data.size += DIRENT_SIZE;
}

static void remove_name(struct inode *dir, struct dentry *d)
{
    avl_remove(&dir->children, &d->sibling);
    dir->data.size -= DIRENT_SIZE;
}

static int make(struct inode *dir, struct dentry *d, const struct make *what)
{
    struct inode *inode;
    int error = tmpfs_make_inode(dir->super, what, &inode);

    if (error)
        return error;
    inode_inherit_group(inode, dir);
    if (S_ISDIR(what->mode))
        count_links(dir, 1);
    d->inode = inode;
    add_name(dir, d);
    inode_touch(dir, ATTR_MTIME);
    return 0;
}

static int make_unnamed(struct inode *dir, struct dentry *d, mode_t mode)
{
    struct make what = { .mode = S_IFREG | mode };
    int error = tmpfs_make_inode(dir->super, &what, &d->inode);

    if (error)
        return error;
    inode_inherit_group(d->inode, dir);
    d->inode->nlink = 0;
    return 0;
}

static int link(struct inode *dir, struct dentry *d, struct inode *inode)
{
    count_links(inode, 1);
    add_name(dir, d);
    inode_touch(dir, ATTR_MTIME);
    inode_touch(inode, TIME_C);
    return 0;
}

/* One name less for an inode, which was in dir. */
static void drop_link(struct inode *dir, struct inode *inode)
{
    if (S_ISDIR(inode->mode)) {
        inode->nlink = 0;
        count_links(dir, -1);
    } else {
        count_links(inode, -1);
    }
    inode_touch(inode, TIME_C);
}

static int unlink(struct inode *dir, struct dentry *d)
{
    if (S_ISDIR(d->inode->mode) && d->inode->children.root)
        return -ENOTEMPTY;
    remove_name(dir, d);
    drop_link(dir, d->inode);
    inode_touch(dir, ATTR_MTIME);
    return 0;
}

/* A directory has come to (+1) or left (-1) another parent. */
static void count_parent(struct inode *dir, const struct dentry *d, int step)
{
    if (S_ISDIR(d->inode->mode))
        count_links(dir, step);
}

static void exchange(struct inode *a_dir, struct dentry *a,
                     struct inode *b_dir, struct dentry *b)
{
    u64 key = a->sibling.key;

    avl_remove(&a_dir->children, &a->sibling);
    avl_remove(&b_dir->children, &b->sibling);
    a->sibling.key = b->sibling.key;
    b->sibling.key = key;
    avl_insert(&b_dir->children, &a->sibling);
    avl_insert(&a_dir->children, &b->sibling);
    count_parent(a_dir, a, -1);
    count_parent(b_dir, a, 1);
    count_parent(b_dir, b, -1);
    count_parent(a_dir, b, 1);
}

static int rename(struct inode *from_dir, struct dentry *from,
                  struct inode *to_dir, struct dentry *to, unsigned flags)
{
    if (flags & RENAME_EXCHANGE) {
        exchange(from_dir, from, to_dir, to);
        inode_touch(to->inode, TIME_C);
    } else {
        if (to->inode) {
            int error = unlink(to_dir, to);

            if (error)
                return error;
        }
        remove_name(from_dir, from);
        add_name(to_dir, from);
        count_parent(from_dir, from, -1);
        count_parent(to_dir, from, 1);
    }
    inode_touch(from->inode, TIME_C);
    inode_touch(from_dir, ATTR_MTIME);
    if (to_dir != from_dir)
        inode_touch(to_dir, ATTR_MTIME);
    return 0;
}

static const struct inode_ops dir_ops = {
    .make = make,
    .make_unnamed = make_unnamed,
    .link = link,
    .unlink = unlink,
    .rename = rename,
};

static const struct inode_ops link_ops = { .readlink = readlink };
static const struct inode_ops plain_ops = { .getattr = getattr };

/* --- readdir -------------------------------------------------------------- */

static bool emit_dot(struct file *f, struct dir_sink *sink)
{
    struct dentry *d = f->path.dentry;
    bool up = f->position == 1;
    struct name name = { "..", up ? 2 : 1, 0 };
    ino_t ino = d->inode->ino;

    if (up) {
        spin_lock(&tree_lock);
        ino = d->parent->inode->ino;
        spin_unlock(&tree_lock);
    }
    if (!sink->emit(sink, &name, ino, DT_OF(S_IFDIR), f->position + 1))
        return false;
    f->position++;
    return true;
}

static int readdir(struct file *f, struct dir_sink *sink)
{
    struct inode *dir = f->inode;
    struct avl_node *node;

    if (f->position < 0)
        return -EINVAL;
    while (f->position < TMPFS_FIRST_COOKIE)
        if (!emit_dot(f, sink))
            return 0;
    node = avl_find_ge(&dir->children, f->position);
    for (; node; node = avl_next(node)) {
        struct dentry *d = avl_entry(node, struct dentry, sibling);

        if (!sink->emit(sink, &d->name, d->inode->ino,
                        DT_OF(d->inode->mode), node->key + 1))
            return 0;
        f->position = node->key + 1;
    }
    return 0;
}

static const struct file_ops regular_file_ops = {
    .read = data_file_read,
    .write = data_file_write,
    .seek = data_file_seek,
    .mmap = data_file_mmap,
    .fallocate = data_file_allocate,
};

static const struct file_ops dir_file_ops = { .readdir = readdir };
