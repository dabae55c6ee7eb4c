/* memdev.c - mem(4), random(4). */
#include "kernel/fs/memdev.h"

#include "kernel/fs/devfs.h"
#include "kernel/fs/kmsg.h"
#include "kernel/fs/fcntl.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/random.h"
#include "kernel/thread.h"
#include "mm/alloc.h"
#include "mm/vm.h"

/* A position that means nothing, but lseek(2) may be called. */
static off_t seek_nowhere(struct file *f, off_t offset, int whence)
{
    (void)f;
    (void)offset;
    (void)whence;
    return 0;
}

/* --- null, zero, full ----------------------------------------------------- */

static ssize_t read_nothing(struct file *f, struct iter *to, off_t *pos)
{
    (void)f;
    (void)to;
    (void)pos;
    return 0;
}

static ssize_t write_nowhere(struct file *f, struct iter *from, off_t *pos)
{
    (void)f;
    (void)pos;
    return from->left;
}

static ssize_t write_full(struct file *f, struct iter *from, off_t *pos)
{
    (void)f;
    (void)from;
    (void)pos;
    return -ENOSPC;
}

static ssize_t read_zeroes(struct file *f, struct iter *to, off_t *pos)
{
    size_t n = to->left;

    (void)f;
    (void)pos;
    /* One buffer, which is the usual case, needs no iterator's bookkeeping. */
    if (likely(to->user && n <= to->one.len)) {
        size_t done = clear_user_partial(uptr(to->one.base), n);

        return likely(done) || !n ? (ssize_t)done : -EFAULT;
    }
    return iter_put_zeroes(to, n);
}

/* Private mappings are plain memory, shared ones an object of their own. */
static int map_zero(struct file *f, struct vm_map *m)
{
    (void)f;
    if (!(m->flags & VM_SHARED))
        return 0;
    m->obj = vmobj_create_anon(m->size);
    m->offset = 0;
    return m->obj ? 0 : -ENOMEM;
}

static const struct file_ops null_ops = {
    .read = read_nothing, .write = write_nowhere, .seek = seek_nowhere,
};

static const struct file_ops zero_ops = {
    .read = read_zeroes, .write = write_nowhere, .seek = seek_nowhere,
    .mmap = map_zero,
};

static const struct file_ops full_ops = {
    .read = read_zeroes, .write = write_full, .seek = seek_nowhere,
};

/* --- random, urandom ------------------------------------------------------ */

#define RANDOM_CHUNK 256

static ssize_t read_random(struct file *f, struct iter *to, off_t *pos)
{
    u8 bytes[RANDOM_CHUNK];

    (void)f;
    (void)pos;
    while (to->left) {
        size_t n = MIN(to->left, sizeof bytes);
        ssize_t moved;

        random_fill(bytes, n);
        moved = iter_put(to, bytes, n);
        if (moved < 0)
            return to->done ? (ssize_t)to->done : moved;
        if ((size_t)moved < n || interrupted())
            break;
    }
    return to->done;
}

static ssize_t write_random(struct file *f, struct iter *from, off_t *pos)
{
    u8 bytes[RANDOM_CHUNK];

    (void)f;
    (void)pos;
    while (from->left) {
        ssize_t n = iter_get(from, bytes, MIN(from->left, sizeof bytes));

        if (n < 0)
            return from->done ? (ssize_t)from->done : n;
        random_mix(bytes, n);
        if (n == 0 || interrupted())
            break;
    }
    return from->done;
}

static const struct file_ops random_ops = {
    .read = read_random, .write = write_random, .seek = seek_nowhere,
};

void memdev_init(void)
{
    static const struct {
        const char *name;
        mode_t mode;
        dev_t rdev;
        const struct file_ops *ops;
    } devices[] = {
        { "null", 0666, DEV_NULL, &null_ops },
        { "zero", 0666, DEV_ZERO, &zero_ops },
        { "full", 0666, DEV_FULL, &full_ops },
        { "random", 0666, DEV_RANDOM, &random_ops },
        { "urandom", 0666, DEV_URANDOM, &random_ops },
        { "kmsg", 0644, DEV_KMSG, &kmsg_ops },
    };

    for (size_t i = 0; i < ARRAY_SIZE(devices); i++)
        if (devfs_add(devices[i].name, devices[i].mode, devices[i].rdev,
                      devices[i].ops, NULL))
            panic("no memory for /dev/%s", devices[i].name);
}
