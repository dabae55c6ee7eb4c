/*
 * ipc_calls.c - the channel calls of programs: descriptors, and messages to and
 * from user memory (rows C-11..C-16).  An error leaves user memory as it was.
 */
#include "kernel/fs/fdtable.h"
#include "kernel/lib/errno.h"
#include "lwp/channel.h"
#include "lwp/deadline.h"
#include "lwp/lwp.h"
#include "lwp/syscall.h"
#include "mm/uaccess.h"

/* --- descriptors ---------------------------------------------------------- */

struct channel_ref {
    struct channel *channel;
    bool counted;
    bool nonblock;
};

/*
 * The channel behind a descriptor.  One that another thread may close is held
 * itself rather than its file, so that closing that file ends the channel, and
 * with it the sleep of whoever waits there.
 */
static inline int channel_ref_get(int fd, struct channel_ref *c)
{
    struct fdref r = fd_get(fd);

    if (unlikely(!r.file || !file_is_channel(r.file))) {
        fd_put(r);
        return -EIO;
    }
    c->channel = r.file->private;
    c->nonblock = READ_ONCE(r.file->flags) & O_NONBLOCK;
    c->counted = r.counted;
    if (unlikely(r.counted)) {
        channel_get(c->channel);
        fd_put(r);
    }
    return 0;
}

static inline void channel_ref_put(const struct channel_ref *c)
{
    if (unlikely(c->counted))
        channel_put(c->channel);
}

/* `time` in ms, < 0: for ever, which O_NONBLOCK makes not at all. */
static inline nsec_t deadline_of(const struct channel_ref *c, int time)
{
    if (likely(time < 0))
        return unlikely(c->nonblock) ? 0 : NEVER;
    return time ? deadline_after(time * NSEC_PER_MSEC) : 0;
}

/* --- messages ------------------------------------------------------------- */

/* A descriptor becomes the file that it stands for, or NULL if there is none. */
static void find_file(struct rt_channel_msg *msg)
{
    struct fdref r = fd_get(msg->u.fd.fd);

    if (r.file && !r.counted)
        file_get(r.file);
    msg->u.fd.file = r.file;
}

static inline int message_from_user(struct rt_channel_msg *msg, uptr_t from)
{
    if (copy_from_user(msg, from, sizeof(*msg)))
        return -EFAULT;
    msg->sender = (void *)(long)current_lwp_thread()->tid;
    if (unlikely(msg->type == RT_CHANNEL_FD))
        find_file(msg);
    return 0;
}

/* The receiver's part of passing a file: -1 if there was none, or there is no
 * room for it. */
static noinline int file_message_to_user(struct rt_channel_msg *msg, uptr_t to)
{
    struct file *f = msg->u.fd.file;
    int fd = f ? fd_reserve(0, false) : -1, error;

    msg->u.fd.file = NULL;
    msg->u.fd.fd = fd < 0 ? -1 : fd;
    error = copy_to_user(to, msg, sizeof(*msg));
    if (fd >= 0 && !error) {
        fd_install(fd, f);
        return 0;
    }
    if (fd >= 0)
        fd_unreserve(fd);
    if (f)
        file_put(f);
    return error;
}

static inline int message_to_user(struct rt_channel_msg *msg, uptr_t to)
{
    if (unlikely(msg->type == RT_CHANNEL_FD))
        return file_message_to_user(msg, to);
    return copy_to_user(to, msg, sizeof(*msg));
}

/* --- open, close ---------------------------------------------------------- */

long sys_rt_channel_open(ustr_t user_name, int flags)
{
    char name[CHANNEL_NAME_MAX];
    ssize_t length = strncpy_from_user(name, user_name, sizeof(name));
    struct file *f;
    int error;

    if (length < 0)
        return length;
    error = channel_open(name, flags, &f);
    return error ? error : fd_add(f, flags & O_CLOEXEC);
}

long sys_rt_channel_close(int fd)
{
    struct channel_ref c;
    int error = channel_ref_get(fd, &c);

    if (error)
        return error;
    channel_finish(c.channel);
    channel_ref_put(&c);
    return fd_close(fd) ? -EIO : 0;
}

/* --- clients -------------------------------------------------------------- */

static inline int send_message(int fd, struct request *r, uptr_t from, int time)
{
    struct channel_ref c;
    int error = channel_ref_get(fd, &c);

    if (unlikely(error))
        return error;
    error = message_from_user(&r->msg, from);
    if (likely(!error)) {
        error = channel_send(c.channel, r, deadline_of(&c, time));
        message_drop(&r->msg);
    }
    channel_ref_put(&c);
    return error;
}

long sys_rt_channel_send(int fd, uptr_t msg)
{
    struct request r;

    r.answer = NULL;
    return send_message(fd, &r, msg, -1);
}

long sys_rt_channel_send_recv_timeout(int fd, uptr_t msg, uptr_t reply,
                                      int time)
{
    struct rt_channel_msg answer;
    struct request r;
    int error = user_probe_write(reply, sizeof(answer));

    if (unlikely(error))
        return error;
    r.answer = &answer;
    error = send_message(fd, &r, msg, time);
    return error ? error : message_to_user(&answer, reply);
}

long sys_rt_channel_send_recv(int fd, uptr_t msg, uptr_t reply)
{
    return sys_rt_channel_send_recv_timeout(fd, msg, reply, -1);
}

long sys_rt_channel_notify(int fd, uptr_t from)
{
    struct rt_channel_msg msg;
    struct channel_ref c;
    int error = channel_ref_get(fd, &c);

    if (error)
        return error;
    error = message_from_user(&msg, from);
    if (!error) {
        error = channel_notify(c.channel, &msg);
        message_drop(&msg);
    }
    channel_ref_put(&c);
    return error;
}

/* --- servers -------------------------------------------------------------- */

long sys_rt_channel_recv_timeout(int fd, uptr_t to, int time)
{
    struct rt_channel_msg msg;
    struct channel_ref c;
    int error = channel_ref_get(fd, &c);

    if (unlikely(error))
        return error;
    error = user_probe_write(to, sizeof(msg));
    if (likely(!error)) {
        current_lwp_thread()->receives = true;
        error = channel_recv(c.channel, &msg, deadline_of(&c, time));
        if (likely(!error))
            error = message_to_user(&msg, to);
        /* Lost between the look before and now: so is the message. */
        if (unlikely(error == -EFAULT))
            channel_finish(c.channel);
    }
    channel_ref_put(&c);
    return error;
}

long sys_rt_channel_recv(int fd, uptr_t msg)
{
    return sys_rt_channel_recv_timeout(fd, msg, -1);
}

long sys_rt_channel_peek(int fd, uptr_t msg)
{
    return sys_rt_channel_recv_timeout(fd, msg, 0);
}

long sys_rt_channel_reply(int fd, uptr_t from)
{
    struct rt_channel_msg msg;
    struct channel_ref c;
    int error = channel_ref_get(fd, &c);

    if (unlikely(error))
        return error;
    error = message_from_user(&msg, from);
    if (likely(!error)) {
        error = channel_reply(c.channel, &msg);
        message_drop(&msg);
    }
    channel_ref_put(&c);
    return error;
}
