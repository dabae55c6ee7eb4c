/*
 * rt_event.c - sets of 32 events (row K-05).
 *
 * Events are sent to all who wait for them: one that several wait for is
 * cleared when all of these have it, as in RT-Thread since 4.1.
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/printf.h"
#include "lwp/object.h"
#include "lwp/syscall.h"
#include "mm/uaccess.h"

#define RT_EVENT_FLAG_AND   1           /* all of the set, ... */
#define RT_EVENT_FLAG_OR    2           /* ... or one at least */
#define RT_EVENT_FLAG_CLEAR 4           /* and then they are over */

struct rt_event {
    struct object object;               /* first */
    u32 set;                            /* guarded by its lock */
};

static struct rt_event *event_of(struct object *o)
{
    return container_of(o, struct rt_event, object);
}

static void event_describe(const struct object *o, char *buf, size_t size)
{
    ksnprintf(buf, size, "0x%08x", ((const struct rt_event *)o)->set);
}

static int event_reset(struct object *o, unused_arg u64 value,
                       unused_arg struct list *left)
{
    event_of(o)->set = 0;
    return 0;
}

static const struct object_kind event_kind = {
    .type = OBJECT_EVENT,
    .name = "event",
    .size = sizeof(struct rt_event),
    .describe = event_describe,
    .reset = event_reset,
};

long sys_rt_event_create(ustr_t name, int flag, uptr_t at)
{
    struct rt_event *e = object_create(&event_kind);

    return e ? object_publish(&e->object, name, flag, at) : -ENOMEM;
}

/* What of the events that w waits for is there, if that is enough for it. */
static u32 match(const struct rt_event *e, const struct object_waiter *w)
{
    u32 there = e->set & w->set;

    return (w->option & RT_EVENT_FLAG_AND) && there != w->set ? 0 : there;
}

static void send_locked(struct rt_event *e, u32 set)
{
    struct object_waiter *w, *next;
    u32 over = 0;

    e->set |= set;
    list_for_each_safe(w, next, &e->object.waiters, node) {
        u32 there = match(e, w);

        if (!there)
            continue;
        if (w->option & RT_EVENT_FLAG_CLEAR)
            over |= there;
        w->set = there;
        object_end_wait_locked(w, 0);
    }
    e->set &= ~over;
}

long sys_rt_event_send(int id, unsigned set)
{
    struct object_handle *h = object_lock(OBJECT_EVENT, id);

    if (!h)
        return -EINVAL;
    if (set)
        send_locked(event_of(h->object), set);
    object_unlock(h);
    return set ? 0 : -EINVAL;
}

static int recv_locked(struct object_waiter *w, int time)
{
    struct rt_event *e = event_of(w->handle->object);
    u32 there = match(e, w);

    if (!there)
        return object_wait_locked(w, time);
    w->set = there;
    if (w->option & RT_EVENT_FLAG_CLEAR)
        e->set &= ~there;
    return 0;
}

static bool option_valid(int option)
{
    int how = option & ~RT_EVENT_FLAG_CLEAR;

    return how == RT_EVENT_FLAG_AND || how == RT_EVENT_FLAG_OR;
}

long sys_rt_event_recv(int id, unsigned set, int option, int time,
                       uptr_t recved)
{
    struct object_waiter w = { .set = set, .option = option };
    int error;

    if (!set || !option_valid(option))
        return -EINVAL;
    w.handle = object_lock(OBJECT_EVENT, id);
    if (!w.handle)
        return -EINVAL;
    error = recv_locked(&w, time);
    object_unlock(w.handle);
    if (error || !recved)
        return error;
    return copy_to_user(recved, &w.set, sizeof(w.set));
}
