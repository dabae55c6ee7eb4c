/*
 * limits.c - counting threads and message queues, and the limits that a process
 * begins with.
 */
#include "lwp/limits.h"

#include "kernel/lib/avl.h"
#include "kernel/lib/errno.h"
#include "kernel/spinlock.h"
#include "lwp/lwp.h"
#include "lwp/pid.h"
#include "mm/alloc.h"

/* What one real user id has; exists while that is anything. */
struct user_count {
    struct avl_node node;           /* key: uid */
    /* guarded by count_lock */
    unsigned threads;
    u64 queue_bytes;                /* as RLIMIT_MSGQUEUE counts them */
};

static struct cache user_cache = CACHE("user", struct user_count);
static struct spinlock count_lock = SPINLOCK_INIT(RANK_PID);
static struct avl_tree users = AVL_INIT;    /* guarded by count_lock */
static unsigned total;                      /* guarded by count_lock */

/* A sleeping process of its own needs about fifteen pages: kernel stack, page
 * tables, written pages, structures.  This leaves a third of memory. */
#define PAGES_PER_THREAD 24

unsigned thread_limit(void)
{
    size_t most = pages_total() / PAGES_PER_THREAD;

    return MIN(most, (size_t)PID_MAX - PID_WRAP);
}

unsigned thread_total(void)
{
    return READ_ONCE(total);
}

static struct user_count *find_locked(uid_t uid)
{
    struct avl_node *node = avl_find(&users, uid);

    return node ? avl_entry(node, struct user_count, node) : NULL;
}

static bool is_known(uid_t uid)
{
    bool known;

    spin_lock(&count_lock);
    known = find_locked(uid) != NULL;
    spin_unlock(&count_lock);
    return known;
}

/* The user's count, made of *fresh if it is needed and not NULL. */
static struct user_count *find_or_add_locked(uid_t uid,
                                             struct user_count **fresh)
{
    struct user_count *u = find_locked(uid);

    if (!u && *fresh) {
        u = *fresh;
        u->node.key = uid;
        avl_insert(&users, &u->node);
        *fresh = NULL;
    }
    return u;
}

/* The last places are for the superuser's session leaders, which shells on
 * terminals are: so somebody can still fork to end a fork bomb. */
#define RESERVED 16

static unsigned limit_for_caller(void)
{
    struct lwp_thread *t = lwp_thread_of(current_thread());

    if (!t || (t->lwp->sid == t->lwp->pid && cred_is_root(current_cred())))
        return thread_limit();
    return thread_limit() - RESERVED;
}

int user_count_add(uid_t uid, u64 limit, struct user_count **out)
{
    unsigned most = limit_for_caller();
    struct user_count *fresh = NULL, *u = NULL;
    bool room;

    if (!is_known(uid)) {
        fresh = cache_zalloc(&user_cache);
        if (!fresh)
            return -ENOMEM;
    }
    spin_lock(&count_lock);
    room = total < most && (limit > 0 || uid == 0);
    if (room)
        u = find_or_add_locked(uid, &fresh);
    if (u && uid != 0 && u->threads >= limit)
        u = NULL;
    if (u) {
        u->threads++;
        total++;
    }
    spin_unlock(&count_lock);
    if (fresh)
        cache_free(&user_cache, fresh);
    *out = u;
    return u ? 0 : -EAGAIN;
}

static void reduce(struct user_count *u, unsigned threads, u64 queue_bytes)
{
    bool gone;

    spin_lock(&count_lock);
    total -= threads;
    u->threads -= threads;
    u->queue_bytes -= queue_bytes;
    gone = !u->threads && !u->queue_bytes;
    if (gone)
        avl_remove(&users, &u->node);
    spin_unlock(&count_lock);
    if (gone)
        cache_free(&user_cache, u);
}

void user_count_remove(struct user_count *u)
{
    if (u)
        reduce(u, 1, 0);
}

int user_charge_queue(struct user_count *u, u64 bytes, u64 limit)
{
    bool room;

    spin_lock(&count_lock);
    room = bytes <= limit && u->queue_bytes <= limit - bytes;
    if (room)
        u->queue_bytes += bytes;
    spin_unlock(&count_lock);
    return room ? 0 : -EMFILE;
}

void user_discharge_queue(struct user_count *u, u64 bytes)
{
    reduce(u, 0, bytes);
}

unsigned user_count_threads(uid_t uid)
{
    struct user_count *u;
    unsigned threads;

    spin_lock(&count_lock);
    u = find_locked(uid);
    threads = u ? u->threads : 0;
    spin_unlock(&count_lock);
    return threads;
}

void limits_init(struct lwp *lwp)
{
    for (unsigned i = 0; i < RLIMIT_COUNT; i++)
        lwp->rlimits[i] = (struct rlimit){ RLIM_INFINITY, RLIM_INFINITY };
    lwp->rlimits[RLIMIT_STACK].cur = 8ul << 20;
    lwp->rlimits[RLIMIT_CORE].cur = 0;
    lwp->rlimits[RLIMIT_NOFILE] = (struct rlimit){ 1024, 1ul << 16 };
    lwp->rlimits[RLIMIT_MEMLOCK] = (struct rlimit){ 8ul << 20, 8ul << 20 };
    lwp->rlimits[RLIMIT_MSGQUEUE] = (struct rlimit){ 819200, 819200 };
    lwp->rlimits[RLIMIT_NICE] = (struct rlimit){ 0, 0 };
    lwp->rlimits[RLIMIT_RTPRIO] = (struct rlimit){ 0, 0 };
    lwp->rlimits[RLIMIT_NPROC] =
        (struct rlimit){ thread_limit() / 2, thread_limit() / 2 };
    lwp->rlimits[RLIMIT_SIGPENDING] = lwp->rlimits[RLIMIT_NPROC];
}
