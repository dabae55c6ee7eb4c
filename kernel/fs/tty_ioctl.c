/* tty_ioctl.c - ioctl_tty(2). */
#include "kernel/fs/tty_private.h"

#include "kernel/fs/poll.h"
#include "kernel/fs/task.h"
#include "kernel/lib/errno.h"
#include "mm/uaccess.h"

#define SIGHUP   1
#define SIGCONT  18
#define SIGTTOU  22
#define SIGWINCH 28

/* --- settings ------------------------------------------------------------- */

static long get_termios(struct tty *tty, u64 arg)
{
    struct termios t;

    spin_lock(&tty->lock);
    t = tty->ldisc.termios;
    spin_unlock(&tty->lock);
    return copy_to_user(uptr(arg), &t, sizeof t);
}

static long set_termios(struct tty *tty, unsigned cmd, u64 arg)
{
    struct termios t;
    int error;

    if (copy_from_user(&t, uptr(arg), sizeof t))
        return -EFAULT;
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
    pid_t foreground;
    bool changed;

    if (copy_from_user(&size, uptr(arg), sizeof size))
        return -EFAULT;
    spin_lock(&tty->lock);
    changed = size.rows != tty->size.rows || size.columns != tty->size.columns;
    tty->size = size;
    foreground = tty->foreground;
    spin_unlock(&tty->lock);
    if (changed && foreground)
        tty_doors->signal_group(foreground, SIGWINCH);
    return 0;
}

/* --- sessions and groups -------------------------------------------------- */

int tty_make_controlling(struct tty *tty, bool steal)
{
    pid_t session = tty_doors->session(), group = tty_doors->group();
    int error = 0;

    spin_lock(&tty->lock);
    if (tty->session && tty->session != session && !steal) {
        error = -EPERM;
    } else {
        tty->session = session;
        tty->foreground = group;
    }
    spin_unlock(&tty->lock);
    if (!error)
        tty_doors->set_controlling(tty);
    return error;
}

static long become_controlling(struct tty *tty, u64 arg)
{
    bool steal = arg == 1 && cred_is_root(current_cred());

    if (!tty_doors->is_leader())
        return -EPERM;
    if (tty_doors->controlling() == tty)
        return 0;
    if (tty_doors->controlling())
        return -EPERM;
    return tty_make_controlling(tty, steal);
}

static long give_up(struct tty *tty)
{
    pid_t foreground = tty_foreground(tty);

    if (tty_doors->controlling() != tty)
        return -ENOTTY;
    if (!tty_doors->is_leader())
        return 0;
    tty_disassociate(tty);
    tty_doors->set_controlling(NULL);
    if (foreground) {
        tty_doors->signal_group(foreground, SIGHUP);
        tty_doors->signal_group(foreground, SIGCONT);
    }
    return 0;
}

static long get_id(struct tty *tty, const pid_t *id, u64 arg)
{
    pid_t value;

    if (tty_doors->controlling() != tty)
        return -ENOTTY;
    value = READ_ONCE(*id);
    return copy_to_user(uptr(arg), &value, sizeof value);
}

static long set_foreground(struct tty *tty, u64 arg)
{
    pid_t group;
    int error;

    if (tty_doors->controlling() != tty)
        return -ENOTTY;
    error = tty_check_background(tty, SIGTTOU);
    if (error)
        return error;
    if (copy_from_user(&group, uptr(arg), sizeof group))
        return -EFAULT;
    if (group < 0)
        return -EINVAL;
    if (!tty_doors->group_in_session(group, tty_doors->session()))
        return -EPERM;
    spin_lock(&tty->lock);
    tty->foreground = group;
    spin_unlock(&tty->lock);
    return 0;
}

/* --- queues --------------------------------------------------------------- */

static long flush(struct tty *tty, u64 queue)
{
    int error;

    if (queue > TCIOFLUSH)
        return -EINVAL;
    error = tty_check_background(tty, SIGTTOU);
    if (error || queue == TCOFLUSH)
        return error;               /* the driver keeps no output */
    spin_lock(&tty->lock);
    ldisc_flush_input(&tty->ldisc);
    spin_unlock(&tty->lock);
    tty_resume_input(tty);
    return 0;
}

static long flow(struct tty *tty, u64 action)
{
    u8 cc;

    if (action > TCION)
        return -EINVAL;
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

static long count_input(struct tty *tty, u64 arg)
{
    int n;

    spin_lock(&tty->lock);
    n = ldisc_available(&tty->ldisc);
    spin_unlock(&tty->lock);
    return copy_to_user(uptr(arg), &n, sizeof n);
}

static long count_output(u64 arg)
{
    int none = 0;

    return copy_to_user(uptr(arg), &none, sizeof none);
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

long tty_ioctl(struct file *f, unsigned cmd, u64 arg)
{
    struct tty *tty = f->private;

    if (tty->hung_up)
        return -EIO;
    switch (cmd) {
    case TCGETS:
        return get_termios(tty, arg);
    case TCSETS:
    case TCSETSW:
    case TCSETSF:
        return set_termios(tty, cmd, arg);
    case TIOCGWINSZ:
        return get_size(tty, arg);
    case TIOCSWINSZ:
        return set_size(tty, arg);
    case TIOCSCTTY:
        return become_controlling(tty, arg);
    case TIOCNOTTY:
        return give_up(tty);
    case TIOCGPGRP:
        return get_id(tty, &tty->foreground, arg);
    case TIOCGSID:
        return get_id(tty, &tty->session, arg);
    case TIOCSPGRP:
        return set_foreground(tty, arg);
    case TCFLSH:
        return flush(tty, arg);
    case TCXONC:
        return flow(tty, arg);
    case TCSBRK:
    case TCSBRKP:
        return tty_drain(tty);
    case FIONREAD:
        return count_input(tty, arg);
    case TIOCOUTQ:
        return count_output(arg);
    case TIOCSTI:
        return simulate_input(tty, arg);
    default:
        return -ENOTTY;
    }
}
