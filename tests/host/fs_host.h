/*
 * fs_host.h - for tests of names and files: a root file system, and whom to
 * act as.  With fake_data.c the data of files is only bytes, so that all other
 * memory is libc's and ASan sees it; with mm's sources it is real pages.
 */
#pragma once

#include "kernel/fs/file.h"
#include "kernel/fs/mount.h"
#include "kernel/fs/task.h"
#include "kernel/fs/tmpfs.h"

/* The table of names and a tmpfs as root; once in a program. */
void host_fs_begin(void);

/* Act as this user, in no groups but gid (and those of host_set_groups). */
void host_act_as(uid_t uid, gid_t gid);

/* Make things, which must work: modes are exact. */
void host_make_dir(const char *name, mode_t mode);
void host_make_file(const char *name, mode_t mode);
void host_make_link(const char *name, const char *target);
void host_mount_tmpfs(const char *at, const char *options);
void host_unmount(const char *at);

/* The number of the inode that a name leads to, or -errno. */
long host_find(const char *name, unsigned walk);

/* Remove a tree, below and including `name`. */
void host_remove_tree(const char *name);
