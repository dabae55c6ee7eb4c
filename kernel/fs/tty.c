/* tty.c - terminals as files: reading, writing, waiting. */
#include "kernel/fs/tty_private.h"

#include "kernel/fs/devfs.h"
#include "kernel/fs/poll.h"
#include "kernel/fs/task.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/thread.h"
#include "kernel/time.h"
#include "mm/alloc.h"

#define HIGH_WATER (LDISC_SIZE * 3 / 4)     /* IXOFF stops the sender ... */
#define LOW_WATER  (LDISC_SIZE / 4)         /* ... until here */
#define CHUNK 256                   /* bytes copied at a time */

static struct cache tty_cache = CACHE("tty", struct tty);

/* --- the driver's side ---------------------------------------------------- */

static void show_echo(struct ldisc *l, const char *text, size_t n)
{
    struct tty *tty = container_of(l, struct tty, ldisc);

    tty->ops->output(tty, text, n);
}

static void drop_output(struct ldisc *l)
{
    struct tty *tty = container_of(l, struct tty, ldisc);

    tty->ops->flush_output(tty);
}

struct tty *tty_create(const struct tty_ops *ops, dev_t number, void *data)
{
    struct tty *tty = cache_zalloc(&tty_cache);

    if (!tty)
        return NULL;
    tty->refs = 1;
    tty->ops = ops;
    tty->number = number;
    tty->data = data;
    mutex_init(&tty->write_lock);
    spin_init(&tty->lock, RANK_TTY);
    ldisc_init(&tty->ldisc, show_echo);
    if (ops->flush_output)
        tty->ldisc.drop_output = drop_output;
    waitq_init(&tty->read_wait);
    waitq_init(&tty->write_wait);
    return tty;
}

void tty_get(struct tty *tty)
{
    __atomic_add_fetch(&tty->refs, 1, __ATOMIC_RELAXED);
}

void tty_put(struct tty *tty)
{
    if (__atomic_sub_fetch(&tty->refs, 1, __ATOMIC_ACQ_REL))
        return;
    tty->ops->destroy(tty);
    cache_free(&tty_cache, tty);
}

/* IXOFF: one ^S for a sender who is too fast, and one ^Q in the end. */
static void pace_sender_locked(struct tty *tty)
{
    const struct ldisc *l = &tty->ldisc;
    bool on = l->termios.iflag & IXOFF, stop = tty->sender_stopped;
    char key;

    assert(spin_held(&tty->lock));
    if (on && ldisc_used(l) >= HIGH_WATER)
        stop = true;
    else if (!on || ldisc_used(l) <= LOW_WATER)
        stop = false;
    if (stop == tty->sender_stopped)
        return;
    tty->sender_stopped = stop;
    key = l->termios.cc[stop ? VSTOP : VSTART];
    if (key)
        tty->ops->output(tty, &key, 1);
}

/* Up to a signal, which must be sent without the lock. */
static size_t input_locked(struct tty *tty, const char *buf, size_t n, int *sig)
{
    struct ldisc *l = &tty->ldisc;
    size_t done = 0;

    assert(spin_held(&tty->lock));
    while (done < n && !*sig && ldisc_has_room(l))
        *sig = ldisc_receive(l, buf[done++]);
    if (done < n && !*sig) {
        done += ldisc_overtake(l, (const u8 *)buf + done, n - done, sig);
        tty->refused = done < n;
    }
    return done;
}

size_t tty_input(struct tty *tty, const char *buf, size_t n)
{
    struct ldisc *l = &tty->ldisc;
    size_t done = 0;
    int sig;

    do {
        bool was_stopped;

        sig = 0;
        spin_lock(&tty->lock);
        was_stopped = l->stopped;
        done += input_locked(tty, buf + done, n - done, &sig);
        pace_sender_locked(tty);
        if (ldisc_readable(l))
            waitq_wake_all(&tty->read_wait, POLL_READABLE);
        if (was_stopped && !l->stopped)
            waitq_wake_all(&tty->write_wait, POLL_WRITABLE);
        spin_unlock(&tty->lock);
        if (sig)
            tty_signal_foreground(tty, sig);
    } while (sig && done < n);
    return done;
}

void tty_break(struct tty *tty)
{
    int sig;

    spin_lock(&tty->lock);
    sig = ldisc_break(&tty->ldisc);
    if (ldisc_readable(&tty->ldisc))
        waitq_wake_all(&tty->read_wait, POLL_READABLE);
    spin_unlock(&tty->lock);
    if (sig)
        tty_signal_foreground(tty, sig);
}

void tty_resume_input(struct tty *tty)
{
    bool resume;

    spin_lock(&tty->lock);
    pace_sender_locked(tty);
    resume = tty->refused && ldisc_has_room(&tty->ldisc);
    if (resume)
        tty->refused = false;
    spin_unlock(&tty->lock);
    if (resume)
        tty->ops->resume(tty);
}

/* --- reading -------------------------------------------------------------- */

/* What VMIN and VTIME ask for. */
struct patience {
    unsigned minimum;               /* bytes, at least */
    nsec_t between;                 /* limit from byte to byte, 0: none */
    nsec_t first;                   /* limit for the first byte, 0: none */
};

static struct patience patience_of(const struct ldisc *l)
{
    unsigned min = l->termios.cc[VMIN];
    nsec_t time = l->termios.cc[VTIME] * (NSEC_PER_SEC / 10);

    if (l->termios.lflag & ICANON)
        return (struct patience){ 1, 0, 0 };
    if (min)
        return (struct patience){ min, time, 0 };
    return (struct patience){ 0, 0, time };
}

/* Wait until there is input; 0, or the reason for giving up. */
static int wait_for_input(struct tty *tty, const struct file *f, nsec_t limit)
{
    nsec_t deadline = limit ? time_now() + limit : NEVER;
    int error = 0;

    while (!error && !ldisc_readable(&tty->ldisc)) {
        if (tty->hung_up)
            return -EIO;
        if (READ_ONCE(f->flags) & O_NONBLOCK)
            return -EAGAIN;
        error = waitq_sleep(&tty->read_wait, &tty->lock, WAIT_INTERRUPTIBLE,
                            deadline);
    }
    return error;
}

/* One helping, of at most n bytes, into buf; 0 with *end: end of file. */
static ssize_t take_input(struct tty *tty, struct file *f, u8 *buf, size_t n,
                          size_t have, bool *end)
{
    struct patience p;
    ssize_t got;
    int error = 0;

    spin_lock(&tty->lock);
    p = patience_of(&tty->ldisc);
    if (have == 0 && (p.minimum || p.first))
        error = wait_for_input(tty, f, p.first);
    else if (have && have < p.minimum)
        error = wait_for_input(tty, f, p.between);
    got = ldisc_take(&tty->ldisc, buf, n, end);
    if (have + got >= p.minimum && !ldisc_readable(&tty->ldisc))
        *end = true;
    spin_unlock(&tty->lock);
    if (got == 0) {
        *end = true;
        if (error && error != -ETIMEDOUT && !(error == -EIO && tty->hung_up))
            return error;
    }
    return got;
}

static ssize_t tty_read(struct file *f, struct iter *to, off_t *pos)
{
    struct tty *tty = f->private;
    u8 buf[CHUNK];
    bool end = false;
    int error = tty_check_background(tty, SIGTTIN);

    (void)pos;
    if (error)
        return error;
    while (to->left && !end) {
        ssize_t n = take_input(tty, f, buf, MIN(to->left, sizeof buf),
                               to->done, &end);

        if (n > 0)
            n = iter_put(to, buf, n);
        if (READ_ONCE(tty->refused) || READ_ONCE(tty->sender_stopped))
            tty_resume_input(tty);
        if (n < 0)
            return to->done ? (ssize_t)to->done : n;
    }
    return to->done;
}

/* --- writing -------------------------------------------------------------- */

static int wait_for_room(struct tty *tty, const struct file *f)
{
    while (tty->ldisc.stopped || tty->ops->room(tty) < CHUNK) {
        int error;

        if (tty->hung_up)
            return -EIO;
        if (READ_ONCE(f->flags) & O_NONBLOCK)
            return -EAGAIN;
        error = waitq_sleep(&tty->write_wait, &tty->lock, WAIT_INTERRUPTIBLE,
                            NEVER);
        if (error)
            return error;
    }
    return tty->hung_up ? -EIO : 0;
}

/* All of buf, in pieces of what fits; how much went, or why nothing did. */
static ssize_t output(struct file *f, const u8 *buf, size_t n)
{
    struct tty *tty = f->private;
    char out[CHUNK];
    size_t done = 0;
    int error = 0;

    spin_lock(&tty->lock);
    while (done < n) {
        size_t used, made;

        error = wait_for_room(tty, f);
        if (error)
            break;
        made = ldisc_expand(&tty->ldisc, buf + done, n - done, out, sizeof out,
                            &used);
        tty->ops->output(tty, out, made);
        done += used;
    }
    spin_unlock(&tty->lock);
    return done ? (ssize_t)done : error;
}

ssize_t tty_write_chunks(struct file *f, struct iter *from, tty_send_fn send)
{
    u8 buf[CHUNK];
    size_t done = 0;

    while (from->left) {
        ssize_t n = iter_get(from, buf, MIN(from->left, sizeof buf)), went;

        if (n < 0)
            return done ? (ssize_t)done : n;
        went = send(f, buf, n);
        if (went < 0)
            return done ? (ssize_t)done : went;
        done += went;
        if (went < n || (from->left && interrupted()))
            break;
    }
    return done;
}

static ssize_t tty_write(struct file *f, struct iter *from, off_t *pos)
{
    struct tty *tty = f->private;
    ssize_t n = 0;

    (void)pos;
    if (READ_ONCE(tty->ldisc.termios.lflag) & TOSTOP)
        n = tty_check_background(tty, SIGTTOU);
    if (n)
        return n;
    if (mutex_lock_killable(&tty->write_lock))
        return -EINTR;
    n = tty_write_chunks(f, from, output);
    mutex_unlock(&tty->write_lock);
    return n;
}

int tty_drain(struct tty *tty)
{
    /* Drivers have taken what a finished write(2) gave; those that are not
     * finished wait under this lock. */
    if (mutex_lock_killable(&tty->write_lock))
        return -EINTR;
    mutex_unlock(&tty->write_lock);
    return 0;
}

/* --- poll, open ----------------------------------------------------------- */

static bool poll_readable(const struct ldisc *l)
{
    unsigned min = l->termios.cc[VMIN];

    if ((l->termios.lflag & ICANON) || l->termios.cc[VTIME] || min < 2)
        return ldisc_readable(l);
    return ldisc_available(l) >= min;
}

static unsigned tty_poll(struct file *f, struct poll_table *pt)
{
    struct tty *tty = f->private;
    unsigned events = 0;

    poll_wait(pt, &tty->read_wait, &tty->lock);
    poll_wait(pt, &tty->write_wait, &tty->lock);
    spin_lock(&tty->lock);
    if (poll_readable(&tty->ldisc))
        events |= POLL_READABLE;
    if (!tty->ldisc.stopped && tty->ops->room(tty) >= CHUNK)
        events |= POLL_WRITABLE;
    if (tty->hung_up)
        events |= POLLHUP | POLLERR | POLL_READABLE | POLL_WRITABLE;
    spin_unlock(&tty->lock);
    return events;
}

int tty_open_file(struct tty *tty, struct file *f)
{
    bool root = cred_is_root(current_cred());
    int error = 0;

    spin_lock(&tty->lock);
    if (tty->hung_up)
        error = -EIO;
    else if (tty->exclusive && !root)
        error = -EBUSY;
    if (!error) {
        tty->opens++;
        tty->was_opened = true;
    }
    spin_unlock(&tty->lock);
    if (error)
        return error;
    tty_get(tty);
    f->ops = &tty_file_ops;
    f->private = tty;
    if (!(f->flags & O_NOCTTY) && (f->mode & FILE_READ))
        tty_offer_control(tty);
    return 0;
}

static void tty_release(struct file *f)
{
    struct tty *tty = f->private;

    spin_lock(&tty->lock);
    if (--tty->opens == 0) {
        tty->exclusive = false;
        if (tty->ops->closed)
            tty->ops->closed(tty);
    }
    spin_unlock(&tty->lock);
    tty_put(tty);
}

const struct file_ops tty_file_ops = {
    .name = "tty",
    .release = tty_release,
    .read = tty_read,
    .write = tty_write,
    .poll = tty_poll,
    .ioctl = tty_ioctl,
};
