/*
 * ipc_kernel.c - channels for threads of the kernel (row C-18).  A handle is an
 * index into one table of files, as all of them may use it.
 */
#include "lwp/channel.h"

#include "kernel/lib/errno.h"
#include "kernel/mutex.h"
#include "lwp/deadline.h"

#define HANDLES 16

static struct mutex table_lock = MUTEX_INIT(table_lock);
static struct file *table[HANDLES];         /* by table_lock */

/* The channel with a reference, so that closing the handle ends it, and with it
 * the sleep of whoever waits there; or NULL. */
static struct channel *lookup(int handle)
{
    struct channel *ch = NULL;

    mutex_lock(&table_lock);
    if (handle >= 0 && handle < HANDLES && table[handle]) {
        ch = table[handle]->private;
        channel_get(ch);
    }
    mutex_unlock(&table_lock);
    return ch;
}

static nsec_t deadline_of(int time)
{
    if (time < 0)
        return NEVER;
    return time ? deadline_after(time * NSEC_PER_MSEC) : 0;
}

int rt_raw_channel_open(const char *name, int flags)
{
    int handle = 0, error = -EMFILE;

    mutex_lock(&table_lock);
    while (handle < HANDLES && table[handle])
        handle++;
    if (handle < HANDLES)
        error = channel_open(name, flags, &table[handle]);
    mutex_unlock(&table_lock);
    return error ? error : handle;
}

int rt_raw_channel_close(int handle)
{
    struct channel *ch = lookup(handle);
    struct file *f = NULL;

    if (!ch)
        return -EIO;
    channel_finish(ch);
    mutex_lock(&table_lock);
    /* Another may have been quicker, and the handle be anybody's. */
    if (table[handle] && table[handle]->private == ch) {
        f = table[handle];
        table[handle] = NULL;
    }
    mutex_unlock(&table_lock);
    if (f)
        file_put(f);
    channel_put(ch);
    return f ? 0 : -EIO;
}

/* --- messages ------------------------------------------------------------- */

/* Send or answer; what has not gone over by then is let go of. */
static int pass(int handle, const struct rt_channel_msg *msg,
                int (*how)(struct channel *ch, struct rt_channel_msg *msg))
{
    struct rt_channel_msg copy = *msg;
    struct channel *ch = lookup(handle);
    int error = -EIO;

    copy.sender = NULL;
    if (ch) {
        error = how(ch, &copy);
        channel_put(ch);
    }
    message_drop(&copy);
    return error;
}

int rt_raw_channel_notify(int handle, const struct rt_channel_msg *msg)
{
    return pass(handle, msg, channel_notify);
}

int rt_raw_channel_send(int handle, const struct rt_channel_msg *msg)
{
    return pass(handle, msg, channel_notify);
}

int rt_raw_channel_reply(int handle, const struct rt_channel_msg *msg)
{
    return pass(handle, msg, channel_reply);
}

int rt_raw_channel_send_recv_timeout(int handle,
                                     const struct rt_channel_msg *msg,
                                     struct rt_channel_msg *answer, int time)
{
    struct channel *ch = lookup(handle);
    struct request r = { .msg = *msg };
    int error = -EIO;

    r.msg.sender = NULL;
    request_init(&r, answer);
    if (ch) {
        error = channel_send(ch, &r, deadline_of(time));
        channel_put(ch);
    }
    message_drop(&r.msg);
    return error;
}

int rt_raw_channel_send_recv(int handle, const struct rt_channel_msg *msg,
                             struct rt_channel_msg *answer)
{
    return rt_raw_channel_send_recv_timeout(handle, msg, answer, -1);
}

int rt_raw_channel_recv_timeout(int handle, struct rt_channel_msg *msg,
                                int time)
{
    struct channel *ch = lookup(handle);
    int error;

    if (!ch)
        return -EIO;
    error = channel_recv(ch, msg, deadline_of(time));
    channel_put(ch);
    return error;
}

int rt_raw_channel_recv(int handle, struct rt_channel_msg *msg)
{
    return rt_raw_channel_recv_timeout(handle, msg, -1);
}

int rt_raw_channel_peek(int handle, struct rt_channel_msg *msg)
{
    return rt_raw_channel_recv_timeout(handle, msg, 0);
}
