/*
 * limits.h - how many threads there may be: in all, so that a fork bomb leaves
 * memory for the others and a shell can still fork, and of one user
 * (RLIMIT_NPROC of getrlimit(2)).
 */
#pragma once

#include "kernel/lib/types.h"

struct lwp;
struct user_count;

/* Default limits for the first process. */
void limits_init(struct lwp *lwp);

/* Most user threads at once, by the size of memory; how many there are. */
unsigned thread_limit(void);
unsigned thread_total(void);

/*
 * Count one more user thread, of `uid`; `limit` is the caller's RLIMIT_NPROC
 * (ignored for the superuser).  -EAGAIN over a limit, -ENOMEM.
 */
int user_count_add(uid_t uid, u64 limit, struct user_count **out);

/* One less.  NULL is nobody. */
void user_count_remove(struct user_count *u);

/* Count the bytes of a new message queue; `limit` is RLIMIT_MSGQUEUE.  -EMFILE
 * beyond it.  And of one that is gone. */
int user_charge_queue(struct user_count *u, u64 bytes, u64 limit);
void user_discharge_queue(struct user_count *u, u64 bytes);

/* Of a user, how many threads. */
unsigned user_count_threads(uid_t uid);
