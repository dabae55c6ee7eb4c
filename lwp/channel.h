/*
 * channel.h - the inside of channels, for the files lwp/ipc*.c: ipc.c moves the
 * messages, ipc_open.c makes and ends channels, ipc_calls.c is the door for
 * programs and ipc_kernel.c that for the kernel.  Semantics: lwp/ipc.h.
 */
#pragma once

#include "kernel/fs/file.h"
#include "kernel/wait.h"
#include "lwp/ipc.h"

/* A message on its way.  Of a sleeping sender it lies on the sender's stack; a
 * notification is allocated. */
struct request {
    struct list node;               /* on channel.queue */
    struct rt_channel_msg msg;
    struct thread *sender;          /* NULL: a notification */
    struct rt_channel_msg *answer;  /* where to; NULL: none is owed */
    int result;                     /* set before done */
    bool done;                      /* atomic; whoever sets it has let go */
};

/* Somebody who sleeps in recv; on its stack. */
struct receiver {
    struct thread *thread;
    struct rt_channel_msg *msg;
    int result;
    bool done;                      /* as above */
};

struct channel {
    /* set at birth, then constant */
    char name[CHANNEL_NAME_MAX];
    struct inode *inode;            /* of all its files */

    /* guarded by the lock of ipc_open.c's list */
    struct list node;               /* on the list of names; empty: over */
    unsigned openers, servers;      /* files; of them made with O_CREAT */

    u32 refs;                       /* atomic: files, calls of threads */

    struct spinlock lock;           /* RANK_IPC */
    /* guarded by lock */
    bool over;
    struct list queue;              /* struct request, oldest first */
    unsigned queued;
    struct receiver *waiting;       /* WAIT; then nothing is queued */
    struct thread *active;          /* ACTIVE: who has taken a message ... */
    struct request *taken;          /* ... which; NULL: its sender gave up */
    struct waitq pollers;
};

/* --- ipc_open.c ----------------------------------------------------------- */

/* A new file of the channel called `name`, O_RDWR.  Errors: ipc.h. */
int channel_open(const char *name, unsigned flags, struct file **out);

/* All channels' files have one of these two. */
extern const struct file_ops channel_client_ops, channel_server_ops;

static inline bool file_is_channel(const struct file *f)
{
    return f->ops == &channel_server_ops || f->ops == &channel_client_ops;
}

static inline void channel_get(struct channel *ch)
{
    __atomic_add_fetch(&ch->refs, 1, __ATOMIC_RELAXED);
}

void channel_put(struct channel *ch);       /* may sleep */

/* --- ipc.c ---------------------------------------------------------------- */

/*
 * A file in a message goes over to the other side: u.fd.file is NULL then, and
 * else the caller's still, who always ends with message_drop().
 */
void message_drop(struct rt_channel_msg *msg);

/*
 * Send r->msg and sleep until the receiver has finished; r->answer is set as
 * well: NULL, or where the answer goes.  0; -EIO, -EINTR, -ETIMEDOUT (for a
 * deadline of 0 without sending).
 */
int channel_send(struct channel *ch, struct request *r, nsec_t deadline);

/* -EIO; -ENOMEM; -EINVAL: a channel's file. */
int channel_notify(struct channel *ch, struct rt_channel_msg *msg);

/* Take the next message.  -EIO, -EPROTO, -EINTR, -ETIMEDOUT (for a deadline of
 * 0 without sleeping). */
int channel_recv(struct channel *ch, struct rt_channel_msg *msg,
                 nsec_t deadline);

/* Answer.  -EIO, -EPROTO. */
int channel_reply(struct channel *ch, struct rt_channel_msg *msg);

/* If the running thread has taken a message it has finished with it. */
void channel_finish(struct channel *ch);

/* Wake all and refuse everything from now on.  May sleep. */
void channel_end(struct channel *ch);

unsigned channel_poll_locked(const struct channel *ch);
