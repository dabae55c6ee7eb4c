/*
 * session.h - process groups and sessions, and the terminal's door to them
 * (POSIX.1-2017 11.1, credentials(7), setpgid(2); lwp.md section F).
 *
 * Every process is in one group, every group in one session.  A group lives
 * while it has members, a session while it has groups; references keep the
 * memory beyond that.  One lock, `session_lock` (RANK_SESSION), guards all of
 * it: tables, lists, a process's group, a session's terminal.
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
    struct tty *tty;                /* controlling terminal, referenced, or
                                     * NULL; it knows its foreground group */
};

struct pgrp {
    /* set at birth, then constant */
    pid_t pgid;
    struct pid *pid_entry;          /* keeps the number taken */
    struct session *session;        /* one reference; NULL: not published */

    u32 refs;                       /* atomic: members and borrowers */

    /* guarded by session_lock */
    struct list members;            /* lwp->pgrp_node */
    struct list session_node;       /* on session->groups */
};

extern struct spinlock session_lock;

/* --- life of a process ---------------------------------------------------- */

/*
 * A session and a group of its own: the first process, and setsid(2).  -EPERM
 * if a group is called by its pid already; -ENOMEM.
 */
int session_start(struct lwp *p);

/*
 * fork: join the group of the running process, and be found by number.
 * -ERESTARTNOINTR if a signal has come for it: fork must be tried again after
 * that, or a group could outrun killpg(3), and a user's processes kill(-1).
 */
int session_fork(struct lwp *child);

/*
 * exit: a session leader gives its terminal back, with SIGHUP and SIGCONT to
 * the foreground group; groups that this exit makes orphans and that have
 * stopped members get the same.  Called once, by the last thread, while p's
 * parent and children are still linked.
 */
void session_exit(struct lwp *p);

/*
 * The process is reaped, or never came to be: leave the group.  A zombie is
 * still a member, so that a pipeline's later processes can join the group of
 * the first.
 */
void session_leave(struct lwp *p);

/* --- groups --------------------------------------------------------------- */

/* Give up a reference (pgrp_create() in lwp/pgrp.h). */
void pgrp_put(struct pgrp *g);

/*
 * Has no member of p's group a parent in another group of the session?  Stop
 * signals of the terminal are then ignored (POSIX 3.264).
 */
bool lwp_is_orphaned(struct lwp *p);

/*
 * Send to all members of group pgid: 0 if any could be signalled, -ESRCH for
 * no such group, else -EPERM.  info->signo may be 0: only the check is made.
 * `check`: only members that the running process may signal.
 */
int pgrp_signal(pid_t pgid, const struct siginfo *info, bool check);

/* Register what terminals ask of sessions (kernel/fs/tty.h). */
void session_init(void);
