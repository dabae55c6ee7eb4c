/*
 * unix_data.c - what goes through sockets of AF_UNIX: send(2), recv(2).
 *
 * A reader claims the head of its queue, copies without the lock (copies may
 * sleep), and then takes off what it has used up.  Writers append meanwhile.
 */
#include "kernel/fs/poll.h"
#include "kernel/fs/task.h"
#include "kernel/lib/errno.h"
#include "kernel/net/unix.h"
#include "mm/alloc.h"
#include "mm/iter.h"

#define SIGPIPE     13
#define CHUNK       16384ul         /* of a stream, in one packet */

/* --- packets -------------------------------------------------------------- */

static u64 cost_of(size_t length)
{
    return sizeof(struct unix_packet) + length;
}

/* As on Linux: not before three quarters of what was sent have been read, so
 * that not each read wakes a writer. */
bool unix_writable_locked(const struct unix_socket *s)
{
    return s->charged * 4 <= s->send_limit;
}

static void refund(struct unix_socket *s, u64 cost)
{
    spin_lock(&s->lock);
    s->charged -= cost;
    if (unix_writable_locked(s))
        waitq_wake_all(&s->writers, POLL_WRITABLE);
    spin_unlock(&s->lock);
}

/* The next n bytes of the message.  -EFAULT, -ENOMEM. */
static int packet_create(struct unix_socket *sender, struct socket_message *m,
                         size_t n, struct unix_packet **out)
{
    struct unix_packet *p = kmalloc(cost_of(n));

    if (!p)
        return -ENOMEM;
    if (n && iter_get(m->data, p->data, n) != (ssize_t)n) {
        kfree(p);
        return -EFAULT;
    }
    p->sender = sender;
    p->rights = NULL;
    p->cred = m->has_cred ? m->cred : unix_current_cred();
    p->length = n;
    p->offset = 0;
    unix_get(sender);
    *out = p;
    return 0;
}

/* It is on no queue, and nobody reads it. */
static void packet_destroy(struct unix_packet *p)
{
    struct unix_socket *sender = p->sender;

    if (p->rights)
        rights_destroy(rights_arrive(&p->rights));
    refund(sender, cost_of(p->length));
    unix_put(sender);
    kfree(p);
}

void unix_drop_queue(struct unix_socket *s)
{
    struct list dropped = LIST_INIT(dropped), files = LIST_INIT(files);
    struct unix_packet *p, *next;

    spin_lock(&s->lock);
    list_splice_tail(&dropped, &s->queue);
    s->queued = 0;
    spin_unlock(&s->lock);
    list_for_each_safe(p, next, &dropped, node) {
        struct rights *r = p->rights ? rights_arrive(&p->rights) : NULL;

        if (r)
            list_add_tail(&files, &r->node);
        list_remove(&p->node);
        packet_destroy(p);
    }
    rights_destroy_all(&files);
}

/* --- sending -------------------------------------------------------------- */

/* Wait until `cost` more may be on its way, and take the right to it. */
static int claim_room(struct unix_socket *s, u64 cost, bool nonblock,
                      nsec_t deadline)
{
    int error = 0;

    spin_lock(&s->lock);
    while (!error && !s->error && !s->send_shut && s->charged &&
           s->charged + cost > s->send_limit)
        error = nonblock ? -EAGAIN
                         : waitq_sleep(&s->writers, &s->lock,
                                       WAIT_INTERRUPTIBLE, deadline);
    if (!error && s->send_shut) {
        error = -EPIPE;
    } else if (!error && s->error) {
        error = -s->error;
        s->error = 0;
    }
    if (!error)
        s->charged += cost;
    spin_unlock(&s->lock);
    return error == -ETIMEDOUT ? -EAGAIN : error;
}

static int append(struct unix_socket *to, struct unix_packet *p)
{
    int error = 0;

    spin_lock(&to->lock);
    if (to->dead) {
        error = unix_has_connections(to) ? -EPIPE : -ECONNREFUSED;
    } else if (to->receive_shut) {
        error = -EPIPE;
    } else {
        list_add_tail(&to->queue, &p->node);
        to->queued += p->length;
        waitq_wake_all(&to->readers, POLL_READABLE);
    }
    spin_unlock(&to->lock);
    return error;
}

/* Files go with the packet, or stay the message's if it does not go: but for
 * those that were collected meanwhile, as nobody could have received them. */
static int deliver(struct unix_socket *to, struct unix_packet *p,
                   struct socket_message *m)
{
    int error = m->rights ? rights_depart(m->rights, to, &p->rights) : 0;

    if (error)
        return error;
    error = append(to, p);
    if (m->rights)
        m->rights = error ? rights_arrive(&p->rights) : NULL;
    return error;
}

static int send_packet(struct unix_socket *s, struct unix_socket *to, size_t n,
                       struct socket_message *m)
{
    nsec_t deadline = socket_deadline(s->base.send_timeout);
    struct unix_packet *p;
    int error = claim_room(s, cost_of(n), m->flags & MSG_DONTWAIT, deadline);

    if (error)
        return error;
    error = packet_create(s, m, n, &p);
    if (error) {
        refund(s, cost_of(n));
        return error;
    }
    error = deliver(to, p, m);
    if (error)
        packet_destroy(p);
    return error;
}

static ssize_t send_stream(struct unix_socket *s, struct unix_socket *to,
                           struct socket_message *m)
{
    ssize_t done = 0;
    int error = 0;

    while (m->data->left) {
        size_t n = MIN(m->data->left, CHUNK);

        error = send_packet(s, to, n, m);
        if (error)
            break;
        done += n;
    }
    if (error == -EPIPE && !done && !(m->flags & MSG_NOSIGNAL))
        fs_doors->signal_self(SIGPIPE);
    return done ? done : error;
}

static ssize_t send_record(struct unix_socket *s, struct unix_socket *to,
                           struct socket_message *m)
{
    size_t n = m->data->left;
    int error;

    if (cost_of(n) > READ_ONCE(s->send_limit))
        return -EMSGSIZE;
    if (!unix_has_connections(s) && !unix_may_send(s, to))
        return -EPERM;
    error = send_packet(s, to, n, m);
    return error ? error : (ssize_t)n;
}

/* Whom a message goes to, referenced. */
static int get_destination(struct unix_socket *s,
                           const struct socket_message *m,
                           struct unix_socket **out)
{
    bool named = m->name && m->name->length;
    int error = 0;

    if (named && s->base.type == SOCK_DGRAM)
        return unix_lookup(m->name, SOCK_DGRAM, out);
    spin_lock(&s->lock);
    *out = s->peer;
    if (named && s->base.type == SOCK_STREAM)
        error = *out ? -EISCONN : -EOPNOTSUPP;
    else if (!*out)
        error = s->send_shut ? -EPIPE : -ENOTCONN;
    else
        unix_get(*out);
    spin_unlock(&s->lock);
    return error;
}

ssize_t unix_send(struct socket *base, struct socket_message *m)
{
    struct unix_socket *s = unix_of(base), *to;
    ssize_t n;
    int error;

    if (m->flags & MSG_OOB)
        return -EOPNOTSUPP;
    error = get_destination(s, m, &to);
    if (error)
        return error;
    n = base->type == SOCK_STREAM ? send_stream(s, to, m)
                                  : send_record(s, to, m);
    unix_put(to);
    return n;
}

/* --- receiving ------------------------------------------------------------ */

/* Why a reader of an empty queue does not wait; 1 if it does.  0: the end. */
static int end_locked(struct unix_socket *s)
{
    int error = -s->error;

    if (error)
        s->error = 0;
    else if (s->receive_shut)
        return 0;
    else if (unix_has_connections(s) && s->state != UNIX_CONNECTED)
        error = s->base.type == SOCK_STREAM ? -EINVAL : -ENOTCONN;
    return error ? error : 1;
}

/*
 * Wait for a packet and claim the queue's head: *out is NULL at the end.  Given
 * back with unclaim().
 */
static int claim_head(struct unix_socket *s, bool nonblock, nsec_t deadline,
                      struct unix_packet **out)
{
    int error = 0;

    *out = NULL;
    spin_lock(&s->lock);
    while (!error && (s->reading || list_empty(&s->queue))) {
        if (!s->reading) {
            error = end_locked(s);
            if (error <= 0)
                goto unlock;
            error = 0;
            if (nonblock) {
                error = -EAGAIN;
                break;
            }
        }
        error = waitq_sleep(s->reading ? &s->turn : &s->readers, &s->lock,
                            WAIT_INTERRUPTIBLE, deadline);
    }
    if (!error) {
        *out = list_first(&s->queue, struct unix_packet, node);
        s->reading = true;
    }
unlock:
    spin_unlock(&s->lock);
    return error == -ETIMEDOUT ? -EAGAIN : error;
}

/* Those who waited for it look again even if nothing is left: the end may have
 * come, and some do not wait for more. */
static void unclaim(struct unix_socket *s)
{
    spin_lock(&s->lock);
    s->reading = false;
    waitq_wake_all(&s->turn, 0);
    spin_unlock(&s->lock);
}

/* The packet behind p, or NULL; `used` bytes are gone, and with `whole` p is
 * too. */
static struct unix_packet *step(struct unix_socket *s, struct unix_packet *p,
                                u32 used, bool whole)
{
    struct unix_packet *next = NULL;

    spin_lock(&s->lock);
    if (p->node.next != &s->queue)
        next = container_of(p->node.next, struct unix_packet, node);
    s->queued -= used;
    p->offset += used;
    if (whole)
        list_remove(&p->node);
    spin_unlock(&s->lock);
    if (whole)
        packet_destroy(p);
    return next;
}

/* What comes with a packet besides its bytes. */
static int take_extras(struct unix_packet *p, struct socket_message *m)
{
    m->cred = p->cred;
    m->has_cred = true;
    if (m->name)
        unix_format_name(p->sender, m->name);
    if (m->name && m->name->length == sizeof(m->name->family))
        m->name->length = 0;            /* none, and on Linux so many bytes */
    if (!p->rights)
        return 0;
    if (m->flags & MSG_PEEK)
        return rights_peek(&p->rights, &m->rights);
    m->rights = rights_arrive(&p->rights);
    return 0;
}

static bool same_writer(const struct socket_cred *a,
                        const struct socket_cred *b)
{
    return a->pid == b->pid && a->uid == b->uid && a->gid == b->gid;
}

/* One claim's worth of a stream: files end it, and so does another writer for
 * a reader who wants to know them. */
static ssize_t read_stream(struct unix_socket *s, struct unix_packet *p,
                           struct socket_message *m)
{
    bool peek = m->flags & MSG_PEEK;
    ssize_t done = 0, n;

    while (p && m->data->left && !m->rights) {
        if (done && (p->rights || (s->base.pass_cred &&
                                   !same_writer(&p->cred, &m->cred))))
            break;
        n = iter_put(m->data, p->data + p->offset, p->length - p->offset);
        if (n < 0)
            return done ? done : n;
        if (!done)
            n = take_extras(p, m) ? -ENOMEM : n;
        if (n < 0)
            return n;
        done += n;
        bool whole = p->offset + n == p->length;
        if (!whole && !peek)
            step(s, p, n, false);
        if (!whole)
            break;
        p = step(s, p, peek ? 0 : n, !peek);
    }
    return done;
}

static ssize_t receive_stream(struct unix_socket *s, struct socket_message *m,
                              nsec_t deadline)
{
    bool all = (m->flags & MSG_WAITALL) && !(m->flags & MSG_PEEK);
    struct unix_packet *p;
    ssize_t done = 0, n = 0;

    while (m->data->left && !m->rights) {
        n = claim_head(s, m->flags & MSG_DONTWAIT, deadline, &p);
        if (n < 0 || !p)
            break;
        n = read_stream(s, p, m);
        unclaim(s);
        if (n <= 0)
            break;
        done += n;
        if (!all)
            break;
    }
    return done ? done : n;
}

/* A record is read whole or cut, never in parts. */
static ssize_t receive_record(struct unix_socket *s, struct socket_message *m,
                              nsec_t deadline)
{
    bool peek = m->flags & MSG_PEEK, real = m->flags & MSG_TRUNC;
    struct unix_packet *p;
    ssize_t n;
    u32 length;

    n = claim_head(s, m->flags & MSG_DONTWAIT, deadline, &p);
    if (n < 0 || !p)
        return n;
    length = p->length;
    m->flags &= ~MSG_TRUNC;
    if (length > m->data->left)
        m->flags |= MSG_TRUNC;
    if (length && m->data->left)
        n = iter_put(m->data, p->data, length);
    if (n >= 0 && take_extras(p, m))
        n = -ENOMEM;
    if (!peek)
        step(s, p, length, true);
    unclaim(s);
    return n < 0 || !real ? n : (ssize_t)length;
}

ssize_t unix_receive(struct socket *base, struct socket_message *m)
{
    struct unix_socket *s = unix_of(base);
    nsec_t deadline = socket_deadline(base->receive_timeout);

    m->rights = NULL;
    m->has_cred = false;
    if (m->name)
        m->name->length = 0;
    if (m->flags & MSG_OOB)
        return -EOPNOTSUPP;
    if (base->type == SOCK_STREAM) {
        m->flags &= ~MSG_TRUNC;
        return receive_stream(s, m, deadline);
    }
    return receive_record(s, m, deadline);
}
