/* sysv_msgop.c - messages of System V: msgsnd(2), msgrcv(2). */
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "lwp/lwp.h"
#include "lwp/syscall.h"
#include "lwp/sysv_msg.h"
#include "mm/alloc.h"
#include "mm/uaccess.h"

#define MSG_NOERROR     010000      /* cut a message that is too long */
#define MSG_EXCEPT      020000      /* any type but this one */
#define MSG_COPY        040000      /* the n-th one, which stays there */

/* Which messages a msgrcv call takes. */
struct msg_want {
    s64 type;
    size_t size;                    /* most bytes */
    int flags;
};

/* A call of either kind; on its thread's stack, guarded by the queue's lock. */
struct msg_call {
    struct sysv_wait wait;
    struct message *message;        /* to be sent, or received */
    struct msg_want want;           /* a receiver's */
    pid_t pid;
};

static struct msg_call *call_of(struct sysv_wait *w)
{
    return container_of(w, struct msg_call, wait);
}

/* --- messages ------------------------------------------------------------ */

/* Longer ones than this lie apart, so that they fill whole pages. */
#define WITH_HEADER_MAX (2048 - sizeof(struct message))

void message_free(struct message *m)
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
    __atomic_add_fetch(&message_bytes, m->size, __ATOMIC_RELAXED);
    __atomic_add_fetch(&message_count, 1, __ATOMIC_RELAXED);
}

void message_remove(struct msg_queue *q, struct message *m)
{
    list_remove(&m->node);
    q->bytes -= m->size;
    q->count--;
    __atomic_sub_fetch(&message_bytes, m->size, __ATOMIC_RELAXED);
    __atomic_sub_fetch(&message_count, 1, __ATOMIC_RELAXED);
}

/* A signal does not restart the call behind a handler. */
static int wait_and_unlock(struct msg_queue *q, struct msg_call *c,
                           struct list *waits)
{
    int result = sysv_wait_and_unlock(&q->object, &c->wait, waits, NEVER);

    return result == -ERESTARTSYS ? -ERESTARTNOHAND : result;
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
    struct sysv_wait *w, *next;

    q->send_time = sysv_time();
    q->sender = pid;
    list_for_each_safe(w, next, &q->receivers, node) {
        struct msg_call *r = call_of(w);

        if (!is_wanted(m, &r->want))
            continue;
        if (is_too_long(m, &r->want)) {
            sysv_wake_locked(w, -E2BIG);
            continue;
        }
        q->receive_time = q->send_time;
        q->receiver = r->pid;
        r->message = m;
        sysv_wake_locked(w, 0);
        return;
    }
    add_message_locked(q, m);
}

/* Messages without bytes count, too. */
static bool has_room(const struct msg_queue *q, size_t size)
{
    return q->bytes + size <= q->room && q->count < q->room;
}

void msg_admit_locked(struct msg_queue *q)
{
    struct sysv_wait *w, *next;

    sysv_assert_locked(&q->object);
    list_for_each_safe(w, next, &q->senders, node) {
        const struct msg_call *s = call_of(w);

        if (!has_room(q, s->message->size))
            continue;
        deliver_locked(q, s->message, s->pid);
        sysv_wake_locked(w, 0);
    }
}

static int send(int id, struct message *m, int flags)
{
    struct msg_call c = { .message = m, .pid = current_lwp()->pid };
    struct sysv_object *o;
    int error = sysv_lock(&msg_table, id, &o);
    struct msg_queue *q = (struct msg_queue *)o;

    if (error)
        return error;
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
    message_remove(q, m);
    q->receive_time = sysv_time();
    q->receiver = c->pid;
    c->message = m;
    msg_admit_locked(q);
    return 0;
}

static int receive(int id, struct msg_call *c)
{
    struct sysv_object *o;
    int error = sysv_lock(&msg_table, id, &o);
    struct msg_queue *q = (struct msg_queue *)o;

    if (error)
        return error;
    error = sysv_check_access_locked(o, SYSV_READ);
    if (!error)
        error = take_locked(q, c);
    if (error == -ENOMSG && !(c->want.flags & IPC_NOWAIT))
        return wait_and_unlock(q, c, &q->receivers);
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
