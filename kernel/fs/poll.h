/*
 * poll.h - waiting for files: poll(2), select(2), epoll(7).
 *
 * A file's poll operation says what holds now and, given a table, hangs a
 * callback on each queue that is woken when it changes: with the events that
 * became true, so that callbacks for others cost little.
 */
#pragma once

#include "kernel/wait.h"

#define POLLIN      0x001
#define POLLPRI     0x002
#define POLLOUT     0x004
#define POLLERR     0x008
#define POLLHUP     0x010
#define POLLNVAL    0x020
#define POLLRDNORM  0x040
#define POLLRDBAND  0x080
#define POLLWRNORM  0x100
#define POLLWRBAND  0x200
#define POLLRDHUP   0x2000

#define POLL_READABLE   (POLLIN | POLLRDNORM)
#define POLL_WRITABLE   (POLLOUT | POLLWRNORM)

struct poll_table {
    /* Hang a callback on q, which `lock` guards (not held). */
    void (*add)(struct poll_table *pt, struct waitq *q, struct spinlock *lock);
};

/* For poll operations; the queue lives as long as the file. */
static inline void poll_wait(struct poll_table *pt, struct waitq *q,
                             struct spinlock *lock)
{
    if (pt)
        pt->add(pt, q, lock);
}

struct pollfd {
    int fd;
    s16 events, revents;
};

/*
 * Wait until one of the files is ready or the deadline passes.  Fills revents;
 * how many are not 0, 0 at the deadline, -ERESTARTNOHAND when interrupted,
 * -ENOMEM.  Sleeps.
 */
int poll_files(struct pollfd *fds, unsigned count, nsec_t deadline);

struct file;

/* What holds for a file now. */
unsigned file_poll(struct file *f, struct poll_table *pt);

/* --- epoll ---------------------------------------------------------------- */

struct epoll_event {                /* not packed on riscv64 */
    u32 events;
    u32 padding;                    /* by name: so that it is cleared */
    u64 data;
};

#define EPOLL_CTL_ADD   1
#define EPOLL_CTL_DEL   2
#define EPOLL_CTL_MOD   3
#define EPOLLEXCLUSIVE  (1u << 28)
#define EPOLLWAKEUP     (1u << 29)
#define EPOLLONESHOT    (1u << 30)
#define EPOLLET         (1u << 31)

struct file *epoll_create(unsigned flags);          /* NULL: no memory */
bool file_is_epoll(const struct file *f);
int epoll_control(struct file *set, int op, int fd, struct file *f,
                  const struct epoll_event *event);

/* Up to `max` events; 0 at the deadline; -EINTR.  Sleeps. */
int epoll_wait(struct file *set, struct epoll_event *events, int max,
               nsec_t deadline);

/* Called when a watched file goes away. */
void epoll_forget(struct file *f);

/* --- eventfd -------------------------------------------------------------- */

struct file *eventfd_create(u64 count, bool semaphore, unsigned flags);
