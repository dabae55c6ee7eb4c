/* poll.c - poll(2): sleeping for several files at once. */
#include "kernel/fs/poll.h"

#include "kernel/fs/fdtable.h"
#include "kernel/lib/errno.h"
#include "mm/alloc.h"

#define INLINE_HOOKS 8              /* enough for most calls */

/* One callback on one queue of one file. */
struct hook {
    struct waiter waiter;
    struct poller *poller;
    struct waitq *queue;
    struct spinlock *lock;
    unsigned wanted;                /* events worth waking for */
    struct hook *next;              /* all but the inline ones: allocated */
};

struct poller {
    struct poll_table table;        /* first */
    struct thread *thread;
    bool triggered;                 /* atomic */
    bool no_memory;
    unsigned wanted;                /* of the file being asked */
    unsigned used;                  /* inline hooks */
    struct hook *more;
    struct hook hooks[INLINE_HOOKS];
};

static void hook_notify(struct waiter *w, unsigned events)
{
    struct hook *h = container_of(w, struct hook, waiter);

    if (events && !(events & h->wanted))
        return;
    WRITE_ONCE(h->poller->triggered, true);
    thread_wake(h->poller->thread);
}

static struct hook *hook_alloc(struct poller *p)
{
    struct hook *h;

    if (p->used < INLINE_HOOKS)
        return &p->hooks[p->used++];
    h = kmalloc(sizeof(*h));
    if (h) {
        h->next = p->more;
        p->more = h;
    }
    return h;
}

static void poller_add(struct poll_table *pt, struct waitq *q,
                       struct spinlock *lock)
{
    struct poller *p = container_of(pt, struct poller, table);
    struct hook *h = hook_alloc(p);

    if (!h) {
        p->no_memory = true;
        return;
    }
    h->waiter = (struct waiter){ .notify = hook_notify };
    list_init(&h->waiter.node);
    h->poller = p;
    h->queue = q;
    h->lock = lock;
    h->wanted = p->wanted;
    spin_lock(lock);
    waitq_add(q, &h->waiter);
    spin_unlock(lock);
}

static void unhook(struct hook *h)
{
    spin_lock(h->lock);
    waitq_remove(&h->waiter);
    spin_unlock(h->lock);
}

static void poller_end(struct poller *p)
{
    for (unsigned i = 0; i < p->used; i++)
        unhook(&p->hooks[i]);
    while (p->more) {
        struct hook *h = p->more;

        p->more = h->next;
        unhook(h);
        kfree(h);
    }
}

/* --- asking all files ----------------------------------------------------- */

static unsigned ask(struct poller *p, struct file *f, unsigned events,
                    bool hang_on)
{
    unsigned wanted = events | POLLERR | POLLHUP;

    p->wanted = wanted;
    return file_poll(f, hang_on ? &p->table : NULL) & wanted;
}

/* Fill in all revents; how many are ready. */
static int ask_all(struct poller *p, struct pollfd *fds, struct fdref *files,
                   unsigned count, bool hang_on)
{
    int ready = 0;

    for (unsigned i = 0; i < count; i++) {
        struct pollfd *fd = &fds[i];

        if (files[i].file)
            fd->revents = ask(p, files[i].file, (u16)fd->events,
                              hang_on && !ready);
        else
            fd->revents = fd->fd < 0 ? 0 : POLLNVAL;
        ready += fd->revents != 0;
    }
    return ready;
}

static int sleep_until_triggered(struct poller *p, nsec_t deadline)
{
    thread_prepare_sleep(WAIT_INTERRUPTIBLE);
    return READ_ONCE(p->triggered) ? 0 : thread_sleep(deadline);
}

static int poll_loop(struct poller *p, struct pollfd *fds, struct fdref *files,
                     unsigned count, nsec_t deadline)
{
    bool first = true;

    for (;;) {
        int ready, error;

        WRITE_ONCE(p->triggered, false);
        ready = ask_all(p, fds, files, count, first && deadline);
        if (ready || !deadline)
            return ready;
        if (p->no_memory)
            return -ENOMEM;
        first = false;
        error = sleep_until_triggered(p, deadline);
        if (error == -ETIMEDOUT)
            deadline = 0;               /* one more look */
        else if (error)
            return -ERESTARTNOHAND;
    }
}

#define INLINE_FILES 8

int poll_files(struct pollfd *fds, unsigned count, nsec_t deadline)
{
    struct fdref few[INLINE_FILES], *files = few;
    struct poller p;
    int ready;

    p.table.add = poller_add;
    p.thread = current_thread();
    p.no_memory = false;
    p.used = 0;
    p.more = NULL;
    if (count > INLINE_FILES)
        files = kmalloc(count * sizeof(files[0]));
    if (!files)
        return -ENOMEM;
    for (unsigned i = 0; i < count; i++)
        files[i] = fds[i].fd < 0 ? (struct fdref){ NULL, false }
                                 : fd_get(fds[i].fd);
    ready = poll_loop(&p, fds, files, count, deadline);
    poller_end(&p);
    for (unsigned i = 0; i < count; i++)
        fd_put(files[i]);
    if (files != few)
        kfree(files);
    return ready;
}
