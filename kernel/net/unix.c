/* unix.c - sockets of AF_UNIX as files: made, polled, closed (unix(7)). */
#include "kernel/net/unix.h"

#include "kernel/fs/poll.h"
#include "kernel/fs/task.h"
#include "kernel/fs/termios.h"
#include "kernel/lib/errno.h"
#include "mm/alloc.h"
#include "mm/uaccess.h"

#define SEND_LIMIT          212992u     /* net.core.wmem_default */
#define SEND_LIMIT_LEAST    4608u
#define SEND_LIMIT_MOST     (2 * SEND_LIMIT)
#define TIOCOUTQ            0x5411      /* SIOCOUTQ */

static struct cache unix_cache = CACHE("unix_socket", struct unix_socket);

struct socket_cred unix_current_cred(void)
{
    const struct cred *c = current_cred();

    return (struct socket_cred){ fs_doors->current_pid(), c->euid, c->egid };
}

/* --- life ----------------------------------------------------------------- */

static int unix_take_error(struct socket *base)
{
    struct unix_socket *s = unix_of(base);
    int error;

    spin_lock(&s->lock);
    error = s->error;
    s->error = 0;
    spin_unlock(&s->lock);
    return error;
}

static bool unix_is_listening(struct socket *s)
{
    return READ_ONCE(unix_of(s)->state) == UNIX_LISTENING;
}

/* Nobody is (struct ucred){ 0, -1, -1 }. */
static int unix_peer_cred(struct socket *base, struct socket_cred *out)
{
    struct unix_socket *s = unix_of(base);

    spin_lock(&s->lock);
    *out = s->peer_cred;
    spin_unlock(&s->lock);
    return 0;
}

/* As on Linux the double is kept, as what a packet costs besides counts too. */
static u32 unix_send_limit(struct socket *base, u32 bytes)
{
    struct unix_socket *s = unix_of(base);
    u32 limit;

    spin_lock(&s->lock);
    if (bytes) {
        bytes = MIN(bytes, SEND_LIMIT_MOST / 2) * 2;
        s->send_limit = MAX(bytes, SEND_LIMIT_LEAST);
    }
    limit = s->send_limit;
    waitq_wake_all(&s->writers, POLL_WRITABLE);
    spin_unlock(&s->lock);
    return limit;
}

static const struct socket_ops unix_ops = {
    .bind = unix_bind,
    .connect = unix_connect,
    .listen = unix_listen,
    .accept = unix_accept,
    .get_name = unix_get_name,
    .send = unix_send,
    .receive = unix_receive,
    .shutdown = unix_shutdown,
    .take_error = unix_take_error,
    .is_listening = unix_is_listening,
    .peer_cred = unix_peer_cred,
    .send_limit = unix_send_limit,
};

struct unix_socket *unix_create(unsigned type)
{
    struct unix_socket *s = cache_zalloc(&unix_cache);

    if (!s)
        return NULL;
    s->base.ops = &unix_ops;
    s->base.family = AF_UNIX;
    s->base.type = type;
    s->base.receive_limit = SEND_LIMIT;
    s->refs = 1;
    spin_init(&s->lock, RANK_PIPE);
    list_init(&s->queue);
    s->send_limit = SEND_LIMIT;
    waitq_init(&s->readers);
    waitq_init(&s->writers);
    waitq_init(&s->turn);
    s->cred = unix_current_cred();
    s->peer_cred = (struct socket_cred){ 0, -1, -1 };
    list_init(&s->backlog);
    list_init(&s->bound_node);
    list_init(&s->flying);
    return s;
}

void unix_put(struct unix_socket *s)
{
    if (__atomic_sub_fetch(&s->refs, 1, __ATOMIC_ACQ_REL))
        return;
    assert(list_empty(&s->queue) && !s->peer && !s->inode);
    kfree(s->address);
    cache_free(&unix_cache, s);
}

void unix_set_peer(struct unix_socket *a, struct unix_socket *b)
{
    unix_get(b);
    spin_lock(&a->lock);
    assert(!a->peer);
    a->peer = b;
    a->peer_cred = b->cred;
    a->state = UNIX_CONNECTED;
    spin_unlock(&a->lock);
}

/* Its peer, if it was a connection, hears of the end. */
static void tell_peer(struct unix_socket *peer, bool lost_data)
{
    spin_lock(&peer->lock);
    peer->receive_shut = true;
    peer->send_shut = true;
    if (lost_data)
        peer->error = ECONNRESET;
    waitq_wake_all(&peer->readers, POLL_READABLE | POLLHUP | POLLRDHUP);
    waitq_wake_all(&peer->writers, POLL_WRITABLE | POLLHUP);
    spin_unlock(&peer->lock);
}

/* Connections that were never accepted. */
static void close_backlog(struct list *backlog)
{
    struct unix_socket *s, *next;

    list_for_each_safe(s, next, backlog, backlog_node) {
        list_remove(&s->backlog_node);
        unix_close(s);
    }
}

void unix_close(struct unix_socket *s)
{
    struct list backlog = LIST_INIT(backlog);
    struct unix_socket *peer;
    bool lost_data;

    unix_unbind(s);
    rights_set_anchor(s, NULL, NULL);
    spin_lock(&s->lock);
    s->dead = true;
    peer = s->peer;
    s->peer = NULL;
    lost_data = !list_empty(&s->queue) || !s->accepted;
    list_splice_tail(&backlog, &s->backlog);
    waitq_wake_all(&s->writers, 0);     /* those who wait to connect to it */
    spin_unlock(&s->lock);
    unix_drop_queue(s);
    if (peer && unix_has_connections(s))
        tell_peer(peer, lost_data);
    if (peer)
        unix_put(peer);
    close_backlog(&backlog);
    unix_put(s);
}

/* --- as a file ------------------------------------------------------------ */

static ssize_t socket_read(struct file *f, struct iter *to, off_t *pos)
{
    struct socket *s = f->private;
    struct socket_message m = { .data = to };

    (void)pos;
    if (READ_ONCE(f->flags) & O_NONBLOCK)
        m.flags = MSG_DONTWAIT;
    ssize_t n = s->ops->receive(s, &m);
    rights_destroy(m.rights);           /* read(2) has no use for them */
    return n;
}

static ssize_t socket_write(struct file *f, struct iter *from, off_t *pos)
{
    struct socket *s = f->private;
    struct socket_message m = { .data = from };

    (void)pos;
    if (READ_ONCE(f->flags) & O_NONBLOCK)
        m.flags = MSG_DONTWAIT;
    return s->ops->send(s, &m);
}

static unsigned events_locked(const struct unix_socket *s)
{
    unsigned events = 0;

    if (s->receive_shut)
        events |= POLL_READABLE | POLLRDHUP;
    if (!list_empty(&s->queue) || s->pending)
        events |= POLL_READABLE;
    if (s->receive_shut && s->send_shut)
        events |= POLLHUP;
    if (unix_has_connections(s) && s->state == UNIX_FREE)
        events |= POLLHUP;
    if (s->state != UNIX_LISTENING && unix_writable_locked(s))
        events |= POLL_WRITABLE;
    return s->error ? events | POLLERR : events;
}

static unsigned socket_poll(struct file *f, struct poll_table *pt)
{
    struct unix_socket *s = unix_of(f->private);
    unsigned events;

    poll_wait(pt, &s->readers, &s->lock);
    poll_wait(pt, &s->writers, &s->lock);
    spin_lock(&s->lock);
    events = events_locked(s);
    spin_unlock(&s->lock);
    return events;
}

static u64 next_length_locked(struct unix_socket *s)
{
    if (s->base.type == SOCK_STREAM || list_empty(&s->queue))
        return s->queued;
    return list_first(&s->queue, struct unix_packet, node)->length;
}

static long socket_ioctl(struct file *f, unsigned cmd, u64 arg)
{
    struct unix_socket *s = unix_of(f->private);
    s32 n;

    if (cmd != FIONREAD && cmd != TIOCOUTQ)
        return -ENOTTY;
    spin_lock(&s->lock);
    n = cmd == FIONREAD ? next_length_locked(s) : s->charged;
    spin_unlock(&s->lock);
    return copy_to_user(uptr(arg), &n, sizeof(n));
}

static void socket_release(struct file *f)
{
    unix_close(unix_of(f->private));
    rights_collect();
}

const struct file_ops socket_file_ops = {
    .name = "socket",
    .release = socket_release,
    .read = socket_read,
    .write = socket_write,
    .poll = socket_poll,
    .ioctl = socket_ioctl,
};

struct file *unix_create_file(struct unix_socket *s, unsigned flags)
{
    struct inode *inode = inode_create_anon(S_IFSOCK | 0777);
    struct file *f = NULL;

    if (inode) {
        f = file_create_anon(inode, &socket_file_ops, s, O_RDWR | flags);
        inode_put(inode);
    }
    if (f) {
        rights_set_anchor(s, f, NULL);
        s->accepted = true;
    }
    return f;
}

/* --- socket(2), socketpair(2) --------------------------------------------- */

struct socket *socket_of(struct file *f)
{
    return f->ops == &socket_file_ops ? f->private : NULL;
}

static int check_kind(int family, int type, int protocol)
{
    if (family != AF_UNIX)
        return -EAFNOSUPPORT;
    if (protocol && protocol != AF_UNIX)
        return -EPROTONOSUPPORT;
    if (type != SOCK_STREAM && type != SOCK_DGRAM && type != SOCK_SEQPACKET)
        return -ESOCKTNOSUPPORT;
    return 0;
}

int socket_create(int family, int type, int protocol, unsigned flags,
                  struct file **out)
{
    int error = check_kind(family, type, protocol);
    struct unix_socket *s;

    if (error)
        return error;
    s = unix_create(type);
    if (!s)
        return -ENOMEM;
    *out = unix_create_file(s, flags);
    if (!*out)
        unix_put(s);
    return *out ? 0 : -ENOMEM;
}

int socket_create_pair(int family, int type, int protocol, unsigned flags,
                       struct file *out[2])
{
    int error = socket_create(family, type, protocol, flags, &out[0]);

    if (error)
        return error;
    error = socket_create(family, type, protocol, flags, &out[1]);
    if (error) {
        file_put(out[0]);
        return error;
    }
    unix_set_peer(unix_of(out[0]->private), unix_of(out[1]->private));
    unix_set_peer(unix_of(out[1]->private), unix_of(out[0]->private));
    return 0;
}
