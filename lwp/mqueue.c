/*
 * mqueue.c - messages, those who wait for them or for room, and who is told.
 */
#include "lwp/mqueue.h"

#include "kernel/fs/poll.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/printf.h"
#include "lwp/clocktimer.h"
#include "lwp/lwp.h"
#include "mm/alloc.h"

/* A thread that sleeps, on its own stack. */
struct waiting {
    struct list node;               /* on senders or receivers, until done */
    struct thread *thread;
    struct mq_message *message;     /* to be sent, or what was received */
    bool done;
};

static struct cache mqueue_cache = CACHE("mqueue", struct mqueue);

/* --- messages ------------------------------------------------------------- */

/* Below the priority, upside down, the key has room for the message's number,
 * so that those of one priority stay in order. */
#define PRIORITY_SHIFT 48

struct mq_message *mq_message_create(size_t size, unsigned priority)
{
    struct mq_message *m = kmalloc(sizeof(*m) + size);

    if (m) {
        m->size = size;
        m->node.key = (u64)(MQ_PRIO_MAX - 1 - priority) << PRIORITY_SHIFT;
    }
    return m;
}

unsigned mq_message_priority(const struct mq_message *m)
{
    return MQ_PRIO_MAX - 1 - (m->node.key >> PRIORITY_SHIFT);
}

static void insert_locked(struct mqueue *q, struct mq_message *m)
{
    m->node.key |= q->sent++;
    avl_insert(&q->messages, &m->node);
    q->count++;
    q->bytes += m->size;
}

static struct mq_message *take_locked(struct mqueue *q)
{
    struct mq_message *m = avl_entry(avl_first(&q->messages),
                                     struct mq_message, node);

    avl_remove(&q->messages, &m->node);
    q->count--;
    q->bytes -= m->size;
    return m;
}

/* --- life ----------------------------------------------------------------- */

struct mqueue *mqueue_create(u64 max_messages, u64 message_size)
{
    struct mqueue *q = cache_zalloc(&mqueue_cache);

    if (!q)
        return NULL;
    q->max_messages = max_messages;
    q->message_size = message_size;
    spin_init(&q->lock, RANK_IPC);
    list_init(&q->senders);
    list_init(&q->receivers);
    waitq_init(&q->poll);
    return q;
}

void mqueue_destroy(struct mqueue *q)
{
    if (q->notice.owner)                /* it ended, its files did not */
        lwp_put(q->notice.owner);
    while (q->count)
        kfree(take_locked(q));
    cache_free(&mqueue_cache, q);
}

/* --- waiting -------------------------------------------------------------- */

static int wait_locked(struct mqueue *q, struct list *queue, struct waiting *w,
                       nsec_t deadline)
{
    struct waiting *other;
    int error;

    assert(spin_held(&q->lock));
    w->thread = current_thread();
    list_for_each(other, queue, node) {
        if (other->thread->rt_priority < w->thread->rt_priority)
            break;
    }
    list_add_tail(&other->node, &w->node);
    spin_unlock(&q->lock);
    error = clock_sleep_realtime(&w->done, deadline);
    spin_lock(&q->lock);
    if (w->done)
        return 0;
    list_remove(&w->node);
    return error;
}

/* It was dealt with. */
static void end_wait_locked(struct waiting *w)
{
    list_remove(&w->node);
    WRITE_ONCE(w->done, true);
    thread_wake(w->thread);
}

/* --- being told ----------------------------------------------------------- */

int mqueue_notify(struct mqueue *q, int how, int signo, u64 value)
{
    struct lwp *lwp = current_lwp();
    bool busy;

    spin_lock(&q->lock);
    busy = q->notice.owner;
    if (!busy) {
        lwp_get(lwp);
        q->notice = (struct mq_notice){ lwp, lwp->execs, how, signo, value };
    }
    spin_unlock(&q->lock);
    return busy ? -EBUSY : 0;
}

void mqueue_notify_end(struct mqueue *q)
{
    struct lwp *lwp = current_lwp();
    bool mine;

    spin_lock(&q->lock);
    mine = q->notice.owner == lwp;
    if (mine)
        q->notice.owner = NULL;
    spin_unlock(&q->lock);
    if (mine)
        lwp_put(lwp);
}

/* A program that took the place of the one that asked has no use for the
 * signal, and may have more rights. */
static noinline void tell(const struct mq_notice *n)
{
    struct siginfo info = {
        .signo = n->signo, .code = SI_MESGQ,
        .sender = { current_lwp()->pid, current_cred()->uid, n->value },
    };

    if (n->signo && n->execs == n->owner->execs)
        signal_send(n->owner, &info);
    lwp_put(n->owner);
}

/* The line that mq_overview(7) shows. */
int mqueue_format(struct mqueue *q, char *buf, size_t size)
{
    struct mq_notice *n = &q->notice;
    int length;

    spin_lock(&q->lock);
    length = kscnprintf(buf, size,
                        "QSIZE:%-10lu NOTIFY:%-5d SIGNO:%-5d NOTIFY_PID:%-6d\n",
                        q->bytes, n->owner ? n->how : 0,
                        n->owner ? n->signo : 0,
                        n->owner ? n->owner->pid : 0);
    spin_unlock(&q->lock);
    return length;
}

/* --- sending and receiving ------------------------------------------------ */

int mqueue_send(struct mqueue *q, struct mq_message *m, bool nonblock,
                nsec_t deadline)
{
    struct waiting me = { .message = m }, *receiver;
    struct mq_notice notice = { .owner = NULL };
    int error = 0;

    spin_lock(&q->lock);
    receiver = list_first(&q->receivers, struct waiting, node);
    if (receiver) {
        receiver->message = m;
        end_wait_locked(receiver);
    } else if (q->count < q->max_messages) {
        insert_locked(q, m);
        if (q->count == 1) {
            notice = q->notice;
            q->notice.owner = NULL;
        }
        waitq_wake_all(&q->poll, POLL_READABLE);
    } else if (nonblock) {
        error = -EAGAIN;
    } else {
        error = wait_locked(q, &q->senders, &me, deadline);
    }
    spin_unlock(&q->lock);
    if (notice.owner)
        tell(&notice);
    return error;
}

int mqueue_receive(struct mqueue *q, struct mq_message **m, bool nonblock,
                   nsec_t deadline)
{
    struct waiting me = { 0 }, *sender;
    int error = 0;

    spin_lock(&q->lock);
    if (q->count) {
        me.message = take_locked(q);
        sender = list_first(&q->senders, struct waiting, node);
        if (sender) {
            insert_locked(q, sender->message);
            end_wait_locked(sender);
        } else {
            waitq_wake_all(&q->poll, POLL_WRITABLE);
        }
    } else if (nonblock) {
        error = -EAGAIN;
    } else {
        error = wait_locked(q, &q->receivers, &me, deadline);
    }
    spin_unlock(&q->lock);
    *m = me.message;
    return error;
}
