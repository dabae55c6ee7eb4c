/*
 * socket.h - sockets: what the system calls know of them, and what a family
 * of protocols provides (socket(7)).
 *
 * A socket is a file whose `private` is a struct socket; lwp/sys_net.c brings
 * user memory and descriptors to these functions.
 */
#pragma once

#include "kernel/fs/file.h"
#include "kernel/net/rights.h"
#include "kernel/time.h"

#define AF_UNSPEC       0
#define AF_UNIX         1

#define SOCK_STREAM     1
#define SOCK_DGRAM      2
#define SOCK_SEQPACKET  5
#define SOCK_TYPE_MASK  0xf     /* with it O_CLOEXEC and O_NONBLOCK */

#define MSG_OOB         0x1
#define MSG_PEEK        0x2
#define MSG_CTRUNC      0x8
#define MSG_TRUNC       0x20
#define MSG_DONTWAIT    0x40
#define MSG_WAITALL     0x100
#define MSG_NOSIGNAL    0x4000
#define MSG_CMSG_CLOEXEC 0x40000000

/* Who a socket belonged to when it was connected: struct ucred. */
struct socket_cred {
    pid_t pid;
    uid_t uid;
    gid_t gid;
};

/* An address of any family, as programs know it. */
#define SOCKET_NAME_MAX 128
struct socket_name {
    u32 length;                     /* bytes; 0: none */
    union {
        u16 family;
        u8 bytes[SOCKET_NAME_MAX];
    };
};

/* What sendmsg(2) and recvmsg(2) move. */
struct socket_message {
    struct iter *data;
    unsigned flags;                 /* MSG_*; receiving adds MSG_TRUNC */
    /* sending: where to, or NULL.  receiving: where the sender's name goes, or
     * NULL. */
    struct socket_name *name;
    /* Files: sending takes them over when it succeeds; what was received is
     * the caller's.  NULL: none. */
    struct rights *rights;
    /* The sender says who it is, or has said so. */
    bool has_cred;
    struct socket_cred cred;
};

struct socket {
    /* set at birth, then constant */
    const struct socket_ops *ops;
    u16 family, type;
    /* atomic: options */
    bool pass_cred;                 /* SO_PASSCRED */
    nsec_t receive_timeout, send_timeout;   /* ns, 0: none */
    u32 receive_limit;              /* SO_RCVBUF: kept for who asks, as what is
                                     * sent is charged to its sender */
    u64 switches;                   /* SO_REUSEADDR and others that programs may
                                     * set and ask for, by number, though they
                                     * mean nothing to AF_UNIX */
};

/*
 * What a family does.  All may sleep; -EOPNOTSUPP for what its type of socket
 * does not do; interrupted waits are -ERESTARTSYS.  MSG_DONTWAIT: -EAGAIN
 * instead of waiting.
 */
struct socket_ops {
    int (*bind)(struct socket *s, const struct socket_name *name);
    int (*connect)(struct socket *s, const struct socket_name *name,
                   unsigned flags);
    int (*listen)(struct socket *s, int backlog);
    /* The file of a new connection, to be opened with O_* flags. */
    int (*accept)(struct socket *s, unsigned flags, unsigned open_flags,
                  struct file **out);
    /* Its own name, or its peer's: -ENOTCONN. */
    int (*get_name)(struct socket *s, bool peer, struct socket_name *out);
    /* Bytes moved; 0 at the end of a stream. */
    ssize_t (*send)(struct socket *s, struct socket_message *m);
    ssize_t (*receive)(struct socket *s, struct socket_message *m);
    int (*shutdown)(struct socket *s, bool receive, bool send);

    /* SOL_SOCKET options that a family keeps. */
    int (*take_error)(struct socket *s);        /* SO_ERROR: 0 or errno */
    bool (*is_listening)(struct socket *s);
    int (*peer_cred)(struct socket *s, struct socket_cred *out);
    /* SO_SNDBUF, in bytes; 0 asks, and is the answer. */
    u32 (*send_limit)(struct socket *s, u32 bytes);
};

/* The time limit of an option (0: none) as a deadline. */
static inline nsec_t socket_deadline(nsec_t timeout)
{
    return timeout ? time_now() + timeout : NEVER;
}

/* The socket behind a file, or NULL. */
struct socket *socket_of(struct file *f);

/*
 * socket(2): a file for a new one; `flags` O_*.  -EAFNOSUPPORT,
 * -ESOCKTNOSUPPORT, -EPROTONOSUPPORT, -ENOMEM.  May sleep.
 */
int socket_create(int family, int type, int protocol, unsigned flags,
                  struct file **out);

/* socketpair(2): two that are connected to each other. */
int socket_create_pair(int family, int type, int protocol, unsigned flags,
                       struct file *out[2]);

/* Reading and writing as file operations; unix.c. */
extern const struct file_ops socket_file_ops;
