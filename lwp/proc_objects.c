/*
 * proc_objects.c - /proc/rtobjects: the objects of the RT-Thread API, a line
 * each, with a line of titles.  STATE is a semaphore's value, a mutex's owner
 * (tid*depth) or free, an event's set, or how many messages of how many.
 */
#include "lwp/object.h"
#include "lwp/proc.h"

int proc_show_rtobjects(struct proc_text *t, unused_arg void *unused)
{
    struct object_view o;
    int from = t->from;

    if (!from)
        proc_print(t, "TYPE            ID NAME            STATE        "
                      "WAITERS HOLDERS\n");
    while (object_view_next(from, &o)) {
        proc_clean_column(o.name);
        proc_print(t, "%-7s %10d %-15s %-12s %7u %7u\n", o.type, o.id, o.name,
                   o.state, o.waiters, o.holders);
        if (o.id == INT_MAX)
            break;
        from = o.id + 1;
        if (proc_text_full(t)) {
            t->next = from;
            break;
        }
    }
    return 0;
}
