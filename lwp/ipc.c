/*
 * ipc.c - the round trip as nearly all are: send_recv to a server that waits,
 * recv by a server that is idle, reply to a client that waits; each message one
 * page's and without a file in it.  Whatever is otherwise goes the long way, of
 * ipc_calls.c, which knows it all.
 *
 * So a message goes from the one program's memory to the other's kernel stack,
 * and from there to its memory when it runs.
 */
#include "kernel/fs/fdtable.h"
#include "kernel/lib/errno.h"
#include "lwp/channel.h"
#include "lwp/lwp.h"
#include "lwp/syscall.h"
#include "mm/uaccess.h"
#include "mm/window.h"

/* The channel, with its lock held; NULL: the long way. */
static always_inline struct channel *lock_channel(int fd)
{
    struct file *f = fd_find_private(fd);
    struct channel *ch;

    if (unlikely(!f || !file_is_channel(f) ||
                 (READ_ONCE(f->flags) & O_NONBLOCK)))
        return NULL;
    ch = f->private;
    spin_lock_rank(&ch->lock, RANK_IPC);
    return ch;
}

/*
 * false: the long way.  `to` (may be NULL) is where an answer to it will be
 * written.  The type is looked at in the copy: the program's may change.
 */
static always_inline bool copy_in(struct rt_channel_msg *msg, uptr_t from,
                                  uptr_t to)
{
    const struct rt_channel_msg *there =
        (void *)user_window_words(from, sizeof(*msg), VM_ACCESS_READ);
    bool writable = true;

    if (unlikely(!there))
        return false;
    *msg = *there;
    if (to)
        writable = user_window_would_open(to, sizeof(*msg), VM_ACCESS_WRITE);
    user_window_close(current_vm());
    msg->sender = (void *)(long)current_lwp_thread()->tid;
    return writable && msg->type != RT_CHANNEL_FD;
}

/* false: the long way. */
static always_inline bool copy_out(const struct rt_channel_msg *msg, uptr_t to)
{
    struct rt_channel_msg *there;

    if (unlikely(msg->type == RT_CHANNEL_FD))
        return false;
    there = (void *)user_window_words(to, sizeof(*msg), VM_ACCESS_WRITE);
    if (unlikely(!there))
        return false;
    *there = *msg;
    user_window_close(current_vm());
    return true;
}

long sys_rt_channel_send_recv(int fd, uptr_t from, uptr_t to)
{
    struct channel *ch = lock_channel(fd);
    struct rt_channel_msg answer;
    struct receiver *w;
    struct request r;

    if (unlikely(!ch))
        return sys_rt_channel_send_recv_timeout(fd, from, to, -1);
    w = ch->waiting;
    if (unlikely(!w || !to || !copy_in(w->msg, from, to))) {
        spin_unlock(&ch->lock);
        return sys_rt_channel_send_recv_timeout(fd, from, to, -1);
    }
    request_init(&r, &answer);
    channel_take(ch, &r, w->thread);
    ch->waiting = NULL;
    w->result = 0;
    thread_hand_over(w->thread, &w->done, &ch->lock);
    if (unlikely(!is_done(&r.done)))
        request_sleep_on(ch, &r);
    if (unlikely(r.result))
        return r.result;
    return likely(copy_out(&answer, to)) ? 0 : message_to_user(&answer, to);
}

long sys_rt_channel_recv(int fd, uptr_t to)
{
    struct channel *ch = lock_channel(fd);
    struct rt_channel_msg msg;
    struct receiver w;

    if (unlikely(!ch))
        return ipc_receive(fd, to, -1);
    if (unlikely(ch->active || ch->waiting || ch->queued || ch->over ||
                 !user_window_probably(to, sizeof(msg), VM_ACCESS_WRITE))) {
        spin_unlock(&ch->lock);
        return ipc_receive(fd, to, -1);
    }
    current_lwp_thread()->receives = true;
    receiver_init(&w, &msg);
    ch->waiting = &w;
    thread_hand_over(NULL, NULL, &ch->lock);
    if (unlikely(!is_done(&w.done)))
        receiver_sleep_on(ch, &w);
    if (unlikely(w.result))
        return w.result;
    return likely(copy_out(&msg, to)) ? 0 : received_to_user(ch, &msg, to);
}

long sys_rt_channel_reply(int fd, uptr_t from)
{
    struct channel *ch = lock_channel(fd);
    struct request *r;

    if (unlikely(!ch))
        return ipc_reply(fd, from);
    r = ch->taken;
    if (unlikely(!r || !r->answer || ch->queued ||
                 !copy_in(r->answer, from, NULL))) {
        spin_unlock(&ch->lock);
        return ipc_reply(fd, from);
    }
    channel_take(ch, NULL, NULL);
    request_complete(r, 0);
    spin_unlock(&ch->lock);
    return 0;
}
