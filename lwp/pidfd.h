/*
 * pidfd.h - descriptors that stand for processes (pidfd_open(2)).
 */
#pragma once

#include "lwp/lwp.h"

struct file;

/* A file that stands for the process; `flags` O_NONBLOCK or 0.  NULL: out of
 * memory. */
struct file *pidfd_create(struct lwp *lwp, unsigned flags);

/*
 * CLONE_PIDFD: reserve a descriptor, make its file and store the number at the
 * user address.  The descriptor, for fd_install() once nothing can fail any
 * more; -EMFILE, -ENOMEM, -EFAULT.
 */
int pidfd_prepare(struct lwp *lwp, uptr_t number, struct file **out);

/*
 * The process that descriptor `fd` stands for, with a reference; *flags gets
 * the file's (O_NONBLOCK), if not NULL.  -EBADF if it stands for none.
 */
int pidfd_lookup(int fd, struct lwp **out, unsigned *flags);
