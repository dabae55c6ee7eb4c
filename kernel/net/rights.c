/*
 * rights.c - open files on their way through sockets, and the rings of them
 * that nobody can reach (unix(7), SCM_RIGHTS).
 */
#include "kernel/net/rights.h"

#include "kernel/fs/task.h"
#include "kernel/lib/errno.h"
#include "kernel/net/unix.h"
#include "mm/alloc.h"

static struct mutex flight_mutex = MUTEX_INIT(flight_mutex);
/* guarded by flight_mutex */
static struct list holders = LIST_INIT(holders);    /* unix_socket.holder_node */
static u64 sockets_in_flight;           /* may be asked without */

struct rights *rights_create(unsigned count)
{
    struct rights *r = kmalloc(sizeof(*r) + count * sizeof(r->files[0]));

    if (r) {
        r->holder = NULL;
        r->count = 0;
    }
    return r;
}

struct rights *rights_copy(const struct rights *r)
{
    struct rights *copy = rights_create(r->count);

    if (!copy)
        return NULL;
    for (unsigned i = 0; i < r->count; i++) {
        file_get(r->files[i]);
        copy->files[copy->count++] = r->files[i];
    }
    return copy;
}

/* --- closing -------------------------------------------------------------- */

/*
 * Closing a socket closes the files in its queue, and those may be sockets
 * with queues of their own: a chain of any length.  So a thread that is at it
 * already only notes what else there is to close, and that rings may be lost.
 */
struct closer {
    struct list node;               /* on `closers` */
    struct thread *thread;
    /* only `thread` uses these */
    struct list left;               /* struct rights */
    bool collect;                   /* a socket was closed */
};

static struct spinlock closers_lock = SPINLOCK_INIT(RANK_PIPE);
static struct list closers = LIST_INIT(closers);    /* guarded by closers_lock */

/* The running thread's, or NULL. */
static struct closer *find_closer(void)
{
    struct closer *c, *own = NULL;

    spin_lock(&closers_lock);
    list_for_each(c, &closers, node) {
        if (c->thread == current_thread())
            own = c;
    }
    spin_unlock(&closers_lock);
    return own;
}

static void close_files(struct closer *c)
{
    while (!list_empty(&c->left)) {
        struct rights *r = list_first(&c->left, struct rights, node);

        list_remove(&r->node);
        for (unsigned i = 0; i < r->count; i++)
            file_put(r->files[i]);
        kfree(r);
    }
}

static void take_lost(struct list *lost);

/* Of a thread that has no closer yet: close them all, and the rings that went
 * with them. */
static void close_all(struct list *all)
{
    struct closer own = { .thread = current_thread() };

    list_init(&own.left);
    list_splice_tail(&own.left, all);
    spin_lock(&closers_lock);
    list_add(&closers, &own.node);
    spin_unlock(&closers_lock);
    do {
        own.collect = false;
        close_files(&own);
        if (own.collect)
            take_lost(&own.left);
    } while (!list_empty(&own.left));
    spin_lock(&closers_lock);
    list_remove(&own.node);
    spin_unlock(&closers_lock);
}

void rights_destroy_all(struct list *all)
{
    struct closer *busy;

    if (list_empty(all))
        return;
    busy = find_closer();
    if (busy)
        list_splice_tail(&busy->left, all);
    else
        close_all(all);
}

void rights_destroy(struct rights *r)
{
    struct list one = LIST_INIT(one);

    if (!r)
        return;
    list_add(&one, &r->node);
    rights_destroy_all(&one);
}

/* --- departure and arrival ------------------------------------------------ */

static struct unix_socket *unix_of_file(struct file *f)
{
    struct socket *s = socket_of(f);

    return s ? unix_of(s) : NULL;
}

static unsigned count_sockets(const struct rights *r)
{
    unsigned count = 0;

    for (unsigned i = 0; i < r->count; i++)
        count += unix_of_file(r->files[i]) != NULL;
    return count;
}

static bool is_too_many_locked(const struct rights *more)
{
    unsigned count = more->count, limit = task_fd_limit();
    struct unix_socket *s;
    struct rights *r;

    assert(mutex_held(&flight_mutex));
    list_for_each(s, &holders, holder_node) {
        list_for_each(r, &s->flying, node)
            count += r->uid == more->uid ? r->count : 0;
    }
    return count > limit;
}

int rights_depart(struct rights *r, struct unix_socket *holder,
                  struct rights **place)
{
    int error = 0;

    r->uid = current_cred()->uid;
    mutex_lock(&flight_mutex);
    if (!cred_is_root(current_cred()) && is_too_many_locked(r)) {
        error = -ETOOMANYREFS;
    } else {
        if (list_empty(&holder->flying))
            list_add_tail(&holders, &holder->holder_node);
        list_add_tail(&holder->flying, &r->node);
        sockets_in_flight += count_sockets(r);
        r->holder = holder;
        r->place = place;
        *place = r;
    }
    mutex_unlock(&flight_mutex);
    return error;
}

static void land_locked(struct rights *r)
{
    assert(mutex_held(&flight_mutex));
    *r->place = NULL;
    sockets_in_flight -= count_sockets(r);
    list_remove(&r->node);
    if (list_empty(&r->holder->flying))
        list_remove(&r->holder->holder_node);
    r->holder = NULL;
}

struct rights *rights_arrive(struct rights **place)
{
    struct rights *r;

    mutex_lock(&flight_mutex);
    r = *place;
    if (r)
        land_locked(r);
    mutex_unlock(&flight_mutex);
    return r;
}

int rights_peek(struct rights **place, struct rights **out)
{
    bool failed;

    mutex_lock(&flight_mutex);
    *out = *place ? rights_copy(*place) : NULL;
    failed = *place && !*out;
    mutex_unlock(&flight_mutex);
    return failed ? -ENOMEM : 0;
}

void rights_set_anchor(struct unix_socket *s, struct file *file,
                       struct unix_socket *listener)
{
    mutex_lock(&flight_mutex);
    s->file = file;
    s->listener = listener;
    mutex_unlock(&flight_mutex);
}

/* --- rings ---------------------------------------------------------------- */

/* Call fn for each socket in flight, as often as it is. */
static void for_each_flight_locked(void (*fn)(struct unix_socket *carried))
{
    struct unix_socket *s, *carried;
    struct rights *r;

    assert(mutex_held(&flight_mutex));
    list_for_each(s, &holders, holder_node) {
        list_for_each(r, &s->flying, node)
            for (unsigned i = 0; i < r->count; i++)
                if ((carried = unix_of_file(r->files[i])))
                    fn(carried);
    }
}

static void forget_marks(struct unix_socket *s)
{
    s->flights = 0;
    s->reachable = false;
}

static void count_flight(struct unix_socket *s)
{
    s->flights++;
}

/* Something besides files in flight keeps it open.  Who is on its way into, or
 * out of, flight has a reference of its own; and one without a file is being
 * made or closed. */
static bool is_held(const struct unix_socket *s)
{
    return s->file ? READ_ONCE(s->file->refs) > s->flights : !s->listener;
}

/* It can be reached; what lies in its queue then can be, too. */
static void reach(struct unix_socket *s, struct list *reached)
{
    if (!s->reachable) {
        s->reachable = true;
        list_add_tail(reached, &s->reached_node);
    }
}

static void spread(struct list *reached)
{
    struct unix_socket *s, *carried;
    struct rights *r;

    while (!list_empty(reached)) {
        s = list_first(reached, struct unix_socket, reached_node);
        list_remove(&s->reached_node);
        list_for_each(r, &s->flying, node)
            for (unsigned i = 0; i < r->count; i++)
                if ((carried = unix_of_file(r->files[i])))
                    reach(carried, reached);
    }
}

/* Begin with the holders that processes have, then what those lead to.  Who
 * waits in a backlog is reached by way of its listener. */
static void mark_reachable_locked(void)
{
    struct list reached = LIST_INIT(reached);
    struct unix_socket *s;

    list_for_each(s, &holders, holder_node) {
        forget_marks(s);
        if (s->listener)
            forget_marks(s->listener);
    }
    for_each_flight_locked(forget_marks);
    for_each_flight_locked(count_flight);
    do {
        spread(&reached);
        list_for_each(s, &holders, holder_node) {
            if (is_held(s) || (s->listener && (s->listener->reachable ||
                                               is_held(s->listener))))
                reach(s, &reached);
        }
    } while (!list_empty(&reached));
}

/* What lies in queues that nobody can reach. */
static void take_lost(struct list *lost)
{
    struct unix_socket *s, *next_socket;
    struct rights *r, *next;

    mutex_lock(&flight_mutex);
    mark_reachable_locked();
    list_for_each_safe(s, next_socket, &holders, holder_node) {
        if (s->reachable)
            continue;
        list_for_each_safe(r, next, &s->flying, node) {
            land_locked(r);
            list_add_tail(lost, &r->node);
        }
    }
    mutex_unlock(&flight_mutex);
}

void rights_collect(void)
{
    struct list lost = LIST_INIT(lost);
    struct closer *busy;

    if (!READ_ONCE(sockets_in_flight))
        return;
    busy = find_closer();
    if (busy) {
        busy->collect = true;
        return;
    }
    take_lost(&lost);
    rights_destroy_all(&lost);
}
