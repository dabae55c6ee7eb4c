/*
 * tty.h - terminals.
 *
 * A terminal is a line discipline (ldisc.c: echo, editing, signals, output
 * processing) between the readers and writers and a driver, known only by its
 * struct tty_ops: the console, or the master side of a pty.
 */
#pragma once

#include "kernel/fs/file.h"
#include "kernel/fs/termios.h"

struct tty;

/* What a driver does for its terminal. */
struct tty_ops {
    /* Send processed bytes; how many were taken (fewer: full; the driver wakes
     * tty->write_wait when it has room).  tty->lock is held. */
    size_t (*output)(struct tty *tty, const char *buf, size_t n);
    /* Bytes that can be taken now.  tty->lock is held. */
    size_t (*room)(struct tty *tty);
    /* Break the line off, and end that; NULL: there is no line to break. */
    void (*set_break)(struct tty *tty, bool on);
    /* Bytes taken but not sent; NULL: always 0.  tty->lock is held. */
    size_t (*pending)(struct tty *tty);
    /* Throw away what was taken but not sent; may be NULL.  tty->lock is
     * held. */
    void (*flush_output)(struct tty *tty);
    /* No file is open any more; may be NULL.  tty->lock is held. */
    void (*closed)(struct tty *tty);
    /* Nobody refers to it any more: the driver's part goes, too. */
    void (*destroy)(struct tty *tty);
    /* tty_input(), which had not taken all, will take more.  No lock held. */
    void (*resume)(struct tty *tty);
};

/* A terminal with one reference; `data` is the driver's.  NULL: no memory. */
struct tty *tty_create(const struct tty_ops *ops, dev_t number, void *data);

void tty_get(struct tty *tty);
void tty_put(struct tty *tty);      /* may sleep: the last one */

/*
 * Bytes arrived from the driver: how many were taken.  Fewer than n: readers
 * must come first; the driver keeps the rest, and ops->resume will be called.
 * Any context.
 */
size_t tty_input(struct tty *tty, const char *buf, size_t n);

/* The line was broken off.  Any context. */
void tty_break(struct tty *tty);

/*
 * The line is gone (pty master closed): readers get 0, writers -EIO, the
 * session loses its terminal, and its leader and the foreground get SIGHUP and
 * SIGCONT.
 */
void tty_hangup(struct tty *tty);

/* The number of the device, for /proc/pid/stat. */
dev_t tty_number(const struct tty *tty);

/* The process group in the foreground (0: none) and the session it controls. */
pid_t tty_foreground(struct tty *tty);

/* The session's leader is gone or gives the terminal up. */
void tty_disassociate(struct tty *tty, pid_t session);

/*
 * What the layer above knows of sessions and groups (lwp/session_tty.c); to be
 * called without tty->lock, which comes after theirs.
 */
struct tty_doors {
    /* Send to all of a process group, if it is one of that session. */
    void (*signal_group)(pid_t pgrp, pid_t session, int sig);
    /* The running process. */
    pid_t (*session)(void);             /* its session's id */
    pid_t (*group)(void);               /* its process group */
    bool (*is_leader)(void);            /* of its session */
    /* 0 if the group exists in this session; -ESRCH, -EPERM. */
    int (*find_group)(pid_t pgrp, pid_t session);
    /* May the running process get this signal: not ignored, not blocked, its
     * group not orphaned?  0: stop for it (it was sent), -ERESTARTSYS after
     * sending; -EIO if it must not stop; 1: go on as if it were foreground. */
    int (*stop_background)(int sig);
    /* The controlling terminal of the running process's session, with a
     * reference, or NULL; is it this one? */
    struct tty *(*controlling)(void);
    bool (*controls)(struct tty *tty);
    /* Becomes that of the running process's session, which has none. */
    void (*set_controlling)(struct tty *tty);
    /* The running process, not its session, has none any more. */
    void (*leave)(void);
    /* The session has it no more, if it had. */
    void (*release)(pid_t session, struct tty *tty);
};
void tty_set_doors(const struct tty_doors *doors);

/* /dev/console, /dev/tty: on kernel/console.h.  Boot only. */
void tty_init(void);
