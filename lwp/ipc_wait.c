/*
 * ipc_wait.c - messages through a channel: states, queue, timeouts, signals,
 * the end (rows C-04..C-09, C-19..C-21).
 */
#include "kernel/fs/poll.h"
#include "kernel/lib/errno.h"
#include "lwp/channel.h"
#include "mm/alloc.h"

static struct cache note_cache = CACHE("channel_note", struct request);
static u32 notes;                       /* atomic: how many there are */

/* --- states --------------------------------------------------------------- */

/* May the one who has taken a message take the next?  Not if he owes. */
static bool may_go_on(const struct channel *ch)
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

static void receiver_complete(struct channel *ch, struct rt_channel_msg *msg,
                              int result)
{
    struct receiver *w = ch->waiting;

    ch->waiting = NULL;
    if (msg)
        message_move(w->msg, msg);
    w->result = result;
    thread_wake(w->thread);
    __atomic_store_n(&w->done, true, __ATOMIC_RELEASE);
}

/* The channel is idle again. */
static void finish_locked(struct channel *ch)
{
    struct request *r = ch->taken;

    channel_take(ch, NULL, NULL);
    if (r)
        request_complete(r, r->answer ? -EIO : 0);
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

/* Sleep once.  The lock is held before and after. */
static int sleep_locked(struct channel *ch, nsec_t deadline)
{
    int error;

    thread_prepare_sleep(WAIT_INTERRUPTIBLE);
    spin_unlock(&ch->lock);
    error = thread_sleep(deadline);
    spin_lock(&ch->lock);
    return error;
}

/*
 * What a sleep was ended by, as a result.  A stop, or a tracer, is no reason to
 * fail as long as nothing has been done: then, unless a handler runs, the call
 * is made again.
 */
static int result_of(int error, bool untouched)
{
    if (error != -ERESTARTSYS)
        return error;
    return untouched ? -ERESTARTNOHAND : -EINTR;
}

/* The lock is held, and released. */
static int await_done(struct channel *ch, struct request *r, nsec_t deadline)
{
    int error = 0;

    while (!error && !r->done)
        error = sleep_locked(ch, deadline);
    if (!r->done) {
        r->result = result_of(error, ch->taken != r && deadline == NEVER);
        withdraw(ch, r);
    }
    spin_unlock(&ch->lock);
    return r->result;
}

void request_sleep_on(struct channel *ch, struct request *r)
{
    spin_lock(&ch->lock);
    await_done(ch, r, NEVER);
}

int channel_send(struct channel *ch, struct request *r, nsec_t deadline)
{
    spin_lock(&ch->lock);
    if (ch->over || !deadline) {
        int error = ch->over ? -EIO : -ETIMEDOUT;

        spin_unlock(&ch->lock);
        return error;
    }
    if (ch->waiting) {
        channel_take(ch, r, ch->waiting->thread);
        receiver_complete(ch, &r->msg, 0);
    } else {
        enqueue(ch, r);
    }
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

/* Leave it for later, in *note, or give it to who waits for it. */
static int notify_locked(struct channel *ch, struct rt_channel_msg *msg,
                         struct request **note)
{
    struct request *r = *note;

    if (ch->over)
        return -EIO;
    if (ch->waiting) {
        receiver_complete(ch, msg, 0);
        return 0;
    }
    if (!r)
        return -ENOMEM;
    r->sender = NULL;
    r->answer = NULL;
    message_move(&r->msg, msg);
    enqueue(ch, r);
    *note = NULL;
    return 0;
}

/* Such a file could come to lie in a queue that is only reached through it, and
 * stay for ever.  A sleeping sender keeps what it sends within reach. */
static bool holds_files(const struct file *f)
{
    return file_is_channel(f) || S_ISSOCK(f->inode->mode);
}

int channel_notify(struct channel *ch, struct rt_channel_msg *msg)
{
    struct request *note;
    int error;

    if (msg->type == RT_CHANNEL_FD && msg->u.fd.file &&
        holds_files(msg->u.fd.file))
        return -EINVAL;
    note = note_create();
    spin_lock(&ch->lock);
    error = notify_locked(ch, msg, &note);
    spin_unlock(&ch->lock);
    if (note)
        note_free(note);
    return error;
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
    channel_take(ch, r, current_thread());
    return NULL;
}

static int await_message(struct channel *ch, struct receiver *w,
                         nsec_t deadline)
{
    int error = 0;

    while (!error && !w->done)
        error = sleep_locked(ch, deadline);
    if (!w->done) {
        ch->waiting = NULL;
        w->result = result_of(error, deadline == NEVER);
    }
    spin_unlock(&ch->lock);
    return w->result;
}

void receiver_sleep_on(struct channel *ch, struct receiver *w)
{
    spin_lock(&ch->lock);
    await_message(ch, w, NEVER);
}

int channel_recv(struct channel *ch, struct rt_channel_msg *msg,
                 nsec_t deadline)
{
    struct request *note = NULL;
    struct receiver w;
    int error;

    receiver_init(&w, msg);
    spin_lock(&ch->lock);
    error = may_receive(ch);
    if (error == -EAGAIN && deadline) {
        ch->waiting = &w;
        return await_message(ch, &w, deadline);
    }
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
    int error = 0;

    spin_lock(&ch->lock);
    r = ch->taken;
    channel_take(ch, NULL, NULL);
    if (r) {
        if (r->answer)
            message_move(r->answer, msg);
        request_complete(r, 0);
    } else {
        error = ch->over ? -EIO : -EPROTO;
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
        receiver_complete(ch, NULL, -EIO);
    finish_locked(ch);
    list_for_each_safe(r, next, &ch->queue, node) {
        list_remove(&r->node);
        if (r->sender)
            request_complete(r, -EIO);
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
