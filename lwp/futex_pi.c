/*
 * futex_pi.c - futexes with priority inheritance.
 *
 * All of it is the slow way: programs lock and unlock in their own memory as
 * long as nobody waits.  So one sleeping mutex for the whole system will do,
 * and words are read and written under it, faults and all.  Who holds it has
 * the greatest priority, or it would itself be what makes the urgent wait.
 * Waiters for futexes come and go under it, too.
 */
#include "lwp/futex_pi.h"

#include "kernel/lib/errno.h"
#include "kernel/mutex.h"
#include "kernel/sched.h"
#include "lwp/futex_queue.h"
#include "lwp/pi.h"
#include "lwp/pid.h"
#include "mm/uaccess.h"

static struct mutex pi_mutex = MUTEX_INIT(pi_mutex);

static void pi_enter(void)
{
    pi_set_floor(RT_PRIORITY_MAX);
    mutex_lock(&pi_mutex);
}

static void pi_leave(void)
{
    mutex_unlock(&pi_mutex);
    pi_set_floor(0);
}

/* Stays where it is until pi_leave(). */
static struct pi_waiter *most_urgent(const struct futex_key *key)
{
    struct pi_waiter *w;

    assert(mutex_held(&pi_mutex));
    spin_lock(&pi_lock);
    w = pi_most_urgent_locked(key->space, key->place);
    spin_unlock(&pi_lock);
    return w;
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
                   (most_urgent(key) ? FUTEX_WAITERS : 0);
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
    int error;

    if (!owner)
        return -ESRCH;
    spin_lock(&pi_lock);
    error = pi_wait_locked(w, owner);
    spin_unlock(&pi_lock);
    thread_put(&owner->thread);
    return error;
}

/* Lock (0), or queue for the owner (PI_WAITING). */
static int enter_locked(uptr_t word, const struct futex_key *key,
                        struct pi_waiter *w)
{
    pid_t tid, ended = 0;
    int error;

    for (;;) {
        error = claim_word(word, key, &tid);
        if (error || !tid)
            return error;
        if (tid == ended)
            return -ESRCH;
        error = queue_for(tid, w);
        if (!error)
            return PI_WAITING;
        if (error != -EAGAIN)
            return error;
        ended = tid;
    }
}

/* One attempt; -EAGAIN if the owner ended meanwhile. */
static int lock_once(uptr_t word, const struct futex_key *key, nsec_t deadline)
{
    struct pi_waiter w = { .thread = current_lwp_thread(),
                           .space = key->space, .place = key->place };
    int error;

    pi_enter();
    error = enter_locked(word, key, &w);
    pi_leave();
    if (error != PI_WAITING)
        return error;
    error = pi_sleep(&w, deadline);
    pi_enter();
    spin_lock(&pi_lock);
    if (w.result == PI_WAITING)
        pi_end_locked(&w, error);
    spin_unlock(&pi_lock);
    pi_leave();
    return w.result == -ERESTARTSYS ? -ERESTARTNOINTR : w.result;
}

int futex_lock_pi(uptr_t word, bool shared, nsec_t deadline)
{
    struct futex_key key;
    int error = futex_key_get(word, shared, &key);

    if (error)
        return error;
    do
        error = lock_once(word, &key, deadline);
    while (error == -EAGAIN);
    futex_key_put(&key);
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

/* What the word is when `next` has it: with a mark if others wait as well. */
static u32 heirs_word(const struct pi_waiter *next)
{
    struct pi_waiter *w;
    u32 value;

    if (!next)
        return 0;
    value = next->thread->tid;
    spin_lock(&pi_lock);
    list_for_each(w, &pi_waiters, node) {
        if (w != next && pi_waits_for(w, next->space, next->place))
            value |= FUTEX_WAITERS;
    }
    spin_unlock(&pi_lock);
    return value;
}

static int unlock_locked(uptr_t word, const struct futex_key *key)
{
    struct pi_waiter *next = most_urgent(key);
    u32 value, heir = heirs_word(next);
    int error = user_load_u32(word, &value);

    if (error)
        return error;
    do {
        if ((value & FUTEX_TID_MASK) != (u32)current_lwp_thread()->tid)
            return -EPERM;
        error = user_cmpxchg_u32(word, &value, heir);
    } while (error == -EAGAIN);
    if (error || !next)
        return error;
    spin_lock(&pi_lock);
    pi_pass_locked(next);
    spin_unlock(&pi_lock);
    return 0;
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
    spin_lock(&pi_lock);
    list_for_each_safe(w, next, &pi_waiters, node) {
        if (w->owner == t)
            pi_drop_locked(w, -EAGAIN);
    }
    pi_inherit_locked(t);
    spin_unlock(&pi_lock);
    pi_leave();
}
