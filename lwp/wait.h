/*
 * wait.h - parents and children: the process tree and what children report to
 * wait(2).
 */
#pragma once

#include "kernel/spinlock.h"
#include "lwp/lwp.h"

/* Guards all links of the tree and the states that wait(2) reports. */
extern struct spinlock proc_tree_lock;

/* Make `child` a child of `parent`, which takes over a reference to it.  (The
 * seed's names.) */
void lwp_children_register_locked(struct lwp *parent, struct lwp *child);

/* Take it off the tree; the reference is the caller's then. */
void lwp_children_unregister_locked(struct lwp *child);

/* Options of wait4(2) and waitid(2). */
#define WNOHANG     0x00000001
#define WUNTRACED   0x00000002
#define WSTOPPED    0x00000002
#define WEXITED     0x00000004
#define WCONTINUED  0x00000008
#define WNOWAIT     0x01000000
#define __WNOTHREAD 0x20000000
#define __WALL      0x40000000
#define __WCLONE    0x80000000

enum wait_type { P_ALL, P_PID, P_PGID, P_PIDFD };

/* Which children, and for what; then what was found. */
struct wait_request {
    enum wait_type type;
    pid_t id;
    struct lwp *process;            /* of P_PIDFD */
    unsigned options;

    pid_t pid;                      /* 0: nothing to report now */
    uid_t uid;
    int code;                       /* CLD_* */
    lwp_status_t status;
    struct lwp_usage usage;
};

/* CLD_* for the end of a process. */
static inline int lwp_status_code(lwp_status_t status)
{
    if (!(status & 0x7f))
        return CLD_EXITED;
    return status & 0x80 ? CLD_DUMPED : CLD_KILLED;
}

/* Does the process want SIGCHLD when a child of its stops? (SA_NOCLDSTOP.) */
bool lwp_wants_stops(struct lwp *lwp);

/*
 * Report that all threads of a process have stopped by a signal, or were made
 * to continue: wait(2) with WUNTRACED or WCONTINUED sees it once (rows A-13,
 * B-19), and the parent gets SIGCHLD unless SA_NOCLDSTOP.  A parent that traces
 * the process hears of stops as its tracer only.  Takes the tree lock.
 */
void lwp_report_stop(struct lwp *lwp, int signo);
void lwp_report_continue(struct lwp *lwp);

/*
 * The last thread has gone: the process is a zombie from now on, its children
 * get a new parent (the nearest subreaper or the first process), its own
 * parent hears of it; if that does not want to wait it is reaped here.  The
 * tracer, if there is one, hears of it first, and the parent when that has.
 */
void lwp_report_exit(struct lwp *lwp, lwp_status_t status);

/* The parent hears of the end; false if it does not want to be waited for, and
 * then it is off the tree, for lwp_reap().  proc_tree_lock held. */
bool lwp_report_zombie_locked(struct lwp *lwp);

/* The parent has waited for it: take it off the tree, for lwp_reap(); its and
 * its children's times become the parent's.  proc_tree_lock held. */
void lwp_collect_locked(struct lwp *parent, struct lwp *child);

/* Page faults of all processes reaped so far, for /proc/vmstat; atomic. */
extern struct fault_counts {
    u64 minor, major;
} lwp_reaped_faults;

/* Free the number of a process that has been taken off the tree as a zombie,
 * and drop the tree's reference. */
void lwp_reap(struct lwp *lwp);
