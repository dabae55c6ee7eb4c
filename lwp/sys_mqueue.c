/*
 * sys_mqueue.c - message queues: mq_open(3), mq_send(3) and so on.
 */
#include "kernel/lib/errno.h"
#include "lwp/deadline.h"
#include "lwp/lwp.h"
#include "lwp/mqueue.h"
#include "lwp/pathname.h"
#include "lwp/sigevent.h"
#include "lwp/syscall.h"

/* --- names ---------------------------------------------------------------- */

/* Descriptors of queues are always closed by exec, as POSIX has it. */
static int open_queue(const char *name, struct open_how *how,
                      const struct mq_attr *attr)
{
    struct file *f;
    int fd = fd_reserve(0, true), error;

    if (fd < 0)
        return fd;
    error = mqueue_open(name, how, attr, &f);
    if (error) {
        fd_unreserve(fd);
        return error;
    }
    fd_install(fd, f);
    return fd;
}

long sys_mq_open(ustr_t name, int flags, mode_t mode, uptr_t attr_from)
{
    const int known = O_ACCMODE | O_CREAT | O_EXCL | O_NONBLOCK;
    struct open_how how = { .flags = flags & known, .mode = mode };
    struct pathname path;
    struct mq_attr attr;
    int result;

    if ((flags & O_ACCMODE) == O_ACCMODE)
        return -EINVAL;
    if (attr_from && copy_from_user(&attr, attr_from, sizeof(attr)))
        return -EFAULT;
    result = pathname_get(&path, name);
    if (result)
        return result;
    result = open_queue(path.text, &how, attr_from ? &attr : NULL);
    pathname_put(&path);
    return result;
}

long sys_mq_unlink(ustr_t name)
{
    struct pathname path;
    int error = pathname_get(&path, name);

    if (error)
        return error;
    error = mqueue_unlink(path.text);
    pathname_put(&path);
    return error;
}

/* --- open queues ---------------------------------------------------------- */

/* The queue behind a descriptor that was opened for FILE_READ or FILE_WRITE, or
 * at all (0).  -EBADF. */
static int get_queue(int fd, unsigned mode, struct fdref *r,
                     struct mqueue **out)
{
    *r = fd_get(fd);
    if (!r->file)
        return -EBADF;
    if (r->file->ops != &mqueue_file_ops || (r->file->mode & mode) != mode) {
        fd_put(*r);
        return -EBADF;
    }
    *out = r->file->inode->private;
    return 0;
}

static bool is_nonblocking(const struct file *f)
{
    return READ_ONCE(f->flags) & O_NONBLOCK;
}

static int read_deadline(uptr_t timeout, nsec_t *deadline)
{
    struct timespec ts;
    int error;

    *deadline = NEVER;
    if (!timeout)
        return 0;
    error = timespec_from_user(&ts, timeout);
    if (!error)
        *deadline = timespec_ns(&ts);
    return error;
}

static int send(struct file *f, struct mq_message *m, uptr_t text,
                nsec_t deadline)
{
    int error = -ENOMEM;

    if (!m)
        return error;
    error = copy_from_user(m->text, text, m->size);
    if (!error)
        error = mqueue_send(f->inode->private, m, is_nonblocking(f), deadline);
    if (error)
        kfree(m);
    else
        inode_touch(f->inode, ATTR_ATIME | ATTR_MTIME);
    return error;
}

long sys_mq_timedsend(int fd, uptr_t text, size_t size, unsigned priority,
                      uptr_t timeout)
{
    struct mqueue *q;
    struct fdref r;
    nsec_t deadline;
    int error = read_deadline(timeout, &deadline);

    if (!error && priority >= MQ_PRIO_MAX)
        error = -EINVAL;
    if (!error)
        error = get_queue(fd, FILE_WRITE, &r, &q);
    if (error)
        return error;
    if (size > q->message_size)
        error = -EMSGSIZE;
    else
        error = send(r.file, mq_message_create(size, priority), text, deadline);
    fd_put(r);
    return error;
}

/* Give a message to the program, and free it. */
static ssize_t deliver(struct mq_message *m, uptr_t text, uptr_t priority_to)
{
    u32 priority = mq_message_priority(m);
    ssize_t result = m->size;

    if ((priority_to && copy_to_user(priority_to, &priority, sizeof(priority))) ||
        copy_to_user(text, m->text, m->size))
        result = -EFAULT;
    kfree(m);
    return result;
}

long sys_mq_timedreceive(int fd, uptr_t text, size_t size, uptr_t priority,
                         uptr_t timeout)
{
    struct mq_message *m;
    struct mqueue *q;
    struct fdref r;
    nsec_t deadline;
    ssize_t result = read_deadline(timeout, &deadline);

    if (!result)
        result = get_queue(fd, FILE_READ, &r, &q);
    if (result)
        return result;
    if (size < q->message_size)
        result = -EMSGSIZE;
    else
        result = mqueue_receive(q, &m, is_nonblocking(r.file), deadline);
    if (!result) {
        inode_touch(r.file->inode, ATTR_ATIME | ATTR_MTIME);
        result = deliver(m, text, priority);
    }
    fd_put(r);
    return result;
}

/* What SIGEV_THREAD is made of on Linux, a netlink socket, does not exist: the
 * descriptor that it came with is none. */
static int check_event(const struct sigevent *event)
{
    switch (event->notify) {
    case SIGEV_NONE:
        return 0;
    case SIGEV_SIGNAL:
        return event->signo == 0 || signal_valid(event->signo) ? 0 : -EINVAL;
    case SIGEV_THREAD:
        return -EBADF;
    default:
        return -EINVAL;
    }
}

long sys_mq_notify(int fd, uptr_t event_from)
{
    struct sigevent event;
    struct mqueue *q;
    struct fdref r;
    int error = 0;

    if (event_from)
        error = copy_from_user(&event, event_from, sizeof(event)) ? -EFAULT
                                                    : check_event(&event);
    if (!error)
        error = get_queue(fd, 0, &r, &q);
    if (error)
        return error;
    if (event_from)
        error = mqueue_notify(q, event.notify,
                              event.notify == SIGEV_SIGNAL ? event.signo : 0,
                              event.value);
    else
        mqueue_notify_end(q);
    fd_put(r);
    return error;
}

long sys_mq_getsetattr(int fd, uptr_t from, uptr_t to)
{
    struct mq_attr attr, old;
    struct mqueue *q;
    struct fdref r;
    int error;

    if (from && copy_from_user(&attr, from, sizeof(attr)))
        return -EFAULT;
    if (from && (attr.flags & ~(s64)O_NONBLOCK))
        return -EINVAL;
    error = get_queue(fd, 0, &r, &q);
    if (error)
        return error;
    old = (struct mq_attr){
        .flags = r.file->flags & O_NONBLOCK,
        .maxmsg = q->max_messages, .msgsize = q->message_size,
        .curmsgs = READ_ONCE(q->count),
    };
    if (from)
        file_set_flags(r.file, O_NONBLOCK, attr.flags);
    fd_put(r);
    return to ? copy_to_user(to, &old, sizeof(old)) : 0;
}
