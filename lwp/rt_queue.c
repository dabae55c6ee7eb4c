/*
 * rt_queue.c - mailboxes and message queues (rows K-06, K-07): a mailbox is a
 * queue of messages of 8 bytes.
 *
 * A message is copied once into kernel memory and once out of it, without a
 * lock; queues and waiters pass it on by its address.  Receivers wait only
 * while the queue is empty and senders only while it is full, so that one list
 * of waiters serves for both.
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"
#include "lwp/object.h"
#include "lwp/syscall.h"
#include "mm/alloc.h"
#include "mm/uaccess.h"

#define MESSAGE_MAX 65536               /* bytes */

struct message {
    struct list node;
    size_t size;
    char bytes[];
};

struct rt_queue {
    struct object object;               /* first */
    /* set at birth, then constant */
    unsigned room;                      /* in messages, ... */
    unsigned message_size;              /* ... of at most so many bytes */
    /* guarded by its lock */
    struct list messages;               /* next one first */
    unsigned count;
};

static struct rt_queue *queue_of(struct object *o)
{
    return container_of(o, struct rt_queue, object);
}

/* --- messages ------------------------------------------------------------- */

static struct message *message_create(size_t size)
{
    struct message *m = kmalloc(sizeof(*m) + size);

    if (m)
        m->size = size;
    return m;
}

static void free_messages(struct list *messages)
{
    struct message *m, *next;

    list_for_each_safe(m, next, messages, node)
        kfree(m);
}

/* --- objects -------------------------------------------------------------- */

static void queue_describe(const struct object *o, char *buf, size_t size)
{
    const struct rt_queue *q = (const struct rt_queue *)o;

    ksnprintf(buf, size, "%u/%u", q->count, q->room);
}

static int queue_reset(struct object *o, unused_arg u64 value,
                       struct list *left)
{
    struct rt_queue *q = queue_of(o);

    list_splice_tail(left, &q->messages);
    q->count = 0;
    return 0;
}

static void queue_destroy(struct object *o)
{
    free_messages(&queue_of(o)->messages);
}

#define QUEUE_KIND(number, title) \
    { \
        .type = number, .name = title, .size = sizeof(struct rt_queue), \
        .describe = queue_describe, .reset = queue_reset, \
        .destroy = queue_destroy, .free_left = free_messages, \
    }

static const struct object_kind mailbox_kind =
    QUEUE_KIND(OBJECT_MAILBOX, "mailbox");
static const struct object_kind queue_kind = QUEUE_KIND(OBJECT_QUEUE, "queue");

/* -EINVAL: no size for a queue; -ENOMEM: more than a process may have. */
static int queue_create(const struct object_kind *kind, size_t message_size,
                        size_t room, struct rt_queue **out)
{
    struct rt_queue *q;

    if (!message_size || message_size > MESSAGE_MAX || !room ||
        room > OBJECT_VALUE_MAX)
        return -EINVAL;
    if (room * (message_size + sizeof(struct message)) > OBJECT_BYTES_MAX)
        return -ENOMEM;
    q = object_create(kind);
    if (!q)
        return -ENOMEM;
    q->object.bytes = room * (message_size + sizeof(struct message));
    q->room = room;
    q->message_size = message_size;
    list_init(&q->messages);
    *out = q;
    return 0;
}

/* --- sending and receiving ------------------------------------------------ */

static int send_locked(struct object_handle *h, struct message *m, int time,
                       bool urgent)
{
    struct rt_queue *q = queue_of(h->object);
    struct object_waiter w = { .handle = h, .message = m }, *receiver;

    if (m->size > q->message_size)
        return -EMSGSIZE;
    if (q->count == q->room)
        return time ? object_wait_locked(&w, time) : -ENOSPC;
    receiver = object_first_waiter_locked(&q->object);
    if (receiver) {
        receiver->message = m;
        object_end_wait_locked(receiver, 0);
        return 0;
    }
    if (urgent)
        list_add(&q->messages, &m->node);
    else
        list_add_tail(&q->messages, &m->node);
    q->count++;
    return 0;
}

/* Takes over m, of whatever kind of queue. */
static int send(enum object_type type, int id, struct message *m,
                int time, bool urgent)
{
    struct object_handle *h = object_lock(type, id);
    int error = -EINVAL;

    if (h) {
        error = send_locked(h, m, time, urgent);
        object_unlock(h);
    }
    if (error)
        kfree(m);
    return error;
}

/* The first message; its place goes to the first who waits to send one. */
static int recv_locked(struct object_handle *h, int time, struct message **out)
{
    struct rt_queue *q = queue_of(h->object);
    struct object_waiter w = { .handle = h }, *sender;
    int error;

    if (!q->count) {
        error = object_wait_locked(&w, time);
        *out = w.message;
        return error;
    }
    *out = list_first(&q->messages, struct message, node);
    list_remove(&(*out)->node);
    sender = object_first_waiter_locked(&q->object);
    if (sender) {
        list_add_tail(&q->messages, &sender->message->node);
        object_end_wait_locked(sender, 0);
    } else {
        q->count--;
    }
    return 0;
}

/* Of a larger message, the first `size` bytes: how many they are.  It is lost
 * if it cannot be stored, as with mq_receive(3). */
static long recv(enum object_type type, int id, uptr_t to, size_t size,
                 int time)
{
    struct object_handle *h = object_lock(type, id);
    struct message *m;
    long result;

    if (!h)
        return -EINVAL;
    result = recv_locked(h, time, &m);
    object_unlock(h);
    if (result)
        return result;
    size = MIN(size, m->size);
    result = copy_to_user(to, m->bytes, size);
    kfree(m);
    return result ? result : (long)size;
}

/* --- mailboxes ------------------------------------------------------------ */

long sys_rt_mb_create(ustr_t name, size_t size, int flag, uptr_t at)
{
    struct rt_queue *q;
    int error = queue_create(&mailbox_kind, sizeof(u64), size, &q);

    return error ? error : object_publish(&q->object, name, flag, at);
}

static long mb_send(int id, u64 value, int time, bool urgent)
{
    struct message *m = message_create(sizeof(value));

    if (!m)
        return -ENOMEM;
    memcpy(m->bytes, &value, sizeof(value));
    return send(OBJECT_MAILBOX, id, m, time, urgent);
}

long sys_rt_mb_send_wait(int id, u64 value, int time)
{
    return mb_send(id, value, time, false);
}

long sys_rt_mb_urgent(int id, u64 value)
{
    return mb_send(id, value, 0, true);
}

long sys_rt_mb_recv(int id, uptr_t value, int time)
{
    long n = recv(OBJECT_MAILBOX, id, value, sizeof(u64), time);

    return MIN(n, 0);
}

/* --- message queues ------------------------------------------------------- */

long sys_rt_mq_create(ustr_t name, size_t msg_size, size_t max_msgs, int flag,
                      uptr_t at)
{
    struct rt_queue *q;
    int error = queue_create(&queue_kind, msg_size, max_msgs, &q);

    return error ? error : object_publish(&q->object, name, flag, at);
}

static long mq_send(int id, uptr_t buf, size_t size, int time, bool urgent)
{
    struct message *m;

    if (!size)
        return -EINVAL;
    if (size > MESSAGE_MAX)
        return -EMSGSIZE;
    m = message_create(size);
    if (!m)
        return -ENOMEM;
    if (copy_from_user(m->bytes, buf, size)) {
        kfree(m);
        return -EFAULT;
    }
    return send(OBJECT_QUEUE, id, m, time, urgent);
}

long sys_rt_mq_send_wait(int id, uptr_t buf, size_t size, int time)
{
    return mq_send(id, buf, size, time, false);
}

long sys_rt_mq_urgent(int id, uptr_t buf, size_t size)
{
    return mq_send(id, buf, size, 0, true);
}

long sys_rt_mq_recv(int id, uptr_t buf, size_t size, int time)
{
    return size ? recv(OBJECT_QUEUE, id, buf, size, time) : -EINVAL;
}
