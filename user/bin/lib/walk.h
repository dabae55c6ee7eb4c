#pragma once

#include <stdbool.h>
#include <sys/stat.h>

#include "user/bin/lib/util.h"

/* Recursive walks over a directory tree: rm, cp, chmod, chown, du, find... */

enum walk_when {
    WALK_FILE,          /* anything that is no directory */
    WALK_ENTER,         /* a directory, before what is in it */
    WALK_LEAVE,         /* the same directory, after it */
};

enum walk_next {
    WALK_ON,
    WALK_SKIP,          /* after WALK_ENTER: neither its contents nor LEAVE */
};

struct walk_item {
    enum walk_when when;
    const char *path;   /* as reached from the walk's start */
    const char *name;   /* its last component */
    const struct stat *st;      /* of the link itself, if it is one */
    int depth;          /* 0 for the start */
};

typedef enum walk_next walk_visit(const struct walk_item *item, void *arg);

/*
 * Visits `path` and everything below it, in the directory's own order.
 * Symbolic links are not followed, except `path` itself if follow is set.
 * What cannot be read is warned about and passed over.
 */
void walk(const char *path, bool follow, walk_visit *visit, void *arg);

/*
 * Adds the names in a directory, without . and .., to `names`.
 * Returns 0, or -1 with errno.
 */
int read_directory(const char *path, struct strings *names);
