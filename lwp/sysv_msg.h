/*
 * sysv_msg.h - System V message queues, between sysv_msg.c (queues, msgctl(2),
 * /proc) and sysv_msgop.c (msgsnd(2), msgrcv(2)).
 *
 * A message goes straight to the receiver that has waited longest of those
 * that want its type; else it lies in the queue.  A sender that finds no room
 * sleeps with its message at hand, and whoever makes room puts it in: the
 * longest waiting sender whose message fits goes first, as on Linux.
 */
#pragma once

#include "lwp/sysv.h"

struct message {
    struct list node;               /* guarded by the queue's lock */

    /* set at birth, then constant */
    s64 type;
    size_t size;
    u8 *data;                       /* behind this, or a block of its own */
};

struct msg_queue {
    struct sysv_object object;      /* first */

    /* guarded by object.lock */
    struct list messages;           /* oldest first */
    struct list senders;            /* msg_call.wait, longest waiting first */
    struct list receivers;
    u64 bytes, count, room;         /* room: most bytes, and most messages */
    s64 send_time, receive_time;    /* seconds since 1970, 0: never */
    pid_t sender, receiver;         /* the last ones */
};

extern struct sysv_table msg_table;
extern u64 message_limit;           /* bytes of a message; atomic */
extern u64 message_bytes, message_count;    /* of all queues; atomic */

/* Take a message out of its queue; the queue is locked, or nobody's. */
void message_remove(struct msg_queue *q, struct message *m);
void message_free(struct message *m);

/* There is more room: put in what waits for it. */
void msg_admit_locked(struct msg_queue *q);
