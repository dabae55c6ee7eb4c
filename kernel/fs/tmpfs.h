/*
 * tmpfs.h - files in memory: the root file system, /tmp, /dev and memfds.
 *
 * Names are dentries, pinned; a directory's are also in inode->children, in
 * the order they were made, which is the order of readdir.  Data is in
 * inode->data.
 */
#pragma once

#include "kernel/fs/file.h"

struct tmpfs_limits {
    u64 pages, inodes;          /* 0: half of RAM, one for each page of it */
    mode_t mode;                /* of the root */
    uid_t uid;
    gid_t gid;
};

/* A file system with nothing but its root; mounts is 1.  NULL: no memory. */
struct super *tmpfs_create(const struct fs_type *type,
                           const struct tmpfs_limits *limits);

/* memfd_create(2): a file without a name in a file system of its own; `seals`
 * is the first value of inode->seals.  NULL: out of memory. */
struct file *memfd_create(unsigned seals);

/* super_ops.destroy_inode, for those who put theirs before it. */
void tmpfs_destroy_inode(struct inode *inode);

/* Pages of data in all of them, for /proc/meminfo. */
u64 tmpfs_page_count(void);

void tmpfs_init(void);          /* registers the type */
