/* runq.c - the run queue as a data structure. */
#include "kernel/runq.h"

/* The bucket of a virtual time; far ahead is the last one. */
static unsigned bucket_of(const struct runq *rq, u64 vtime)
{
    u64 base = rq->vtime >> BUCKET_SHIFT;
    u64 slot = vtime >> BUCKET_SHIFT;

    if (slot < base)
        slot = base;
    if (slot > base + BUCKETS - 1)
        slot = base + BUCKETS - 1;
    return slot % BUCKETS;
}

void runq_add(struct runq *rq, struct thread *t)
{
    unsigned level = urgency(t);

    t->state = THREAD_READY;
    t->hart = rq->hart;
    rq->ready++;
    if (level) {
        t->bucket = BUCKETS + RT_PRIORITY_MAX - level;
        bitmap_set(rq->rt_map, t->bucket - BUCKETS);
        list_add_tail(&rq->rt[t->bucket - BUCKETS], &t->run_node);
    } else {
        t->bucket = bucket_of(rq, t->vtime);
        bitmap_set(rq->fair_map, t->bucket);
        list_add_tail(&rq->fair[t->bucket], &t->run_node);
    }
}

void runq_remove(struct runq *rq, struct thread *t)
{
    bool last = t->run_node.next == t->run_node.prev;   /* but the head */

    list_remove(&t->run_node);
    rq->ready--;
    if (!last)
        return;
    if (t->bucket >= BUCKETS)
        bitmap_clear(rq->rt_map, t->bucket - BUCKETS);
    else
        bitmap_clear(rq->fair_map, t->bucket);
}

/* The first non-empty fair bucket from the queue's virtual time on. */
static unsigned first_bucket(const struct runq *rq)
{
    unsigned start = (rq->vtime >> BUCKET_SHIFT) % BUCKETS;
    unsigned word = start / BITS_PER_WORD;
    u64 bits = rq->fair_map[word] & (~0ul << start % BITS_PER_WORD);

    while (!bits) {
        word = (word + 1) % BITMAP_WORDS(BUCKETS);
        bits = rq->fair_map[word];
    }
    return word * BITS_PER_WORD + bit_lowest(bits);
}

struct thread *runq_first(const struct runq *rq)
{
    for (unsigned w = 0; w < BITMAP_WORDS(RT_LEVELS); w++) {
        if (rq->rt_map[w]) {
            unsigned i = w * BITS_PER_WORD + bit_lowest(rq->rt_map[w]);
            return list_entry(rq->rt[i].next, struct thread, run_node);
        }
    }
    unsigned b = first_bucket(rq);
    return list_entry(rq->fair[b].next, struct thread, run_node);
}

struct thread *runq_take(struct runq *rq)
{
    if (!rq->ready)
        return NULL;
    struct thread *t = runq_first(rq);
    runq_remove(rq, t);
    if (t->bucket < BUCKETS && t->vtime > rq->vtime)
        rq->vtime = t->vtime;
    return t;
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

    return t ? t : find_in_lists(rq->fair, rq->fair_map, BUCKETS, harts_mask);
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
    assert(check_lists(rq->fair, rq->fair_map, BUCKETS, 0) +
           check_lists(rq->rt, rq->rt_map, RT_LEVELS, BUCKETS) == rq->ready);
}
