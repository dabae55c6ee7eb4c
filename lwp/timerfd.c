/*
 * timerfd.c - timerfd_create(2): a timer whose expiries are read from a file
 * (row H-09).
 */
#include "kernel/fs/fdtable.h"
#include "kernel/fs/poll.h"
#include "kernel/lib/errno.h"
#include "kernel/mutex.h"
#include "lwp/clocktimer.h"
#include "lwp/syscall.h"
#include "mm/alloc.h"

#define TFD_TIMER_ABSTIME       1
#define TFD_TIMER_CANCEL_ON_SET 2

struct timerfd {
    struct clock_timer clock;
    struct mutex set_lock;              /* settings take turns */

    struct spinlock lock;               /* RANK_PIPE */
    /* guarded by lock */
    u64 ticks;                          /* expiries not read yet */
    bool cancel_on_set;
    bool canceled;                      /* the clock was set */
    struct waitq wait;
};

static struct cache timerfd_cache = CACHE("timerfd", struct timerfd);

static void timerfd_expired(struct clock_timer *clock, u64 count)
{
    struct timerfd *t = container_of(clock, struct timerfd, clock);

    spin_lock(&t->lock);
    t->ticks += count;
    waitq_wake_all(&t->wait, POLL_READABLE);
    spin_unlock(&t->lock);
}

static void timerfd_clock_set(struct clock_timer *clock)
{
    struct timerfd *t = container_of(clock, struct timerfd, clock);

    spin_lock(&t->lock);
    if (t->cancel_on_set) {
        t->canceled = true;
        waitq_wake_all(&t->wait, POLL_READABLE);
    }
    spin_unlock(&t->lock);
}

/* Sleep until there is something to read; what it is. */
static int wait_locked(struct timerfd *t, const struct file *f)
{
    int error = 0;

    while (!error && !t->ticks && !t->canceled) {
        if (READ_ONCE(f->flags) & O_NONBLOCK)
            return -EAGAIN;
        error = waitq_sleep(&t->wait, &t->lock, WAIT_INTERRUPTIBLE, NEVER);
    }
    if (!error && t->canceled)
        error = -ECANCELED;
    return error;
}

static ssize_t timerfd_read(struct file *f, struct iter *to, off_t *pos)
{
    struct timerfd *t = f->private;
    u64 ticks = 0;
    int error;

    (void)pos;
    if (to->left < sizeof(ticks))
        return -EINVAL;
    spin_lock(&t->lock);
    error = wait_locked(t, f);
    if (!error)
        ticks = t->ticks;
    if (!error || error == -ECANCELED)
        t->ticks = t->canceled = 0;
    spin_unlock(&t->lock);
    return error ? error : iter_put(to, &ticks, sizeof(ticks));
}

static unsigned timerfd_poll(struct file *f, struct poll_table *pt)
{
    struct timerfd *t = f->private;
    bool ready;

    poll_wait(pt, &t->wait, &t->lock);
    spin_lock(&t->lock);
    ready = t->ticks || t->canceled;
    spin_unlock(&t->lock);
    return ready ? POLL_READABLE : 0;
}

static void timerfd_release(struct file *f)
{
    struct timerfd *t = f->private;

    clock_timer_stop(&t->clock);
    cache_free(&timerfd_cache, t);
}

static const struct file_ops timerfd_ops = {
    .name = "timerfd",
    .release = timerfd_release,
    .read = timerfd_read,
    .poll = timerfd_poll,
};

static struct timerfd *timerfd_create(enum clock_measure measure)
{
    struct timerfd *t = cache_zalloc(&timerfd_cache);

    if (!t)
        return NULL;
    clock_timer_init(&t->clock, measure, NULL, timerfd_expired);
    t->clock.clock_set = timerfd_clock_set;
    mutex_init(&t->set_lock);
    spin_init(&t->lock, RANK_PIPE);
    waitq_init(&t->wait);
    return t;
}

long sys_timerfd_create(int clock, unsigned flags)
{
    enum clock_kind kind = clock_kind(clock);
    struct inode *inode;
    struct timerfd *t;
    struct file *f = NULL;

    if ((flags & ~(O_CLOEXEC | O_NONBLOCK)) || clock == CLOCK_TAI ||
        (kind != CLOCK_KIND_REAL && kind != CLOCK_KIND_BOOT))
        return -EINVAL;
    t = timerfd_create(kind == CLOCK_KIND_REAL ? MEASURE_REAL : MEASURE_BOOT);
    inode = inode_create_anon(0600);
    if (t && inode)
        f = file_create_anon(inode, &timerfd_ops, t,
                             O_RDWR | (flags & O_NONBLOCK));
    if (inode)
        inode_put(inode);
    if (f)
        return fd_add(f, flags & O_CLOEXEC);
    if (t)
        cache_free(&timerfd_cache, t);
    return -ENOMEM;
}

/* The timer behind a descriptor.  -EBADF, -EINVAL. */
static int get_timerfd(int fd, struct fdref *r, struct timerfd **out)
{
    *r = fd_get(fd);
    if (!r->file)
        return -EBADF;
    if (r->file->ops != &timerfd_ops) {
        fd_put(*r);
        return -EINVAL;
    }
    *out = r->file->private;
    return 0;
}

static void set(struct timerfd *t, const struct clock_setting *new, int flags,
                struct clock_setting *old)
{
    mutex_lock(&t->set_lock);
    clock_timer_set(&t->clock, &(struct clock_setting){ 0 }, false, old);
    spin_lock(&t->lock);
    t->ticks = 0;
    t->canceled = false;
    t->cancel_on_set = flags & TFD_TIMER_CANCEL_ON_SET;
    spin_unlock(&t->lock);
    clock_timer_set(&t->clock, new, flags & TFD_TIMER_ABSTIME, NULL);
    mutex_unlock(&t->set_lock);
}

long sys_timerfd_settime(int fd, int flags, uptr_t from, uptr_t to)
{
    struct clock_setting new, old;
    struct timerfd *t;
    struct fdref r;
    int error;

    if (flags & ~(TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET))
        return -EINVAL;
    error = clock_setting_from_user(&new, from);
    if (!error)
        error = get_timerfd(fd, &r, &t);
    if (error)
        return error;
    set(t, &new, flags, &old);
    fd_put(r);
    return to ? clock_setting_to_user(to, &old) : 0;
}

long sys_timerfd_gettime(int fd, uptr_t to)
{
    struct clock_setting setting;
    struct timerfd *t;
    struct fdref r;
    int error = get_timerfd(fd, &r, &t);

    if (error)
        return error;
    clock_timer_get(&t->clock, &setting);
    fd_put(r);
    return clock_setting_to_user(to, &setting);
}
