/* runq.c - the rarer operations of run queues. */
#include "kernel/runq.h"

#include "kernel/lib/errno.h"
#include "kernel/scheduler.h"

bool runq_is_special(const struct thread *t)
{
    return urgency(t) || scheduler != &fair_scheduler;
}

u64 runq_first_bucket(const struct runq *rq)
{
    unsigned start = rq->base % BUCKETS;
    u64 ring = rq->fair_map >> start | rq->fair_map << (-start % BUCKETS);

    return rq->base + bit_lowest(ring);
}

/* --- threads that are not on the ring --- */

void runq_add_special(struct runq *rq, struct thread *t, bool first)
{
    unsigned level = RT_PRIORITY_MAX - urgency(t);

    rq->special++;
    if (!urgency(t)) {
        t->bucket = BUCKET_SCHEDULER;
        scheduler->add(rq->queue, t, first);
        return;
    }
    rq->rt_ready++;
    t->bucket = BUCKETS + level;
    bitmap_set(rq->rt_map, level);
    if (first)
        list_add(&rq->rt[level], &t->run_node);
    else
        list_add_tail(&rq->rt[level], &t->run_node);
}

void runq_remove_special(struct runq *rq, struct thread *t)
{
    unsigned level = t->bucket - BUCKETS;

    rq->special--;
    if (t->bucket == BUCKET_SCHEDULER) {
        scheduler->remove(rq->queue, t);
        return;
    }
    rq->rt_ready--;
    list_remove(&t->run_node);
    if (list_empty(&rq->rt[level]))
        bitmap_clear(rq->rt_map, level);
}

void runq_put_first(struct runq *rq, struct thread *t)
{
    runq_remove_special(rq, t);
    runq_add_special(rq, t, true);
}

static struct thread *first_rt(const struct runq *rq)
{
    size_t i = bitmap_find_set(rq->rt_map, RT_LEVELS, 0);

    return list_entry(rq->rt[i].next, struct thread, run_node);
}

struct thread *runq_pick_special(struct runq *rq)
{
    struct thread *t;

    if ((rq->special & VIA_IDLE) &&
        rq->hart->arch.thread != &rq->hart->idle->arch)
        return NULL;
    if (rq->rt_ready)
        return first_rt(rq);
    if (scheduler == &fair_scheduler)
        t = runq_first_fair(rq);
    else
        t = scheduler->next(rq->queue, ~0ul);
    runq_advance(rq, t);
    return t;
}

/* --- stealing --- */

static struct thread *find_in(struct list *head, u64 harts_mask)
{
    struct thread *t;

    list_for_each(t, head, run_node)
        if (t->affinity & harts_mask)
            return t;
    return NULL;
}

/* The same on an array of lists with a map of those that are not empty. */
static struct thread *find_in_lists(struct list *lists, const u64 *map,
                                    size_t count, u64 harts_mask)
{
    struct thread *t = NULL;
    size_t i = bitmap_find_set(map, count, 0);

    while (i < count && !t) {
        t = find_in(&lists[i], harts_mask);
        i = bitmap_find_set(map, count, i + 1);
    }
    return t;
}

struct thread *runq_find_for(struct runq *rq, u64 harts_mask)
{
    struct thread *t = find_in_lists(rq->rt, rq->rt_map, RT_LEVELS, harts_mask);

    if (!t && scheduler != &fair_scheduler)
        t = scheduler->next(rq->queue, harts_mask);
    return t ? t : find_in_lists(rq->fair, &rq->fair_map, BUCKETS, harts_mask);
}

/* --- the whole --- */

int runq_init(struct runq *rq, struct hart *h, unsigned bucket_shift)
{
    spin_init(&rq->lock, RANK_RUNQ);
    rq->hart = h;
    rq->hart_bit = 1ul << h->arch.id;
    rq->bucket_shift = bucket_shift;
    rq->first = ~0ul;
    for (unsigned i = 0; i < RT_LEVELS; i++)
        list_init(&rq->rt[i]);
    for (unsigned i = 0; i < BUCKETS; i++)
        list_init(&rq->fair[i]);
    if (scheduler->create) {
        rq->queue = scheduler->create();
        if (!rq->queue)
            return -ENOMEM;
    }
    return 0;
}

static unsigned check_lists(const struct list *lists, const u64 *map,
                            unsigned count, unsigned first_bucket_number)
{
    unsigned threads = 0;

    for (unsigned i = 0; i < count; i++) {
        const struct thread *t;

        assert(bitmap_test(map, i) == !list_empty(&lists[i]));
        list_for_each(t, &lists[i], run_node) {
            assert(t->state == THREAD_READY);
            assert(t->bucket == first_bucket_number + i);
            threads++;
        }
    }
    return threads;
}

void runq_check(const struct runq *rq)
{
    unsigned fair = check_lists(rq->fair, &rq->fair_map, BUCKETS, 0);
    unsigned rt = check_lists(rq->rt, rq->rt_map, RT_LEVELS, BUCKETS);

    assert(rt == rq->rt_ready);
    assert(fair + (rq->special & ~VIA_IDLE) == rq->ready);
    if (fair)
        assert(bitmap_test(&rq->fair_map, rq->first % BUCKETS));
    else
        assert(rq->first == ~0ul);
}
