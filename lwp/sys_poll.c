/*
 * sys_poll.c - waiting for several files: poll(2), select(2), epoll(7),
 * eventfd(2).
 */
#include "kernel/fs/poll.h"

#include "kernel/fs/fdtable.h"
#include "kernel/lib/bitmap.h"
#include "kernel/lib/string.h"
#include "lwp/deadline.h"
#include "lwp/lwp.h"
#include "lwp/signal.h"
#include "lwp/syscall.h"
#include "mm/alloc.h"

#define INLINE_FDS 8

/* A missing time is forever. */
static int read_timeout(uptr_t user, nsec_t *deadline)
{
    struct timespec ts;
    int error;

    *deadline = NEVER;
    if (!user)
        return 0;
    error = timespec_from_user(&ts, user);
    if (error)
        return error;
    *deadline = ts.tv_sec || ts.tv_nsec ? deadline_after(timespec_ns(&ts)) : 0;
    return 0;
}

/* Linux' calls store the time that is left, whatever comes of it. */
static void write_time_left(uptr_t user, nsec_t deadline)
{
    nsec_t now;
    int ignored;

    if (!user || deadline == NEVER)
        return;
    now = time_now();
    ignored = timespec_to_user(user, deadline > now ? deadline - now : 0);
    (void)ignored;
}

/* Put a signal mask in place for the call, if there is one. */
static int begin_mask(uptr_t user, size_t size, bool *begun)
{
    sigset_t mask;

    *begun = false;
    if (!user)
        return 0;
    if (size != sizeof mask)
        return -EINVAL;
    if (copy_from_user(&mask, user, sizeof mask))
        return -EFAULT;
    signal_mask_begin(mask);
    *begun = true;
    return 0;
}

static void end_mask(bool begun, long result)
{
    if (begun && result != -ERESTARTNOHAND && result != -EINTR)
        signal_mask_end();
}

/* --- poll ----------------------------------------------------------------- */

static long poll_user(uptr_t user, unsigned count, nsec_t deadline)
{
    struct pollfd few[INLINE_FDS], *fds = few;
    size_t size = count * sizeof(fds[0]);
    long ready;

    if (count > INLINE_FDS)
        fds = kmalloc(size);
    if (!fds)
        return -ENOMEM;
    ready = -EFAULT;
    if (!copy_from_user(fds, user, size)) {
        ready = poll_files(fds, count, deadline);
        if (ready >= 0 && copy_to_user(user, fds, size))
            ready = -EFAULT;
    }
    if (fds != few)
        kfree(fds);
    return ready;
}

long sys_ppoll(uptr_t fds, unsigned count, uptr_t timeout, uptr_t mask,
               size_t size)
{
    nsec_t deadline;
    bool masked;
    long ready;
    int error = read_timeout(timeout, &deadline);

    if (error)
        return error;
    if (count > task_fd_limit())
        return -EINVAL;
    error = begin_mask(mask, size, &masked);
    if (error)
        return error;
    ready = poll_user(fds, count, deadline);
    end_mask(masked, ready);
    write_time_left(timeout, deadline);
    return ready;
}

/* --- select --------------------------------------------------------------- */

#define SETS        3

/* What each of the three sets asks for, and what answers it. */
static const u16 set_asks[SETS] = {
    POLL_READABLE, POLL_WRITABLE, POLLPRI,
};
static const u16 set_answers[SETS] = {
    POLL_READABLE | POLLRDBAND | POLLHUP | POLLERR,
    POLL_WRITABLE | POLLWRBAND | POLLERR,
    POLLPRI,
};

struct selection {
    unsigned limit;                     /* descriptors below it count */
    size_t bytes;                       /* of each set */
    uptr_t user[SETS];                  /* NULL: missing */
    u64 *set[SETS];                     /* in one block, at set[0] */
    struct pollfd *fds;
    unsigned count;
};

static int read_sets(struct selection *s)
{
    size_t words = BITMAP_WORDS(s->limit);

    s->bytes = words * sizeof(u64);
    s->set[0] = kzalloc(SETS * s->bytes + 1);
    if (!s->set[0])
        return -ENOMEM;
    for (unsigned i = 0; i < SETS; i++) {
        s->set[i] = s->set[0] + i * words;
        if (s->user[i] && copy_from_user(s->set[i], s->user[i], s->bytes))
            return -EFAULT;
    }
    return 0;
}

/* One struct pollfd for each descriptor that is in a set. */
static int make_pollfds(struct selection *s)
{
    s->fds = kmalloc(s->limit * sizeof(s->fds[0]) + 1);
    if (!s->fds)
        return -ENOMEM;
    for (unsigned fd = 0; fd < s->limit; fd++) {
        unsigned events = 0;

        for (unsigned i = 0; i < SETS; i++)
            if (bitmap_test(s->set[i], fd))
                events |= set_asks[i];
        if (events)
            s->fds[s->count++] = (struct pollfd){ fd, events, 0 };
    }
    return 0;
}

/* The answers back into the sets: how many bits, or -EBADF. */
static int read_answers(struct selection *s)
{
    int bits = 0;

    for (unsigned k = 0; k < s->count; k++) {
        const struct pollfd *p = &s->fds[k];

        if (p->revents & POLLNVAL)
            return -EBADF;
        for (unsigned i = 0; i < SETS; i++) {
            if (!bitmap_test(s->set[i], p->fd))
                continue;
            if (p->revents & set_answers[i])
                bits++;
            else
                bitmap_clear(s->set[i], p->fd);
        }
    }
    return bits;
}

static int write_sets(const struct selection *s)
{
    for (unsigned i = 0; i < SETS; i++)
        if (s->user[i] && copy_to_user(s->user[i], s->set[i], s->bytes))
            return -EFAULT;
    return 0;
}

static long select_files(struct selection *s, nsec_t deadline)
{
    long bits = read_sets(s);

    if (!bits)
        bits = make_pollfds(s);
    if (!bits)
        bits = poll_files(s->fds, s->count, deadline);
    if (bits >= 0)
        bits = read_answers(s);
    if (bits >= 0 && write_sets(s))
        bits = -EFAULT;
    kfree(s->set[0]);
    kfree(s->fds);
    return bits;
}

/* The last argument is a pointer to {mask, its size}. */
static int begin_select_mask(uptr_t arg, bool *begun)
{
    struct {
        u64 mask, size;
    } a;

    *begun = false;
    if (!arg)
        return 0;
    if (copy_from_user(&a, arg, sizeof a))
        return -EFAULT;
    return begin_mask(uptr(a.mask), a.size, begun);
}

long sys_pselect6(int limit, uptr_t in, uptr_t out, uptr_t except,
                  uptr_t timeout, uptr_t mask)
{
    struct selection s = { .user = { in, out, except } };
    nsec_t deadline;
    bool masked;
    long bits;
    int error = read_timeout(timeout, &deadline);

    if (error)
        return error;
    if (limit < 0)
        return -EINVAL;
    /* Descriptors beyond the table are not open: nobody can mean them. */
    s.limit = MIN((unsigned)limit, current_task()->fdt->capacity);
    error = begin_select_mask(mask, &masked);
    if (error)
        return error;
    bits = select_files(&s, deadline);
    end_mask(masked, bits);
    write_time_left(timeout, deadline);
    return bits;
}

/* --- epoll ---------------------------------------------------------------- */

#define EPOLL_CLOEXEC   O_CLOEXEC
#define EVENTS_MAX      (INT_MAX / (int)sizeof(struct epoll_event))
#define EVENTS_AT_ONCE  64

long sys_epoll_create1(unsigned flags)
{
    struct file *f;

    if (flags & ~EPOLL_CLOEXEC)
        return -EINVAL;
    f = epoll_create(0);
    return f ? fd_add(f, flags & EPOLL_CLOEXEC) : -ENOMEM;
}

long sys_epoll_ctl(int set_fd, int op, int fd, uptr_t user)
{
    struct epoll_event event = { 0 };
    struct fdref set, target;
    long error;

    if (op != EPOLL_CTL_DEL && copy_from_user(&event, user, sizeof event))
        return -EFAULT;
    set = fd_get(set_fd);
    target = fd_get(fd);
    if (!set.file || !target.file)
        error = -EBADF;
    else if (!file_is_epoll(set.file))
        error = -EINVAL;
    else
        error = epoll_control(set.file, op, fd, target.file, &event);
    fd_put(set);
    fd_put(target);
    return error;
}

static long wait_events(struct file *set, uptr_t user, int max,
                        nsec_t deadline)
{
    struct epoll_event *events;
    long n;

    if (!file_is_epoll(set))
        return -EINVAL;
    max = MIN(max, EVENTS_AT_ONCE);
    events = kmalloc(max * sizeof(events[0]));
    if (!events)
        return -ENOMEM;
    n = epoll_wait(set, events, max, deadline);
    if (n > 0 && copy_to_user(user, events, n * sizeof(events[0])))
        n = -EFAULT;
    kfree(events);
    return n;
}

struct epoll_call {
    uptr_t events, mask;
    int max;
    size_t mask_size;
};

static long epoll_call(int fd, const struct epoll_call *c, nsec_t deadline)
{
    struct fdref r;
    bool masked;
    long n;

    if (c->max <= 0 || c->max > EVENTS_MAX)
        return -EINVAL;
    r = fd_get(fd);
    if (!r.file)
        return -EBADF;
    n = begin_mask(c->mask, c->mask_size, &masked);
    if (!n) {
        n = wait_events(r.file, c->events, c->max, deadline);
        end_mask(masked, n);
    }
    fd_put(r);
    return n;
}

long sys_epoll_pwait(int fd, uptr_t events, int max, int timeout, uptr_t mask,
                     size_t size)
{
    struct epoll_call c = { events, mask, max, size };
    nsec_t deadline = NEVER;

    if (timeout >= 0)
        deadline = timeout ? deadline_after(timeout * NSEC_PER_MSEC) : 0;
    return epoll_call(fd, &c, deadline);
}

long sys_epoll_pwait2(int fd, uptr_t events, int max, uptr_t timeout,
                      uptr_t mask, size_t size)
{
    struct epoll_call c = { events, mask, max, size };
    nsec_t deadline;
    int error = read_timeout(timeout, &deadline);

    return error ? error : epoll_call(fd, &c, deadline);
}

/* --- eventfd -------------------------------------------------------------- */

#define EFD_SEMAPHORE 1

long sys_eventfd2(unsigned count, unsigned flags)
{
    struct file *f;

    if (flags & ~(EFD_SEMAPHORE | O_CLOEXEC | O_NONBLOCK))
        return -EINVAL;
    f = eventfd_create(count, flags & EFD_SEMAPHORE, flags & O_NONBLOCK);
    return f ? fd_add(f, flags & O_CLOEXEC) : -ENOMEM;
}
