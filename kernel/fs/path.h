/*
 * path.h - from names to files: path_resolution(7).
 *
 * A place in the tree is a directory entry together with the mount it is seen
 * through.  A struct path that a function fills in holds a reference on both;
 * path_put() drops them.
 */
#pragma once

#include "kernel/lib/types.h"

struct dentry;
struct mount;
struct inode;
struct cred;

struct path {
    struct mount *mnt;
    struct dentry *dentry;
};

void path_get(const struct path *p);
void path_put(struct path *p);

static inline bool path_equal(const struct path *a, const struct path *b)
{
    return a->dentry == b->dentry && a->mnt == b->mnt;
}

#define WALK_NOFOLLOW   1   /* do not follow a symbolic link at the end */
#define WALK_DIRECTORY  2   /* -ENOTDIR unless it is a directory */
#define WALK_EMPTY      4   /* "" names the base itself (AT_EMPTY_PATH) */

#define LINKS_MAX       40  /* symbolic links in one walk, then -ELOOP */

/*
 * Find what `name` (a kernel string of at most PATH_MAX bytes) names, from
 * `base` on, or the working directory if that is NULL; an absolute name begins
 * at the task's root.  Permissions are the running thread's.  -ENOENT,
 * -ENOTDIR, -EACCES, -ELOOP, -ENAMETOOLONG, -ENOMEM.  May sleep.
 */
int path_walk(const struct path *base, const char *name, unsigned flags,
              struct path *out);

/* One component of a name. */
struct name {
    const char *text;           /* not terminated */
    u32 length;
    u32 hash;
};

/* What stands at the end of a name whose parent was looked up. */
struct last {
    struct name name;           /* points into a copy inside `buffer` */
    bool slash;                 /* slashes behind it: must be a directory */
    u8 kind;                    /* LAST_* */
    char *buffer;               /* made by a symbolic link, or NULL */
};

enum { LAST_NAME, LAST_DOT, LAST_DOTDOT, LAST_ROOT };

/*
 * The directory in which the last component of `name` stands, for calls that
 * make or remove it.  On 0 the caller drops *parent with path_put() and *last
 * with last_put().
 */
int path_walk_parent(const struct path *base, const char *name,
                     struct path *parent, struct last *last);
void last_put(struct last *last);

/*
 * The absolute name of a path as seen from `root` (NULL: the running task's),
 * built at the end of buf; *start says where.  What was removed has
 * " (deleted)" behind it, what lies outside `root` "(unreachable)" before it.
 * 0; 1 if it was removed or unreachable (getcwd(2) wants to know); -ERANGE if
 * size does not do.
 */
int path_format(const struct path *p, const struct path *root, char *buf,
                size_t size, char **start);

/* May the running thread access the inode so? `mask` of MAY_*; -EACCES. */
#define MAY_EXEC    1
#define MAY_WRITE   2
#define MAY_READ    4
int inode_permission(struct inode *inode, unsigned mask);
