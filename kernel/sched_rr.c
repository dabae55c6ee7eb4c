/*
 * sched_rr.c - round robin: all take turns of one length, whatever their
 * weights.  One that blocks keeps the rest of its slice for later: slices are
 * measured in CPU time.
 */
#include "kernel/runq.h"
#include "kernel/scheduler.h"

static nsec_t rr_slice(unused_arg const struct thread *t)
{
    return SLICE;
}

const struct scheduler rr_scheduler = {
    .name = "rr",
    .create = fifo_create,
    .add = fifo_add,
    .remove = fifo_remove,
    .next = fifo_next,
    .slice = rr_slice,
};
