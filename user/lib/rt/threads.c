/* threads.c - the list of threads that live. */
#include "user/lib/rt/threads.h"

#include "user/lib/rt/lock.h"

#include <string.h>

static rt_list_t threads = RT_LIST_OBJECT_INIT(threads);

void __rt_thread_add(struct rt_thread *thread, const char *name)
{
    strncpy(thread->name, name ? name : "", RT_NAME_MAX - 1);
    thread->type = RT_Object_Class_Thread;
    if (own(thread)->maker == MADE_BY_INIT)
        thread->type |= RT_Object_Class_Static;
    rt_list_insert_before(&threads, &thread->list);
}

void __rt_thread_remove(struct rt_thread *thread)
{
    rt_list_remove(&thread->list);
    if (own(thread)->awaits)
        __rt_inherit();
    thread->stat = RT_THREAD_CLOSE;
    thread->type = RT_Object_Class_Null;
    if (own(thread)->maker != MADE_BY_INIT)
        __rt_block_put(thread);
}

struct rt_thread *__rt_thread_next(struct rt_thread *thread)
{
    rt_list_t *next = thread ? thread->list.next : threads.next;

    return next == &threads ? NULL
                            : rt_list_entry(next, struct rt_thread, list);
}

static bool is_listed(const struct rt_thread *thread)
{
    rt_list_t *node;

    rt_list_for_each(node, &threads)
        if (node == &thread->list)
            return true;
    return false;
}

bool __rt_thread_lives(const struct rt_thread *thread)
{
    if (!thread)
        return false;
    if (__rt_block_is(thread) ? thread->type != RT_Object_Class_Thread
                              : !is_listed(thread))
        return false;
    return !own((struct rt_thread *)thread)->dying;
}

rt_thread_t rt_thread_find(const char *name)
{
    struct rt_thread *thread, *found = RT_NULL;
    int old;

    if (!name)
        return RT_NULL;
    old = __rt_lock();
    rt_list_for_each_entry(thread, &threads, list)
        if (!found && !own(thread)->dying &&
            !strncmp(thread->name, name, RT_NAME_MAX - 1))
            found = thread;
    __rt_unlock(old);
    return found;
}

void __rt_threads_forget(void)
{
    rt_list_init(&threads);
}
