/* sysv_semop.c - operations on semaphores: semop(2), semtimedop(2). */
#include "kernel/lib/errno.h"
#include "lwp/deadline.h"
#include "lwp/lwp.h"
#include "lwp/syscall.h"
#include "lwp/sysv_sem.h"
#include "mm/alloc.h"
#include "mm/uaccess.h"

#define WAITS 1                     /* no result, but that it has to wait */

/* --- one call ------------------------------------------------------------ */

static int do_op(struct sem_set *set, struct sem_call *c,
                 const struct sem_op *op)
{
    struct sem *sem = &set->sems[op->num];
    int value = sem->value + op->op;

    if (value < 0 || (op->op == 0 && value))
        return op->flags & IPC_NOWAIT ? -EAGAIN : WAITS;
    if (value > SEM_VALUE_MAX)
        return -ERANGE;
    if (op->flags & SEM_UNDO) {
        s16 *adjust = &c->undo->adjust[op->num];

        if (*adjust - op->op != (s16)(*adjust - op->op))
            return -ERANGE;
        *adjust -= op->op;
    }
    sem->value = value;
    return 0;
}

static void take_back(struct sem_set *set, struct sem_call *c,
                      const struct sem_op *op)
{
    set->sems[op->num].value -= op->op;
    if (op->flags & SEM_UNDO)
        c->undo->adjust[op->num] += op->op;
}

/* All of it or nothing.  0, WAITS, -EAGAIN, -ERANGE. */
static int try_locked(struct sem_set *set, struct sem_call *c)
{
    const struct sem_op *op = c->ops, *end = op + c->count;
    int result = 0;

    for (; op < end; op++) {
        result = do_op(set, c, op);
        if (result)
            break;
    }
    c->blocked = op;
    while (op > c->ops) {
        op--;
        if (result)
            take_back(set, c, op);
        else
            set->sems[op->num].pid = c->pid;
    }
    if (!result)
        set->op_time = sysv_time();
    return result;
}

/* --- those that wait ----------------------------------------------------- */

static struct sem_call *call_of(struct sysv_wait *w)
{
    return container_of(w, struct sem_call, wait);
}

/* WAITS, or what it came to. */
static int retry_locked(struct sem_set *set, struct sem_call *c)
{
    int result = try_locked(set, c);

    if (result != WAITS)
        sysv_wake_locked(&c->wait, result);
    return result;
}

static void retry_watching_locked(struct sem_set *set)
{
    struct sysv_wait *w, *next;

    list_for_each_safe(w, next, &set->watching, node)
        retry_locked(set, call_of(w));
}

/*
 * True: start over.  A single operation that waited has made its value smaller:
 * of those before it in the queue this helps only calls of several operations,
 * one of which waits for zero.
 */
static bool retry_altering_locked(struct sem_set *set)
{
    struct sysv_wait *w, *next;
    bool several = false;

    list_for_each_safe(w, next, &set->altering, node) {
        several |= call_of(w)->count > 1;
        if (retry_locked(set, call_of(w)))
            continue;
        if (several)
            return true;
        retry_watching_locked(set);
    }
    return false;
}

void sem_changed_locked(struct sem_set *set)
{
    sysv_assert_locked(&set->object);
    do
        retry_watching_locked(set);
    while (retry_altering_locked(set));
}

/* --- the calls ----------------------------------------------------------- */

static int check_call_locked(struct sem_set *set, const struct sem_call *c)
{
    for (unsigned i = 0; i < c->count; i++)
        if (c->ops[i].num >= set->count)
            return -EFBIG;
    return sysv_check_access_locked(&set->object,
                                    c->alters ? SYSV_WRITE : SYSV_READ);
}

/* The undo is looked for while the table is locked, too. */
static int lock_set(int id, struct sem_call *c, struct sysv_object **out)
{
    int error = sysv_lock_with_table(&sem_table, id, out);
    struct sem_set *set = (struct sem_set *)*out;

    if (error)
        return error;
    error = check_call_locked(set, c);
    if (!error && c->undoes)
        error = sem_undo_find_locked(set, &c->undo);
    if (error)
        sysv_unlock_both(*out);
    else
        sysv_unlock_table(&sem_table);
    return error;
}

/* A signal does not restart it, and time that is over is -EAGAIN. */
static int wait_and_unlock(struct sem_set *set, struct sem_call *c,
                           nsec_t deadline)
{
    int result = sysv_wait_and_unlock(&set->object, &c->wait,
                                      c->alters ? &set->altering
                                                : &set->watching, deadline);

    if (result == -ERESTARTSYS)
        return -EINTR;
    return result == -ETIMEDOUT ? -EAGAIN : result;
}

static int do_call(int id, struct sem_call *c, nsec_t deadline)
{
    struct sysv_object *o;
    struct sem_set *set;
    int result;

    for (unsigned i = 0; i < c->count; i++) {
        c->alters |= c->ops[i].op != 0;
        c->undoes |= (c->ops[i].flags & SEM_UNDO) != 0;
    }
    result = lock_set(id, c, &o);
    if (result)
        return result;
    set = (struct sem_set *)o;
    result = try_locked(set, c);
    if (result == WAITS)
        return wait_and_unlock(set, c, deadline);
    if (!result && c->alters)
        sem_changed_locked(set);
    sysv_unlock(o);
    return result;
}

#define OPS_ON_STACK 16

static long copy_and_do(int id, uptr_t from, unsigned count, nsec_t deadline)
{
    struct sem_op few[OPS_ON_STACK], *ops = few;
    struct sem_call c = { .count = count, .pid = current_lwp()->pid };
    long result = -EFAULT;

    if (count > OPS_ON_STACK)
        ops = kmalloc(count * sizeof(*ops));
    if (!ops)
        return -ENOMEM;
    c.ops = ops;
    if (!copy_from_user(ops, from, count * sizeof(*ops)))
        result = do_call(id, &c, deadline);
    if (ops != few)
        kfree(ops);
    return result;
}

long sys_semtimedop(int id, uptr_t ops, unsigned count, uptr_t timeout)
{
    nsec_t deadline = NEVER;
    struct timespec ts;
    int error;

    if (timeout) {
        error = timespec_from_user(&ts, timeout);
        if (error)
            return error;
        deadline = deadline_after(timespec_ns(&ts));
    }
    if (count < 1 || id < 0)
        return -EINVAL;
    if (count > READ_ONCE(sem_ops_limit))
        return -E2BIG;
    return copy_and_do(id, ops, count, deadline);
}

long sys_semop(int id, uptr_t ops, unsigned count)
{
    return sys_semtimedop(id, ops, count, NULL);
}
