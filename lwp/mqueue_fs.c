/*
 * mqueue_fs.c - message queues as files: a tmpfs with one directory, whose
 * files are queues; and what limits them (/proc/sys/fs/mqueue).
 */
#include "kernel/fs/fdtable.h"
#include "kernel/fs/mount.h"
#include "kernel/fs/poll.h"
#include "kernel/fs/procfs.h"
#include "kernel/fs/tmpfs.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/panic.h"
#include "lwp/limits.h"
#include "lwp/lwp.h"
#include "lwp/mqueue.h"
#include "lwp/sigevent.h"

#define MQUEUE_MAGIC    0x19800202
#define FILE_SIZE       80              /* what stat(2) shows, as on Linux */

static struct path root;                /* set at boot, then constant */
static struct inode_ops dir_ops;        /* tmpfs' own, but for make */
static struct super_ops super_ops;      /* but for destroy_inode and statfs */
static int (*make_file)(struct inode *dir, struct dentry *d,
                        const struct make *what);
static u64 queue_count;                 /* atomic */

/* --- limits --------------------------------------------------------------- */

enum limit {
    QUEUES_MAX, MSG_MAX, MSGSIZE_MAX, MSG_DEFAULT, MSGSIZE_DEFAULT, LIMITS,
};

/* Between what the superuser may set each of them, and which hold for him. */
static const u32 least[LIMITS] = { 0, 1, 128, 1, 128 };
static const u32 most[LIMITS] = { INT_MAX, 65536, 16 << 20, 65536, 16 << 20 };

static u32 limits[LIMITS] = { 256, 10, 8192, 10, 8192 };    /* atomic */

static int show_limit(struct proc_text *t, void *which)
{
    proc_print(t, "%u\n", READ_ONCE(limits[(u64)which]));
    return 0;
}

static int store_limit(const char *text, unused_arg size_t n, void *which)
{
    u64 value, i = (u64)which;

    if (str_to_u64(&text, &value) || value < least[i] || value > most[i])
        return -EINVAL;
    WRITE_ONCE(limits[i], value);
    return 0;
}

#define LIMIT(file, which) \
    { .name = "sys/fs/mqueue/" file, .mode = S_IFREG | 0644, \
      .show = show_limit, .store = store_limit, \
      .data = (const void *)(u64)(which) }

static const struct proc_file proc_files[] = {
    LIMIT("queues_max", QUEUES_MAX),
    LIMIT("msg_max", MSG_MAX),
    LIMIT("msgsize_max", MSGSIZE_MAX),
    LIMIT("msg_default", MSG_DEFAULT),
    LIMIT("msgsize_default", MSGSIZE_DEFAULT),
    { 0 }
};

/* --- making and removing queues ------------------------------------------- */

static bool fits(s64 value, enum limit limit, bool privileged)
{
    return value > 0 && value <= (privileged ? most : limits)[limit];
}

/* How RLIMIT_MSGQUEUE counts, by getrlimit(2): Linux' two structures for each
 * message, and their text. */
static u64 charge_of(const struct mqueue *q)
{
    return q->max_messages * (48 + q->message_size) +
           MIN(q->max_messages, (u64)MQ_PRIO_MAX) * 48;
}

static int charge(struct mqueue *q, bool privileged)
{
    u64 count = __atomic_add_fetch(&queue_count, 1, __ATOMIC_RELAXED);
    int error = count > limits[QUEUES_MAX] && !privileged ? -ENOSPC : 0;

    q->user = current_lwp_thread()->user;
    q->charge = charge_of(q);
    if (!error)
        error = user_charge_queue(q->user, q->charge,
                                  lwp_limit(current_lwp(), RLIMIT_MSGQUEUE));
    if (error)
        __atomic_sub_fetch(&queue_count, 1, __ATOMIC_RELAXED);
    return error;
}

static void discharge(struct mqueue *q)
{
    user_discharge_queue(q->user, q->charge);
    __atomic_sub_fetch(&queue_count, 1, __ATOMIC_RELAXED);
    mqueue_destroy(q);
}

static int create_queue(const struct mq_attr *attr, struct mqueue **out)
{
    bool privileged = cred_is_root(current_cred());
    struct mq_attr usual = {
        .maxmsg = MIN(limits[MSG_DEFAULT], limits[MSG_MAX]),
        .msgsize = MIN(limits[MSGSIZE_DEFAULT], limits[MSGSIZE_MAX]),
    };
    int error;

    if (!attr)
        attr = &usual;
    if (!fits(attr->maxmsg, MSG_MAX, privileged) ||
        !fits(attr->msgsize, MSGSIZE_MAX, privileged))
        return -EINVAL;
    *out = mqueue_create(attr->maxmsg, attr->msgsize);
    if (!*out)
        return -ENOMEM;
    error = charge(*out, privileged);
    if (error)
        mqueue_destroy(*out);
    return error;
}

static int make(struct inode *dir, struct dentry *d, const struct make *what)
{
    struct mqueue *q;
    int error;

    if (!S_ISREG(what->mode))
        return -EPERM;
    error = create_queue(what->extra, &q);
    if (error)
        return error;
    error = make_file(dir, d, what);
    if (error) {
        discharge(q);
        return error;
    }
    d->inode->data.size = FILE_SIZE;
    d->inode->fops = &mqueue_file_ops;
    d->inode->private = q;
    return 0;
}

static void destroy_inode(struct inode *inode)
{
    if (inode->private)
        discharge(inode->private);
    tmpfs_destroy_inode(inode);
}

/* --- open queues ---------------------------------------------------------- */

static ssize_t mqueue_read(struct file *f, struct iter *to, off_t *pos)
{
    char text[FILE_SIZE];
    ssize_t length = mqueue_format(f->inode->private, text, sizeof(text));

    if (*pos >= length)
        return 0;
    length = iter_put(to, text + *pos, MIN(to->left, (size_t)(length - *pos)));
    if (length > 0)
        *pos += length;
    return length;
}

static unsigned mqueue_poll(struct file *f, struct poll_table *pt)
{
    struct mqueue *q = f->inode->private;
    u64 count;

    poll_wait(pt, &q->poll, &q->lock);
    count = READ_ONCE(q->count);
    return (count ? POLL_READABLE : 0) |
           (count < q->max_messages ? POLL_WRITABLE : 0);
}

/* The process that closes any descriptor of the queue is told no more. */
static void mqueue_close(struct file *f)
{
    mqueue_notify_end(f->inode->private);
}

const struct file_ops mqueue_file_ops = {
    .close = mqueue_close,
    .read = mqueue_read,
    .poll = mqueue_poll,
};

/* --- names ---------------------------------------------------------------- */

/* There are no directories: a name is no path. */
static int check_name(const char *name)
{
    bool dots = *name == '.' && (!name[1] || (name[1] == '.' && !name[2]));

    return dots || strchr(name, '/') ? -EACCES : 0;
}

int mqueue_open(const char *name, struct open_how *how,
                const struct mq_attr *attr, struct file **out)
{
    int error = check_name(name);

    how->extra = attr;
    return error ? error : file_open(&root, name, how, out);
}

int mqueue_unlink(const char *name)
{
    int error = check_name(name);

    return error ? error : vfs_unlink(&root, name);
}

/* --- the file system: one tree, however often it is mounted --------------- */

static void statfs(unused_arg struct super *s, struct statfs *out)
{
    out->type = MQUEUE_MAGIC;
}

static int mount_mqueue(unused_arg const struct fs_type *type,
                        unused_arg const char *source,
                        unused_arg const char *options, struct super **out)
{
    *out = root.mnt->super;
    __atomic_add_fetch(&(*out)->mounts, 1, __ATOMIC_RELAXED);
    return 0;
}

static struct fs_type mqueue_type = { .name = "mqueue", .mount = mount_mqueue };

void mqueue_init(void)
{
    const struct tmpfs_limits tmpfs = { .mode = S_ISVTX | 0777 };
    struct super *s = tmpfs_create(&mqueue_type, &tmpfs);

    if (!s || mount_detached(s, &root))
        panic("no memory for message queues");
    super_ops.destroy_inode = destroy_inode;
    super_ops.statfs = statfs;
    s->ops = &super_ops;
    make_file = s->root->inode->ops->make;
    dir_ops.make = make;
    dir_ops.unlink = s->root->inode->ops->unlink;
    s->root->inode->ops = &dir_ops;
    fs_register(&mqueue_type);
    procfs_add(proc_files);
}
