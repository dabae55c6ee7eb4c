/*
 * unix.h - sockets between processes of this machine (unix(7)); private to the
 * files unix*.c and rights.c.
 *
 * What is sent lies in the receiver's queue as packets, and is charged to its
 * sender until it has been read.  A connected socket holds a reference on its
 * peer, which outlives its file in that way; `dead` says so.
 *
 * No two locks of sockets are held at once.
 */
#pragma once

#include "kernel/net/socket.h"

/* struct sockaddr_un without the family: a name in the file system (with a NUL
 * behind it), or, after a 0, in a space of its own ("abstract"). */
#define UNIX_PATH_MAX 108

struct unix_address {
    u32 length;                     /* of path; an abstract name's is exact */
    char path[UNIX_PATH_MAX + 1];
};

struct unix_packet {
    struct list node;
    struct unix_socket *sender;     /* referenced; pays for it */
    struct rights *rights;          /* in flight, see rights.h */
    struct socket_cred cred;
    u32 length, offset;             /* bytes; of them read, of a stream */
    u8 data[];
};

enum unix_state { UNIX_FREE, UNIX_CONNECTING, UNIX_CONNECTED, UNIX_LISTENING };

struct unix_socket {
    struct socket base;             /* first */

    /* atomic */
    u32 refs;

    struct spinlock lock;           /* RANK_PIPE */
    /* guarded by lock */
    u8 state;                       /* enum unix_state */
    bool dead;                      /* closed */
    bool accepted;                  /* or never in a backlog */
    bool receive_shut, send_shut;   /* by either side */
    bool reading;                   /* a reader has claimed the queue's head */
    int error;                      /* for the next call; positive */
    struct unix_socket *peer;       /* referenced; who sends go to */
    struct list queue;              /* struct unix_packet */
    u64 queued;                     /* bytes in it */
    u64 charged;                    /* of what was sent and not read yet */
    u32 send_limit;
    struct waitq readers, writers;
    struct waitq turn;              /* readers while another is `reading` */
    struct socket_cred cred, peer_cred;
    struct list backlog;            /* connections not accepted yet */
    unsigned pending, backlog_limit;

    /* guarded by the lock of unix_name.c; constant once set */
    struct unix_address *address;   /* NULL: has no name */
    struct inode *inode;            /* referenced; of a name in a file system */
    struct list bound_node;         /* abstract names of one hash */

    /* guarded by the listener's lock */
    struct list backlog_node;

    /* guarded by rights.c's mutex; see rights_set_anchor() */
    struct file *file;              /* not referenced */
    struct unix_socket *listener;   /* NULL: in no backlog */
    struct list flying;             /* struct rights in its queue */
    struct list holder_node;        /* on the list of those that have some */
    u32 flights;                    /* how often it is in flight itself */
    bool reachable;                 /* marks of rights_collect() */
    struct list reached_node;
};

static inline struct unix_socket *unix_of(struct socket *s)
{
    return container_of(s, struct unix_socket, base);
}

static inline bool unix_has_connections(const struct unix_socket *s)
{
    return s->base.type != SOCK_DGRAM;
}

/* --- unix.c --------------------------------------------------------------- */

struct unix_socket *unix_create(unsigned type);     /* NULL: no memory */

static inline void unix_get(struct unix_socket *s)
{
    __atomic_add_fetch(&s->refs, 1, __ATOMIC_RELAXED);
}

void unix_put(struct unix_socket *s);

/* A file for it, which takes over the reference.  NULL: no memory. */
struct file *unix_create_file(struct unix_socket *s, unsigned flags);

/* Nobody uses it any more: its file is closed, or it was never accepted.
 * Drops the caller's reference.  May sleep. */
void unix_close(struct unix_socket *s);

/* Make a the peer of b; the caller has locked neither. */
void unix_set_peer(struct unix_socket *a, struct unix_socket *b);

struct socket_cred unix_current_cred(void);

/* --- unix_name.c ---------------------------------------------------------- */

int unix_bind(struct socket *s, const struct socket_name *name);

/* The socket of a name, referenced.  -ECONNREFUSED: nobody's; -EPROTOTYPE: of
 * another type; -EACCES, -ENOENT ...  May sleep. */
int unix_lookup(const struct socket_name *name, unsigned type,
                struct unix_socket **out);

/* Give its name away to another.  -ENOMEM. */
int unix_copy_name(struct unix_socket *to, struct unix_socket *from);
void unix_format_name(struct unix_socket *s, struct socket_name *out);
int unix_get_name(struct socket *s, bool peer, struct socket_name *out);

/* It is closed: its name is free. */
void unix_unbind(struct unix_socket *s);

/* --- unix_connect.c ------------------------------------------------------- */

int unix_connect(struct socket *s, const struct socket_name *name,
                 unsigned flags);
int unix_listen(struct socket *s, int backlog);
int unix_accept(struct socket *s, unsigned flags, unsigned open_flags,
                struct file **out);
int unix_shutdown(struct socket *s, bool receive, bool send);

/* --- unix_data.c ---------------------------------------------------------- */

ssize_t unix_send(struct socket *s, struct socket_message *m);
ssize_t unix_receive(struct socket *s, struct socket_message *m);

/* A datagram socket that is connected takes what its peer sends only. */
static inline bool unix_may_send(const struct unix_socket *from,
                                 const struct unix_socket *to)
{
    const struct unix_socket *peer = READ_ONCE(to->peer);

    return !peer || peer == from;
}

/* Throw away what nobody will read. */
void unix_drop_queue(struct unix_socket *s);

/* May sends go on without waiting? Its lock is held. */
bool unix_writable_locked(const struct unix_socket *s);
