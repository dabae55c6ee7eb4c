/*
 * sched_stride.c - stride scheduling (Waldspurger 1995): a thread's pass grows
 * by its stride, the inverse of its weight, for each slice of CPU time, and the
 * one with the least pass is next.  Passes are what t->vtime holds already.
 */
#include "kernel/runq.h"
#include "kernel/scheduler.h"

/* Put it behind all threads that have no greater pass: mostly at the end. */
static void stride_add(void *queue, struct thread *t, bool first)
{
    struct list *head = queue, *at = head;

    while (at->prev != head) {
        const struct thread *before =
            list_entry(at->prev, struct thread, run_node);
        if (before->vtime < t->vtime || (before->vtime == t->vtime && !first))
            break;
        at = at->prev;
    }
    list_add_tail(at, &t->run_node);
}

static nsec_t stride_slice(unused_arg const struct thread *t)
{
    return SLICE;
}

const struct scheduler stride_scheduler = {
    .name = "stride",
    .create = fifo_create,
    .add = stride_add,
    .remove = fifo_remove,
    .next = fifo_next,
    .slice = stride_slice,
};
