/* tty_private.h - between tty.c (files), tty_ioctl.c and console_tty.c. */
#pragma once

#include "kernel/fs/ldisc.h"
#include "kernel/fs/tty.h"

#define SIGHUP      1
#define SIGCONT     18
#define SIGTTIN     21
#define SIGTTOU     22
#define SIGWINCH    28

struct tty {
    /* set at birth, then constant */
    const struct tty_ops *ops;
    dev_t number;
    void *data;                     /* the driver's */

    u32 refs;                       /* atomic: driver, open files, session */

    struct mutex write_lock;        /* one write(2) at a time */
    struct spinlock lock;           /* RANK_TTY */
    /* guarded by lock */
    struct ldisc ldisc;
    struct winsize size;
    pid_t session, foreground;      /* 0: none */
    unsigned opens;                 /* files */
    bool was_opened;
    bool hung_up;
    bool exclusive;                 /* TIOCEXCL: only root may open it */
    bool sender_stopped;            /* by IXOFF */
    bool refused;                   /* input: ops->resume is waited for */
    struct waitq read_wait, write_wait;
};

extern const struct tty_doors *tty_doors;       /* never NULL */

/* The file was opened on the terminal: references, and control of the session
 * unless O_NOCTTY.  Sets f->ops and f->private.  -EIO, -EBUSY. */
int tty_open_file(struct tty *tty, struct file *f);

/* A session leader without a terminal gets this one, if it is free. */
void tty_offer_control(struct tty *tty);

/* To the group in the foreground, if there is one.  Without tty->lock. */
void tty_signal_foreground(struct tty *tty, int sig);

/*
 * A background process that uses its terminal in a way that only the
 * foreground may: 0 go on, or what stop_background() says.
 */
int tty_check_background(struct tty *tty, int sig);

/* ioctls: TIOCSCTTY, TIOCNOTTY, TIOCGPGRP and TIOCGSID, TIOCSPGRP. */
long tty_become_controlling(struct tty *tty, u64 arg);
long tty_give_up(struct tty *tty);
long tty_get_id(struct tty *tty, const pid_t *id, u64 arg);
long tty_set_foreground(struct tty *tty, u64 arg);

extern const struct file_ops tty_file_ops;

/* ioctl_tty(2): of the terminal, for its files and for a pty's master. */
long tty_control(struct tty *tty, unsigned cmd, u64 arg);
long tty_ioctl(struct file *f, unsigned cmd, u64 arg);

/*
 * write(2), some bytes at a time: send() gets kernel copies, and says how many
 * it took (fewer ends the write) or why it took none.
 */
typedef ssize_t (*tty_send_fn)(struct file *f, const u8 *buf, size_t n);
ssize_t tty_write_chunks(struct file *f, struct iter *from, tty_send_fn send);

/* Input was read or thrown away: tell sender and driver if that made room.
 * Without tty->lock. */
void tty_resume_input(struct tty *tty);

/* Wait until all output has gone to the driver. */
int tty_drain(struct tty *tty);
