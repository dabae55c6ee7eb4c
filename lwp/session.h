/*
 * session.h - process groups and sessions, and the terminal's door to them
 * (POSIX.1-2017 11.1, credentials(7), setpgid(2); lwp.md section F).
 *
 * Every process is in one group, every group in one session.  A group lives
 * while it has members, a session while it has groups; references keep the
 * memory beyond that.  One lock, `session_lock` (RANK_SESSION), guards all of
 * it: tables, lists, a process's pgrp, a session's terminal and foreground
 * group.
 */
#pragma once

#include "kernel/lib/list.h"
#include "kernel/spinlock.h"
#include "lwp/siginfo.h"

struct lwp;
struct tty;

struct session {
    /* set at birth, then constant */
    pid_t sid;
    struct pid *pid_entry;          /* keeps the number taken */

    u32 refs;                       /* atomic: groups and borrowers */

    /* guarded by session_lock */
    struct list groups;             /* struct pgrp */
    struct lwp *leader;             /* NULL once it has exited */
    struct tty *tty;                /* controlling terminal, or NULL */
    struct pgrp *foreground;        /* of tty; NULL: none.  No reference: a
                                     * group that ends clears it */
    struct list tty_node;           /* in the list of those with a terminal */
};

struct pgrp {
    /* set at birth, then constant */
    pid_t pgid;
    struct pid *pid_entry;          /* keeps the number taken */
    struct session *session;        /* one reference */

    u32 refs;                       /* atomic: members and borrowers */

    /* guarded by session_lock */
    struct list members;            /* lwp->pgrp_node */
    struct list session_node;       /* on session->groups */
};

extern struct spinlock session_lock;

/* --- life of a process ---------------------------------------------------- */

/* The first process: a session and a group of its own.  -ENOMEM. */
int session_start(struct lwp *p);

/* fork: join the parent's group. */
void session_fork(struct lwp *child, struct lwp *parent);

/*
 * exit: leave.  A session leader gives its terminal back, with SIGHUP and
 * SIGCONT to the foreground group; groups that this makes orphans and that
 * have stopped members get the same.  Called once, by the last thread, while
 * p's parent and children are still linked.
 */
void session_exit(struct lwp *p);

/* --- groups ---------------------------------------------------------------- */

/* A group by its number, with a reference; NULL: none such. */
struct pgrp *pgrp_lookup(pid_t pgid);
void pgrp_put(struct pgrp *g);

/*
 * Has no member a parent in another group of the same session?  Stop signals
 * of the terminal are then ignored (POSIX 3.264).
 */
bool pgrp_is_orphaned(struct pgrp *g);

/*
 * Send to all members: 0 if any could be signalled, -ESRCH for no members,
 * else -EPERM.  `check`: only members that the running process may signal.
 */
int pgrp_signal(struct pgrp *g, const struct siginfo *info, bool check);

/* --- the terminal's door ---------------------------------------------------- */

/*
 * What kernel/fs/tty.c asks, through the ops that session_init() registers.
 * None of these may be called with a lock of rank TTY held: collect under the
 * lock what has to be sent, release it, then send.
 */

/* The running process's controlling terminal; NULL: none. */
struct tty *session_current_tty(void);

/*
 * TIOCSCTTY: make tty the terminal of the running process's session.  Only for
 * a session leader without one, and only if no other session has the tty
 * (`force` steals it, for the superuser).  -EPERM.
 */
int session_set_tty(struct tty *tty, bool force);

/* open(2) of a terminal without O_NOCTTY: the same, if the rules allow it. */
void session_open_tty(struct tty *tty);

/* TIOCNOTTY: give up the terminal; the leader's way also hangs up the
 * foreground group.  -ENOTTY. */
int session_drop_tty(struct tty *tty);

/* TIOCGPGRP, TIOCSPGRP, TIOCGSID: -ENOTTY if tty is not the running process's
 * terminal; -EPERM for a group of another session; -EINVAL; -ESRCH. */
int session_get_foreground(struct tty *tty, pid_t *pgid);
int session_set_foreground(struct tty *tty, pid_t pgid);
int session_get_sid(struct tty *tty, pid_t *sid);

/*
 * May the running process read / change tty now?  A background process gets
 * SIGTTIN / SIGTTOU and -ERESTARTSYS; -EIO if it ignores or blocks SIGTTIN or
 * its group is orphaned.  For writing (with TOSTOP) and changing, ignoring or
 * blocking SIGTTOU means 0.
 */
int session_check_read(struct tty *tty);
int session_check_change(struct tty *tty);

/* ^C, ^\, ^Z, window size: to tty's foreground group.  Any context. */
void session_signal_foreground(struct tty *tty, int signo);

/* The line is gone: SIGHUP and SIGCONT to the leader and the foreground. */
void session_hangup(struct tty *tty);

/* Register the door with the terminals. */
void session_init(void);
