/* sched_fifo.c - first come, first served: each runs until it blocks. */
#include "kernel/scheduler.h"

#include "mm/alloc.h"

void *fifo_create(void)
{
    struct list *queue = kmalloc(sizeof(*queue));

    if (queue)
        list_init(queue);
    return queue;
}

void fifo_add(void *queue, struct thread *t, bool first)
{
    if (first)
        list_add(queue, &t->run_node);
    else
        list_add_tail(queue, &t->run_node);
}

void fifo_remove(unused_arg void *queue, struct thread *t)
{
    list_remove(&t->run_node);
}

struct thread *fifo_next(void *queue, u64 hart_mask)
{
    struct thread *t;

    list_for_each(t, (struct list *)queue, run_node)
        if (t->affinity & hart_mask)
            return t;
    return NULL;
}

static nsec_t fifo_slice(unused_arg const struct thread *t)
{
    return NEVER;
}

const struct scheduler fifo_scheduler = {
    .name = "fifo",
    .create = fifo_create,
    .add = fifo_add,
    .remove = fifo_remove,
    .next = fifo_next,
    .slice = fifo_slice,
};
