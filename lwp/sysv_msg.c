/*
 * sysv_msg.c - System V message queues: msgget(2), msgsnd(2), msgrcv(2),
 * msgctl(2).
 *
 * A message goes straight to the receiver that has waited longest of those
 * that want its type; else it lies in the queue.  A sender that finds no room
 * sleeps with its message at hand, and whoever makes room puts it in: the
 * longest waiting sender whose message fits goes first, as on Linux.
 */
#include "kernel/fs/cred.h"
#include "kernel/fs/stat.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "lwp/lwp.h"
#include "lwp/syscall.h"
#include "lwp/sysv.h"
#include "mm/alloc.h"
#include "mm/uaccess.h"

#define MSG_STAT        11
#define MSG_INFO        12
#define MSG_STAT_ANY    13

#define MSG_NOERROR     010000      /* cut a message that is too long */
#define MSG_EXCEPT      020000      /* any type but this one */
#define MSG_COPY        040000      /* the n-th one, which stays there */

static u64 message_limit = 8192;    /* bytes of a message; atomic */
static u64 queue_limit = 16384;     /* bytes in a new queue; atomic */
static u64 bytes_total, messages_total;     /* of all queues; atomic */

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
    struct list senders;            /* struct msg_call, longest waiting first */
    struct list receivers;
    u64 bytes, count, room;         /* room: most bytes, and most messages */
    s64 send_time, receive_time;    /* seconds since 1970, 0: never */
    pid_t sender, receiver;         /* the last ones */
};

/* Which messages a msgrcv call takes. */
struct msg_want {
    s64 type;
    size_t size;                    /* most bytes */
    int flags;
};

/* A call that waits; on its thread's stack, guarded by the queue's lock. */
struct msg_call {
    struct list node;
    struct waitq sleeper;
    struct message *message;        /* to be sent, or received */
    struct msg_want want;           /* a receiver's */
    pid_t pid;
    int result;                     /* or MSG_WAITS */
};
#define MSG_WAITS 1

/* struct msqid64_ds of asm-generic/msgbuf.h. */
struct msg_status {
    struct sysv_perm perm;
    s64 send_time, receive_time, change_time;
    u64 bytes, count, room;
    pid_t sender, receiver;
    u64 unused[2];
};
_Static_assert(sizeof(struct msg_status) == 120, "as user programs have it");

/* struct msginfo of msgctl(2). */
struct msg_info {
    int pool, map, message, queue, queues, segment, messages;
    u16 segments, pad;              /* named, so that it is zeroed */
};

static struct msg_queue *queue_of(struct sysv_object *o)
{
    return container_of(o, struct msg_queue, object);
}

/* --- messages ------------------------------------------------------------ */

/* Longer ones than this lie apart, so that they fill whole pages. */
#define WITH_HEADER_MAX (2048 - sizeof(struct message))

static void message_free(struct message *m)
{
    sysv_uncharge(sizeof(*m) + m->size);
    if (m->data != (u8 *)(m + 1))
        kfree(m->data);
    kfree(m);
}

static struct message *message_create(s64 type, size_t size)
{
    bool apart = size > WITH_HEADER_MAX;
    struct message *m;

    if (!sysv_charge(sizeof(*m) + size))
        return NULL;
    m = kmalloc(sizeof(*m) + (apart ? 0 : size));
    if (!m) {
        sysv_uncharge(sizeof(*m) + size);
        return NULL;
    }
    *m = (struct message){ .type = type, .size = size, .data = (u8 *)(m + 1) };
    list_init(&m->node);
    if (apart)
        m->data = kmalloc(size);
    if (m->data)
        return m;
    message_free(m);
    return NULL;
}

static void add_message_locked(struct msg_queue *q, struct message *m)
{
    list_add_tail(&q->messages, &m->node);
    q->bytes += m->size;
    q->count++;
    __atomic_add_fetch(&bytes_total, m->size, __ATOMIC_RELAXED);
    __atomic_add_fetch(&messages_total, 1, __ATOMIC_RELAXED);
}

static void remove_message_locked(struct msg_queue *q, struct message *m)
{
    list_remove(&m->node);
    q->bytes -= m->size;
    q->count--;
    __atomic_sub_fetch(&bytes_total, m->size, __ATOMIC_RELAXED);
    __atomic_sub_fetch(&messages_total, 1, __ATOMIC_RELAXED);
}

/* --- queues -------------------------------------------------------------- */

static int msg_create(unused_arg size_t size, unused_arg int flags,
                      struct sysv_object **out)
{
    struct msg_queue *q = kzalloc(sizeof(*q));

    if (!q)
        return -ENOMEM;
    list_init(&q->messages);
    list_init(&q->senders);
    list_init(&q->receivers);
    q->room = READ_ONCE(queue_limit);
    *out = &q->object;
    return 0;
}

static void msg_destroy(struct sysv_object *o)
{
    struct msg_queue *q = queue_of(o);
    struct message *m, *next;

    list_for_each_safe(m, next, &q->messages, node) {
        remove_message_locked(q, m);
        message_free(m);
    }
    kfree(q);
}

static struct sysv_table msg_table = SYSV_TABLE(msg, 32000);

long sys_msgget(int key, int flags)
{
    return sysv_get(&msg_table, key, 0, flags);
}

/* --- waiting ------------------------------------------------------------- */

static void finish_locked(struct msg_call *c, int result)
{
    list_remove(&c->node);
    c->result = result;
    waitq_wake_all(&c->sleeper, 0);
}

/* Unlocks the queue.  -EIDRM, or what the call came to; if a signal comes first
 * it is not restarted after a handler. */
static int wait_and_unlock(struct msg_queue *q, struct msg_call *c,
                           struct list *calls)
{
    int error;

    sysv_hold(&q->object);
    waitq_init(&c->sleeper);
    c->result = MSG_WAITS;
    list_add_tail(calls, &c->node);
    error = waitq_sleep(&c->sleeper, &q->object.lock, WAIT_INTERRUPTIBLE,
                        NEVER);
    if (error) {
        list_remove(&c->node);
        c->result = -ERESTARTNOHAND;
    }
    sysv_unlock(&q->object);
    sysv_put(&q->object);
    return c->result;
}

/* --- sending ------------------------------------------------------------- */

static bool is_wanted(const struct message *m, const struct msg_want *want)
{
    if (want->type == 0)
        return true;
    if (want->type < 0)
        return m->type <= -want->type;
    return (m->type == want->type) == !(want->flags & MSG_EXCEPT);
}

static bool is_too_long(const struct message *m, const struct msg_want *want)
{
    return m->size > want->size && !(want->flags & MSG_NOERROR);
}

/* To a receiver, or into the queue.  Receivers that can't take it learn that
 * it was there. */
static void deliver_locked(struct msg_queue *q, struct message *m, pid_t pid)
{
    struct msg_call *r, *next;

    q->send_time = sysv_time();
    q->sender = pid;
    list_for_each_safe(r, next, &q->receivers, node) {
        if (!is_wanted(m, &r->want))
            continue;
        if (is_too_long(m, &r->want)) {
            finish_locked(r, -E2BIG);
            continue;
        }
        q->receive_time = q->send_time;
        q->receiver = r->pid;
        r->message = m;
        finish_locked(r, 0);
        return;
    }
    add_message_locked(q, m);
}

/* Messages without bytes count, too. */
static bool has_room(const struct msg_queue *q, size_t size)
{
    return q->bytes + size <= q->room && q->count < q->room;
}

static void admit_senders_locked(struct msg_queue *q)
{
    struct msg_call *s, *next;

    list_for_each_safe(s, next, &q->senders, node) {
        if (!has_room(q, s->message->size))
            continue;
        deliver_locked(q, s->message, s->pid);
        finish_locked(s, 0);
    }
}

static int send(int id, struct message *m, int flags)
{
    struct msg_call c = { .message = m, .pid = current_lwp()->pid };
    struct sysv_object *o;
    struct msg_queue *q;
    int error = sysv_lock(&msg_table, id, &o);

    if (error)
        return error;
    q = queue_of(o);
    error = sysv_check_access_locked(o, SYSV_WRITE);
    if (!error && !has_room(q, m->size)) {
        if (!(flags & IPC_NOWAIT))
            return wait_and_unlock(q, &c, &q->senders);
        error = -EAGAIN;
    }
    if (!error)
        deliver_locked(q, m, c.pid);
    sysv_unlock(o);
    return error;
}

long sys_msgsnd(int id, uptr_t from, size_t size, int flags)
{
    struct message *m;
    u64 type;
    long error;

    if (copy_from_user(&type, from, sizeof(type)))
        return -EFAULT;
    if (size > READ_ONCE(message_limit) || id < 0 || (s64)type < 1)
        return -EINVAL;
    m = message_create(type, size);
    if (!m)
        return -ENOMEM;
    if (copy_from_user(m->data, uptr_add(from, sizeof(type)), size))
        error = -EFAULT;
    else
        error = send(id, m, flags);
    if (error)
        message_free(m);
    return error;
}

/* --- receiving ----------------------------------------------------------- */

/* The first message wanted; if types up to a number are, of the least type; or
 * the n-th one to be copied. */
static struct message *find_message(const struct msg_queue *q,
                                    const struct msg_want *want)
{
    struct message *m, *best = NULL;
    s64 n = 0;

    list_for_each(m, &q->messages, node) {
        if (want->flags & MSG_COPY) {
            if (n++ == want->type)
                return m;
        } else if (is_wanted(m, want)) {
            if (!best || m->type < best->type)
                best = m;
            if (want->type >= 0)
                break;
        }
    }
    return best;
}

static int take_locked(struct msg_queue *q, struct msg_call *c)
{
    struct message *m = find_message(q, &c->want);

    if (!m)
        return -ENOMSG;
    if (is_too_long(m, &c->want))
        return -E2BIG;
    if (c->want.flags & MSG_COPY) {
        c->want.size = MIN(c->want.size, m->size);
        c->message->type = m->type;
        memcpy(c->message->data, m->data, c->want.size);
        return 0;
    }
    remove_message_locked(q, m);
    q->receive_time = sysv_time();
    q->receiver = c->pid;
    c->message = m;
    admit_senders_locked(q);
    return 0;
}

static int receive(int id, struct msg_call *c)
{
    struct sysv_object *o;
    int error = sysv_lock(&msg_table, id, &o);

    if (error)
        return error;
    error = sysv_check_access_locked(o, SYSV_READ);
    if (!error)
        error = take_locked(queue_of(o), c);
    if (error == -ENOMSG && !(c->want.flags & IPC_NOWAIT))
        return wait_and_unlock(queue_of(o), c, &queue_of(o)->receivers);
    sysv_unlock(o);
    return error;
}

/* Before the queue is locked: what a copy will lie in. */
static int prepare_copy(struct msg_call *c)
{
    if ((c->want.flags & (IPC_NOWAIT | MSG_EXCEPT)) != IPC_NOWAIT)
        return -EINVAL;
    c->want.size = MIN(c->want.size, READ_ONCE(message_limit));
    c->message = message_create(0, c->want.size);
    return c->message ? 0 : -ENOMEM;
}

static long message_to_user(uptr_t to, const struct message *m, size_t size)
{
    if (copy_to_user(to, &m->type, sizeof(m->type)) ||
        copy_to_user(uptr_add(to, sizeof(m->type)), m->data, size))
        return -EFAULT;
    return size;
}

long sys_msgrcv(int id, uptr_t to, size_t size, long type, int flags)
{
    struct msg_call c = {
        /* The least number has no positive counterpart. */
        .want = { .type = MAX(type, -LONG_MAX), .size = size, .flags = flags },
        .pid = current_lwp()->pid,
    };
    long result = 0;

    if (id < 0 || (ssize_t)size < 0)
        return -EINVAL;
    if (flags & MSG_COPY)
        result = prepare_copy(&c);
    if (!result)
        result = receive(id, &c);
    if (!result)
        result = message_to_user(to, c.message,
                                 MIN(c.want.size, c.message->size));
    if (c.message)
        message_free(c.message);
    return result;
}

/* --- msgctl -------------------------------------------------------------- */

static void fail_all_locked(struct list *calls)
{
    struct msg_call *c, *next;

    list_for_each_safe(c, next, calls, node)
        finish_locked(c, -EIDRM);
}

static long do_remove(int id)
{
    struct sysv_object *o;
    int error = sysv_lock_owned(&msg_table, id, &o);

    if (error)
        return error;
    sysv_remove_locked(o);
    fail_all_locked(&queue_of(o)->senders);
    fail_all_locked(&queue_of(o)->receivers);
    sysv_unlock_both(o);
    sysv_put(o);
    return 0;
}

/* Only root gives a queue more room than a new one has. */
static int set_locked(struct msg_queue *q, const struct msg_status *status)
{
    int error;

    if (status->room > READ_ONCE(queue_limit) && !cred_is_root(current_cred()))
        return -EPERM;
    error = sysv_perm_write_locked(&q->object, &status->perm);
    if (error)
        return error;
    q->room = status->room;
    admit_senders_locked(q);
    return 0;
}

static long do_set(int id, uptr_t from)
{
    struct msg_status status;
    struct sysv_object *o;
    int error;

    if (copy_from_user(&status, from, sizeof(status)))
        return -EFAULT;
    error = sysv_lock_owned(&msg_table, id, &o);
    if (error)
        return error;
    error = set_locked(queue_of(o), &status);
    sysv_unlock_both(o);
    return error;
}

static long do_stat(int id, enum sysv_stat how, uptr_t to)
{
    struct msg_status status;
    struct sysv_object *o;
    struct msg_queue *q;
    int result = sysv_lock_stat(&msg_table, id, how, &o);

    if (result < 0)
        return result;
    q = queue_of(o);
    status = (struct msg_status){
        .send_time = q->send_time, .receive_time = q->receive_time,
        .change_time = o->change_time, .bytes = q->bytes, .count = q->count,
        .room = q->room, .sender = q->sender, .receiver = q->receiver,
    };
    sysv_perm_read_locked(o, &status.perm);
    sysv_unlock(o);
    return copy_to_user(to, &status, sizeof(status)) ? -EFAULT : result;
}

/* What Linux says of limits that it does not have either. */
static long do_info(int cmd, uptr_t to)
{
    struct msg_info info = {
        .pool = msg_table.limit * queue_limit / 1024, .map = queue_limit,
        .message = message_limit, .queue = queue_limit,
        .queues = msg_table.limit, .segment = 16, .messages = queue_limit,
        .segments = 0xffff,
    };
    u32 used;
    int index = sysv_count(&msg_table, &used);

    if (cmd == MSG_INFO) {
        info.pool = used;
        info.map = READ_ONCE(messages_total);
        info.messages = READ_ONCE(bytes_total);
    }
    return copy_to_user(to, &info, sizeof(info)) ? -EFAULT : index;
}

long sys_msgctl(int id, int cmd, uptr_t arg)
{
    switch (cmd) {
    case IPC_STAT:
        return do_stat(id, SYSV_STAT_ID, arg);
    case MSG_STAT:
        return do_stat(id, SYSV_STAT_INDEX, arg);
    case MSG_STAT_ANY:
        return do_stat(id, SYSV_STAT_ANY, arg);
    case IPC_INFO:
    case MSG_INFO:
        return do_info(cmd, arg);
    case IPC_SET:
        return do_set(id, arg);
    case IPC_RMID:
        return do_remove(id);
    default:
        return -EINVAL;
    }
}

/* --- /proc --------------------------------------------------------------- */

static void print_queue(struct proc_text *t, struct sysv_object *o)
{
    const struct msg_queue *q = queue_of(o);

    proc_print(t, " %10lu %10lu %5d %5d ", q->bytes, q->count, q->sender,
               q->receiver);
    sysv_show_owners(t, o);
    proc_print(t, " %10ld %10ld %10ld\n", q->send_time, q->receive_time,
               o->change_time);
}

static int show_queues(struct proc_text *t, unused_arg void *unused)
{
    return sysv_show(t, &msg_table,
                     "       key      msqid perms      cbytes       qnum lspid"
                     " lrpid   uid   gid  cuid  cgid      stime      rtime"
                     "      ctime\n", print_queue);
}

static const struct sysv_setting longest[] = { { &message_limit, INT_MAX },
                                               { 0 } };
static const struct sysv_setting room[] = { { &queue_limit, INT_MAX }, { 0 } };
static const struct sysv_setting queues[] = { { &msg_table.limit,
                                                SYSV_INDEXES }, { 0 } };

static const struct proc_file files[] = {
    PROC_SHOW("sysvipc/msg", show_queues),
    SYSV_SETTING("msgmax", longest),
    SYSV_SETTING("msgmnb", room),
    SYSV_SETTING("msgmni", queues),
    { 0 }
};

void sysv_msg_init(void)
{
    procfs_add(files);
}
