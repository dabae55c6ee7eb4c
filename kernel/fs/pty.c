#include "kernel/fs/pty.h"

#include "kernel/fs/devfs.h"
#include "kernel/fs/devpts.h"
#include "kernel/fs/fdtable.h"
#include "kernel/fs/mount.h"
#include "kernel/fs/poll.h"
#include "kernel/fs/tty_private.h"
#include "kernel/lib/bitmap.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"
#include "kernel/thread.h"
#include "mm/alloc.h"
#include "mm/uaccess.h"

#define RING_SIZE   4096            /* bytes on their way to the master */
#define CHUNK       256             /* bytes copied at a time */

struct pty {
    /* set at birth, then constant */
    struct tty *tty;                /* the slave; its references keep the pair,
                                     * the open master holds one */
    unsigned index;
    struct inode *node;             /* in /dev/pts while the master is open */

    /* guarded by tty->lock */
    bool locked;                    /* the slave, until unlockpt(3) */
    struct waitq read_wait, write_wait;     /* those at the master */
    u32 head, tail;                 /* of the ring; they only grow */
    char ring[RING_SIZE];
};

static struct cache pty_cache = CACHE("pty", struct pty);

static struct mutex table_lock = MUTEX_INIT(table_lock);
/* guarded by table_lock */
static u64 taken[PTY_MAX / 64];             /* numbers */
static struct pty *masters[PTY_MAX];        /* those that are open */

static const struct file_ops master_ops, pts_ops;

/* --- the slave's driver --------------------------------------------------- */

static size_t count_locked(const struct pty *pty)
{
    assert(spin_held(&pty->tty->lock));
    return pty->head - pty->tail;
}

static size_t slave_room(struct tty *tty)
{
    return RING_SIZE - count_locked(tty->data);
}

static size_t slave_pending(struct tty *tty)
{
    return count_locked(tty->data);
}

static size_t slave_output(struct tty *tty, const char *buf, size_t n)
{
    struct pty *pty = tty->data;

    n = MIN(n, slave_room(tty));
    for (size_t i = 0; i < n; i++)
        pty->ring[pty->head++ % RING_SIZE] = buf[i];
    waitq_wake_all(&pty->read_wait, POLL_READABLE);
    return n;
}

static void slave_flush_output(struct tty *tty)
{
    struct pty *pty = tty->data;

    pty->tail = pty->head;
    waitq_wake_all(&tty->write_wait, POLL_WRITABLE);
}

static void slave_resume(struct tty *tty)
{
    struct pty *pty = tty->data;

    spin_lock(&tty->lock);
    waitq_wake_all(&pty->write_wait, POLL_WRITABLE);
    spin_unlock(&tty->lock);
}

static void slave_closed(struct tty *tty)
{
    struct pty *pty = tty->data;

    waitq_wake_all(&pty->read_wait, POLL_READABLE | POLLHUP);
}

static void pty_free(struct pty *pty)
{
    mutex_lock(&table_lock);
    bitmap_clear(taken, pty->index);
    mutex_unlock(&table_lock);
    cache_free(&pty_cache, pty);
}

static void slave_destroy(struct tty *tty)
{
    pty_free(tty->data);
}

static const struct tty_ops slave_ops = {
    .output = slave_output,
    .room = slave_room,
    .pending = slave_pending,
    .flush_output = slave_flush_output,
    .resume = slave_resume,
    .closed = slave_closed,
    .destroy = slave_destroy,
};

/* --- opening -------------------------------------------------------------- */

static int take_number(unsigned *index)
{
    size_t free;

    mutex_lock(&table_lock);
    free = bitmap_find_clear(taken, PTY_MAX, 0);
    if (free < PTY_MAX)
        bitmap_set(taken, free);
    mutex_unlock(&table_lock);
    *index = free;
    return free < PTY_MAX ? 0 : -ENOSPC;
}

static int pty_create(struct pty **out)
{
    struct pty *pty = cache_zalloc(&pty_cache);
    int error;

    if (!pty)
        return -ENOMEM;
    error = take_number(&pty->index);
    if (error) {
        cache_free(&pty_cache, pty);
        return error;
    }
    pty->locked = true;
    waitq_init(&pty->read_wait);
    waitq_init(&pty->write_wait);
    pty->tty = tty_create(&slave_ops, dev_make(DEV_PTS_MAJOR, pty->index), pty);
    if (!pty->tty) {
        pty_free(pty);
        return -ENOMEM;
    }
    *out = pty;
    return 0;
}

static void set_master(struct pty *pty, struct pty *value)
{
    mutex_lock(&table_lock);
    masters[pty->index] = value;
    mutex_unlock(&table_lock);
}

static int ptmx_open(struct inode *inode, struct file *f)
{
    struct pty *pty;
    int error = pty_create(&pty);

    (void)inode;
    if (error)
        return error;
    error = devpts_add(pty->index, &pts_ops, &pty->node);
    if (error) {
        tty_put(pty->tty);
        return error;
    }
    set_master(pty, pty);
    f->ops = &master_ops;
    f->private = pty;
    return 0;
}

static const struct file_ops ptmx_ops = { .open = ptmx_open };

static void master_release(struct file *f)
{
    struct pty *pty = f->private;

    set_master(pty, NULL);
    devpts_remove(pty->index);
    tty_hangup(pty->tty);
    tty_put(pty->tty);
}

/* A node may be held longer than its terminal lives, and another terminal have
 * got the number. */
static struct pty *lookup_by_node(struct inode *node)
{
    struct pty *pty;

    mutex_lock(&table_lock);
    pty = masters[dev_minor(node->rdev)];
    if (pty && pty->node != node)
        pty = NULL;
    if (pty)
        tty_get(pty->tty);
    mutex_unlock(&table_lock);
    return pty;
}

static int pts_open(struct inode *inode, struct file *f)
{
    struct pty *pty = lookup_by_node(inode);
    int error;

    if (!pty)
        return -EIO;
    error = READ_ONCE(pty->locked) ? -EIO : tty_open_file(pty->tty, f);
    tty_put(pty->tty);
    return error;
}

static const struct file_ops pts_ops = { .open = pts_open };

/* --- reading and writing at the master ------------------------------------ */

/* Has everybody at the slave gone?  Before anybody came, that may still be. */
static bool slave_gone(const struct pty *pty)
{
    return pty->tty->was_opened && !pty->tty->opens;
}

static int wait_for_output(struct pty *pty, const struct file *f)
{
    int error = 0;

    while (!error && !count_locked(pty)) {
        if (slave_gone(pty))
            return -EIO;
        if (READ_ONCE(f->flags) & O_NONBLOCK)
            return -EAGAIN;
        error = waitq_sleep(&pty->read_wait, &pty->tty->lock,
                            WAIT_INTERRUPTIBLE, NEVER);
    }
    return error;
}

static size_t take_output(struct pty *pty, char *buf, size_t n)
{
    n = MIN(n, count_locked(pty));
    for (size_t i = 0; i < n; i++)
        buf[i] = pty->ring[pty->tail++ % RING_SIZE];
    if (n)
        waitq_wake_all(&pty->tty->write_wait, POLL_WRITABLE);
    return n;
}

static ssize_t master_read(struct file *f, struct iter *to, off_t *pos)
{
    struct pty *pty = f->private;
    char buf[CHUNK];

    (void)pos;
    while (to->left) {
        ssize_t n = 0;

        spin_lock(&pty->tty->lock);
        if (to->done == 0)
            n = wait_for_output(pty, f);
        if (n == 0)
            n = take_output(pty, buf, MIN(to->left, sizeof buf));
        spin_unlock(&pty->tty->lock);
        if (n > 0)
            n = iter_put(to, buf, n);
        if (n < 0)
            return to->done ? (ssize_t)to->done : n;
        if (n == 0)
            break;
    }
    return to->done;
}

static int wait_for_reader(struct pty *pty, const struct file *f)
{
    struct tty *tty = pty->tty;
    int error = 0;

    spin_lock(&tty->lock);
    while (!error && tty->refused) {
        if (READ_ONCE(f->flags) & O_NONBLOCK)
            error = -EAGAIN;
        else
            error = waitq_sleep(&pty->write_wait, &tty->lock,
                                WAIT_INTERRUPTIBLE, NEVER);
    }
    spin_unlock(&tty->lock);
    return error;
}

/* How much of buf was typed, or why nothing was. */
static ssize_t type(struct file *f, const u8 *buf, size_t n)
{
    struct pty *pty = f->private;
    size_t done = 0;

    for (;;) {
        int error;

        done += tty_input(pty->tty, (const char *)buf + done, n - done);
        if (done == n)
            return done;
        error = wait_for_reader(pty, f);
        if (error)
            return done ? (ssize_t)done : error;
    }
}

static ssize_t master_write(struct file *f, struct iter *from, off_t *pos)
{
    (void)pos;
    return tty_write_chunks(f, from, type);
}

static unsigned master_poll(struct file *f, struct poll_table *pt)
{
    struct pty *pty = f->private;
    struct tty *tty = pty->tty;
    unsigned events = 0;

    poll_wait(pt, &pty->read_wait, &tty->lock);
    poll_wait(pt, &pty->write_wait, &tty->lock);
    spin_lock(&tty->lock);
    if (count_locked(pty))
        events |= POLL_READABLE;
    if (slave_gone(pty))
        events |= POLLHUP;
    if (ldisc_has_room(&tty->ldisc))
        events |= POLL_WRITABLE;
    else
        tty->refused = true;            /* whoever polls waits for room */
    spin_unlock(&tty->lock);
    return events;
}

/* --- ioctl_tty(2) at the master ------------------------------------------- */

static long put_int(int value, u64 arg)
{
    return copy_to_user(uptr(arg), &value, sizeof value);
}

static long set_lock(struct pty *pty, u64 arg)
{
    int lock;

    if (copy_from_user(&lock, uptr(arg), sizeof lock))
        return -EFAULT;
    WRITE_ONCE(pty->locked, lock != 0);
    return 0;
}

/* Open the slave without going by its name, which may be hidden. */
static long open_peer(struct pty *pty, unsigned flags)
{
    struct open_how how = { .flags = flags | O_LARGEFILE };
    struct file *f;
    char name[24];
    int error;

    if (flags & ~(O_ACCMODE | O_NOCTTY | O_NONBLOCK | O_CLOEXEC))
        return -EINVAL;
    kscnprintf(name, sizeof name, "dev/pts/%u", pty->index);
    error = file_open(&initial_root, name, &how, &f);
    return error ? error : fd_add(f, flags & O_CLOEXEC);
}

static long flush(struct pty *pty, u64 queue)
{
    struct tty *tty = pty->tty;

    if (queue > TCIOFLUSH)
        return -EINVAL;
    spin_lock(&tty->lock);
    if (queue != TCOFLUSH)
        slave_flush_output(tty);
    if (queue != TCIFLUSH)
        ldisc_flush_input(&tty->ldisc);
    spin_unlock(&tty->lock);
    tty_resume_input(tty);
    return 0;
}

static long send_signal(struct pty *pty, u64 sig)
{
    if (sig != SIGINT && sig != SIGQUIT && sig != SIGTSTP)
        return -EINVAL;
    tty_signal_foreground(pty->tty, sig);
    return 0;
}

static long count_input(struct pty *pty, u64 arg)
{
    int n;

    spin_lock(&pty->tty->lock);
    n = count_locked(pty);
    spin_unlock(&pty->tty->lock);
    return put_int(n, arg);
}

static long master_ioctl(struct file *f, unsigned cmd, u64 arg)
{
    struct pty *pty = f->private;

    switch (cmd) {
    case TIOCGPTN:
        return put_int(pty->index, arg);
    case TIOCSPTLCK:
        return set_lock(pty, arg);
    case TIOCGPTLCK:
        return put_int(READ_ONCE(pty->locked), arg);
    case TIOCGPTPEER:
        return open_peer(pty, arg);
    case TIOCSIG:
        return send_signal(pty, arg);
    case TIOCGPGRP:
        return put_int(tty_foreground(pty->tty), arg);
    case TIOCGSID:
        return pty->tty->session ? put_int(pty->tty->session, arg) : -ENOTTY;
    case FIONREAD:
        return count_input(pty, arg);
    case TIOCOUTQ:
        return put_int(0, arg);         /* what is written has been typed */
    case TCFLSH:
        return flush(pty, arg);
    case TIOCSTI:
    case TIOCNOTTY:
        return -ENOTTY;
    default:                            /* settings, size: the pair has one */
        return tty_control(pty->tty, cmd, arg);
    }
}

static const struct file_ops master_ops = {
    .name = "ptmx",
    .release = master_release,
    .read = master_read,
    .write = master_write,
    .poll = master_poll,
    .ioctl = master_ioctl,
};

void pty_init(void)
{
    devpts_init(&ptmx_ops);
}
