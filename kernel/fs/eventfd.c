/* eventfd.c - eventfd(2): a counter to wait for. */
#include "kernel/fs/poll.h"

#include "kernel/fs/file.h"
#include "kernel/lib/errno.h"
#include "mm/alloc.h"

#define COUNT_MAX (~0ul - 1)

struct eventfd {
    struct spinlock lock;               /* RANK_PIPE */
    /* guarded by lock */
    u64 count;
    struct waitq wait;                  /* readers and writers */
    bool semaphore;                     /* set at birth, then constant */
};

static struct cache eventfd_cache = CACHE("eventfd", struct eventfd);

/* Sleep until the counter can give, or take `add`. */
static int wait_for(struct eventfd *e, const struct file *f, u64 add)
{
    int error = 0;

    while (!error && (add ? add > COUNT_MAX - e->count : e->count == 0)) {
        if (READ_ONCE(f->flags) & O_NONBLOCK)
            return -EAGAIN;
        error = waitq_sleep(&e->wait, &e->lock, WAIT_INTERRUPTIBLE, NEVER);
    }
    return error;
}

static ssize_t eventfd_read(struct file *f, struct iter *to, off_t *pos)
{
    struct eventfd *e = f->private;
    u64 value = 0;
    ssize_t n;
    int error;

    (void)pos;
    if (to->left < sizeof value)
        return -EINVAL;
    spin_lock(&e->lock);
    error = wait_for(e, f, 0);
    if (!error) {
        value = e->semaphore ? 1 : e->count;
        e->count -= value;
        waitq_wake_all(&e->wait, POLL_WRITABLE);
    }
    spin_unlock(&e->lock);
    if (error)
        return error;
    n = iter_put(to, &value, sizeof value);
    return n < 0 ? n : (ssize_t)sizeof value;
}

static ssize_t eventfd_write(struct file *f, struct iter *from, off_t *pos)
{
    struct eventfd *e = f->private;
    u64 value;
    int error = 0;

    (void)pos;
    if (from->left < sizeof value)
        return -EINVAL;
    if (iter_get(from, &value, sizeof value) != sizeof value)
        return -EFAULT;
    if (value == ~0ul)
        return -EINVAL;
    spin_lock(&e->lock);
    if (value)
        error = wait_for(e, f, value);
    if (!error) {
        e->count += value;
        if (value)
            waitq_wake_all(&e->wait, POLL_READABLE);
    }
    spin_unlock(&e->lock);
    return error ? error : (ssize_t)sizeof value;
}

static unsigned eventfd_poll(struct file *f, struct poll_table *pt)
{
    struct eventfd *e = f->private;
    unsigned events = 0;

    poll_wait(pt, &e->wait, &e->lock);
    spin_lock(&e->lock);
    if (e->count)
        events |= POLL_READABLE;
    if (e->count < COUNT_MAX)
        events |= POLL_WRITABLE;
    spin_unlock(&e->lock);
    return events;
}

static void eventfd_release(struct file *f)
{
    cache_free(&eventfd_cache, f->private);
}

static const struct file_ops eventfd_ops = {
    .name = "eventfd",
    .release = eventfd_release,
    .read = eventfd_read,
    .write = eventfd_write,
    .poll = eventfd_poll,
};

struct file *eventfd_create(u64 count, bool semaphore, unsigned flags)
{
    struct eventfd *e = cache_alloc(&eventfd_cache);
    struct inode *inode = inode_create_anon(0600);
    struct file *f = NULL;

    if (e && inode) {
        spin_init(&e->lock, RANK_PIPE);
        e->count = count;
        e->semaphore = semaphore;
        waitq_init(&e->wait);
        f = file_create_anon(inode, &eventfd_ops, e, O_RDWR | flags);
    }
    if (inode)
        inode_put(inode);
    if (!f && e)
        cache_free(&eventfd_cache, e);
    return f;
}
