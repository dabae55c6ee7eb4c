/*
 * futex_pi.c - mutexes with priority inheritance.
 *
 * All of it is the slow way: programs lock and unlock in their own memory as
 * long as nobody waits.  So one sleeping mutex for the whole system will do,
 * and words are read and written under it, faults and all.  Who holds it has
 * the greatest priority, or it would itself be what makes the urgent wait.
 */
#include "lwp/futex_pi.h"

#include "kernel/lib/errno.h"
#include "kernel/mutex.h"
#include "kernel/sched.h"
#include "lwp/futex_queue.h"
#include "lwp/lwp.h"
#include "lwp/pid.h"
#include "mm/uaccess.h"

enum pi_result {
    PI_WAITING,
    PI_GIVEN,                       /* the word names this thread now */
    PI_OWNER_GONE,                  /* it ended: try again */
};

struct pi_waiter {
    struct lwp_thread *thread;
    struct futex_key key;
    /* changed with pi_mutex and pi_lock held, read with either */
    struct list node;
    struct lwp_thread *owner;       /* waited for; referenced */
    /* guarded by pi_mutex */
    enum pi_result result;
};

#define CHAIN_MAX 64                /* owners that wait for owners */

static struct mutex pi_mutex = MUTEX_INIT(pi_mutex);
static struct spinlock pi_lock = SPINLOCK_INIT(RANK_FUTEX);
/* changed with both held, read with either; longest waiting first */
static struct list pi_waiters = LIST_INIT(pi_waiters);

/* --- inheritance ---------------------------------------------------------- */

static struct pi_waiter *waiter_of_locked(const struct lwp_thread *t)
{
    struct pi_waiter *w;

    list_for_each(w, &pi_waiters, node) {
        if (w->thread == t)
            return w;
    }
    return NULL;
}

/* Lend t the greatest urgency of its waiters; likewise along the chain of
 * owners. */
static void inherit_locked(struct lwp_thread *t)
{
    struct pi_waiter *w;
    unsigned boost;

    assert(spin_held(&pi_lock));
    for (int i = 0; t && i < CHAIN_MAX; i++) {
        boost = 0;
        list_for_each(w, &pi_waiters, node) {
            if (w->owner == t)
                boost = MAX(boost, urgency(&w->thread->thread));
        }
        sched_set_boost(&t->thread, boost);
        w = waiter_of_locked(t);
        t = w ? w->owner : NULL;
    }
}

static void pi_enter(void)
{
    sched_set_boost(current_thread(), RT_PRIORITY_MAX);
    mutex_lock(&pi_mutex);
    /* Meanwhile another may have lent us less. */
    sched_set_boost(current_thread(), RT_PRIORITY_MAX);
}

static void pi_leave(void)
{
    mutex_unlock(&pi_mutex);
    spin_lock(&pi_lock);
    inherit_locked(current_lwp_thread());
    spin_unlock(&pi_lock);
}

/* Does waiting for `owner` close a ring? */
static bool is_ring_locked(struct lwp_thread *owner)
{
    struct lwp_thread *me = current_lwp_thread();
    struct pi_waiter *w;

    for (int i = 0; owner && i < CHAIN_MAX; i++) {
        if (owner == me)
            return true;
        w = waiter_of_locked(owner);
        owner = w ? w->owner : NULL;
    }
    return false;
}

static struct pi_waiter *most_urgent_locked(const struct futex_key *key)
{
    struct pi_waiter *w, *best = NULL;

    list_for_each(w, &pi_waiters, node) {
        if (futex_key_equal(&w->key, key) &&
            (!best || urgency(&w->thread->thread) > urgency(&best->thread->thread)))
            best = w;
    }
    return best;
}

/* Who stops waiting has its urgency back; our own, when we leave. */
static void set_owner(struct pi_waiter *w, struct lwp_thread *owner)
{
    struct lwp_thread *old = w->owner;

    assert(mutex_held(&pi_mutex));
    if (owner)
        thread_get(&owner->thread);
    spin_lock(&pi_lock);
    w->owner = owner;
    if (!owner)
        list_remove(&w->node);
    else if (!old)
        list_add_tail(&pi_waiters, &w->node);
    if (old && old != current_lwp_thread())
        inherit_locked(old);
    if (owner)
        inherit_locked(owner);
    spin_unlock(&pi_lock);
    if (old)
        thread_put(&old->thread);
}

/* --- locking -------------------------------------------------------------- */

/* The owner's tid in the word, or an attempt to make it ours.  0: locked,
 * *tid = 0; or *tid is who has it, with FUTEX_WAITERS set in the word. */
static int claim_word(uptr_t word, const struct futex_key *key, pid_t *tid)
{
    u32 me = current_lwp_thread()->tid, value, next;
    int error = user_load_u32(word, &value);

    if (error)
        return error;
    do {
        *tid = value & FUTEX_TID_MASK;
        if (*tid == (pid_t)me)
            return -EDEADLK;
        if (*tid)
            next = value | FUTEX_WAITERS;
        else
            next = me | (value & FUTEX_OWNER_DIED) |
                   (most_urgent_locked(key) ? FUTEX_WAITERS : 0);
        error = user_cmpxchg_u32(word, &value, next);
    } while (error == -EAGAIN);
    return error;
}

/*
 * Queue for thread `tid`.  One that has begun to end is no owner: -EAGAIN, as
 * it may have left the word in order.
 */
static int queue_for(pid_t tid, struct pi_waiter *w)
{
    struct lwp_thread *owner = lwp_thread_lookup(tid);
    int error = 0;

    if (!owner)
        return -ESRCH;
    if (is_ring_locked(owner)) {
        error = -EDEADLK;
        goto put_owner;
    }
    w->result = PI_WAITING;
    set_owner(w, owner);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);    /* see futex_exit_pi() */
    if (READ_ONCE(owner->owns_nothing)) {
        set_owner(w, NULL);
        error = -EAGAIN;
    }
put_owner:
    thread_put(&owner->thread);
    return error;
}

/* Lock, or queue for the owner.  0 with w->owner NULL: locked. */
static int enter_locked(uptr_t word, struct pi_waiter *w)
{
    pid_t tid, ended = 0;
    int error;

    w->owner = NULL;
    for (;;) {
        error = claim_word(word, &w->key, &tid);
        if (error || !tid)
            return error;
        if (tid == ended)
            return -ESRCH;
        error = queue_for(tid, w);
        if (error != -EAGAIN)
            return error;
        ended = tid;
    }
}

static int sleep_for_owner(struct pi_waiter *w, nsec_t deadline)
{
    int error = 0;

    while (!error) {
        thread_prepare_sleep(WAIT_INTERRUPTIBLE);
        if (READ_ONCE(w->result) != PI_WAITING)
            return 0;
        error = thread_sleep(deadline);
    }
    return error;
}

/* One attempt; -EAGAIN if the owner ended meanwhile. */
static int lock_once(uptr_t word, struct pi_waiter *w, nsec_t deadline)
{
    bool queued;
    int error;

    pi_enter();
    error = enter_locked(word, w);
    queued = !error && w->owner;        /* it may be given away at once */
    pi_leave();
    if (!queued)
        return error;
    error = sleep_for_owner(w, deadline);
    pi_enter();
    if (w->result == PI_GIVEN)
        error = 0;
    else if (w->result == PI_OWNER_GONE)
        error = -EAGAIN;
    else
        set_owner(w, NULL);
    pi_leave();
    return error == -ERESTARTSYS ? -ERESTARTNOINTR : error;
}

int futex_lock_pi(uptr_t word, bool shared, nsec_t deadline)
{
    struct pi_waiter w = { .thread = current_lwp_thread() };
    int error = futex_key_get(word, shared, &w.key);

    if (error)
        return error;
    do
        error = lock_once(word, &w, deadline);
    while (error == -EAGAIN);
    futex_key_put(&w.key);
    return error;
}

int futex_trylock_pi(uptr_t word, bool shared)
{
    struct futex_key key;
    u32 value, me = current_lwp_thread()->tid;
    int error = futex_key_get(word, shared, &key);

    if (error)
        return error;
    pi_enter();
    error = user_load_u32(word, &value);
    while (!error) {
        if (value & FUTEX_TID_MASK) {
            error = (value & FUTEX_TID_MASK) == me ? -EDEADLK : -EAGAIN;
            break;
        }
        error = user_cmpxchg_u32(word, &value, me | value);
        if (error != -EAGAIN)
            break;
        error = 0;
    }
    pi_leave();
    futex_key_put(&key);
    return error;
}

/* --- unlocking ------------------------------------------------------------ */

/* The waiter is told, and gone then; those that still wait, wait for it. */
static void hand_over(struct pi_waiter *next, enum pi_result result)
{
    struct lwp_thread *heir = next->thread;
    struct pi_waiter *w;

    set_owner(next, NULL);
    list_for_each(w, &pi_waiters, node) {
        if (result == PI_GIVEN && futex_key_equal(&w->key, &next->key))
            set_owner(w, heir);
    }
    WRITE_ONCE(next->result, result);
    thread_wake(&heir->thread);
}

static int unlock_locked(uptr_t word, const struct futex_key *key)
{
    struct pi_waiter *next = most_urgent_locked(key), *w;
    u32 value, heir = next ? next->thread->tid : 0;
    int error = user_load_u32(word, &value);

    list_for_each(w, &pi_waiters, node) {
        if (w != next && futex_key_equal(&w->key, key))
            heir |= FUTEX_WAITERS;
    }
    if (error)
        return error;
    do {
        if ((value & FUTEX_TID_MASK) != (u32)current_lwp_thread()->tid)
            return -EPERM;
        error = user_cmpxchg_u32(word, &value, heir);
    } while (error == -EAGAIN);
    if (!error && next)
        hand_over(next, PI_GIVEN);
    return error;
}

int futex_unlock_pi(uptr_t word, bool shared)
{
    struct futex_key key;
    int error = futex_key_get(word, shared, &key);

    if (error)
        return error;
    pi_enter();
    error = unlock_locked(word, &key);
    pi_leave();
    futex_key_put(&key);
    return error;
}

/*
 * Waiters find the word without an owner (robust mutexes) and take it, or with
 * a tid that names nobody: -ESRCH.  Who queues from now on sees the mark, or
 * is seen here.
 */
void futex_exit_pi(struct thread *thread)
{
    struct lwp_thread *t = container_of(thread, struct lwp_thread, thread);
    struct pi_waiter *w, *next;

    WRITE_ONCE(t->owns_nothing, true);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (list_empty(&pi_waiters))
        return;
    pi_enter();
    list_for_each_safe(w, next, &pi_waiters, node) {
        if (w->owner == t)
            hand_over(w, PI_OWNER_GONE);
    }
    pi_leave();
}
