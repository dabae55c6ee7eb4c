/*
 * sched_fair.c - the default: each thread gets CPU time by its weight.  Its
 * queue, the ring of buckets, is built into runq.h, for speed: most system
 * calls that sleep or wake come by there.
 */
#include "kernel/runq.h"
#include "kernel/scheduler.h"

static nsec_t fair_slice(unused_arg const struct thread *t)
{
    return SLICE;
}

const struct scheduler fair_scheduler = {
    .name = "fair",
    .slice = fair_slice,
};
