/*
 * lock.h - locks on files: POSIX record locks, which belong to a descriptor
 * table; open-file-description locks, which belong to a struct file; and
 * flock(2), which does too but knows no ranges.  All advisory.
 */
#pragma once

#include "kernel/fs/file.h"

struct fdtable;

/* Linux' struct flock for riscv64. */
struct flock {
    s16 type;                   /* F_RDLCK ... */
    s16 whence;
    s64 start, length;          /* length 0: to the end of the file */
    pid_t pid;
};

/*
 * fcntl(2) F_GETLK, F_SETLK, F_SETLKW and their F_OFD_ kin.  `owner` is the
 * calling process's table.  -EAGAIN held by another, -EDEADLK, -EINVAL,
 * -EBADF (mode), -ENOMEM, -ERESTARTSYS.  May sleep.
 */
int lock_control(struct file *f, struct fdtable *owner, int cmd,
                 struct flock *l);

/* flock(2): LOCK_SH, _EX or _UN, with LOCK_NB: -EAGAIN rather than sleep. */
int lock_whole(struct file *f, int operation);

/* close(2): the process's record locks on the inode go, whichever descriptor
 * they were made through. */
void locks_release_owner(struct inode *inode, struct fdtable *owner);

/* The last reference to an open file is gone. */
void locks_release_file(struct file *f);

/* The inode is freed; no lock is left. */
void locks_destroy(struct inode *inode);
