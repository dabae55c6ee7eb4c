/*
 * channel.h - the inside of channels, for the files lwp/ipc*.c: ipc_open.c makes
 * and ends them; ipc_wait.c moves messages; ipc_calls.c is the door for
 * programs, with a short cut in ipc.c, and ipc_kernel.c that for the kernel.
 * What they mean: lwp/ipc.h.
 */
#pragma once

#include "kernel/fs/file.h"
#include "kernel/thread.h"
#include "lwp/ipc.h"

/*
 * A message on its way.  Of a sleeping sender it lies on the sender's stack; a
 * notification is allocated.
 *
 * Whoever completes a sleeper's wakes the thread first and sets `done` last,
 * with release: one that sees it needs no lock, one that does not takes the
 * lock and looks again.
 */
struct request {
    struct list node;               /* on channel.queue */
    struct rt_channel_msg msg;
    struct thread *sender;          /* NULL: a notification */
    struct rt_channel_msg *answer;  /* where to; NULL: none is owed */
    int result;                     /* set before done */
    bool done;                      /* atomic */
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
    unsigned queued;
    struct list queue;              /* struct request, oldest first */
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

/* --- messages ------------------------------------------------------------- */

/*
 * A file in a message goes over to the other side: u.fd.file is NULL then, and
 * else the caller's still, who always ends with message_drop().
 */
void message_drop_file(struct rt_channel_msg *msg);

static inline void message_drop(struct rt_channel_msg *msg)
{
    if (unlikely(msg->type == RT_CHANNEL_FD))
        message_drop_file(msg);
}

/* Copy a message, and with it the right to its file. */
static inline void message_move(struct rt_channel_msg *to,
                                struct rt_channel_msg *from)
{
    *to = *from;
    if (unlikely(from->type == RT_CHANNEL_FD))
        from->u.fd.file = NULL;
}

/* --- completing; channel->lock is held ------------------------------------ */

static inline bool is_done(const bool *done)
{
    return __atomic_load_n(done, __ATOMIC_ACQUIRE);
}

static inline void request_init(struct request *r,
                                struct rt_channel_msg *answer)
{
    r->sender = current_thread();
    r->answer = answer;
    r->done = false;
}

static inline void receiver_init(struct receiver *w, struct rt_channel_msg *msg)
{
    w->thread = current_thread();
    w->msg = msg;
    w->done = false;
}

static inline void request_complete(struct request *r, int result)
{
    r->result = result;
    thread_wake(r->sender);
    __atomic_store_n(&r->done, true, __ATOMIC_RELEASE);
}

/* `by` has the request now. */
static inline void channel_take(struct channel *ch, struct request *r,
                                struct thread *by)
{
    ch->active = by;
    ch->taken = r;
}

/* --- sending and receiving: ipc_wait.c ------------------------------------ */

/*
 * Send r->msg and sleep until the receiver has finished; r->sender is set, and
 * r->answer: NULL, or where the answer goes.  0; -EIO; -ETIMEDOUT (for a
 * deadline of 0 without sending); when interrupted -EINTR, or, with no deadline
 * and before anybody took it, -ERESTARTNOHAND.
 */
int channel_send(struct channel *ch, struct request *r, nsec_t deadline);

/* Take the next message.  -EIO, -EPROTO, -ETIMEDOUT (for a deadline of 0 without
 * sleeping), -EINTR or, with no deadline, -ERESTARTNOHAND. */
int channel_recv(struct channel *ch, struct rt_channel_msg *msg,
                 nsec_t deadline);

/* A sleep of these is over, but not done: go on, or give up.  The result is set
 * then. */
void request_sleep_on(struct channel *ch, struct request *r);
void receiver_sleep_on(struct channel *ch, struct receiver *w);

/* Answer.  -EIO, -EPROTO. */
int channel_reply(struct channel *ch, struct rt_channel_msg *msg);

/* -EIO; -ENOMEM; -EINVAL: the file of a channel or socket. */
int channel_notify(struct channel *ch, struct rt_channel_msg *msg);

/* If the running thread has taken a message it has finished with it. */
void channel_finish(struct channel *ch);

/* Wake all and refuse everything from now on.  May sleep. */
void channel_end(struct channel *ch);

/* POLLIN ... that hold; the lock is held. */
unsigned channel_poll_locked(const struct channel *ch);

/* --- the long way of system calls: ipc_calls.c ---------------------------- */

/* `time` in ms, < 0: for ever. */
long ipc_receive(int fd, uptr_t to, int time);
long ipc_reply(int fd, uptr_t from);

/*
 * Copy a message out; its file is installed.  -EFAULT: the memory went away
 * since user_probe_write().  Then an answer is lost, and so is a message that
 * was received: the receiver has finished with it.
 */
int message_to_user(struct rt_channel_msg *msg, uptr_t to);
int received_to_user(struct channel *ch, struct rt_channel_msg *msg, uptr_t to);
