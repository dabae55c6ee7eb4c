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
    unsigned command = op & ~(FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME);
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

static long do_wait(unsigned op, struct futex_wait *wait, uptr_t timeout,
                    bool relative)
{
    int error = read_timeout(op, timeout, &wait->deadline);

    if (error)
        return error;
    if (!wait->bitset)
        return -EINVAL;
    return relative ? wait_relative(wait) : futex_wait(wait);
}

static long do_requeue(const struct futex_requeue *r)
{
    if ((int)r->wake < 0 || (int)r->move < 0)
        return -EINVAL;
    return futex_requeue(r);
}

static long do_lock_pi(unsigned op, uptr_t word, bool shared, uptr_t timeout)
{
    nsec_t deadline;
    int error = read_timeout(op, timeout, &deadline);

    return error ? error : futex_lock_pi(word, shared, deadline);
}

long sys_futex(uptr_t word, int op, unsigned value, uptr_t timeout,
               uptr_t word2, unsigned value3)
{
    bool shared = !(op & FUTEX_PRIVATE_FLAG);
    unsigned command = op & ~(FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME);
    unsigned value2 = (u64)timeout;     /* where there is no timeout */
    struct futex_wait wait = { .word = word, .shared = shared, .value = value,
                               .bitset = value3 };
    struct futex_requeue requeue = { .word = word, .target = word2,
                                     .shared = shared, .wake = value,
                                     .move = value2, .value = value3 };

    if ((op & FUTEX_CLOCK_REALTIME) && command != FUTEX_WAIT &&
        command != FUTEX_WAIT_BITSET && command != FUTEX_LOCK_PI2)
        return -ENOSYS;
    switch (command) {
    case FUTEX_WAIT:
        wait.bitset = FUTEX_BITSET_ANY;
        return do_wait(op, &wait, timeout, true);
    case FUTEX_WAIT_BITSET:
        return do_wait(op, &wait, timeout, false);
    case FUTEX_WAKE:
        return futex_wake(word, shared, value, FUTEX_BITSET_ANY);
    case FUTEX_WAKE_BITSET:
        return value3 ? futex_wake(word, shared, value, value3) : -EINVAL;
    case FUTEX_CMP_REQUEUE:
        requeue.compare = true;
        return do_requeue(&requeue);
    case FUTEX_REQUEUE:
        return do_requeue(&requeue);
    case FUTEX_WAKE_OP:
        return futex_wake_op(&(struct futex_wake_op){
            .word = word, .target = word2, .shared = shared, .wake = value,
            .wake_target = value2, .operation = value3 });
    case FUTEX_LOCK_PI:
    case FUTEX_LOCK_PI2:
        return do_lock_pi(op, word, shared, timeout);
    case FUTEX_TRYLOCK_PI:
        return futex_trylock_pi(word, shared);
    case FUTEX_UNLOCK_PI:
        return futex_unlock_pi(word, shared);
    default:
        return -ENOSYS;
    }
}
