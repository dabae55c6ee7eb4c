/*
 * unix_connect.c - connections: listen(2), connect(2), accept(2), shutdown(2).
 *
 * connect(2) makes the server's end of the connection and puts it on the
 * listener's backlog.  From then on the client may send; accept(2) only gives
 * that end a file.
 */
#include "kernel/fs/poll.h"
#include "kernel/lib/errno.h"
#include "kernel/net/unix.h"

#define BACKLOG_MAX 4096u           /* net.core.somaxconn */

/* --- the client's side ---------------------------------------------------- */

/* From now on nobody else connects it. */
static int claim_client(struct unix_socket *s)
{
    int error = 0;

    spin_lock(&s->lock);
    if (s->state == UNIX_FREE) {
        s->state = UNIX_CONNECTING;
        s->cred = unix_current_cred();
    } else {
        error = s->state == UNIX_CONNECTED ? -EISCONN
              : s->state == UNIX_LISTENING ? -EINVAL : -EALREADY;
    }
    spin_unlock(&s->lock);
    return error;
}

static void unclaim_client(struct unix_socket *s)
{
    spin_lock(&s->lock);
    s->state = UNIX_FREE;
    spin_unlock(&s->lock);
}

/* Take the peer away; the caller drops the reference. */
static struct unix_socket *detach_peer(struct unix_socket *s)
{
    struct unix_socket *peer;

    spin_lock(&s->lock);
    peer = s->peer;
    s->peer = NULL;
    s->state = UNIX_FREE;
    spin_unlock(&s->lock);
    return peer;
}

/* Wait for a place in the backlog and put the connection there. */
static int join_backlog(struct unix_socket *listener, struct unix_socket *s,
                        bool nonblock, nsec_t deadline)
{
    int error = 0;

    spin_lock(&listener->lock);
    while (!error && (listener->state != UNIX_LISTENING || listener->dead ||
                      listener->receive_shut ||
                      listener->pending > listener->backlog_limit)) {
        if (listener->state != UNIX_LISTENING || listener->dead ||
            listener->receive_shut)
            error = -ECONNREFUSED;
        else if (nonblock)
            error = -EAGAIN;
        else
            error = waitq_sleep(&listener->writers, &listener->lock,
                                WAIT_INTERRUPTIBLE, deadline);
    }
    if (!error) {
        list_add_tail(&listener->backlog, &s->backlog_node);
        listener->pending++;
        waitq_wake_all(&listener->readers, POLL_READABLE);
    }
    spin_unlock(&listener->lock);
    return error == -ETIMEDOUT ? -EAGAIN : error;
}

/* The server's end, with the listener's name and credentials. */
static int create_server_end(struct unix_socket *listener,
                             struct unix_socket *client,
                             struct unix_socket **out)
{
    struct unix_socket *s = unix_create(client->base.type);

    if (!s)
        return -ENOMEM;
    if (unix_copy_name(s, listener)) {
        unix_put(s);
        return -ENOMEM;
    }
    spin_lock(&listener->lock);
    s->cred = listener->cred;
    spin_unlock(&listener->lock);
    s->base.pass_cred = READ_ONCE(listener->base.pass_cred);
    unix_set_peer(s, client);
    rights_set_anchor(s, NULL, listener);
    *out = s;
    return 0;
}

static int connect_to(struct unix_socket *client, struct unix_socket *listener,
                      unsigned flags)
{
    nsec_t deadline = socket_deadline(client->base.send_timeout);
    struct unix_socket *s;
    int error = create_server_end(listener, client, &s);

    if (error)
        return error;
    unix_get(s);
    error = join_backlog(listener, s, flags & MSG_DONTWAIT, deadline);
    if (error) {
        rights_set_anchor(s, NULL, NULL);
        unix_put(detach_peer(s));
        unix_put(s);
    } else {
        unix_set_peer(client, s);
    }
    unix_put(s);
    return error;
}

static int connect_stream(struct unix_socket *s, const struct socket_name *name,
                          unsigned flags)
{
    struct unix_socket *listener;
    int error = claim_client(s);

    if (error)
        return error;
    error = unix_lookup(name, s->base.type, &listener);
    if (!error) {
        error = connect_to(s, listener, flags);
        unix_put(listener);
    }
    if (error)
        unclaim_client(s);
    return error;
}

/* A datagram socket's peer is only where it sends by default. */
static int connect_datagram(struct unix_socket *s,
                            const struct socket_name *name)
{
    struct unix_socket *to = NULL, *old;
    int error = 0;

    if (name->family != AF_UNSPEC)
        error = unix_lookup(name, SOCK_DGRAM, &to);
    if (error)
        return error;
    if (to && !unix_may_send(s, to)) {
        unix_put(to);
        return -EPERM;
    }
    spin_lock(&s->lock);
    old = s->peer;
    s->peer = to;
    s->state = to ? UNIX_CONNECTED : UNIX_FREE;
    spin_unlock(&s->lock);
    if (old)
        unix_put(old);
    return 0;
}

int unix_connect(struct socket *base, const struct socket_name *name,
                 unsigned flags)
{
    struct unix_socket *s = unix_of(base);

    if (name->length < sizeof(name->family))
        return -EINVAL;
    return unix_has_connections(s) ? connect_stream(s, name, flags)
                                   : connect_datagram(s, name);
}

/* --- the server's side ---------------------------------------------------- */

int unix_listen(struct socket *base, int backlog)
{
    struct unix_socket *s = unix_of(base);
    struct socket_name name;
    int error = 0;

    if (!unix_has_connections(s))
        return -EOPNOTSUPP;
    unix_format_name(s, &name);
    if (name.length == sizeof(name.family))
        return -EINVAL;
    spin_lock(&s->lock);
    if (s->state == UNIX_FREE || s->state == UNIX_LISTENING) {
        s->state = UNIX_LISTENING;
        s->cred = unix_current_cred();
        s->backlog_limit = MIN((unsigned)backlog, BACKLOG_MAX);
        waitq_wake_all(&s->writers, 0);
    } else {
        error = -EINVAL;
    }
    spin_unlock(&s->lock);
    return error;
}

/* The longest waiting connection. */
static int take_connection(struct unix_socket *s, bool nonblock,
                           struct unix_socket **out)
{
    nsec_t deadline = socket_deadline(s->base.receive_timeout);
    int error = 0;

    spin_lock(&s->lock);
    while (!error && list_empty(&s->backlog)) {
        if (s->state != UNIX_LISTENING || s->receive_shut)
            error = -EINVAL;
        else if (nonblock)
            error = -EAGAIN;
        else
            error = waitq_sleep(&s->readers, &s->lock, WAIT_INTERRUPTIBLE,
                                deadline);
    }
    if (!error) {
        *out = list_first(&s->backlog, struct unix_socket, backlog_node);
        list_remove(&(*out)->backlog_node);
        s->pending--;
        waitq_wake_one(&s->writers, 0);
    }
    spin_unlock(&s->lock);
    return error == -ETIMEDOUT ? -EAGAIN : error;
}

int unix_accept(struct socket *base, unsigned flags, unsigned open_flags,
                struct file **out)
{
    struct unix_socket *s;
    int error;

    if (!unix_has_connections(unix_of(base)))
        return -EOPNOTSUPP;
    error = take_connection(unix_of(base), flags & MSG_DONTWAIT, &s);
    if (error)
        return error;
    *out = unix_create_file(s, open_flags);
    if (*out)
        return 0;
    unix_close(s);
    return -ENOMEM;
}

/* --- either --------------------------------------------------------------- */

static void shut(struct unix_socket *s, bool receive, bool send)
{
    spin_lock(&s->lock);
    s->receive_shut |= receive;
    s->send_shut |= send;
    waitq_wake_all(&s->readers, POLL_READABLE | POLLHUP | POLLRDHUP);
    waitq_wake_all(&s->writers, POLL_WRITABLE | POLLHUP);
    spin_unlock(&s->lock);
}

/* What one side does not receive, the other cannot send. */
int unix_shutdown(struct socket *base, bool receive, bool send)
{
    struct unix_socket *s = unix_of(base), *peer;

    shut(s, receive, send);
    spin_lock(&s->lock);
    peer = s->peer;
    if (peer)
        unix_get(peer);
    spin_unlock(&s->lock);
    if (peer && unix_has_connections(s))
        shut(peer, send, receive);
    if (peer)
        unix_put(peer);
    return 0;
}
