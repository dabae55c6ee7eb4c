/*
 * mqueue.h - POSIX message queues: mq_overview(7); lwp.md row D-13.
 *
 * A queue is an inode of the file system "mqueue" (mqueue_fs.c), which lives
 * until it has neither a name nor an open file.  What is in it, and who waits,
 * is struct mqueue (mqueue.c).  Threads wait in the order of their urgency and
 * get, or get rid of, their message from the other side itself: receivers wait
 * only while the queue is empty, senders only while it is full.
 */
#pragma once

#include "kernel/fs/file.h"
#include "kernel/lib/avl.h"
#include "kernel/spinlock.h"
#include "kernel/wait.h"

struct lwp;
struct user_count;

#define MQ_PRIO_MAX     32768       /* priorities are less */

/* struct mq_attr of programs. */
struct mq_attr {
    s64 flags;                      /* O_NONBLOCK */
    s64 maxmsg, msgsize, curmsgs;
    s64 reserved[4];
};

struct mq_message {
    struct avl_node node;           /* key: greatest priority, then age */
    size_t size;
    u8 text[];
};

/* Who is told of the next message, and how: mq_notify(3). */
struct mq_notice {
    struct lwp *owner;              /* referenced; NULL: nobody */
    u32 execs;                      /* the owner's: not another program's */
    int how, signo;                 /* SIGEV_*; 0: no signal */
    u64 value;
};

struct mqueue {
    /* set at birth, then constant */
    u64 max_messages, message_size; /* message_size in bytes */
    struct user_count *user;        /* whose RLIMIT_MSGQUEUE ... */
    u64 charge;                     /* ... has so many bytes taken */

    struct spinlock lock;           /* RANK_IPC */
    /* guarded by lock */
    struct avl_tree messages;       /* the first is received next */
    u64 count, bytes;
    u64 sent;                       /* messages ever */
    struct list senders, receivers; /* struct waiting, the most urgent first */
    struct waitq poll;
    struct mq_notice notice;
};

/* --- mqueue.c ------------------------------------------------------------- */

/* Empty.  NULL: out of memory. */
struct mqueue *mqueue_create(u64 max_messages, u64 message_size);
void mqueue_destroy(struct mqueue *q);

/* `size` bytes with a priority below MQ_PRIO_MAX; kfree() frees it.  NULL: out
 * of memory. */
struct mq_message *mq_message_create(size_t size, unsigned priority);
unsigned mq_message_priority(const struct mq_message *m);

/*
 * Send m, which is the queue's then, or receive the first message of the
 * greatest priority.  -EAGAIN with `nonblock`, -ETIMEDOUT at the deadline
 * (CLOCK_REALTIME), -ERESTARTSYS.  Sleeps.
 */
int mqueue_send(struct mqueue *q, struct mq_message *m, bool nonblock,
                nsec_t deadline);
int mqueue_receive(struct mqueue *q, struct mq_message **m, bool nonblock,
                   nsec_t deadline);

/* The running process is to be told of the next message that comes to the
 * empty queue while nobody waits for it.  -EBUSY if another is. */
int mqueue_notify(struct mqueue *q, int how, int signo, u64 value);

/* The running process is not to be told any more. */
void mqueue_notify_end(struct mqueue *q);

/* What reading the file shows, into buf, cut to size; its length. */
int mqueue_format(struct mqueue *q, char *buf, size_t size);

/* --- mqueue_fs.c ---------------------------------------------------------- */

extern const struct file_ops mqueue_file_ops;

/* open(2) by the name of a queue, without the descriptor; `attr` (NULL: the
 * usual) is for a new one.  -EMFILE: RLIMIT_MSGQUEUE; -ENOSPC: queues_max. */
int mqueue_open(const char *name, struct open_how *how,
                const struct mq_attr *attr, struct file **out);
int mqueue_unlink(const char *name);

void mqueue_init(void);             /* boot only */
