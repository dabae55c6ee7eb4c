/*
 * test_runq.c - the run queue with the fair scheduler: who is next.
 * sources: kernel/runq.c kernel/sched_fair.c kernel/lib/bitmap.c
 */
#include "harness.h"

#include <string.h>

#include "kernel/runq.h"
#include "kernel/scheduler.h"

#define THREADS 64
#define MS NSEC_PER_MSEC

const struct scheduler *scheduler = &fair_scheduler;

static struct hart hart;
static struct runq rq;
static struct thread threads[THREADS];

static int set_up(void **state)
{
    (void)state;
    memset(&rq, 0, sizeof(rq));
    memset(threads, 0, sizeof(threads));
    assert_int_equal(runq_init(&rq, &hart, 22), 0);     /* about 4 ms */
    for (int i = 0; i < THREADS; i++) {
        list_init(&threads[i].run_node);
        threads[i].affinity = ~0ul;
    }
    return 0;
}

static void add(int i, unsigned rt_priority, u64 vtime)
{
    threads[i].rt_priority = rt_priority;
    threads[i].vtime = vtime;
    threads[i].special = runq_is_special(&threads[i]);
    runq_add(&rq, &threads[i]);
    runq_check(&rq);
}

static int take(void)
{
    struct thread *t = runq_take(&rq);

    runq_check(&rq);
    return t ? t - threads : -1;
}

static void test_empty_queue_has_nobody(void **state)
{
    (void)state;
    assert_int_equal(take(), -1);
    assert_null(runq_find_for(&rq, ~0ul));
}

static void test_R25_T09_equal_threads_take_turns(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++)
        add(i, 0, 0);
    for (int i = 0; i < 5; i++)
        assert_int_equal(take(), i);
}

static void test_R25_least_virtual_time_is_first(void **state)
{
    (void)state;
    add(0, 0, 30 * MS);
    add(1, 0, 10 * MS);
    add(2, 0, 20 * MS);
    assert_int_equal(take(), 1);
    assert_int_equal(take(), 2);
    assert_int_equal(take(), 0);
}

static void test_real_time_goes_before_fair(void **state)
{
    (void)state;
    add(0, 0, 0);
    add(1, 1, 0);
    add(2, 99, 0);
    add(3, 50, 0);
    add(4, 50, 0);
    assert_int_equal(take(), 2);
    assert_int_equal(take(), 3);
    assert_int_equal(take(), 4);
    assert_int_equal(take(), 1);
    assert_int_equal(take(), 0);
}

static void test_inherited_priority_counts(void **state)
{
    (void)state;
    add(0, 10, 0);
    threads[1].boost = 20;
    add(1, 0, 0);
    assert_int_equal(take(), 1);
}

static void test_far_ahead_stays_behind(void **state)
{
    (void)state;
    add(0, 0, 1000000 * MS);        /* beyond the ring: its last bucket */
    add(1, 0, 200 * MS);
    assert_int_equal(take(), 1);
    assert_int_equal(take(), 0);
}

static void test_one_behind_comes_at_once(void **state)
{
    (void)state;
    add(0, 0, 500 * MS);
    assert_int_equal(take(), 0);    /* the queue is at 500 ms now */
    add(1, 0, 510 * MS);
    add(2, 0, 3 * MS);
    assert_int_equal(take(), 2);
}

static void test_R25_affinity_is_respected_by_thieves(void **state)
{
    (void)state;
    threads[0].affinity = 1;
    threads[1].affinity = 2;
    add(0, 0, 0);
    add(1, 0, 0);
    assert_ptr_equal(runq_find_for(&rq, 2), &threads[1]);
    assert_null(runq_find_for(&rq, 4));
    assert_int_equal(rq.ready, 2);
}

/* Each runs 4 ms a turn; weights 1, 2 and 4 (rows R10, S33). */
static void test_R25_R10_shares_follow_weights(void **state)
{
    u64 turns[3] = { 0 };

    (void)state;
    for (int i = 0; i < 3; i++)
        add(i, 0, 0);
    for (int n = 0; n < 7000; n++) {
        int i = take();
        turns[i]++;
        add(i, 0, threads[i].vtime + (4 * MS << 2) / (1 << i));
    }
    assert_in_range(turns[0], 950, 1050);
    assert_in_range(turns[1], 1900, 2100);
    assert_in_range(turns[2], 3800, 4200);
}

static void test_R25_random_operations(void **state)
{
    bool queued[THREADS] = { false };
    u64 now = 0;

    (void)state;
    for (int n = 0; n < 50000; n++) {
        int i = xorshift_below(&host_random, THREADS);
        now += xorshift_below(&host_random, MS);
        if (queued[i] && xorshift_below(&host_random, 2)) {
            runq_remove(&rq, &threads[i]);
            runq_check(&rq);
            queued[i] = false;
        } else if (!queued[i]) {
            unsigned rt = xorshift_below(&host_random, 4)
                              ? 0 : 1 + xorshift_below(&host_random, 99);
            add(i, rt, now);
            queued[i] = true;
        } else {
            int taken = take();
            assert_true(taken >= 0 && queued[taken]);
            queued[taken] = false;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_empty_queue_has_nobody, set_up),
        cmocka_unit_test_setup(test_R25_T09_equal_threads_take_turns, set_up),
        cmocka_unit_test_setup(test_R25_least_virtual_time_is_first, set_up),
        cmocka_unit_test_setup(test_real_time_goes_before_fair, set_up),
        cmocka_unit_test_setup(test_inherited_priority_counts, set_up),
        cmocka_unit_test_setup(test_far_ahead_stays_behind, set_up),
        cmocka_unit_test_setup(test_one_behind_comes_at_once, set_up),
        cmocka_unit_test_setup(test_R25_affinity_is_respected_by_thieves,
                               set_up),
        cmocka_unit_test_setup(test_R25_R10_shares_follow_weights, set_up),
        cmocka_unit_test_setup(test_R25_random_operations, set_up),
    };
    return host_run(tests);
}
