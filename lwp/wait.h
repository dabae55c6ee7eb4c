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

/*
 * Report that all threads of a process have stopped by a signal, or were made
 * to continue: wait(2) with WUNTRACED or WCONTINUED sees it once (rows A-13,
 * B-19), and the parent gets SIGCHLD unless SA_NOCLDSTOP.  Takes the tree lock.
 */
void lwp_report_stop(struct lwp *lwp, int signo);
void lwp_report_continue(struct lwp *lwp);

/*
 * The last thread has gone: the process is a zombie from now on, its children
 * get a new parent (the nearest subreaper or the first process), its own
 * parent hears of it; if that does not want to wait it is reaped here.
 */
void lwp_report_exit(struct lwp *lwp, lwp_status_t status);

/* Page faults of all processes reaped so far, for /proc/vmstat; atomic. */
extern struct fault_counts {
    u64 minor, major;
} lwp_reaped_faults;

/* Free the number of a process that has been taken off the tree as a zombie,
 * and drop the tree's reference. */
void lwp_reap(struct lwp *lwp);
