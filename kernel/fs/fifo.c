/* fifo.c - the ends of pipes: pipe2(2), and open(2) of a FIFO (fifo(7)). */
#include "kernel/fs/pipe_private.h"

#include "kernel/fs/poll.h"
#include "kernel/lib/errno.h"

/* --- files come and go ---------------------------------------------------- */

static void add_ends_locked(struct pipe *p, u32 mode)
{
    assert(spin_held(&p->lock));
    if (mode & FILE_READ) {
        p->readers++;
        p->reader_opens++;
        waitq_wake_all(&p->write_wait, 0);
    }
    if (mode & FILE_WRITE) {
        p->writers++;
        p->writer_opens++;
        waitq_wake_all(&p->read_wait, 0);
    }
}

static void drop_ends(struct pipe *p, u32 mode)
{
    spin_lock(&p->lock);
    if ((mode & FILE_READ) && --p->readers == 0)
        waitq_wake_all(&p->write_wait, POLL_WRITABLE | POLLERR);
    if ((mode & FILE_WRITE) && --p->writers == 0)
        waitq_wake_all(&p->read_wait, POLL_READABLE | POLLHUP);
    spin_unlock(&p->lock);
}

/* The inode's pipe, for one more file; made if it is the first. */
static struct pipe *pipe_get(struct inode *inode)
{
    struct pipe *p;

    mutex_lock(&inode->lock);
    if (!inode->pipe)
        inode->pipe = pipe_alloc();
    p = inode->pipe;
    if (p)
        p->files++;
    mutex_unlock(&inode->lock);
    return p;
}

static void pipe_put(struct inode *inode)
{
    struct pipe *p = inode->pipe;

    mutex_lock(&inode->lock);
    if (--p->files == 0) {
        inode->pipe = NULL;
        pipe_free(p);
    }
    mutex_unlock(&inode->lock);
}

static void fifo_release(struct file *f)
{
    drop_ends(f->private, f->mode);
    pipe_put(f->inode);
}

/* --- opening a FIFO ------------------------------------------------------- */

/* Sleep until the other side has been opened since `before`. */
static int wait_for_other(struct pipe *p, struct waitq *q, const u64 *opens)
{
    u64 before = *opens;
    int error = 0;

    while (!error && *opens == before)
        error = waitq_sleep(q, &p->lock, WAIT_INTERRUPTIBLE, NEVER);
    return error;
}

static int open_ends_locked(struct pipe *p, struct file *f)
{
    bool nonblock = f->flags & O_NONBLOCK;

    /* Both ends at once, or a pipe through /proc/self/fd: no waiting. */
    if (((f->mode & FILE_READ) && (f->mode & FILE_WRITE)) ||
        (f->inode->super->flags & SUPER_ANON)) {
        add_ends_locked(p, f->mode);
        return 0;
    }
    if (f->mode & FILE_READ) {
        add_ends_locked(p, FILE_READ);
        if (p->writers || nonblock)
            return 0;
        return wait_for_other(p, &p->read_wait, &p->writer_opens);
    }
    if (nonblock && p->readers == 0)
        return -ENXIO;
    add_ends_locked(p, FILE_WRITE);
    if (p->readers)
        return 0;
    return wait_for_other(p, &p->write_wait, &p->reader_opens);
}

static int fifo_open(struct inode *inode, struct file *f)
{
    struct pipe *p = pipe_get(inode);
    int error;

    if (!p)
        return -ENOMEM;
    f->private = p;
    spin_lock(&p->lock);
    error = open_ends_locked(p, f);
    spin_unlock(&p->lock);
    if (error == -ENXIO)
        pipe_put(inode);
    else if (error)
        fifo_release(f);
    return error;
}

const struct file_ops fifo_ops = {
    .name = "pipe",
    .open = fifo_open,
    .release = fifo_release,
    .read = pipe_read,
    .write = pipe_write,
    .poll = pipe_poll,
    .ioctl = pipe_ioctl,
};

/* --- pipe2(2) ------------------------------------------------------------- */

static struct file *create_end(struct inode *inode, struct pipe *p,
                               unsigned flags)
{
    struct file *f = file_create_anon(inode, &fifo_ops, p, flags);

    if (!f)
        return NULL;
    pipe_get(inode);
    spin_lock(&p->lock);
    add_ends_locked(p, f->mode);
    spin_unlock(&p->lock);
    return f;
}

int pipe_create(unsigned flags, struct file *ends[2])
{
    struct inode *inode;
    int error = -ENOMEM;

    if (flags & ~(O_CLOEXEC | O_NONBLOCK | O_DIRECT))
        return -EINVAL;
    inode = inode_create_anon(S_IFIFO | 0600);
    if (!inode)
        return -ENOMEM;
    inode->pipe = pipe_alloc();
    if (!inode->pipe)
        goto put_inode;
    ends[0] = create_end(inode, inode->pipe, O_RDONLY | flags);
    if (!ends[0]) {
        pipe_free(inode->pipe);
        goto put_inode;
    }
    ends[1] = create_end(inode, inode->pipe, O_WRONLY | flags);
    if (ends[1])
        error = 0;
    else
        file_put(ends[0]);
put_inode:
    inode_put(inode);
    return error;
}
