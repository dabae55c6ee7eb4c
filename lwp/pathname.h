/*
 * pathname.h - the names that system calls are given: copied from user memory,
 * looked up from a directory descriptor.
 */
#pragma once

#include "kernel/fs/fdtable.h"
#include "mm/alloc.h"
#include "mm/uaccess.h"

/* Most names are short and need no memory of their own. */
struct pathname {
    const char *text;
    char *heap;                 /* NULL: it is in `small` */
    char small[120];
};

/* Copy a name.  -EFAULT, -ENAMETOOLONG (PATH_MAX), -ENOMEM. */
int pathname_get(struct pathname *n, ustr_t user);

static inline void pathname_put(struct pathname *n)
{
    if (unlikely(n->heap))
        kfree(n->heap);
}

/* A name together with where it begins. */
struct at {
    struct pathname name;
    const struct path *base;    /* NULL: the working directory */
    struct fdref dir;
};

/* -EBADF, -ENOTDIR and the errors of pathname_get(). */
int at_get(struct at *at, int dirfd, ustr_t user);

static inline void at_put(struct at *at)
{
    fd_put(at->dir);
    pathname_put(&at->name);
}

/* What a call is about: an inode, mostly with a place. */
struct target {
    struct path path;           /* both NULL for a pipe and the like */
    struct inode *inode;
    struct fdref file;          /* that it came from: AT_EMPTY_PATH */
};

/*
 * Look a name up with WALK_* flags; with WALK_EMPTY, "" is dirfd's own file
 * (or the working directory for AT_FDCWD).
 */
int target_get(struct target *t, int dirfd, ustr_t user, unsigned walk);

/* The file of a descriptor; -EBADF. */
int target_get_fd(struct target *t, struct fdref file);
void target_put(struct target *t);
