/* tty_private.h - between tty.c (files), tty_ioctl.c and console_tty.c. */
#pragma once

#include "kernel/fs/ldisc.h"
#include "kernel/fs/tty.h"

struct tty {
    /* set at birth, then constant */
    const struct tty_ops *ops;
    dev_t number;

    struct mutex write_lock;        /* one write(2) at a time */
    struct spinlock lock;           /* RANK_TTY */
    /* guarded by lock */
    struct ldisc ldisc;
    struct winsize size;
    pid_t session, foreground;      /* 0: none */
    bool hung_up;
    bool refused;                   /* input: ops->resume is waited for */
    struct waitq read_wait, write_wait;
};

extern const struct tty_doors *tty_doors;       /* never NULL */

/*
 * A background process that uses its terminal in a way that only the
 * foreground may: 0 go on, or what stop_background() says.
 */
int tty_check_background(struct tty *tty, int sig);

/* Make it the controlling terminal of the running process, a session leader
 * without one; `steal` takes it from another session.  -EPERM. */
int tty_make_controlling(struct tty *tty, bool steal);

extern const struct file_ops tty_file_ops;

long tty_ioctl(struct file *f, unsigned cmd, u64 arg);

/* Input was read or thrown away: tell the driver if that made room.  Without
 * tty->lock. */
void tty_resume_input(struct tty *tty);

/* Wait until all output has gone to the driver. */
int tty_drain(struct tty *tty);
