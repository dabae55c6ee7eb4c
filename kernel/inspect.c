/*
 * inspect.c - looking at a thread that sleeps.  Under the lock of its run
 * queue it cannot get a hart, so its stack and its registers stay as they are.
 */
#include "kernel/runq.h"

/* The code that puts threads to sleep: linker.ld gathers it. */
extern char sleep_text_start[], sleep_text_end[];

struct trace {
    u64 *pcs;
    unsigned count, room;
};

static void note_frame(void *arg, u64 pc)
{
    struct trace *trace = arg;

    if (trace->count < trace->room)
        trace->pcs[trace->count++] = pc;
}

unsigned thread_trace(struct thread *t, u64 *pcs, unsigned room)
{
    struct trace trace = { pcs, 0, room };

    sched_lock(t);
    if (t->state == THREAD_SLEEPING)
        arch_backtrace_switched(&t->arch, note_frame, &trace);
    sched_unlock(t);
    return trace.count;
}

static bool is_sleep_text(u64 pc)
{
    return pc >= (u64)sleep_text_start && pc < (u64)sleep_text_end;
}

u64 thread_wait_channel(struct thread *t)
{
    u64 pcs[16];
    unsigned count = thread_trace(t, pcs, ARRAY_SIZE(pcs)), i = 0;

    while (i < count && is_sleep_text(pcs[i]))
        i++;
    return i < count ? pcs[i] : 0;
}

bool thread_blocked_call(struct thread *t, struct arch_call *out)
{
    bool sleeps;

    sched_lock(t);
    sleeps = t->state == THREAD_SLEEPING;
    if (sleeps)
        arch_call_of(&t->arch, out);
    sched_unlock(t);
    return sleeps;
}
