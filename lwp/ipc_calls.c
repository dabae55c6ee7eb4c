/*
 * ipc_calls.c - the system calls: descriptors, and messages from and to user
 * memory (rows C-01, C-02, C-08..C-16).  An error leaves user memory as it was.
 */
#include "kernel/fs/fdtable.h"
#include "kernel/lib/errno.h"
#include "lwp/channel.h"
#include "lwp/deadline.h"
#include "lwp/lwp.h"
#include "lwp/syscall.h"
#include "mm/uaccess.h"

/* --- descriptors ---------------------------------------------------------- */

/* The channel of a descriptor for the time of a call; NULL: it has none. */
struct channel_ref {
    struct channel *channel;
    bool counted;
    bool nonblock;
};

/*
 * A channel whose descriptor another thread may close is held itself, rather
 * than its file: so closing that can end it, and the sleep of whoever waits
 * there.
 */
static struct channel_ref ref_get(int fd)
{
    struct channel_ref c = { NULL, false, false };
    struct fdref r = fd_get(fd);

    if (r.file && file_is_channel(r.file)) {
        c = (struct channel_ref){ r.file->private, r.counted,
                                  READ_ONCE(r.file->flags) & O_NONBLOCK };
        if (r.counted)
            channel_get(c.channel);
    }
    fd_put(r);
    return c;
}

static void ref_put(struct channel_ref c)
{
    if (c.counted)
        channel_put(c.channel);
}

/* `time` in ms, < 0: for ever, which O_NONBLOCK makes not at all. */
static nsec_t deadline_of(struct channel_ref c, int time)
{
    if (time < 0)
        return c.nonblock ? 0 : NEVER;
    return time ? deadline_after(time * NSEC_PER_MSEC) : 0;
}

/* --- messages ------------------------------------------------------------- */

void message_drop_file(struct rt_channel_msg *msg)
{
    if (msg->u.fd.file)
        file_put(msg->u.fd.file);
    msg->u.fd.file = NULL;
}

static int message_from_user(struct rt_channel_msg *msg, uptr_t from)
{
    if (copy_from_user(msg, from, sizeof(*msg)))
        return -EFAULT;
    msg->sender = (void *)(long)current_lwp_thread()->tid;
    if (msg->type == RT_CHANNEL_FD) {
        /* A bad descriptor is the receiver's to find out (-1). */
        struct fdref r = fd_get(msg->u.fd.fd);

        if (r.file && !r.counted)
            file_get(r.file);
        msg->u.fd.file = r.file;
    }
    return 0;
}

/* -1 if there was no file, or there is no descriptor for it. */
static int file_to_user(struct rt_channel_msg *msg, uptr_t to)
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

int message_to_user(struct rt_channel_msg *msg, uptr_t to)
{
    if (msg->type == RT_CHANNEL_FD)
        return file_to_user(msg, to);
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
    struct channel_ref c = ref_get(fd);

    if (!c.channel)
        return -EIO;
    channel_finish(c.channel);
    ref_put(c);
    return fd_close(fd) ? -EIO : 0;
}

/* --- sending -------------------------------------------------------------- */

static int send_to(struct channel_ref c, uptr_t from, uptr_t to, int time)
{
    struct rt_channel_msg answer;
    struct request r;
    int error = to ? user_probe_write(to, sizeof(answer)) : 0;

    if (!error)
        error = message_from_user(&r.msg, from);
    if (error)
        return error;
    request_init(&r, to ? &answer : NULL);
    error = channel_send(c.channel, &r, deadline_of(c, time));
    message_drop(&r.msg);
    return error || !to ? error : message_to_user(&answer, to);
}

/* `to`: where the answer goes; NULL: none is asked for. */
static long send_message(int fd, uptr_t from, uptr_t to, int time)
{
    struct channel_ref c = ref_get(fd);
    int error;

    if (!c.channel)
        return -EIO;
    error = send_to(c, from, to, time);
    ref_put(c);
    return error;
}

long sys_rt_channel_send(int fd, uptr_t msg)
{
    return send_message(fd, msg, NULL, -1);
}

long sys_rt_channel_send_recv_timeout(int fd, uptr_t msg, uptr_t reply,
                                      int time)
{
    /* Asked for, and nowhere to put it. */
    return send_message(fd, msg, reply ? reply : uptr(USER_END), time);
}

/* Give a message away without waiting for anybody. */
static int pass(int fd, uptr_t from,
                int (*how)(struct channel *ch, struct rt_channel_msg *msg))
{
    struct channel_ref c = ref_get(fd);
    struct rt_channel_msg msg;
    int error;

    if (!c.channel)
        return -EIO;
    error = message_from_user(&msg, from);
    if (!error) {
        error = how(c.channel, &msg);
        message_drop(&msg);
    }
    ref_put(c);
    return error;
}

long sys_rt_channel_notify(int fd, uptr_t from)
{
    return pass(fd, from, channel_notify);
}

long ipc_reply(int fd, uptr_t from)
{
    return pass(fd, from, channel_reply);
}

/* --- receiving ------------------------------------------------------------ */

static int receive_from(struct channel_ref c, uptr_t to, int time)
{
    struct rt_channel_msg msg;
    int error = user_probe_write(to, sizeof(msg));

    if (error)
        return error;
    current_lwp_thread()->receives = true;
    error = channel_recv(c.channel, &msg, deadline_of(c, time));
    return error ? error : received_to_user(c.channel, &msg, to);
}

long ipc_receive(int fd, uptr_t to, int time)
{
    struct channel_ref c = ref_get(fd);
    int error;

    if (!c.channel)
        return -EIO;
    error = receive_from(c, to, time);
    ref_put(c);
    return error;
}

int received_to_user(struct channel *ch, struct rt_channel_msg *msg, uptr_t to)
{
    int error = message_to_user(msg, to);

    if (error)
        channel_finish(ch);
    return error;
}

long sys_rt_channel_recv_timeout(int fd, uptr_t msg, int time)
{
    return ipc_receive(fd, msg, time);
}

long sys_rt_channel_peek(int fd, uptr_t msg)
{
    return ipc_receive(fd, msg, 0);
}
