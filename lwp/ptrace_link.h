/* ptrace_link.h - what the files of ptrace(2) share with each other only. */
#pragma once

#include "lwp/ptrace.h"

/*
 * Tell the tracer by SIGCHLD that its tracee has stopped or ended, and wake its
 * threads in wait(2), which hear of tracees in this order.  `code` is CLD_*.
 * proc_tree_lock held.
 */
void ptrace_tell_locked(struct ptrace *p, int code, int status);

/*
 * End the link, which drops its references: the tracee may be gone then.  It
 * goes on with signo if it is stopped.  The process to lwp_reap(): one that
 * has ended, and whose parent does not care; or NULL.  proc_tree_lock held.
 */
struct lwp *ptrace_release_locked(struct ptrace *p, int signo);

/* The same after wait(2) has reported the end of the tracee to the tracer. */
struct lwp *ptrace_collect_locked(struct ptrace *p);
