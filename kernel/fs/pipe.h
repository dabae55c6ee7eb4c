/*
 * pipe.h - pipe(7) and FIFOs: a ring of pages.
 */
#pragma once

#include "kernel/fs/file.h"

#define PIPE_BUF        4096    /* writes up to this are atomic */
#define PIPE_SIZE       65536   /* bytes a new pipe holds */
#define PIPE_SIZE_MAX   1048576 /* for F_SETPIPE_SZ */

/* pipe2(2): the read and the write end, one reference each.  -ENOMEM, -EINVAL
 * for flags other than O_CLOEXEC, O_NONBLOCK, O_DIRECT. */
int pipe_create(unsigned flags, struct file *ends[2]);

/* Operations of files opened on a FIFO's inode. */
extern const struct file_ops fifo_ops;

/* F_SETPIPE_SZ and F_GETPIPE_SZ: the size, or -EBADF for no pipe, -EBUSY,
 * -EINVAL, -EPERM, -ENOMEM. */
long pipe_set_size(struct file *f, unsigned long size);
long pipe_get_size(struct file *f);
