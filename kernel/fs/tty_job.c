/*
 * tty_job.c - whose terminal it is: sessions, and the group in the foreground
 * (POSIX.1-2017 11.1; lwp.md section F).
 */
#include "kernel/fs/tty_private.h"

#include "kernel/fs/poll.h"
#include "kernel/fs/task.h"
#include "kernel/lib/errno.h"
#include "mm/uaccess.h"

/* --- doors ---------------------------------------------------------------- */

static void no_signal(pid_t pgrp, pid_t session, int sig)
{
    (void)pgrp;
    (void)session;
    (void)sig;
}

static bool no_leader(void)
{
    return false;
}

static struct tty *no_tty(void)
{
    return NULL;
}

static bool not_controlled(struct tty *tty)
{
    (void)tty;
    return false;
}

/* Until the layer of processes is there. */
static const struct tty_doors no_doors = {
    .signal_group = no_signal,
    .is_leader = no_leader,
    .controls = not_controlled,
    .controlling = no_tty,
};

const struct tty_doors *tty_doors = &no_doors;

void tty_set_doors(const struct tty_doors *doors)
{
    tty_doors = doors;
}

/* --- the session ---------------------------------------------------------- */

dev_t tty_number(const struct tty *tty)
{
    return tty->number;
}

pid_t tty_foreground(struct tty *tty)
{
    return READ_ONCE(tty->foreground);
}

void tty_signal_foreground(struct tty *tty, int sig)
{
    pid_t foreground, session;

    spin_lock(&tty->lock);
    foreground = tty->foreground;
    session = tty->session;
    spin_unlock(&tty->lock);
    if (foreground)
        tty_doors->signal_group(foreground, session, sig);
}

void tty_disassociate(struct tty *tty, pid_t session)
{
    spin_lock(&tty->lock);
    if (tty->session == session) {
        tty->session = 0;
        tty->foreground = 0;
    }
    spin_unlock(&tty->lock);
}

void tty_hangup(struct tty *tty)
{
    pid_t session, foreground;

    spin_lock(&tty->lock);
    tty->hung_up = true;
    session = tty->session;
    foreground = tty->foreground;
    tty->session = 0;
    tty->foreground = 0;
    ldisc_flush_input(&tty->ldisc);
    waitq_wake_all(&tty->read_wait, POLL_READABLE | POLLHUP);
    waitq_wake_all(&tty->write_wait, POLL_WRITABLE | POLLHUP);
    spin_unlock(&tty->lock);
    if (!session)
        return;
    tty_doors->release(session, tty);
    if (foreground) {
        tty_doors->signal_group(foreground, session, SIGHUP);
        tty_doors->signal_group(foreground, session, SIGCONT);
    }
    if (session != foreground) {
        fs_doors->signal_pid(session, SIGHUP);
        fs_doors->signal_pid(session, SIGCONT);
    }
}

static bool has_terminal(void)
{
    struct tty *tty = tty_doors->controlling();

    if (tty)
        tty_put(tty);
    return tty;
}

/* `steal` takes it from another session.  -EPERM, -EIO. */
static int make_controlling(struct tty *tty, bool steal)
{
    pid_t session = tty_doors->session(), group = tty_doors->group();
    pid_t robbed = 0;
    int error = 0;

    spin_lock(&tty->lock);
    if (tty->session && tty->session != session) {
        robbed = tty->session;
        error = steal ? 0 : -EPERM;
    }
    if (tty->hung_up)
        error = -EIO;
    if (!error) {
        tty->session = session;
        tty->foreground = group;
    }
    spin_unlock(&tty->lock);
    if (error)
        return error;
    if (robbed)
        tty_doors->release(robbed, tty);
    tty_doors->set_controlling(tty);
    return 0;
}

void tty_offer_control(struct tty *tty)
{
    if (tty_doors->is_leader() && !has_terminal())
        make_controlling(tty, false);
}

long tty_become_controlling(struct tty *tty, u64 arg)
{
    if (!tty_doors->is_leader())
        return -EPERM;
    if (tty_doors->controls(tty))
        return 0;
    if (has_terminal())
        return -EPERM;
    return make_controlling(tty, arg == 1 && cred_is_root(current_cred()));
}

long tty_give_up(struct tty *tty)
{
    pid_t session = tty_doors->session(), foreground = tty_foreground(tty);

    if (!tty_doors->controls(tty))
        return -ENOTTY;
    if (!tty_doors->is_leader()) {
        tty_doors->leave();
        return 0;
    }
    tty_disassociate(tty, session);
    tty_doors->release(session, tty);
    if (foreground) {
        tty_doors->signal_group(foreground, session, SIGHUP);
        tty_doors->signal_group(foreground, session, SIGCONT);
    }
    return 0;
}

/* --- the foreground ------------------------------------------------------- */

int tty_check_background(struct tty *tty, int sig)
{
    pid_t foreground = READ_ONCE(tty->foreground);
    int result;

    if (!foreground || tty_doors->group() == foreground ||
        !tty_doors->controls(tty))
        return 0;
    result = tty_doors->stop_background(sig);
    return result == 1 ? 0 : result;
}

long tty_get_id(struct tty *tty, const pid_t *id, u64 arg)
{
    pid_t value;

    if (!tty_doors->controls(tty))
        return -ENOTTY;
    value = READ_ONCE(*id);
    return copy_to_user(uptr(arg), &value, sizeof value);
}

long tty_set_foreground(struct tty *tty, u64 arg)
{
    pid_t session = tty_doors->session(), group;
    int error;

    if (!tty_doors->controls(tty))
        return -ENOTTY;
    error = tty_check_background(tty, SIGTTOU);
    if (error)
        return error;
    if (copy_from_user(&group, uptr(arg), sizeof group))
        return -EFAULT;
    if (group < 0)
        return -EINVAL;
    error = tty_doors->find_group(group, session);
    if (error)
        return error;
    spin_lock(&tty->lock);
    if (tty->session == session)
        tty->foreground = group;
    else
        error = -ENOTTY;
    spin_unlock(&tty->lock);
    return error;
}
