/* sysv_semop.c - operations on semaphores: semop(2), semtimedop(2). */
#include "kernel/lib/errno.h"
#include "lwp/deadline.h"
#include "lwp/lwp.h"
#include "lwp/syscall.h"
#include "lwp/sysv_sem.h"
#include "mm/alloc.h"
#include "mm/uaccess.h"

/* --- one call ------------------------------------------------------------ */

static int do_op(struct sem_set *set, struct sem_call *c,
                 const struct sem_op *op)
{
    struct sem *sem = &set->sems[op->num];
    int value = sem->value + op->op;

    if (value < 0 || (op->op == 0 && value))
        return op->flags & IPC_NOWAIT ? -EAGAIN : SEM_WAITS;
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

/* All of it or nothing.  0, SEM_WAITS, -EAGAIN, -ERANGE. */
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

static bool retry_locked(struct sem_set *set, struct sem_call *c)
{
    c->result = try_locked(set, c);
    if (c->result == SEM_WAITS)
        return false;
    list_remove(&c->node);
    waitq_wake_all(&c->sleeper, 0);
    return true;
}

static void retry_watching_locked(struct sem_set *set)
{
    struct sem_call *c, *next;

    list_for_each_safe(c, next, &set->watching, node)
        retry_locked(set, c);
}

/*
 * True: start over.  A single operation that waited has made its value smaller,
 * so nobody who was before it in the queue can go on because of that.
 */
static bool retry_altering_locked(struct sem_set *set)
{
    struct sem_call *c, *next;

    list_for_each_safe(c, next, &set->altering, node) {
        if (!retry_locked(set, c) || c->result)
            continue;
        if (c->count > 1)
            return true;
        retry_watching_locked(set);
    }
    return false;
}

void sem_changed_locked(struct sem_set *set)
{
    assert(spin_held(&set->object.lock));
    do
        retry_watching_locked(set);
    while (retry_altering_locked(set));
}

/* -EIDRM, -EINTR, -EAGAIN when the time is over, or what became of it. */
static int wait_locked(struct sem_set *set, struct sem_call *c,
                       nsec_t deadline)
{
    int error;

    sysv_hold(&set->object);
    waitq_init(&c->sleeper);
    c->result = SEM_WAITS;
    list_add_tail(c->alters ? &set->altering : &set->watching, &c->node);
    error = waitq_sleep(&c->sleeper, &set->object.lock, WAIT_INTERRUPTIBLE,
                        deadline);
    if (error) {
        list_remove(&c->node);
        c->result = error == -ETIMEDOUT ? -EAGAIN : -EINTR;
    }
    return c->result;
}

/* --- the calls ----------------------------------------------------------- */

static int check_call_locked(struct sem_set *set, struct sem_call *c)
{
    for (unsigned i = 0; i < c->count; i++) {
        if (c->ops[i].num >= set->count)
            return -EFBIG;
        c->alters |= c->ops[i].op != 0;
        c->undoes |= c->ops[i].flags & SEM_UNDO;
    }
    return sysv_check_access_locked(&set->object,
                                    c->alters ? SYSV_WRITE : SYSV_READ);
}

static int start_locked(struct sem_set *set, struct sem_call *c)
{
    int error = check_call_locked(set, c);

    if (!error && c->undoes)
        error = sem_undo_find_locked(set, &c->undo);
    if (!error)
        error = try_locked(set, c);
    if (!error && c->alters)
        sem_changed_locked(set);
    return error;
}

static int do_call(int id, struct sem_call *c, nsec_t deadline)
{
    struct sysv_object *o;
    int result = sysv_lock(&sem_table, id, &o);
    bool waited;

    if (result)
        return result;
    result = start_locked((struct sem_set *)o, c);
    waited = result == SEM_WAITS;
    if (waited)
        result = wait_locked((struct sem_set *)o, c, deadline);
    sysv_unlock(o);
    if (waited)
        sysv_put(o);
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
