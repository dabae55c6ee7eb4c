/*
 * loadavg.c - exponentially damped averages, sampled every five seconds or, as
 * the kernel is tickless, whenever someone comes by later than that.
 */
#include "kernel/loadavg.h"

#include "kernel/sched.h"
#include "kernel/time.h"

#define SAMPLE_EVERY (5 * NSEC_PER_SEC)
#define MAX_STEPS 200ul         /* more than 15 minutes */

/* exp(-5 s / 1, 5, 15 min) in fixed point. */
static const u64 damping[3] = { 60296, 64453, 65173 };

static struct spinlock lock = SPINLOCK_INIT(RANK_LOADAVG);
static u64 average[3];          /* guarded by lock */
static nsec_t sampled_at;       /* guarded by lock */

static void step(u64 ready)
{
    for (int i = 0; i < 3; i++) {
        u64 fresh = (1ul << LOAD_SHIFT) - damping[i];
        average[i] = (average[i] * damping[i] +
                      (ready << LOAD_SHIFT) * fresh) >> LOAD_SHIFT;
    }
}

void load_sample(void)
{
    if (time_now() < READ_ONCE(sampled_at) + SAMPLE_EVERY)
        return;
    u64 ready = sched_ready_count();
    spin_lock(&lock);
    /* Read again: another hart may have been here since. */
    nsec_t now = time_now();
    u64 steps = MIN((now - sampled_at) / SAMPLE_EVERY, MAX_STEPS);
    if (steps)
        sampled_at = now;
    for (; steps; steps--)
        step(ready);
    spin_unlock(&lock);
}

void load_average(u64 load[3])
{
    load_sample();
    spin_lock(&lock);
    for (int i = 0; i < 3; i++)
        load[i] = average[i];
    spin_unlock(&lock);
}
