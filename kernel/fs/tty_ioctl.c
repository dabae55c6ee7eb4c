/* tty_ioctl.c - ioctl_tty(2). */
#include "kernel/fs/tty_private.h"

#include "kernel/fs/poll.h"
#include "kernel/fs/task.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/thread.h"
#include "kernel/time.h"
#include "mm/uaccess.h"

/* --- settings ------------------------------------------------------------- */

static struct termios settings_now(struct tty *tty)
{
    struct termios t;

    spin_lock(&tty->lock);
    t = tty->ldisc.termios;
    spin_unlock(&tty->lock);
    return t;
}

static long get_termios(struct tty *tty, u64 arg)
{
    struct termios t = settings_now(tty);

    return copy_to_user(uptr(arg), &t, sizeof t);
}

static long get_termio(struct tty *tty, u64 arg)
{
    struct termios t = settings_now(tty);
    struct termio old = { .iflag = t.iflag, .oflag = t.oflag,
                          .cflag = t.cflag, .lflag = t.lflag,
                          .line = t.line };

    memcpy(old.cc, t.cc, NCC);
    return copy_to_user(uptr(arg), &old, sizeof old);
}

/* A struct termio tells the low halves of the flags, and fewer characters. */
static int read_termio(struct tty *tty, u64 arg, struct termios *t)
{
    const u32 high = 0xffff0000;
    struct termio old;

    if (copy_from_user(&old, uptr(arg), sizeof old))
        return -EFAULT;
    *t = settings_now(tty);
    t->iflag = (t->iflag & high) | old.iflag;
    t->oflag = (t->oflag & high) | old.oflag;
    t->cflag = (t->cflag & high) | old.cflag;
    t->lflag = (t->lflag & high) | old.lflag;
    memcpy(t->cc, old.cc, NCC);
    return 0;
}

static long set_termios(struct tty *tty, unsigned cmd, u64 arg)
{
    struct termios t;
    int error;

    if (cmd >= TCSETA) {
        error = read_termio(tty, arg, &t);
        cmd -= TCSETA - TCSETS;
    } else {
        error = copy_from_user(&t, uptr(arg), sizeof t);
    }
    if (!error)
        error = tty_check_background(tty, SIGTTOU);
    if (!error && cmd != TCSETS)
        error = tty_drain(tty);
    if (error)
        return error;
    spin_lock(&tty->lock);
    if (cmd == TCSETSF)
        ldisc_flush_input(&tty->ldisc);
    ldisc_set_termios(&tty->ldisc, &t);
    if (ldisc_readable(&tty->ldisc))
        waitq_wake_all(&tty->read_wait, POLL_READABLE);
    if (!tty->ldisc.stopped)
        waitq_wake_all(&tty->write_wait, POLL_WRITABLE);
    spin_unlock(&tty->lock);
    tty_resume_input(tty);
    return 0;
}

static long get_size(struct tty *tty, u64 arg)
{
    struct winsize size;

    spin_lock(&tty->lock);
    size = tty->size;
    spin_unlock(&tty->lock);
    return copy_to_user(uptr(arg), &size, sizeof size);
}

static long set_size(struct tty *tty, u64 arg)
{
    struct winsize size;
    bool changed;

    if (copy_from_user(&size, uptr(arg), sizeof size))
        return -EFAULT;
    spin_lock(&tty->lock);
    changed = memcmp(&size, &tty->size, sizeof size);
    tty->size = size;
    spin_unlock(&tty->lock);
    if (changed)
        tty_signal_foreground(tty, SIGWINCH);
    return 0;
}

/* --- queues --------------------------------------------------------------- */

static long flush(struct tty *tty, u64 queue)
{
    int error;

    if (queue > TCIOFLUSH)
        return -EINVAL;
    error = tty_check_background(tty, SIGTTOU);
    if (error)
        return error;
    spin_lock(&tty->lock);
    if (queue != TCIFLUSH && tty->ops->flush_output)
        tty->ops->flush_output(tty);
    if (queue != TCOFLUSH)
        ldisc_flush_input(&tty->ldisc);
    spin_unlock(&tty->lock);
    tty_resume_input(tty);
    return 0;
}

static long flow(struct tty *tty, u64 action)
{
    int error = tty_check_background(tty, SIGTTOU);
    u8 cc;

    if (action > TCION)
        return -EINVAL;
    if (error)
        return error;
    spin_lock(&tty->lock);
    if (action == TCOOFF || action == TCOON) {
        tty->ldisc.stopped = action == TCOOFF;
        if (action == TCOON)
            waitq_wake_all(&tty->write_wait, POLL_WRITABLE);
    } else {
        cc = tty->ldisc.termios.cc[action == TCIOFF ? VSTOP : VSTART];
        if (cc)
            tty->ops->output(tty, (char *)&cc, 1);
    }
    spin_unlock(&tty->lock);
    return 0;
}

/* tcsendbreak(3): a quarter of a second, or so many tenths. */
static long send_break(struct tty *tty, u64 tenths)
{
    nsec_t time = tenths ? tenths * (NSEC_PER_SEC / 10) : NSEC_PER_SEC / 4;

    if (!tty->ops->set_break)
        return 0;                   /* as POSIX has it for what is no line */
    tty->ops->set_break(tty, true);
    thread_prepare_sleep(WAIT_INTERRUPTIBLE);
    thread_sleep(time_now() + time);
    tty->ops->set_break(tty, false);
    return interrupted() ? -EINTR : 0;
}

static long drain_or_break(struct tty *tty, unsigned cmd, u64 arg)
{
    int error = tty_check_background(tty, SIGTTOU);

    if (!error)
        error = tty_drain(tty);
    if (error || (cmd == TCSBRK && arg))
        return error;               /* tcdrain(3) */
    return send_break(tty, cmd == TCSBRKP ? MIN(arg, 100ul) : 0);
}

static long count_input(struct tty *tty, u64 arg)
{
    int n;

    spin_lock(&tty->lock);
    n = ldisc_available(&tty->ldisc);
    spin_unlock(&tty->lock);
    return copy_to_user(uptr(arg), &n, sizeof n);
}

static long count_output(struct tty *tty, u64 arg)
{
    int n;

    spin_lock(&tty->lock);
    n = tty->ops->pending ? tty->ops->pending(tty) : 0;
    spin_unlock(&tty->lock);
    return copy_to_user(uptr(arg), &n, sizeof n);
}

static long set_exclusive(struct tty *tty, bool exclusive)
{
    spin_lock(&tty->lock);
    tty->exclusive = exclusive;
    spin_unlock(&tty->lock);
    return 0;
}

static long simulate_input(struct tty *tty, u64 arg)
{
    char c;

    if (!cred_is_root(current_cred()))
        return -EPERM;
    if (copy_from_user(&c, uptr(arg), 1))
        return -EFAULT;
    return tty_input(tty, &c, 1) ? 0 : -EAGAIN;
}

long tty_control(struct tty *tty, unsigned cmd, u64 arg)
{
    if (tty->hung_up)
        return -EIO;
    switch (cmd) {
    case TCGETS:
        return get_termios(tty, arg);
    case TCSETS:
    case TCSETSW:
    case TCSETSF:
    case TCSETA:
    case TCSETAW:
    case TCSETAF:
        return set_termios(tty, cmd, arg);
    case TCGETA:
        return get_termio(tty, arg);
    case TIOCGWINSZ:
        return get_size(tty, arg);
    case TIOCSWINSZ:
        return set_size(tty, arg);
    case TIOCSCTTY:
        return tty_become_controlling(tty, arg);
    case TIOCNOTTY:
        return tty_give_up(tty);
    case TIOCGPGRP:
        return tty_get_id(tty, &tty->foreground, arg);
    case TIOCGSID:
        return tty_get_id(tty, &tty->session, arg);
    case TIOCSPGRP:
        return tty_set_foreground(tty, arg);
    case TCFLSH:
        return flush(tty, arg);
    case TCXONC:
        return flow(tty, arg);
    case TCSBRK:
    case TCSBRKP:
        return drain_or_break(tty, cmd, arg);
    case FIONREAD:
        return count_input(tty, arg);
    case TIOCOUTQ:
        return count_output(tty, arg);
    case TIOCSTI:
        return simulate_input(tty, arg);
    case TIOCEXCL:
    case TIOCNXCL:
        return set_exclusive(tty, cmd == TIOCEXCL);
    default:
        return -ENOTTY;
    }
}

long tty_ioctl(struct file *f, unsigned cmd, u64 arg)
{
    return tty_control(f->private, cmd, arg);
}
