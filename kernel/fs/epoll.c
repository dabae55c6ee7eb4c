/*
 * epoll.c - epoll(7).
 *
 * Locks: `control`, a mutex, guards which files are watched by which sets, so
 * that a file and a set may go away at the same time.  Inside it set->lock
 * guards the set's items; set->ready_lock (RANK_EPOLL) the list of those that
 * may be ready, to which the callbacks of the files add.
 */
#include "kernel/fs/poll.h"

#include "kernel/fs/file.h"
#include "kernel/lib/avl.h"
#include "kernel/lib/errno.h"
#include "kernel/thread.h"
#include "mm/alloc.h"

#define HOOKS           2               /* queues of one file, at most */
#define EPOLL_PRIVATE   (EPOLLWAKEUP | EPOLLONESHOT | EPOLLET | EPOLLEXCLUSIVE)

struct epoll {
    struct mutex lock;
    struct avl_tree items;              /* guarded by lock */
    struct spinlock ready_lock;
    struct list ready;                  /* guarded by ready_lock */
    unsigned ready_count;
    struct waitq wait;
};

struct item;
struct item_hook {
    struct waiter waiter;
    struct item *item;
    struct waitq *queue;
    struct spinlock *lock;
};

struct item {
    struct avl_node node;               /* set->items, by file and descriptor */
    /* set at birth, then constant */
    struct epoll *set;
    struct file *file;                  /* not counted: see epoll_forget() */
    struct list watch_node;             /* file->watches; guarded by control */
    /* guarded by set->ready_lock */
    struct list ready_node;
    struct epoll_event event;           /* changed with set->lock held too */
    /* the constructor's, then constant */
    unsigned hook_count;
    struct item_hook hooks[HOOKS];
};

/* For poll operations: which item is being hung on. */
struct item_table {
    struct poll_table table;
    struct item *item;
};

static struct cache set_cache = CACHE("epoll", struct epoll);
static struct cache item_cache = CACHE("epoll_item", struct item);
static struct mutex control = MUTEX_INIT(control);

static const struct file_ops epoll_ops;

bool file_is_epoll(const struct file *f)
{
    return f->ops == &epoll_ops;
}

/* A file may be watched under several descriptors. */
static u64 item_key(const struct file *f, int fd)
{
    return ((u64)f << 20) ^ (unsigned)fd;
}

/* --- the ready list ------------------------------------------------------- */

static void queue_locked(struct item *it)
{
    assert(spin_held(&it->set->ready_lock));
    if (!list_empty(&it->ready_node))
        return;
    list_add_tail(&it->set->ready, &it->ready_node);
    it->set->ready_count++;
}

static void make_ready_locked(struct item *it, unsigned events)
{
    queue_locked(it);
    waitq_wake_one(&it->set->wait, events);
}

static void unready_locked(struct item *it)
{
    if (list_empty(&it->ready_node))
        return;
    list_remove(&it->ready_node);
    it->set->ready_count--;
}

/* Called with the lock of the file's queue held: of rank TTY, PIPE or, for a
 * set inside a set, EPOLL. */
static void item_notify(struct waiter *w, unsigned events)
{
    struct item *it = container_of(w, struct item_hook, waiter)->item;
    struct epoll *set = it->set;
    unsigned wanted;

    if (file_is_epoll(it->file))
        spin_lock_second(&set->ready_lock);
    else
        spin_lock(&set->ready_lock);
    wanted = it->event.events & ~EPOLL_PRIVATE;
    if (wanted && (!events || (events & (wanted | POLLERR | POLLHUP))))
        make_ready_locked(it, POLL_READABLE);
    spin_unlock(&set->ready_lock);
}

/* --- items ---------------------------------------------------------------- */

static void item_hang_on(struct poll_table *pt, struct waitq *q,
                         struct spinlock *lock)
{
    struct item *it = container_of(pt, struct item_table, table)->item;
    struct item_hook *h = &it->hooks[it->hook_count++];

    assert(it->hook_count <= HOOKS);
    h->waiter = (struct waiter){ .notify = item_notify };
    list_init(&h->waiter.node);
    h->item = it;
    h->queue = q;
    h->lock = lock;
    spin_lock(lock);
    waitq_add(q, &h->waiter);
    spin_unlock(lock);
}

static unsigned item_poll(struct item *it, struct poll_table *pt)
{
    unsigned wanted = READ_ONCE(it->event.events);

    if (!(wanted & ~EPOLL_PRIVATE))
        return 0;                       /* spent: EPOLLONESHOT */
    return file_poll(it->file, pt) & (wanted | POLLERR | POLLHUP) &
           ~EPOLL_PRIVATE;
}

/* Look at the file once; queue the item if it is ready. */
static void item_check(struct item *it, struct poll_table *pt)
{
    if (!item_poll(it, pt))
        return;
    spin_lock(&it->set->ready_lock);
    make_ready_locked(it, POLL_READABLE);
    spin_unlock(&it->set->ready_lock);
}

static void item_destroy(struct item *it)
{
    for (unsigned i = 0; i < it->hook_count; i++) {
        struct item_hook *h = &it->hooks[i];

        spin_lock(h->lock);
        waitq_remove(&h->waiter);
        spin_unlock(h->lock);
    }
    spin_lock(&it->set->ready_lock);
    unready_locked(it);
    spin_unlock(&it->set->ready_lock);
    avl_remove(&it->set->items, &it->node);
    list_remove(&it->watch_node);
    cache_free(&item_cache, it);
}

static int item_add(struct epoll *set, int fd, struct file *f,
                    const struct epoll_event *event)
{
    struct item_table table = { { item_hang_on }, NULL };
    struct item *it = cache_zalloc(&item_cache);

    if (!it)
        return -ENOMEM;
    it->node.key = item_key(f, fd);
    it->set = set;
    it->file = f;
    it->event = *event;
    list_init(&it->ready_node);
    list_init(&it->watch_node);
    if (!avl_insert(&set->items, &it->node)) {
        cache_free(&item_cache, it);
        return -EEXIST;
    }
    list_add(&f->watches, &it->watch_node);
    table.item = it;
    item_check(it, &table.table);
    return 0;
}

static void item_change(struct item *it, const struct epoll_event *event)
{
    spin_lock(&it->set->ready_lock);
    it->event = *event;
    spin_unlock(&it->set->ready_lock);
    item_check(it, NULL);
}

/* --- epoll_ctl(2) --------------------------------------------------------- */

/* Sets may watch sets, but no deeper: their callbacks nest their locks. */
static bool nests_too_deep(struct epoll *set, struct file *set_file,
                           struct file *f)
{
    struct epoll *inner = f->private;
    struct avl_node *n;

    if (!list_empty(&set_file->watches))
        return true;
    for (n = avl_first(&inner->items); n; n = avl_next(n))
        if (file_is_epoll(avl_entry(n, struct item, node)->file))
            return true;
    return inner == set;
}

static int control_locked(struct epoll *set, int op, int fd, struct file *f,
                          const struct epoll_event *event)
{
    struct avl_node *n = avl_find(&set->items, item_key(f, fd));
    struct item *it = n ? avl_entry(n, struct item, node) : NULL;

    switch (op) {
    case EPOLL_CTL_ADD:
        return it ? -EEXIST : item_add(set, fd, f, event);
    case EPOLL_CTL_DEL:
        if (!it)
            return -ENOENT;
        item_destroy(it);
        return 0;
    case EPOLL_CTL_MOD:
        if (!it)
            return -ENOENT;
        if ((it->event.events | event->events) & EPOLLEXCLUSIVE)
            return -EINVAL;
        item_change(it, event);
        return 0;
    default:
        return -EINVAL;
    }
}

int epoll_control(struct file *set_file, int op, int fd, struct file *f,
                  const struct epoll_event *event)
{
    struct epoll *set = set_file->private;
    int error = 0;

    if (!f->ops->poll)
        return -EPERM;                  /* always ready: regular files */
    if (f == set_file)
        return -EINVAL;
    mutex_lock(&control);
    if (op == EPOLL_CTL_ADD && file_is_epoll(f) &&
        nests_too_deep(set, set_file, f))
        error = -ELOOP;
    if (!error) {
        mutex_lock(&set->lock);
        error = control_locked(set, op, fd, f, event);
        mutex_unlock(&set->lock);
    }
    mutex_unlock(&control);
    return error;
}

void epoll_forget(struct file *f)
{
    struct item *it;

    mutex_lock(&control);
    while ((it = list_first(&f->watches, struct item, watch_node)) != NULL) {
        struct epoll *set = it->set;

        mutex_lock(&set->lock);
        item_destroy(it);
        mutex_unlock(&set->lock);
    }
    mutex_unlock(&control);
}

/* --- epoll_wait(2) -------------------------------------------------------- */

static struct item *next_ready(struct epoll *set)
{
    struct item *it;

    spin_lock(&set->ready_lock);
    it = list_first(&set->ready, struct item, ready_node);
    if (it)
        unready_locked(it);
    spin_unlock(&set->ready_lock);
    return it;
}

/* Told about: a level is ready until it is found not to be, an edge is over,
 * a single shot is spent. */
static void item_reported(struct item *it)
{
    spin_lock(&it->set->ready_lock);
    if (it->event.events & EPOLLONESHOT)
        it->event.events &= EPOLL_PRIVATE;
    else if (!(it->event.events & EPOLLET))
        make_ready_locked(it, 0);
    spin_unlock(&it->set->ready_lock);
}

/* Look at each item that was ready when we began, once. */
static int harvest(struct epoll *set, struct epoll_event *events, int max)
{
    unsigned left = READ_ONCE(set->ready_count);
    int found = 0;
    struct item *it;

    mutex_lock(&set->lock);
    while (found < max && left-- && (it = next_ready(set)) != NULL) {
        unsigned ready = item_poll(it, NULL);

        if (!ready)
            continue;
        events[found++] = (struct epoll_event){
            .events = ready, .data = it->event.data
        };
        item_reported(it);
    }
    mutex_unlock(&set->lock);
    return found;
}

static int wait_ready(struct epoll *set, nsec_t deadline)
{
    int error = 0;

    spin_lock(&set->ready_lock);
    while (!error && list_empty(&set->ready))
        error = waitq_sleep(&set->wait, &set->ready_lock, WAIT_INTERRUPTIBLE,
                            deadline);
    spin_unlock(&set->ready_lock);
    return error;
}

int epoll_wait(struct file *f, struct epoll_event *events, int max,
               nsec_t deadline)
{
    struct epoll *set = f->private;

    for (;;) {
        int found = harvest(set, events, max), error;

        if (found || !deadline)
            return found;
        error = wait_ready(set, deadline);
        if (error == -ETIMEDOUT)
            return 0;
        if (error)
            return -EINTR;
    }
}

/* --- the set as a file ---------------------------------------------------- */

/* Is one of those that were ready still so?  Those that are not leave. */
static bool still_ready(struct epoll *set)
{
    unsigned left = READ_ONCE(set->ready_count);
    bool found = false;
    struct item *it;

    mutex_lock(&set->lock);
    while (!found && left-- && (it = next_ready(set)) != NULL) {
        if (!item_poll(it, NULL))
            continue;
        found = true;
        spin_lock(&set->ready_lock);
        queue_locked(it);
        spin_unlock(&set->ready_lock);
    }
    mutex_unlock(&set->lock);
    return found;
}

static unsigned epoll_poll(struct file *f, struct poll_table *pt)
{
    struct epoll *set = f->private;

    poll_wait(pt, &set->wait, &set->ready_lock);
    return READ_ONCE(set->ready_count) && still_ready(set) ? POLL_READABLE : 0;
}

static void epoll_release(struct file *f)
{
    struct epoll *set = f->private;
    struct avl_node *n;

    mutex_lock(&control);
    mutex_lock(&set->lock);
    while ((n = set->items.root) != NULL)
        item_destroy(avl_entry(n, struct item, node));
    mutex_unlock(&set->lock);
    mutex_unlock(&control);
    cache_free(&set_cache, set);
}

static const struct file_ops epoll_ops = {
    .name = "eventpoll",
    .release = epoll_release,
    .poll = epoll_poll,
};

struct file *epoll_create(unsigned flags)
{
    struct epoll *set = cache_zalloc(&set_cache);
    struct inode *inode = inode_create_anon(0600);
    struct file *f = NULL;

    if (set && inode) {
        mutex_init(&set->lock);
        spin_init(&set->ready_lock, RANK_EPOLL);
        list_init(&set->ready);
        waitq_init(&set->wait);
        f = file_create_anon(inode, &epoll_ops, set, O_RDWR | flags);
    }
    if (inode)
        inode_put(inode);
    if (!f && set)
        cache_free(&set_cache, set);
    return f;
}
