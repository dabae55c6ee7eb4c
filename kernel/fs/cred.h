/*
 * cred.h - who a thread acts as: credentials(7).
 *
 * A struct cred never changes once it is published, so it is read without a
 * lock; a thread that changes its identity makes a copy and puts it in place
 * (cred_set).  Another thread's credentials are reached through cred_of().
 */
#pragma once

#include "kernel/lib/types.h"

#define NGROUPS_MAX 65536

struct fs_task;

struct cred {
    u32 refs;                           /* atomic */

    /* set at birth, then constant */
    uid_t uid, euid, suid, fsuid;
    gid_t gid, egid, sgid, fsgid;
    unsigned group_count;               /* supplementary groups */
    gid_t groups[];                     /* ascending */
};

/* A private copy of `from` with room for (and, if it has as many, the values
 * of) `groups` groups; one reference.  NULL: out of memory. */
struct cred *cred_copy(const struct cred *from, unsigned groups);

static inline void cred_get(struct cred *c)
{
    __atomic_add_fetch(&c->refs, 1, __ATOMIC_RELAXED);
}

void cred_put(struct cred *c);

/* Give the running thread these credentials; takes over the reference. */
void cred_set(struct cred *c);

/* Another task's credentials, with a reference (for /proc and kill). */
struct cred *cred_of(struct fs_task *task);

/* Is gid the file-system group of c or one of its groups? */
bool cred_in_group(const struct cred *c, gid_t gid);

/* The superuser may do what others may not: by effective id, and for files by
 * file-system id. */
static inline bool cred_is_root(const struct cred *c)
{
    return c->euid == 0;
}

/* The credentials that everything starts with: uid 0, gid 0. */
extern struct cred root_cred;
