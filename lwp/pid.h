/*
 * pid.h - the numbers of processes, threads, process groups and sessions, in
 * one space as on Linux, and who has which.
 *
 * A number stays taken while anything is called by it: a struct pid counts
 * them.  Numbers are given out in ascending order, wrapping at PID_MAX to
 * PID_WRAP, so one is not soon used again.  Look-up is O(log n) (rows B-22,
 * B-25; seed 000: AVL tree).
 *
 * Locking: all functions take the table's lock (rank PID) themselves.
 */
#pragma once

#include "kernel/lib/avl.h"
#include "kernel/lib/types.h"

#define PID_MAX     32768           /* numbers are 1 .. PID_MAX - 1 */
#define PID_WRAP    300             /* where counting goes on after the end */

struct lwp;
struct lwp_thread;
struct pgrp;
struct session;

struct pid {
    struct avl_node node;           /* key: the number */
    /* guarded by the table's lock */
    u32 refs;
    struct lwp *lwp;                /* called so, until it is reaped */
    struct lwp_thread *thread;      /* called so, until it exits */
    struct pgrp *pgrp;
    struct session *session;
};

#define pid_number(p) ((pid_t)(p)->node.key)

/* Take a new number, with one reference.  -EAGAIN when all are taken, -ENOMEM.
 * (The seed's name.) */
int lwp_pid_get(struct pid **out);

/* One more thing is called by this number (a process group, say, which may
 * outlive the process it is named after); one less. */
void pid_hold(struct pid *p);
void lwp_pid_put(struct pid *p);

/* Name what is called so; NULL when it is no more. */
void pid_set_lwp(struct pid *p, struct lwp *lwp);
void pid_set_thread(struct pid *p, struct lwp_thread *t);
void pid_set_pgrp(struct pid *p, struct pgrp *pgrp);
void pid_set_session(struct pid *p, struct session *session);

/* Who is called so, with a reference, or NULL (zombies are still found). */
struct lwp *lwp_lookup(pid_t pid);
struct lwp_thread *lwp_thread_lookup(pid_t tid);

/* The same without a reference, for groups and sessions; session_lock, which
 * guards their lives, is held. */
struct pgrp *pid_find_pgrp(pid_t pgid);
struct session *pid_find_session(pid_t sid);

/* The one with the least number >= from, or NULL; likewise. */
struct pgrp *pid_find_next_pgrp(pid_t from);
struct session *pid_find_next_session(pid_t from);

/*
 * The process with the least pid >= from, with a reference, or NULL: so that
 * /proc and kill(-1) walk all processes without holding a lock.
 */
struct lwp *lwp_lookup_next(pid_t from);

/* The newest number (/proc/loadavg), and how many are in use. */
pid_t pid_last(void);
unsigned pid_count(void);

/* Assert what this header says of the table. */
void pid_check(void);
