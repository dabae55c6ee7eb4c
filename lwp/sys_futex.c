/*
 * sys_futex.c - futex(2): arguments sorted out by operation.
 */
#include "kernel/lib/errno.h"
#include "lwp/deadline.h"
#include "lwp/futex.h"
#include "lwp/futex_ops.h"
#include "lwp/futex_pi.h"
#include "lwp/lwp.h"
#include "lwp/syscall.h"

#define FUTEX_COMMAND (~(FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME))

/* A relative wait goes on where it was interrupted. */
static int futex_wait_again(struct lwp_thread *t)
{
    struct futex_wait wait = {
        .word = uptr(t->restart.arg[0]),
        .shared = t->restart.arg[1] >> 32,
        .value = t->restart.arg[1],
        .bitset = FUTEX_BITSET_ANY,
        .deadline = t->restart.arg[2],
    };
    int error = futex_wait(&wait);

    return error == -ERESTARTSYS ? -ERESTART_BLOCK : error;
}

static int wait_relative(struct futex_wait *wait)
{
    struct lwp_thread *t = current_lwp_thread();
    int error = futex_wait(wait);

    if (error != -ERESTARTSYS || wait->deadline == NEVER)
        return error;
    t->restart.fn = futex_wait_again;
    t->restart.arg[0] = (u64)wait->word;
    t->restart.arg[1] = wait->value | (u64)wait->shared << 32;
    t->restart.arg[2] = wait->deadline;
    return -ERESTART_BLOCK;
}

/* The deadline that `timeout` means for this operation. */
static int read_timeout(unsigned op, uptr_t timeout, nsec_t *deadline)
{
    unsigned command = op & FUTEX_COMMAND;
    struct timespec ts;
    int error;

    *deadline = NEVER;
    if (!timeout)
        return 0;
    error = timespec_from_user(&ts, timeout);
    if (error)
        return error;
    *deadline = timespec_ns(&ts);
    if (command == FUTEX_WAIT)
        *deadline = deadline_after(*deadline);
    else if (command == FUTEX_LOCK_PI || (op & FUTEX_CLOCK_REALTIME))
        *deadline = deadline_realtime(*deadline);
    return 0;
}

static noinline long do_wait(uptr_t word, unsigned op, u32 value,
                             uptr_t timeout, u32 bitset)
{
    struct futex_wait wait = { .word = word,
                               .shared = !(op & FUTEX_PRIVATE_FLAG),
                               .value = value, .bitset = bitset };
    int error = read_timeout(op, timeout, &wait.deadline);

    if (error)
        return error;
    if (!bitset)
        return -EINVAL;
    if ((op & FUTEX_COMMAND) == FUTEX_WAIT_BITSET)
        return futex_wait(&wait);
    return wait_relative(&wait);
}

static noinline long do_requeue(struct futex_requeue *r, unsigned op)
{
    if ((int)r->wake < 0 || (int)r->move < 0)
        return -EINVAL;
    r->shared = !(op & FUTEX_PRIVATE_FLAG);
    r->compare = (op & FUTEX_COMMAND) == FUTEX_CMP_REQUEUE;
    return futex_requeue(r);
}

static noinline long do_lock_pi(unsigned op, uptr_t word, uptr_t timeout)
{
    nsec_t deadline;
    int error = read_timeout(op, timeout, &deadline);

    if (error)
        return error;
    return futex_lock_pi(word, !(op & FUTEX_PRIVATE_FLAG), deadline);
}

/* Where there is no timeout, its register holds a number. */
long sys_futex(uptr_t word, int op, unsigned value, uptr_t timeout,
               uptr_t word2, unsigned value3)
{
    bool shared = !(op & FUTEX_PRIVATE_FLAG);
    unsigned command = op & FUTEX_COMMAND;

    if (unlikely(op & FUTEX_CLOCK_REALTIME) && command != FUTEX_WAIT &&
        command != FUTEX_WAIT_BITSET && command != FUTEX_LOCK_PI2)
        return -ENOSYS;
    switch (command) {
    case FUTEX_WAIT:
        return do_wait(word, op, value, timeout, FUTEX_BITSET_ANY);
    case FUTEX_WAIT_BITSET:
        return do_wait(word, op, value, timeout, value3);
    case FUTEX_WAKE:
        return futex_wake(word, shared, value, FUTEX_BITSET_ANY);
    case FUTEX_WAKE_BITSET:
        return value3 ? futex_wake(word, shared, value, value3) : -EINVAL;
    case FUTEX_REQUEUE:
    case FUTEX_CMP_REQUEUE:
        return do_requeue(&(struct futex_requeue){
            .word = word, .target = word2, .value = value3, .wake = value,
            .move = (u64)timeout }, op);
    case FUTEX_WAKE_OP:
        return futex_wake_op(&(struct futex_wake_op){
            .word = word, .target = word2, .shared = shared, .wake = value,
            .wake_target = (u64)timeout, .operation = value3 });
    case FUTEX_LOCK_PI:
    case FUTEX_LOCK_PI2:
        return do_lock_pi(op, word, timeout);
    case FUTEX_TRYLOCK_PI:
        return futex_trylock_pi(word, shared);
    case FUTEX_UNLOCK_PI:
        return futex_unlock_pi(word, shared);
    default:
        return -ENOSYS;
    }
}
