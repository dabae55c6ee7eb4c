/* tmpfs_private.h - between tmpfs.c and tmpfs_super.c. */
#pragma once

#include "kernel/fs/tmpfs.h"

/* Places in a directory: 0 is ".", 1 is "..", then the names. */
#define TMPFS_FIRST_COOKIE 2

struct tmpfs {                  /* super->private */
    /* set at birth, then constant */
    u64 max_pages, max_inodes;
    /* atomic */
    u64 pages, inodes;
};

int tmpfs_make_inode(struct super *s, const struct make *what,
                     struct inode **out);
