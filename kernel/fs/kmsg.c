/*
 * kmsg.c - /dev/kmsg, as Linux has it: each read gives one record and waits if
 * there is none yet; each reader has its own place in the log.
 */
#include "kernel/fs/kmsg.h"

#include "kernel/fs/fcntl.h"
#include "kernel/fs/poll.h"
#include "kernel/lib/errno.h"
#include "kernel/log.h"
#include "mm/alloc.h"

#define LINE_SIZE 512

static struct spinlock lock = SPINLOCK_INIT(RANK_PIPE);
static struct waitq readers = WAITQ_INIT(readers);      /* guarded by lock */

static void wake_readers(void)
{
    spin_lock(&lock);
    waitq_wake_all(&readers, POLL_READABLE);
    /* Callbacks stay on the queue, and want to hear of the next one, too. */
    if (!list_empty(&readers.waiters))
        log_listen(wake_readers);
    spin_unlock(&lock);
}

/* Wait for a line at or behind seq. */
static int wait_for_line(u64 seq)
{
    int error = 0;

    spin_lock(&lock);
    log_listen(wake_readers);
    while (!error && log_next() <= seq) {
        error = waitq_sleep(&readers, &lock, WAIT_INTERRUPTIBLE, NEVER);
        log_listen(wake_readers);
    }
    spin_unlock(&lock);
    return error;
}

/* A reader's place is the sequence number of its next line. */
static u64 place_of(const struct file *f)
{
    return (u64)READ_ONCE(f->private);
}

static void set_place(struct file *f, u64 seq)
{
    WRITE_ONCE(f->private, (void *)seq);
}

static int open_log(unused_arg struct inode *inode, struct file *f)
{
    set_place(f, log_oldest());
    return 0;
}

static ssize_t read_record(struct file *f, char *record, u64 *seq)
{
    ssize_t n;

    while ((n = log_read_record(seq, record, LOG_RECORD_MAX)) == 0) {
        if (READ_ONCE(f->flags) & O_NONBLOCK)
            return -EAGAIN;
        n = wait_for_line(*seq);
        if (n)
            return n;
    }
    return n;
}

static ssize_t read_log(struct file *f, struct iter *to, unused_arg off_t *pos)
{
    char *record = kmalloc(LOG_RECORD_MAX);
    u64 seq = place_of(f);
    ssize_t n;

    if (!record)
        return -ENOMEM;
    n = read_record(f, record, &seq);
    if (n > 0 && (size_t)n > to->left)
        n = -EINVAL;                    /* and the record stays */
    else if (n > 0 && iter_put(to, record, n) != n)
        n = -EFAULT;
    if (n > 0 || n == -EPIPE)
        set_place(f, seq);
    kfree(record);
    return n;
}

static ssize_t write_log(struct file *f, struct iter *from, off_t *pos)
{
    char line[LINE_SIZE], *text = line;
    size_t total = from->left;
    ssize_t n = iter_get(from, line, MIN(total, sizeof line - 1));
    enum log_level level = LOG_NOTICE;

    (void)f;
    (void)pos;
    if (n < 0)
        return n;
    line[n] = '\0';
    if (n >= 3 && line[0] == '<' && line[1] >= '0' && line[1] <= '7' &&
        line[2] == '>') {
        level = line[1] - '0';
        text += 3;
    }
    if (n && line[n - 1] == '\n')
        line[n - 1] = '\0';
    klog(level, "%s", text);
    return total;
}

/* To the beginning, to the end, to what was not cleared yet (SEEK_DATA). */
static off_t seek_log(struct file *f, off_t offset, int whence)
{
    if (offset)
        return -ESPIPE;
    if (whence == 0)
        set_place(f, log_oldest());
    else if (whence == 2)
        set_place(f, log_next());
    else if (whence == 3)
        set_place(f, log_first());
    else
        return -EINVAL;
    return 0;
}

static unsigned poll_log(struct file *f, struct poll_table *pt)
{
    u64 seq = place_of(f);
    unsigned events = POLL_WRITABLE;

    poll_wait(pt, &readers, &lock);
    if (pt)
        log_listen(wake_readers);
    if (log_next() > seq)
        events |= POLL_READABLE;
    if (seq < log_oldest())
        events |= POLLERR | POLLPRI;
    return events;
}

const struct file_ops kmsg_ops = {
    .open = open_log, .read = read_log, .write = write_log, .seek = seek_log,
    .poll = poll_log,
};
