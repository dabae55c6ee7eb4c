/*
 * signalfd.c - signalfd(2): the signals of whoever reads, through a file.
 *
 * A file may outlive the process that made it and be polled by another, so
 * pollers wait on queues that belong to nobody: one of a few, chosen by the
 * process whose signals they wait for.
 */
#include "lwp/signalfd.h"

#include "kernel/fs/fdtable.h"
#include "kernel/fs/poll.h"
#include "kernel/lib/errno.h"
#include "lwp/lwp.h"
#include "lwp/syscall.h"
#include "mm/alloc.h"
#include "mm/uaccess.h"

#define QUEUES 16

static struct {
    struct spinlock lock;               /* RANK_PIPE */
    struct waitq wait;                  /* guarded by lock */
} queues[QUEUES];

struct signalfd {
    sigset_t mask;                      /* atomic */
};

/* struct signalfd_siginfo */
struct signalfd_info {
    u32 signo;
    s32 error, code;
    u32 pid, uid;
    s32 fd;
    u32 timer_id, band, overrun, trapno;
    s32 status, value_int;
    u64 value, utime, stime, address;
    u8 unused[48];
};
_Static_assert(sizeof(struct signalfd_info) == 128, "as Linux has it");

void signalfd_init(void)
{
    for (unsigned i = 0; i < QUEUES; i++) {
        spin_init(&queues[i].lock, RANK_PIPE);
        waitq_init(&queues[i].wait);
    }
}

static unsigned queue_of(const struct lwp *lwp)
{
    return lwp->pid % QUEUES;
}

void signalfd_wake(struct lwp *lwp)
{
    unsigned i = queue_of(lwp);

    spin_lock(&queues[i].lock);
    waitq_wake_all(&queues[i].wait, POLL_READABLE);
    spin_unlock(&queues[i].lock);
}

/* Which of siginfo's alternatives holds depends on who sent it, and for the
 * kernel's own on the signal. */
static void convert(const struct siginfo *info, struct signalfd_info *out)
{
    *out = (struct signalfd_info){ .signo = info->signo, .error = info->error,
                                   .code = info->code };
    if (info->code == SI_TIMER) {
        out->timer_id = info->timer.id;
        out->overrun = info->timer.overrun;
        out->value = info->timer.value;
        out->value_int = info->timer.value;
    } else if (info->code <= 0) {
        out->pid = info->sender.pid;
        out->uid = info->sender.uid;
        out->value = info->sender.value;
        out->value_int = info->sender.value;
    } else if (info->signo == SIGCHLD) {
        out->pid = info->child.pid;
        out->uid = info->child.uid;
        out->status = info->child.status;
        out->utime = info->child.utime;
        out->stime = info->child.stime;
    } else if (info->code != SI_KERNEL) {
        out->address = info->fault.address;
    }
}

static ssize_t signalfd_read(struct file *f, struct iter *to, off_t *pos)
{
    const struct signalfd *sfd = f->private;
    nsec_t deadline = READ_ONCE(f->flags) & O_NONBLOCK ? 0 : NEVER;
    struct signalfd_info out;
    struct siginfo info;
    ssize_t done = 0, n;
    int signo;

    (void)pos;
    if (to->left < sizeof(out))
        return -EINVAL;
    while (to->left >= sizeof(out)) {
        signo = signal_wait(READ_ONCE(sfd->mask), done ? 0 : deadline, &info);
        if (signo < 0)
            return done ? done : signo;
        convert(&info, &out);
        n = iter_put(to, &out, sizeof(out));
        if (n < 0)
            return done ? done : n;
        done += n;
    }
    return done;
}

static unsigned signalfd_poll(struct file *f, struct poll_table *pt)
{
    const struct signalfd *sfd = f->private;
    unsigned i = queue_of(current_lwp());

    poll_wait(pt, &queues[i].wait, &queues[i].lock);
    return signal_watch(READ_ONCE(sfd->mask)) ? POLL_READABLE : 0;
}

static void signalfd_release(struct file *f)
{
    kfree(f->private);
}

static const struct file_ops signalfd_ops = {
    .name = "signalfd",
    .release = signalfd_release,
    .read = signalfd_read,
    .poll = signalfd_poll,
};

static long create(sigset_t mask, unsigned flags)
{
    struct signalfd *sfd = kmalloc(sizeof(*sfd));
    struct inode *inode = inode_create_anon(0600);
    struct file *f = NULL;

    if (sfd && inode) {
        sfd->mask = mask;
        f = file_create_anon(inode, &signalfd_ops, sfd,
                             O_RDWR | (flags & O_NONBLOCK));
    }
    if (inode)
        inode_put(inode);
    if (f)
        return fd_add(f, flags & O_CLOEXEC);
    kfree(sfd);
    return -ENOMEM;
}

static long change(int fd, sigset_t mask)
{
    struct fdref r = fd_get(fd);
    struct signalfd *sfd;
    long result = -EINVAL;

    if (!r.file)
        return -EBADF;
    if (r.file->ops == &signalfd_ops) {
        sfd = r.file->private;
        WRITE_ONCE(sfd->mask, mask);
        signalfd_wake(current_lwp());
        result = fd;
    }
    fd_put(r);
    return result;
}

long sys_signalfd4(int fd, uptr_t from, size_t size, unsigned flags)
{
    sigset_t mask;

    if ((flags & ~(O_CLOEXEC | O_NONBLOCK)) || size != sizeof(mask))
        return -EINVAL;
    if (copy_from_user(&mask, from, sizeof(mask)))
        return -EFAULT;
    mask &= ~SIGNALS_SURE;
    return fd == -1 ? create(mask, flags) : change(fd, mask);
}
