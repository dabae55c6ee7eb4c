/*
 * ipc.c - messages through channels: send, receive, answer (rows C-04..C-09,
 * C-20, C-21).
 *
 * A sender's request and a receiver's place lie on their stacks.  Whoever
 * completes one wakes its thread first and sets `done` last, with release: one
 * that sees it needs no lock, one that does not takes the lock and looks again.
 */
#include "lwp/channel.h"

#include "kernel/fs/poll.h"
#include "kernel/lib/errno.h"
#include "kernel/thread.h"
#include "lwp/lwp.h"
#include "mm/alloc.h"

static struct cache note_cache = CACHE("channel_note", struct request);
static u32 notes;                       /* atomic: how many there are */

void message_drop(struct rt_channel_msg *msg)
{
    if (msg->type == RT_CHANNEL_FD && msg->u.fd.file) {
        file_put(msg->u.fd.file);
        msg->u.fd.file = NULL;
    }
}

/* The copy has the file now. */
static inline void message_move(struct rt_channel_msg *to,
                                struct rt_channel_msg *from)
{
    *to = *from;
    if (unlikely(from->type == RT_CHANNEL_FD))
        from->u.fd.file = NULL;
}

/* --- completing ----------------------------------------------------------- */

static inline bool is_done(const bool *done)
{
    return __atomic_load_n(done, __ATOMIC_ACQUIRE);
}

static void complete_request(struct request *r, int result)
{
    r->result = result;
    thread_wake(r->sender);
    __atomic_store_n(&r->done, true, __ATOMIC_RELEASE);
}

static void complete_receiver(struct receiver *w, int result)
{
    w->result = result;
    thread_wake(w->thread);
    __atomic_store_n(&w->done, true, __ATOMIC_RELEASE);
}

/* May the one who has taken a message take the next?  Not if he owes. */
static inline bool may_go_on(const struct channel *ch)
{
    return !ch->taken || !ch->taken->answer;
}

unsigned channel_poll_locked(const struct channel *ch)
{
    unsigned events = POLL_WRITABLE;

    if (ch->queued && may_go_on(ch))
        events |= POLL_READABLE;
    if (ch->over)
        events |= POLLHUP;
    return events;
}

static void wake_pollers(struct channel *ch)
{
    if (ch->queued && may_go_on(ch))
        waitq_wake_all(&ch->pollers, POLL_READABLE);
}

/* The channel is idle again. */
static void finish_locked(struct channel *ch)
{
    struct request *r = ch->taken;

    ch->active = NULL;
    ch->taken = NULL;
    if (r)
        complete_request(r, r->answer ? -EIO : 0);
}

void channel_finish(struct channel *ch)
{
    spin_lock(&ch->lock);
    if (ch->active == current_thread()) {
        finish_locked(ch);
        wake_pollers(ch);
    }
    spin_unlock(&ch->lock);
}

/* --- sending -------------------------------------------------------------- */

static void enqueue(struct channel *ch, struct request *r)
{
    list_add_tail(&ch->queue, &r->node);
    ch->queued++;
    wake_pollers(ch);
}

/* Give the request to whoever sleeps in recv. */
static void hand_to_receiver(struct channel *ch, struct request *r)
{
    struct receiver *w = ch->waiting;

    ch->waiting = NULL;
    ch->active = w->thread;
    ch->taken = r;
    message_move(w->msg, &r->msg);
    complete_receiver(w, 0);
}

/* The sender does not wait any longer.  If its message was taken the receiver
 * stays busy with it, so that a late answer cannot go to the next sender. */
static void withdraw(struct channel *ch, struct request *r)
{
    if (ch->taken == r) {
        ch->taken = NULL;
        wake_pollers(ch);
    } else {
        list_remove(&r->node);
        ch->queued--;
    }
}

/* Sleep until the request is done.  The lock is held, and released. */
static int await_done(struct channel *ch, struct request *r, nsec_t deadline)
{
    int error = 0;

    while (!error && !r->done) {
        thread_prepare_sleep(WAIT_INTERRUPTIBLE);
        spin_unlock(&ch->lock);
        error = thread_sleep(deadline);
        if (likely(is_done(&r->done)))
            return r->result;
        spin_lock(&ch->lock);
    }
    if (r->done)
        error = r->result;
    else
        withdraw(ch, r);
    spin_unlock(&ch->lock);
    return error == -ERESTARTSYS ? -EINTR : error;
}

int channel_send(struct channel *ch, struct request *r, nsec_t deadline)
{
    r->sender = current_thread();
    r->done = false;
    spin_lock(&ch->lock);
    if (unlikely(ch->over || !deadline)) {
        int error = ch->over ? -EIO : -ETIMEDOUT;

        spin_unlock(&ch->lock);
        return error;
    }
    if (ch->waiting)
        hand_to_receiver(ch, r);
    else
        enqueue(ch, r);
    return await_done(ch, r, deadline);
}

/* --- notifications -------------------------------------------------------- */

static struct request *note_create(void)
{
    struct request *r = NULL;

    if (__atomic_add_fetch(&notes, 1, __ATOMIC_RELAXED) <= CHANNEL_NOTES_MAX)
        r = cache_alloc(&note_cache);
    if (!r)
        __atomic_sub_fetch(&notes, 1, __ATOMIC_RELAXED);
    return r;
}

static void note_free(struct request *r)
{
    __atomic_sub_fetch(&notes, 1, __ATOMIC_RELAXED);
    cache_free(&note_cache, r);
}

/* 0; or -EAGAIN: there is nobody to take it. */
static int notify_receiver(struct channel *ch, struct rt_channel_msg *msg)
{
    struct receiver *w = ch->waiting;

    if (ch->over)
        return -EIO;
    if (!w)
        return -EAGAIN;
    ch->waiting = NULL;
    message_move(w->msg, msg);
    complete_receiver(w, 0);
    return 0;
}

int channel_notify(struct channel *ch, struct rt_channel_msg *msg)
{
    struct request *r;
    int error;

    /* Nobody would be left to take it out of its own queue. */
    if (msg->type == RT_CHANNEL_FD && msg->u.fd.file &&
        file_is_channel(msg->u.fd.file))
        return -EINVAL;
    r = note_create();
    spin_lock(&ch->lock);
    error = notify_receiver(ch, msg);
    if (error == -EAGAIN && r) {
        r->sender = NULL;
        r->answer = NULL;
        message_move(&r->msg, msg);
        enqueue(ch, r);
        r = NULL;
        error = 0;
    }
    spin_unlock(&ch->lock);
    if (r)
        note_free(r);
    return error == -EAGAIN ? -ENOMEM : error;
}

/* --- receiving ------------------------------------------------------------ */

/* 0: there is a message, or -EAGAIN: none. */
static int may_receive(struct channel *ch)
{
    if (ch->over)
        return -EIO;
    if (ch->active) {
        if (ch->active != current_thread() || !may_go_on(ch))
            return -EPROTO;
        finish_locked(ch);
    }
    if (ch->waiting)
        return -EPROTO;
    return ch->queued ? 0 : -EAGAIN;
}

/* Take the first message; a notification is over with that: it is returned to
 * be freed. */
static struct request *take_first(struct channel *ch,
                                  struct rt_channel_msg *msg)
{
    struct request *r = list_entry(ch->queue.next, struct request, node);

    list_remove(&r->node);
    ch->queued--;
    message_move(msg, &r->msg);
    if (!r->sender)
        return r;
    ch->active = current_thread();
    ch->taken = r;
    return NULL;
}

/* Sleep until somebody sends.  The lock is held, and released. */
static int await_message(struct channel *ch, struct receiver *w,
                         nsec_t deadline)
{
    int error = 0;

    ch->waiting = w;
    while (!error && !w->done) {
        thread_prepare_sleep(WAIT_INTERRUPTIBLE);
        spin_unlock(&ch->lock);
        error = thread_sleep(deadline);
        if (likely(is_done(&w->done)))
            return w->result;
        spin_lock(&ch->lock);
    }
    if (w->done)
        error = w->result;
    else
        ch->waiting = NULL;
    spin_unlock(&ch->lock);
    return error == -ERESTARTSYS ? -EINTR : error;
}

int channel_recv(struct channel *ch, struct rt_channel_msg *msg,
                 nsec_t deadline)
{
    struct receiver w = { .thread = current_thread(), .msg = msg };
    struct request *note = NULL;
    int error;

    spin_lock(&ch->lock);
    error = may_receive(ch);
    if (error == -EAGAIN && deadline)
        return await_message(ch, &w, deadline);
    if (!error)
        note = take_first(ch, msg);
    spin_unlock(&ch->lock);
    if (note)
        note_free(note);
    return error == -EAGAIN ? -ETIMEDOUT : error;
}

int channel_reply(struct channel *ch, struct rt_channel_msg *msg)
{
    struct request *r;
    int error = -EPROTO;

    spin_lock(&ch->lock);
    r = ch->taken;
    ch->active = NULL;
    ch->taken = NULL;
    if (r) {
        error = 0;
        if (r->answer)
            message_move(r->answer, msg);
        complete_request(r, 0);
    } else if (ch->over) {
        error = -EIO;
    }
    wake_pollers(ch);
    spin_unlock(&ch->lock);
    return error;
}

/* --- the end -------------------------------------------------------------- */

static void end_locked(struct channel *ch, struct list *lost)
{
    struct request *r, *next;

    ch->over = true;
    if (ch->waiting)
        complete_receiver(ch->waiting, -EIO);
    ch->waiting = NULL;
    finish_locked(ch);
    list_for_each_safe(r, next, &ch->queue, node) {
        list_remove(&r->node);
        if (r->sender)
            complete_request(r, -EIO);
        else
            list_add_tail(lost, &r->node);
    }
    ch->queued = 0;
    waitq_wake_all(&ch->pollers, POLLHUP | POLL_READABLE);
}

void channel_end(struct channel *ch)
{
    struct list lost = LIST_INIT(lost);
    struct request *r, *next;

    spin_lock(&ch->lock);
    end_locked(ch, &lost);
    spin_unlock(&ch->lock);
    list_for_each_safe(r, next, &lost, node) {
        message_drop(&r->msg);
        note_free(r);
    }
}
