/*
 * test_schedulers.c - the queues of the schedulers, with threads that are only
 * numbers.  Each is driven through its table, as the run queue does it.
 * sources: kernel/sched_fifo.c kernel/sched_rr.c kernel/sched_stride.c
 * sources: kernel/sched_fair.c kernel/runq.c kernel/lib/bitmap.c
 */
#include "harness.h"

#include <stdlib.h>
#include <string.h>

#include "kernel/runq.h"
#include "kernel/scheduler.h"
#include "mm/alloc.h"

#define THREADS 32
#define QUANTUM 1000

const struct scheduler *scheduler;

static const struct scheduler *const all[] = {
    &fair_scheduler, &fifo_scheduler, &rr_scheduler, &stride_scheduler,
};

static struct hart hart;
static struct runq rq;
static struct thread threads[THREADS];

static void begin(const struct scheduler *s)
{
    kfree(rq.queue);
    memset(&rq, 0, sizeof(rq));
    memset(threads, 0, sizeof(threads));
    scheduler = s;
    assert_int_equal(runq_init(&rq, &hart, 10), 0);
    for (int i = 0; i < THREADS; i++) {
        list_init(&threads[i].run_node);
        threads[i].affinity = ~0ul;
        threads[i].weight = WEIGHT_NICE_0;
        threads[i].special = runq_is_special(&threads[i]);
    }
}

static int end(void **state)
{
    (void)state;
    kfree(rq.queue);
    rq.queue = NULL;
    return 0;
}

static void add(int i)
{
    runq_add(&rq, &threads[i]);
    runq_check(&rq);
}

static int take(void)
{
    struct thread *t = runq_take(&rq);

    runq_check(&rq);
    return t ? t - threads : -1;
}

/* Take one, let it run for so long, and queue it again. */
static int run_one(u64 ticks)
{
    int i = take();

    threads[i].cpu_ticks += ticks;
    threads[i].vtime += ticks * WEIGHT_NICE_0 / threads[i].weight;
    add(i);
    return i;
}

/* --- what all have in common --- */

static void test_S33_every_thread_comes_out_once(void **state)
{
    (void)state;
    for (size_t k = 0; k < ARRAY_SIZE(all); k++) {
        u64 seen = 0;
        begin(all[k]);
        for (int i = 0; i < THREADS; i++)
            add(i);
        for (int i = 0; i < THREADS; i++)
            seen |= 1ul << take();
        assert_int_equal(seen, (1ul << THREADS) - 1);
        assert_int_equal(take(), -1);
        assert_int_equal(rq.ready, 0);
    }
}

static void test_S33_equals_come_in_turn(void **state)
{
    (void)state;
    for (size_t k = 0; k < ARRAY_SIZE(all); k++) {
        begin(all[k]);
        for (int i = 0; i < 5; i++)
            add(i);
        for (int i = 0; i < 50; i++)
            assert_int_equal(run_one(0), i % 5);
    }
}

static void test_S33_real_time_threads_come_first(void **state)
{
    (void)state;
    for (size_t k = 0; k < ARRAY_SIZE(all); k++) {
        begin(all[k]);
        add(0);
        threads[1].rt_priority = 1;
        threads[1].special = runq_is_special(&threads[1]);
        add(1);
        assert_int_equal(take(), 1);
        assert_int_equal(take(), 0);
    }
}

static void test_S33_thieves_respect_affinity(void **state)
{
    (void)state;
    for (size_t k = 0; k < ARRAY_SIZE(all); k++) {
        begin(all[k]);
        threads[0].affinity = 1;
        threads[1].affinity = 2;
        add(0);
        add(1);
        assert_ptr_equal(runq_find_for(&rq, 2), &threads[1]);
        assert_null(runq_find_for(&rq, 4));
    }
}

static void test_S33_random_operations(void **state)
{
    (void)state;
    for (size_t k = 0; k < ARRAY_SIZE(all); k++) {
        u64 queued = 0;
        begin(all[k]);
        for (int n = 0; n < 20000; n++) {
            int i = xorshift_below(&host_random, THREADS);
            if (!(queued >> i & 1)) {
                threads[i].vtime += xorshift_below(&host_random, 5 * QUANTUM);
                add(i);
            } else if (xorshift_below(&host_random, 2)) {
                runq_remove(&rq, &threads[i]);
            } else {
                i = take();
                assert_true(i >= 0 && (queued >> i & 1));
            }
            queued ^= 1ul << i;
            assert_int_equal(rq.ready, __builtin_popcountl(queued));
        }
    }
}

/* --- each one's own --- */

static void test_S33_fifo_runs_until_it_blocks(void **state)
{
    (void)state;
    begin(&fifo_scheduler);
    assert_true(scheduler->slice(&threads[0]) == NEVER);
    add(0);
    add(1);
    assert_int_equal(take(), 0);
    add(2);                             /* 0 blocks, 2 wakes */
    assert_int_equal(take(), 1);
    add(0);
    assert_int_equal(take(), 2);
    assert_int_equal(take(), 0);
}

static void test_R09_round_robin_ignores_weights(void **state)
{
    (void)state;
    begin(&rr_scheduler);
    assert_int_equal(scheduler->slice(&threads[0]), SLICE);
    for (int i = 0; i < 3; i++) {
        threads[i].weight = 100 << 3 * i;
        add(i);
    }
    for (int n = 0; n < 300; n++)
        assert_int_equal(run_one(QUANTUM), n % 3);
}

static void test_R09_rest_of_a_slice_comes_first(void **state)
{
    (void)state;
    begin(&rr_scheduler);
    for (int i = 0; i < 3; i++)
        add(i);
    assert_int_equal(take(), 0);
    add(0);                             /* interrupted in its slice */
    runq_put_first(&rq, &threads[0]);
    runq_check(&rq);
    assert_int_equal(take(), 0);
}

static void test_R10_stride_shares_1_2_4(void **state)
{
    u64 used[3] = { 0 };

    (void)state;
    begin(&stride_scheduler);
    for (int i = 0; i < 3; i++) {
        threads[i].weight = 256 << i;
        add(i);
    }
    for (int n = 0; n < 7000; n++)
        used[run_one(QUANTUM)]++;
    assert_in_range(used[0], 995, 1005);
    assert_in_range(used[1], 1995, 2005);
    assert_in_range(used[2], 3995, 4005);
}

/* Slices of any length: what counts is the time, not the turns. */
static void test_R10_stride_shares_time(void **state)
{
    u64 total = 0;

    (void)state;
    begin(&stride_scheduler);
    for (int i = 0; i < 3; i++) {
        threads[i].weight = 256 << i;
        add(i);
    }
    while (total < 7000 * QUANTUM) {
        u64 ticks = xorshift_below(&host_random, 2 * QUANTUM);
        run_one(ticks);
        total += ticks;
    }
    for (int i = 0; i < 3; i++)
        assert_in_range(threads[i].cpu_ticks, (total / 7 << i) * 95 / 100,
                        (total / 7 << i) * 105 / 100);
}

static void test_R10_stride_least_pass_is_first(void **state)
{
    (void)state;
    begin(&stride_scheduler);
    for (int i = 0; i < THREADS; i++) {
        threads[i].vtime = (i * 13) % THREADS;
        add(i);
    }
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(threads[take()].vtime, i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_S33_every_thread_comes_out_once, end),
        cmocka_unit_test_teardown(test_S33_equals_come_in_turn, end),
        cmocka_unit_test_teardown(test_S33_real_time_threads_come_first, end),
        cmocka_unit_test_teardown(test_S33_thieves_respect_affinity, end),
        cmocka_unit_test_teardown(test_S33_random_operations, end),
        cmocka_unit_test_teardown(test_S33_fifo_runs_until_it_blocks, end),
        cmocka_unit_test_teardown(test_R09_round_robin_ignores_weights, end),
        cmocka_unit_test_teardown(test_R09_rest_of_a_slice_comes_first, end),
        cmocka_unit_test_teardown(test_R10_stride_shares_1_2_4, end),
        cmocka_unit_test_teardown(test_R10_stride_shares_time, end),
        cmocka_unit_test_teardown(test_R10_stride_least_pass_is_first, end),
    };
    return host_run(tests);
}
