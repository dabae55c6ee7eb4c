/*
 * sys_net.c - system calls on sockets (socket(2), socket(7)).  Messages with
 * their names and control data are in sys_netmsg.c.
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/time.h"
#include "lwp/net.h"
#include "lwp/syscall.h"

#define SOCK_FLAGS (O_CLOEXEC | O_NONBLOCK)     /* SOCK_CLOEXEC ... */

int sockref_get(int fd, struct sockref *out)
{
    out->r = fd_get(fd);
    if (!out->r.file)
        return -EBADF;
    out->socket = socket_of(out->r.file);
    if (!out->socket) {
        fd_put(out->r);
        return -ENOTSOCK;
    }
    out->flags = READ_ONCE(out->r.file->flags) & O_NONBLOCK ? MSG_DONTWAIT : 0;
    return 0;
}

long socket_result(long result, nsec_t timeout)
{
    return result == -ERESTARTSYS && timeout ? -EINTR : result;
}

/* --- making --------------------------------------------------------------- */

long sys_socket(int family, int type, int protocol)
{
    unsigned flags = type & ~SOCK_TYPE_MASK;
    struct file *f;
    int error;

    if (flags & ~SOCK_FLAGS)
        return -EINVAL;
    error = socket_create(family, type & SOCK_TYPE_MASK, protocol,
                          flags & O_NONBLOCK, &f);
    return error ? error : fd_add(f, flags & O_CLOEXEC);
}

long sys_socketpair(int family, int type, int protocol, uptr_t user_fds)
{
    unsigned flags = type & ~SOCK_TYPE_MASK;
    struct file *files[2];
    int error;

    if (flags & ~SOCK_FLAGS)
        return -EINVAL;
    error = socket_create_pair(family, type & SOCK_TYPE_MASK, protocol,
                               flags & O_NONBLOCK, files);
    return error ? error : fd_add_pair(files, flags & O_CLOEXEC, user_fds);
}

/* --- connecting ----------------------------------------------------------- */

/* A socket and a name for it. */
static int get_with_name(int fd, uptr_t user, int length, struct sockref *s,
                         struct socket_name *name)
{
    int error = sockref_get(fd, s);

    if (error)
        return error;
    error = socket_name_from_user(name, user, length);
    if (error)
        fd_put(s->r);
    return error;
}

long sys_bind(int fd, uptr_t user, int length)
{
    struct socket_name name;
    struct sockref s;
    long result = get_with_name(fd, user, length, &s, &name);

    if (result)
        return result;
    result = s.socket->ops->bind(s.socket, &name);
    fd_put(s.r);
    return result;
}

long sys_listen(int fd, int backlog)
{
    struct sockref s;
    long result = sockref_get(fd, &s);

    if (result)
        return result;
    result = s.socket->ops->listen(s.socket, backlog);
    fd_put(s.r);
    return result;
}

long sys_connect(int fd, uptr_t user, int length)
{
    struct socket_name name;
    struct sockref s;
    long result = get_with_name(fd, user, length, &s, &name);

    if (result)
        return result;
    result = s.socket->ops->connect(s.socket, &name, s.flags);
    result = socket_result(result, s.socket->send_timeout);
    fd_put(s.r);
    return result;
}

/* The peer's name goes where accept(2) wants it. */
static int put_peer_name(struct file *f, uptr_t user, uptr_t length)
{
    struct socket *s = socket_of(f);
    struct socket_name name;
    int error = s->ops->get_name(s, true, &name);

    if (error)
        return error == -ENOTCONN ? -ECONNABORTED : error;
    return socket_name_to_user(&name, user, length);
}

static long accept_on(struct sockref *s, uptr_t user, uptr_t length,
                      unsigned flags)
{
    int fd = fd_reserve(0, flags & O_CLOEXEC), error;
    struct file *f;

    if (fd < 0)
        return fd;
    error = s->socket->ops->accept(s->socket, s->flags, flags & O_NONBLOCK, &f);
    if (error)
        goto unreserve;
    error = user ? put_peer_name(f, user, length) : 0;
    if (error)
        goto put_file;
    fd_install(fd, f);
    return fd;
put_file:
    file_put(f);
unreserve:
    fd_unreserve(fd);
    return socket_result(error, s->socket->receive_timeout);
}

long sys_accept4(int fd, uptr_t user, uptr_t length, int flags)
{
    struct sockref s;
    long result;

    if (flags & ~SOCK_FLAGS)
        return -EINVAL;
    result = sockref_get(fd, &s);
    if (result)
        return result;
    result = accept_on(&s, user, length, flags);
    fd_put(s.r);
    return result;
}

long sys_accept(int fd, uptr_t user, uptr_t length)
{
    return sys_accept4(fd, user, length, 0);
}

long sys_shutdown(int fd, int how)
{
    struct sockref s;
    long result = sockref_get(fd, &s);

    if (result)
        return result;
    if (how < 0 || how > 2)
        result = -EINVAL;
    else                                /* 0: receiving, 1: sending, 2: both */
        result = s.socket->ops->shutdown(s.socket, how != 1, how != 0);
    fd_put(s.r);
    return result;
}

static long get_name(int fd, uptr_t user, uptr_t length, bool peer)
{
    struct socket_name name;
    struct sockref s;
    long result = sockref_get(fd, &s);

    if (result)
        return result;
    result = s.socket->ops->get_name(s.socket, peer, &name);
    fd_put(s.r);
    return result ? result : socket_name_to_user(&name, user, length);
}

long sys_getsockname(int fd, uptr_t user, uptr_t length)
{
    return get_name(fd, user, length, false);
}

long sys_getpeername(int fd, uptr_t user, uptr_t length)
{
    return get_name(fd, user, length, true);
}

/* --- options -------------------------------------------------------------- */

enum {
    SOL_SOCKET = 1,
    SO_DEBUG = 1, SO_REUSEADDR = 2, SO_TYPE = 3, SO_ERROR = 4, SO_DONTROUTE = 5,
    SO_BROADCAST = 6, SO_SNDBUF = 7, SO_RCVBUF = 8, SO_KEEPALIVE = 9,
    SO_OOBINLINE = 10, SO_REUSEPORT = 15, SO_PASSCRED = 16, SO_PEERCRED = 17,
    SO_RCVTIMEO = 20, SO_SNDTIMEO = 21, SO_ACCEPTCONN = 30, SO_PROTOCOL = 38,
    SO_DOMAIN = 39,
};

#define RECEIVE_LIMIT_MOST 212992       /* net.core.rmem_max */

#define SWITCHES (1ul << SO_REUSEADDR | 1ul << SO_DONTROUTE | \
                  1ul << SO_BROADCAST | 1ul << SO_KEEPALIVE | \
                  1ul << SO_OOBINLINE | 1ul << SO_REUSEPORT)

static bool is_switch(unsigned option)
{
    return option < 64 && (SWITCHES >> option & 1);
}

struct timeval {
    s64 seconds, microseconds;
};

static int set_timeout(nsec_t *to, uptr_t user, int length)
{
    struct timeval tv;

    if (length < (int)sizeof(tv))
        return -EINVAL;
    if (copy_from_user(&tv, user, sizeof(tv)))
        return -EFAULT;
    if ((u64)tv.microseconds >= NSEC_PER_SEC / NSEC_PER_USEC)
        return -EDOM;
    /* Negative times do not wait; very long ones are for ever. */
    if (tv.seconds < 0)
        *to = 1;
    else if (tv.seconds > (s64)(NEVER / 4 / NSEC_PER_SEC))
        *to = 0;
    else
        *to = tv.seconds * NSEC_PER_SEC + tv.microseconds * NSEC_PER_USEC;
    return 0;
}

static int set_option(struct socket *s, int option, int value)
{
    if (is_switch(option)) {
        u64 bit = 1ul << option;

        if (value)
            __atomic_or_fetch(&s->switches, bit, __ATOMIC_RELAXED);
        else
            __atomic_and_fetch(&s->switches, ~bit, __ATOMIC_RELAXED);
        return 0;
    }
    switch (option) {
    case SO_PASSCRED:
        s->pass_cred = value;
        return 0;
    case SO_SNDBUF:
        s->ops->send_limit(s, MAX(value, 1));
        return 0;
    case SO_RCVBUF:
        value = MAX(value, 0);
        s->receive_limit = MIN(value, RECEIVE_LIMIT_MOST) * 2;
        return 0;
    default:
        return -ENOPROTOOPT;
    }
}

static long setsockopt(struct socket *s, int option, uptr_t user, int length)
{
    int value;

    if (option == SO_RCVTIMEO)
        return set_timeout(&s->receive_timeout, user, length);
    if (option == SO_SNDTIMEO)
        return set_timeout(&s->send_timeout, user, length);
    if (length < (int)sizeof(value))
        return -EINVAL;
    if (copy_from_user(&value, user, sizeof(value)))
        return -EFAULT;
    return set_option(s, option, value);
}

long sys_setsockopt(int fd, int level, int option, uptr_t user, int length)
{
    struct sockref s;
    long result = sockref_get(fd, &s);

    if (result)
        return result;
    result = level == SOL_SOCKET ? setsockopt(s.socket, option, user, length)
                                 : -EOPNOTSUPP;
    fd_put(s.r);
    return result;
}

union option_value {
    int number;
    struct timeval time;
    struct socket_cred cred;
};

static struct timeval timeval_of(nsec_t ns)
{
    return (struct timeval){ ns / NSEC_PER_SEC,
                             ns % NSEC_PER_SEC / NSEC_PER_USEC };
}

/* The size of the value, or -errno. */
static int get_option(struct socket *s, int option, union option_value *v)
{
    if (is_switch(option)) {
        v->number = READ_ONCE(s->switches) >> option & 1;
        return sizeof(v->number);
    }
    switch (option) {
    case SO_TYPE:
        v->number = s->type;
        break;
    case SO_DOMAIN:
        v->number = s->family;
        break;
    case SO_PROTOCOL:
        v->number = 0;
        break;
    case SO_ERROR:
        v->number = s->ops->take_error(s);
        break;
    case SO_ACCEPTCONN:
        v->number = s->ops->is_listening(s);
        break;
    case SO_PASSCRED:
        v->number = s->pass_cred;
        break;
    case SO_SNDBUF:
        v->number = s->ops->send_limit(s, 0);
        break;
    case SO_RCVBUF:
        v->number = s->receive_limit;
        break;
    case SO_PEERCRED:
        s->ops->peer_cred(s, &v->cred);
        return sizeof(v->cred);
    case SO_RCVTIMEO:
        v->time = timeval_of(s->receive_timeout);
        return sizeof(v->time);
    case SO_SNDTIMEO:
        v->time = timeval_of(s->send_timeout);
        return sizeof(v->time);
    default:
        return -ENOPROTOOPT;
    }
    return sizeof(v->number);
}

long sys_getsockopt(int fd, int level, int option, uptr_t user,
                    uptr_t user_length)
{
    union option_value value;
    struct sockref s;
    int length, size;
    long result = sockref_get(fd, &s);

    if (result)
        return result;
    result = level == SOL_SOCKET ? user_load_int(user_length, &length)
                                 : -EOPNOTSUPP;
    if (!result && length < 0)
        result = -EINVAL;
    if (!result) {
        size = get_option(s.socket, option, &value);
        length = MIN(length, size);
        result = size < 0 ? size : copy_to_user(user, &value, length);
    }
    if (!result)
        result = copy_to_user(user_length, &length, sizeof(length));
    fd_put(s.r);
    return result;
}
