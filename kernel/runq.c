/* runq.c - the rarer operations of run queues. */
#include "kernel/runq.h"

struct thread *runq_first_rt(const struct runq *rq)
{
    size_t i = bitmap_find_set(rq->rt_map, RT_LEVELS, 0);

    return list_entry(rq->rt[i].next, struct thread, run_node);
}

void runq_put_first(struct runq *rq, struct thread *t)
{
    list_remove(&t->run_node);
    list_add(&rq->rt[t->bucket - BUCKETS], &t->run_node);
}

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

    return t ? t : find_in_lists(rq->fair, &rq->fair_map, BUCKETS, harts_mask);
}

void runq_init(struct runq *rq, struct hart *h)
{
    spin_init(&rq->lock, RANK_RUNQ);
    rq->hart = h;
    for (unsigned i = 0; i < RT_LEVELS; i++)
        list_init(&rq->rt[i]);
    for (unsigned i = 0; i < BUCKETS; i++)
        list_init(&rq->fair[i]);
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

    assert(rt == rq->rt_ready && fair + rt == rq->ready);
}
