/*
 * net.h - what the system calls on sockets share.
 */
#pragma once

#include "kernel/fs/fdtable.h"
#include "kernel/net/socket.h"
#include "mm/uaccess.h"

/* The socket that a call is about, until fd_put(r). */
struct sockref {
    struct fdref r;
    struct socket *socket;
    unsigned flags;                 /* MSG_DONTWAIT, by the file's flags */
};

int sockref_get(int fd, struct sockref *out);       /* -EBADF, -ENOTSOCK */

/* Calls with a time limit are not restarted after a signal (signal(7)). */
long socket_result(long result, nsec_t timeout);

/* An address as a program gives or wants it: -EFAULT, -EINVAL.  The length goes
 * in and out; the address is cut to it. */
int socket_name_from_user(struct socket_name *name, uptr_t user, int length);
int socket_name_to_user(const struct socket_name *name, uptr_t user,
                        uptr_t length);

/* An int of a program's, aligned or not.  -EFAULT. */
static inline int user_load_int(uptr_t user, int *value)
{
    return copy_from_user(value, user, sizeof(*value));
}
