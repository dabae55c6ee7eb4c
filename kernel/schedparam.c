/* schedparam.c - policies, priorities, weights, affinity, CPU times. */
#include "kernel/lib/errno.h"
#include "kernel/runq.h"

/* Weights of nice -20 .. 19: each step is about 1.25 (sched(7)). */
static const u32 nice_weights[40] = {
    88761, 71755, 56483, 46273, 36291, 29154, 23254, 18705, 14949, 11916,
    9548, 7620, 6100, 4904, 3906, 3121, 2501, 1991, 1586, 1277,
    1024, 820, 655, 526, 423, 335, 272, 215, 172, 137,
    110, 87, 70, 56, 45, 36, 29, 23, 18, 15,
};

static void update_weight(struct thread *t)
{
    t->special = runq_is_special(t);
    t->weight = t->policy == POLICY_IDLE ? 3 : nice_weights[t->nice + 20];
}

/* Take a ready thread off its queue, so that its parameters may change. */
static bool unqueue_locked(struct thread *t)
{
    if (t->state != THREAD_READY || list_empty(&t->run_node))
        return false;
    runq_remove(t->hart->runq, t);
    return true;
}

/*
 * Parameters have changed: put it back, or let a running one compete anew.  Its
 * slice was of the old kind, perhaps endless: that is over.
 */
static void requeue_locked(struct thread *t, bool queued)
{
    t->slice_end = 0;
    if (queued)
        sched_add_locked(t->hart->runq, t);
    else if (t->state == THREAD_RUNNING && t->hart->runq->ready)
        sched_resched_locked(t->hart->runq);
}

static bool is_fair(int policy)
{
    return policy == POLICY_FAIR || policy == POLICY_BATCH ||
           policy == POLICY_IDLE;
}

int sched_set_policy(struct thread *t, int policy, int rt_priority)
{
    bool rt = policy == POLICY_FIFO || policy == POLICY_RR;

    if (!rt && !is_fair(policy))
        return -EINVAL;
    if (rt ? rt_priority < 1 || rt_priority > RT_PRIORITY_MAX : rt_priority)
        return -EINVAL;
    sched_lock(t);
    bool queued = unqueue_locked(t);
    t->policy = policy;
    t->rt_priority = rt_priority;
    update_weight(t);
    requeue_locked(t, queued);
    sched_unlock(t);
    return 0;
}

void sched_set_nice(struct thread *t, int nice)
{
    sched_lock(t);
    if (t == current_thread())
        sched_charge(t, arch_ticks());   /* what it ran was under the old one */
    t->nice = nice < -20 ? -20 : nice > 19 ? 19 : nice;
    update_weight(t);
    sched_unlock(t);
}

void sched_reset_inherited(struct thread *t)
{
    if (t->rt_priority) {
        t->policy = POLICY_FAIR;
        t->rt_priority = 0;
        t->nice = 0;
    }
    t->nice = MAX((int)t->nice, 0);
    update_weight(t);
}

void sched_set_boost(struct thread *t, int rt_priority)
{
    sched_lock(t);
    bool queued = unqueue_locked(t);
    t->boost = rt_priority;
    t->special = runq_is_special(t);
    requeue_locked(t, queued);
    sched_unlock(t);
}

int sched_set_affinity(struct thread *t, u64 mask)
{
    mask &= hart_online_mask();
    if (!mask)
        return -EINVAL;
    sched_lock(t);
    t->affinity = mask;
    bool here = mask >> t->hart->arch.id & 1;
    if (!here && unqueue_locked(t)) {
        sched_wake_unlock(t);
        return 0;
    }
    if (!here && t->state == THREAD_RUNNING)
        sched_resched_locked(t->hart->runq);
    sched_unlock(t);
    if (!here && t == current_thread())
        sched_preempt();
    return 0;
}

nsec_t sched_nice_time(struct hart *h)
{
    spin_lock(&h->runq->lock);
    const struct thread *running = (struct thread *)h->arch.thread;
    u64 ticks = h->nice_ticks;
    if (running->nice > 0)
        ticks += arch_user_ticks(&h->arch) - h->user_charged;
    spin_unlock(&h->runq->lock);
    return time_of_ticks(ticks);
}

nsec_t sched_cpu_time(struct thread *t, nsec_t *user)
{
    sched_lock(t);
    if (t == current_thread())
        sched_charge(t, arch_ticks());
    u64 ticks = t->cpu_ticks;
    u64 user_ticks = t->user_ticks;
    /* Of an idle thread the state does not tell whether it runs. */
    if (t != current_thread() && t->hart->arch.thread == &t->arch) {
        ticks += arch_ticks() - t->ran_since;
        user_ticks += arch_user_ticks(&t->hart->arch) - t->hart->user_charged;
    }
    sched_unlock(t);
    if (user)
        *user = time_of_ticks(MIN(user_ticks, ticks));
    return time_of_ticks(ticks);
}
