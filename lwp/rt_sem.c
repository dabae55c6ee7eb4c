/*
 * rt_sem.c - counting semaphores (row K-03).
 *
 * While anybody waits the value is 0: a release goes to the first waiter.
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/printf.h"
#include "lwp/object.h"
#include "lwp/syscall.h"

struct rt_sem {
    struct object object;               /* first */
    unsigned value;                     /* guarded by its lock */
};

static struct rt_sem *sem_of(struct object *o)
{
    return container_of(o, struct rt_sem, object);
}

static void sem_describe(const struct object *o, char *buf, size_t size)
{
    ksnprintf(buf, size, "%u", ((const struct rt_sem *)o)->value);
}

static int sem_reset(struct object *o, u64 value,
                     unused_arg struct list *left)
{
    if (value > OBJECT_VALUE_MAX)
        return -EINVAL;
    sem_of(o)->value = value;
    return 0;
}

static const struct object_kind sem_kind = {
    .type = OBJECT_SEM,
    .name = "sem",
    .size = sizeof(struct rt_sem),
    .describe = sem_describe,
    .reset = sem_reset,
};

long sys_rt_sem_create(ustr_t name, unsigned value, int flag, uptr_t at)
{
    struct rt_sem *s;

    if (value > OBJECT_VALUE_MAX)
        return -EINVAL;
    s = object_create(&sem_kind);
    if (!s)
        return -ENOMEM;
    s->value = value;
    return object_publish(&s->object, name, flag, at);
}

static int take_locked(struct object_handle *h, int time)
{
    struct rt_sem *s = sem_of(h->object);
    struct object_waiter w = { .handle = h };

    if (!s->value)
        return object_wait_locked(&w, time);
    s->value--;
    return 0;
}

long sys_rt_sem_take(int id, int time)
{
    struct object_handle *h = object_lock(OBJECT_SEM, id);
    int error;

    if (!h)
        return -EINVAL;
    error = take_locked(h, time);
    object_unlock(h);
    return error;
}

static int release_locked(struct rt_sem *s)
{
    struct object_waiter *w = object_first_waiter_locked(&s->object);

    if (w)
        object_end_wait_locked(w, 0);
    else if (s->value == OBJECT_VALUE_MAX)
        return -ENOSPC;
    else
        s->value++;
    return 0;
}

long sys_rt_sem_release(int id)
{
    struct object_handle *h = object_lock(OBJECT_SEM, id);
    int error;

    if (!h)
        return -EINVAL;
    error = release_locked(sem_of(h->object));
    object_unlock(h);
    return error;
}
