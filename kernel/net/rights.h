/*
 * rights.h - open files on their way through a socket (SCM_RIGHTS of unix(7)).
 *
 * A socket may be sent through itself, or two through each other: then each
 * keeps the other open, and no process can reach either.  So each socket knows
 * what is in flight to it, and rights_collect() finds what only such rings hold.
 */
#pragma once

#include "kernel/lib/list.h"
#include "kernel/lib/types.h"

struct file;
struct unix_socket;

#define RIGHTS_MAX 253              /* files in one message: SCM_MAX_FD */

struct rights {
    /* guarded by rights.c's mutex while in flight */
    struct list node;               /* on holder->flying */
    struct unix_socket *holder;     /* whose queue it lies in; NULL: not in
                                     * flight */
    struct rights **place;          /* what points to it there */
    uid_t uid;                      /* who sent it, for the limit */
    /* the owner's */
    unsigned count;
    struct file *files[];           /* one reference each */
};

/* Room for `count` files, none in it yet.  NULL: no memory. */
struct rights *rights_create(unsigned count);

/* The same files with references of their own.  NULL: no memory. */
struct rights *rights_copy(const struct rights *r);

/*
 * Close them, and what only they led to; `r` may be NULL.  May sleep, but never
 * nests deeper than twice, however many sockets hold each other's files.
 */
void rights_destroy(struct rights *r);
void rights_destroy_all(struct list *all);      /* by node; empty then */

/*
 * Put r at *place, which belongs to holder's queue, or take away what is there
 * (NULL: nothing is, any more).  May sleep.  -ETOOMANYREFS: the sender has as
 * many files in flight as it may have open.
 */
int rights_depart(struct rights *r, struct unix_socket *holder,
                  struct rights **place);
struct rights *rights_arrive(struct rights **place);
/* A copy of what is at *place, for MSG_PEEK: -ENOMEM; *out NULL: nothing. */
int rights_peek(struct rights **place, struct rights **out);

/*
 * What makes the socket reachable: its file, or the listener in whose backlog
 * it waits; neither: it is being made, or is closed.  May sleep.
 */
void rights_set_anchor(struct unix_socket *s, struct file *file,
                       struct unix_socket *listener);

/* Close the files in flight that no process can receive any more.  May sleep.
 * Called after a socket was closed. */
void rights_collect(void);
