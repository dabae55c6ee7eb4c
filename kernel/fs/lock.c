#include "kernel/fs/lock.h"

#include "kernel/fs/task.h"
#include "kernel/lib/errno.h"
#include "mm/alloc.h"

enum lock_kind { LOCK_RECORD, LOCK_OPEN_FILE, LOCK_FLOCK };

/* Who holds or wants: record locks belong to a descriptor table, the others to
 * an open file.  flock(2) locks and the other two do not see each other. */
struct lock {
    struct list node;
    const void *owner;
    u64 start, end;             /* bytes, both inclusive */
    pid_t pid;
    u8 kind;
    s16 type;                   /* F_RDLCK, F_WRLCK */
};

struct file_locks {
    struct list held;
    struct waitq waiters;
};

/* A process that sleeps for a record lock, and for whom. */
struct wanting {
    struct list node;
    const void *owner, *holder;
};

static struct cache lock_cache = CACHE("file_lock", struct lock);

/* One lock for all: locks are few, and looking for deadlocks needs them all. */
static struct spinlock all_locks = SPINLOCK_INIT(RANK_FILELOCK);
static struct list wanting = LIST_INIT(wanting);

/* --- looking -------------------------------------------------------------- */

static bool same_world(const struct lock *a, const struct lock *b)
{
    return (a->kind == LOCK_FLOCK) == (b->kind == LOCK_FLOCK);
}

static bool conflicts(const struct lock *a, const struct lock *b)
{
    return same_world(a, b) && a->owner != b->owner && a->start <= b->end &&
           b->start <= a->end && (a->type == F_WRLCK || b->type == F_WRLCK);
}

static struct lock *find_conflict(struct file_locks *locks,
                                  const struct lock *want)
{
    struct lock *l;

    list_for_each(l, &locks->held, node)
        if (conflicts(l, want))
            return l;
    return NULL;
}

/* As on Linux, longer chains are not followed; and there may be rings that the
 * owner is no part of, as open files and threads of one process are not kept
 * from waiting for each other. */
#define CHAIN_MAX 10

/* Would `owner`, waiting for `holder`, wait for itself in the end? */
static bool would_deadlock(const void *owner, const void *holder)
{
    for (int i = 0; i < CHAIN_MAX; i++) {
        const void *next = NULL;
        struct wanting *w;

        if (holder == owner)
            return true;
        list_for_each(w, &wanting, node)
            if (w->owner == holder)
                next = w->holder;
        if (!next)
            break;
        holder = next;
    }
    return false;
}

/* --- changing ------------------------------------------------------------- */

static void lock_free(struct lock *l)
{
    list_remove(&l->node);
    cache_free(&lock_cache, l);
}

/* Does l touch want, so that two of one type make one? */
static bool adjoins(const struct lock *l, const struct lock *want)
{
    return l->start <= want->end + 1 && want->start <= l->end + 1;
}

/* Take want's range out of l, which may leave two pieces; the second one is
 * made of *spare. */
static void cut_out(struct lock *l, const struct lock *want,
                    struct lock **spare)
{
    bool left = l->start < want->start, right = l->end > want->end;

    if (left && right) {
        struct lock *second = *spare;

        *spare = NULL;
        *second = *l;
        second->start = want->end + 1;
        list_add(&l->node, &second->node);
        l->end = want->start - 1;
    } else if (left) {
        l->end = want->start - 1;
    } else if (right) {
        l->start = want->end + 1;
    } else {
        lock_free(l);
    }
}

/* Nobody else is in the way: make the range what `want` says.  fresh[] are two
 * unused locks; those used are set to NULL. */
static void apply(struct file_locks *locks, struct lock want,
                  struct lock *fresh[2])
{
    struct lock *l, *next;

    list_for_each_safe(l, next, &locks->held, node) {
        if (l->owner != want.owner || !same_world(l, &want))
            continue;
        if (l->type == want.type && adjoins(l, &want)) {
            want.start = MIN(want.start, l->start);
            want.end = MAX(want.end, l->end);
            lock_free(l);
        } else if (l->start <= want.end && want.start <= l->end) {
            cut_out(l, &want, &fresh[1]);
        }
    }
    if (want.type != F_UNLCK) {
        l = fresh[0];
        fresh[0] = NULL;
        *l = want;
        list_add_tail(&locks->held, &l->node);
    }
    waitq_wake_all(&locks->waiters, 0);
}

/* --- taking --------------------------------------------------------------- */

static struct file_locks *locks_of(struct inode *inode)
{
    struct file_locks *locks = inode->locks, *none = NULL;

    if (locks)
        return locks;
    locks = kmalloc(sizeof(*locks));
    if (!locks)
        return NULL;
    list_init(&locks->held);
    waitq_init(&locks->waiters);
    if (__atomic_compare_exchange_n(&inode->locks, &none, locks, false,
                                    __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        return locks;
    kfree(locks);
    return none;
}

/* Sleep until something was released. */
static int wait_for(struct file_locks *locks, const struct lock *want,
                    const struct lock *holder)
{
    struct wanting w = { .owner = want->owner, .holder = holder->owner };
    int error;

    if (want->kind == LOCK_RECORD && would_deadlock(w.owner, w.holder))
        return -EDEADLK;
    list_add(&wanting, &w.node);
    error = waitq_sleep(&locks->waiters, &all_locks, WAIT_INTERRUPTIBLE, NEVER);
    list_remove(&w.node);
    return error;
}

static int take_locked(struct file_locks *locks, const struct lock *want,
                       bool wait, struct lock *fresh[2])
{
    struct lock *holder;
    int error = 0;

    while (want->type != F_UNLCK && !error &&
           (holder = find_conflict(locks, want)) != NULL)
        error = wait ? wait_for(locks, want, holder) : -EAGAIN;
    if (!error)
        apply(locks, *want, fresh);
    return error;
}

static int take(struct inode *inode, const struct lock *want, bool wait)
{
    struct file_locks *locks = locks_of(inode);
    struct lock *fresh[2];
    int error = -ENOMEM;

    if (!locks)
        return -ENOMEM;
    fresh[0] = cache_alloc(&lock_cache);
    fresh[1] = cache_alloc(&lock_cache);
    if (fresh[0] && fresh[1]) {
        spin_lock(&all_locks);
        error = take_locked(locks, want, wait, fresh);
        spin_unlock(&all_locks);
    }
    for (unsigned i = 0; i < 2; i++)
        if (fresh[i])
            cache_free(&lock_cache, fresh[i]);
    return error;
}

/* --- fcntl(2) ------------------------------------------------------------- */

/* start and length of struct flock to an inclusive range. */
static int set_range(struct file *f, const struct flock *l, struct lock *want)
{
    s64 base = 0, start, end = LONG_MAX;

    if (l->whence == SEEK_CUR)
        base = f->position;
    else if (l->whence == SEEK_END)
        base = inode_size(f->inode);
    else if (l->whence != SEEK_SET)
        return -EINVAL;
    if (__builtin_add_overflow(base, l->start, &start))
        return -EOVERFLOW;
    if (l->length > 0 && __builtin_add_overflow(start, l->length - 1, &end))
        return -EOVERFLOW;
    if (start < 0)
        return -EINVAL;
    if (l->length < 0) {
        end = start - 1;                /* the bytes before */
        start += l->length;
    }
    if (start < 0)
        return -EINVAL;
    want->start = start;
    want->end = end;
    return 0;
}

static int set_owner(struct file *f, struct fdtable *table, int cmd,
                     const struct flock *l, struct lock *want)
{
    if (cmd == F_GETLK || cmd == F_SETLK || cmd == F_SETLKW) {
        want->kind = LOCK_RECORD;
        want->owner = table;
        want->pid = fs_doors->current_pid();
        return 0;
    }
    want->kind = LOCK_OPEN_FILE;
    want->owner = f;
    want->pid = -1;
    return l->pid ? -EINVAL : 0;
}

static int get_conflict(struct inode *inode, const struct lock *want,
                        struct flock *l)
{
    struct lock *holder = NULL;

    spin_lock(&all_locks);
    if (inode->locks)
        holder = find_conflict(inode->locks, want);
    if (holder) {
        *l = (struct flock){
            .type = holder->type, .whence = SEEK_SET, .start = holder->start,
            .length = holder->end == LONG_MAX
                          ? 0 : (s64)(holder->end - holder->start + 1),
            .pid = holder->pid,
        };
    } else {
        l->type = F_UNLCK;
    }
    spin_unlock(&all_locks);
    return 0;
}

int lock_control(struct file *f, struct fdtable *owner, int cmd,
                 struct flock *l)
{
    struct lock want = { .type = l->type };
    int error = set_range(f, l, &want);

    if (!error)
        error = set_owner(f, owner, cmd, l, &want);
    if (error)
        return error;
    if (cmd == F_GETLK || cmd == F_OFD_GETLK) {
        if (l->type != F_RDLCK && l->type != F_WRLCK)
            return -EINVAL;
        return get_conflict(f->inode, &want, l);
    }
    if (l->type != F_RDLCK && l->type != F_WRLCK && l->type != F_UNLCK)
        return -EINVAL;
    if ((l->type == F_RDLCK && !(f->mode & FILE_READ)) ||
        (l->type == F_WRLCK && !(f->mode & FILE_WRITE)))
        return -EBADF;
    return take(f->inode, &want, cmd == F_SETLKW || cmd == F_OFD_SETLKW);
}

int lock_whole(struct file *f, int operation)
{
    struct lock want = { .kind = LOCK_FLOCK, .owner = f, .end = LONG_MAX };
    struct lock none = want;

    switch (operation & ~LOCK_NB) {
    case LOCK_SH:
        want.type = F_RDLCK;
        break;
    case LOCK_EX:
        want.type = F_WRLCK;
        break;
    case LOCK_UN:
        want.type = F_UNLCK;
        break;
    default:
        return -EINVAL;
    }
    /* A change of kind is not atomic: flock(2). */
    none.type = F_UNLCK;
    if (want.type != F_UNLCK) {
        int error = take(f->inode, &none, false);

        if (error)
            return error;
    }
    return take(f->inode, &want, !(operation & LOCK_NB));
}

/* --- letting go ----------------------------------------------------------- */

static void release_all(struct inode *inode, const void *owner)
{
    struct lock *l, *next;

    spin_lock(&all_locks);
    list_for_each_safe(l, next, &inode->locks->held, node)
        if (l->owner == owner)
            lock_free(l);
    waitq_wake_all(&inode->locks->waiters, 0);
    spin_unlock(&all_locks);
}

void locks_release_owner(struct inode *inode, struct fdtable *owner)
{
    release_all(inode, owner);
}

void locks_release_file(struct file *f)
{
    release_all(f->inode, f);
}

void locks_destroy(struct inode *inode)
{
    assert(list_empty(&inode->locks->held));
    kfree(inode->locks);
}
