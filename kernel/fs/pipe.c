/*
 * pipe.c - the pipe itself: a ring of pages between readers and writers.
 *
 * `head` counts bytes ever written, `tail` bytes ever read.  One reader and one
 * writer at a time copy, both without the spinlock (copies may sleep): whoever
 * set `writing` owns the pages from head on, whoever set `reading` those up to
 * it.  Their bounds move under the lock, when the copy is done.  A page is free
 * again when it has been read to its end.
 */
#include "kernel/fs/pipe_private.h"

#include "kernel/fs/poll.h"
#include "kernel/fs/task.h"
#include "kernel/fs/termios.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "mm/alloc.h"

#define SIGPIPE 13

static struct cache pipe_cache = CACHE("pipe", struct pipe);

struct pipe *pipe_alloc(void)
{
    struct pipe *p = cache_zalloc(&pipe_cache);

    if (!p)
        return NULL;
    spin_init(&p->lock, RANK_PIPE);
    waitq_init(&p->read_wait);
    waitq_init(&p->read_turn);
    waitq_init(&p->write_wait);
    p->page_count = PIPE_SIZE / PAGE_SIZE;
    p->pages = kzalloc(p->page_count * sizeof(p->pages[0]));
    if (!p->pages) {
        cache_free(&pipe_cache, p);
        return NULL;
    }
    return p;
}

void pipe_free(struct pipe *p)
{
    for (unsigned i = 0; i < p->page_count; i++)
        if (p->pages[i])
            pages_free(p->pages[i], 0);
    kfree(p->pages);
    cache_free(&pipe_cache, p);
}

static u8 **slot_of(struct pipe *p, u64 position)
{
    return &p->pages[(position >> PAGE_SHIFT) & (p->page_count - 1)];
}

/* Bytes that can be written now: a page half read is not free yet. */
static size_t room_locked(const struct pipe *p)
{
    size_t capacity = p->page_count * PAGE_SIZE;

    if (p->head == p->tail)
        return capacity;
    return capacity - (p->head - page_down(p->tail));
}

static void wake(struct waitq *q, unsigned events)
{
    if (!list_empty(&q->waiters))
        waitq_wake_all(q, events);
}

/* --- reading -------------------------------------------------------------- */

/* Wait for bytes and the right to read them.  1, or 0 at the end of file. */
static int claim_read(struct pipe *p, bool nonblock)
{
    for (;;) {
        int error;

        if (p->reading) {
            error = waitq_sleep(&p->read_turn, &p->lock, WAIT_INTERRUPTIBLE,
                                NEVER);
        } else if (p->head != p->tail) {
            p->reading = true;
            return 1;
        } else if (p->writers == 0) {
            return 0;
        } else if (nonblock) {
            return -EAGAIN;
        } else {
            error = waitq_sleep(&p->read_wait, &p->lock, WAIT_INTERRUPTIBLE,
                                NEVER);
        }
        if (error)
            return error;
    }
}

/* Copy out of [tail, tail + n); gives back the pages read to their end. */
static ssize_t copy_out(struct pipe *p, u64 at, size_t n, struct iter *to)
{
    size_t done = 0;
    ssize_t moved = 0;

    while (done < n) {
        u8 **slot = slot_of(p, at + done);
        size_t offset = (at + done) & PAGE_MASK;
        size_t chunk = MIN(n - done, PAGE_SIZE - offset);

        moved = iter_put(to, *slot + offset, chunk);
        if (moved <= 0)
            break;
        done += moved;
        if (((at + done) & PAGE_MASK) == 0) {
            pages_free(*slot, 0);
            *slot = NULL;
        }
    }
    return done ? (ssize_t)done : moved;
}

ssize_t pipe_read(struct file *f, struct iter *to, off_t *pos)
{
    struct pipe *p = f->private;
    ssize_t n;
    size_t want;
    u64 at;

    (void)pos;
    if (to->left == 0)
        return 0;
    spin_lock(&p->lock);
    n = claim_read(p, READ_ONCE(f->flags) & O_NONBLOCK);
    at = p->tail;
    want = MIN(to->left, p->head - at);
    spin_unlock(&p->lock);
    if (n <= 0)
        return n;
    n = copy_out(p, at, want, to);
    spin_lock(&p->lock);
    if (n > 0)
        p->tail += n;
    p->reading = false;
    if (n > 0)
        wake(&p->write_wait, POLL_WRITABLE);
    wake(&p->read_turn, 0);     /* even if nothing is left: not all wait for it */
    spin_unlock(&p->lock);
    return n;
}

/* --- writing -------------------------------------------------------------- */

/* Wait for room and the right to fill it: all of it if that is little.  The
 * room, or -errno. */
static ssize_t claim_write(struct pipe *p, size_t n, bool nonblock)
{
    size_t need = n <= PIPE_BUF ? n : 1;

    for (;;) {
        int error;

        if (p->readers == 0)
            return -EPIPE;
        if (!p->writing && room_locked(p) >= need) {
            p->writing = true;
            return room_locked(p);
        }
        if (nonblock && !p->writing)
            return -EAGAIN;
        error = waitq_sleep(&p->write_wait, &p->lock, WAIT_INTERRUPTIBLE,
                            NEVER);
        if (error)
            return error;
    }
}

/* An empty pipe begins again at a page's start, so that it holds all that it
 * can.  Nobody reads it now: there is nothing. */
static void rewind_locked(struct pipe *p)
{
    u8 **slot = slot_of(p, p->head), *page = *slot;

    *slot = p->pages[0];
    p->pages[0] = page;
    p->head = 0;
    p->tail = 0;
}

/* Copy into [at, at + n), which nobody sees yet. */
static ssize_t copy_in(struct pipe *p, u64 at, size_t n, struct iter *from)
{
    size_t done = 0;
    ssize_t moved = 0;

    while (done < n) {
        u8 **slot = slot_of(p, at + done);
        size_t offset = (at + done) & PAGE_MASK;
        size_t chunk = MIN(n - done, PAGE_SIZE - offset);

        if (!*slot)
            *slot = pages_alloc(0, ALLOC_USER);
        moved = *slot ? iter_get(from, *slot + offset, chunk) : -ENOMEM;
        if (moved <= 0)
            break;
        done += moved;
        if ((size_t)moved < chunk)
            break;
    }
    return done ? (ssize_t)done : moved;
}

/* One claim: as much as there is room for. */
static ssize_t write_some(struct pipe *p, struct iter *from, bool nonblock)
{
    bool atomic = from->left <= PIPE_BUF;
    ssize_t n;
    size_t want;
    u64 at;

    spin_lock(&p->lock);
    n = claim_write(p, from->left, nonblock);
    if (n < 0) {
        spin_unlock(&p->lock);
        return n;
    }
    if (p->head == p->tail)
        rewind_locked(p);
    at = p->head;
    want = MIN(from->left, (size_t)n);
    spin_unlock(&p->lock);
    n = copy_in(p, at, want, from);
    if (atomic && n > 0 && (size_t)n < want)
        n = -EFAULT;                    /* all or nothing */
    spin_lock(&p->lock);
    p->writing = false;
    if (n > 0) {
        p->head += n;
        wake(&p->read_wait, POLL_READABLE);
    }
    wake(&p->write_wait, 0);            /* the next writer may try */
    spin_unlock(&p->lock);
    return n;
}

ssize_t pipe_write(struct file *f, struct iter *from, off_t *pos)
{
    struct pipe *p = f->private;
    bool nonblock = READ_ONCE(f->flags) & O_NONBLOCK;
    size_t done = 0;
    ssize_t n = 0;

    (void)pos;
    while (from->left) {
        n = write_some(p, from, nonblock);
        if (n < 0)
            break;
        done += n;
    }
    if (n == -EPIPE)
        fs_doors->signal_self(SIGPIPE);
    return done ? (ssize_t)done : n;
}

/* --- poll, ioctl, size ---------------------------------------------------- */

unsigned pipe_poll(struct file *f, struct poll_table *pt)
{
    struct pipe *p = f->private;
    unsigned events = 0;

    if (f->mode & FILE_READ)
        poll_wait(pt, &p->read_wait, &p->lock);
    if (f->mode & FILE_WRITE)
        poll_wait(pt, &p->write_wait, &p->lock);
    spin_lock(&p->lock);
    if (f->mode & FILE_READ) {
        if (p->head != p->tail)
            events |= POLL_READABLE;
        if (p->writers == 0 && p->writer_opens)
            events |= POLLHUP;
    }
    if (f->mode & FILE_WRITE) {
        if (room_locked(p) >= PIPE_BUF)
            events |= POLL_WRITABLE;
        if (p->readers == 0)
            events |= POLLERR;
    }
    spin_unlock(&p->lock);
    return events;
}

long pipe_ioctl(struct file *f, unsigned cmd, u64 arg)
{
    struct pipe *p = f->private;
    s32 n;

    if (cmd != FIONREAD)
        return -ENOTTY;
    spin_lock(&p->lock);
    n = p->head - p->tail;
    spin_unlock(&p->lock);
    return copy_to_user(uptr(arg), &n, sizeof n);
}

long pipe_get_size(struct file *f)
{
    struct pipe *p = f->private;

    if (f->ops != &fifo_ops)
        return -EBADF;
    return READ_ONCE(p->page_count) * PAGE_SIZE;
}

/* Both sides are claimed: nobody looks at the ring. */
static int replace_ring(struct pipe *p, unsigned count)
{
    u8 **pages = kzalloc(count * sizeof(pages[0])), **old = p->pages;

    if (!pages)
        return -ENOMEM;
    for (u64 at = page_down(p->tail); at < page_up(p->head); at += PAGE_SIZE) {
        u8 **slot = slot_of(p, at);

        pages[(at >> PAGE_SHIFT) & (count - 1)] = *slot;
        *slot = NULL;
    }
    for (unsigned i = 0; i < p->page_count; i++)
        if (old[i])
            pages_free(old[i], 0);
    p->pages = pages;
    p->page_count = count;
    kfree(old);
    return 0;
}

long pipe_set_size(struct file *f, unsigned long size)
{
    struct pipe *p = f->private;
    unsigned count = 1;
    int error = 0;

    if (f->ops != &fifo_ops)
        return -EBADF;
    if (size > INT_MAX)
        return -EINVAL;
    while (count * PAGE_SIZE < size)
        count *= 2;
    if (count * PAGE_SIZE > PIPE_SIZE_MAX && !cred_is_root(current_cred()))
        return -EPERM;
    spin_lock(&p->lock);
    if (p->reading || p->writing ||
        p->head - page_down(p->tail) > count * PAGE_SIZE)
        error = -EBUSY;
    else if (count != p->page_count)
        error = replace_ring(p, count);
    spin_unlock(&p->lock);
    return error ? error : (long)(count * PAGE_SIZE);
}
