/*
 * test_pid.c - numbers of processes and threads: order, wrap, sharing, loss.
 * sources: kernel/lib/avl.c kernel/lib/bitmap.c
 */
#include "harness.h"

#include "alloc_host.h"
#include "kernel/lib/errno.h"

#include "lwp/pid.c"

/* The rest of lwp/ is not here: references are only counted. */
void thread_get(struct thread *t)
{
    t->refs++;
}

static struct pid *held[PID_MAX];

static struct pid *take(void)
{
    struct pid *p;
    int error = lwp_pid_get(&p);

    if (error) {
        assert_int_equal(error, -EAGAIN);
        return NULL;
    }
    assert_null(held[pid_number(p)]);
    held[pid_number(p)] = p;
    return p;
}

static void give_back(struct pid *p)
{
    held[pid_number(p)] = NULL;
    lwp_pid_put(p);
}

static void give_all_back(void)
{
    for (size_t i = 0; i < PID_MAX; i++)
        if (held[i])
            give_back(held[i]);
    assert_int_equal(pid_count(), 0);
    pid_check();
}

static void test_B_22_first_is_one(void **state)
{
    assert_int_equal(pid_number(take()), 1);
    assert_int_equal(pid_number(take()), 2);
    give_all_back();
}

/* Row B-22: a number that was given back comes again only after all others. */
static void test_B_22_no_quick_reuse(void **state)
{
    struct pid *p = take();
    pid_t first = pid_number(p);

    for (int i = 0; i < PID_MAX - PID_WRAP - 1; i++) {
        give_back(p);
        p = take();
        assert_int_not_equal(pid_number(p), first);
        assert_in_range(pid_number(p), 1, PID_MAX - 1);
    }
    give_all_back();
}

static void test_B_22_wraps_past_the_low_ones(void **state)
{
    struct pid *p = take();
    pid_t before;

    do {
        before = pid_number(p);
        give_back(p);
        p = take();
        assert_true(pid_number(p) == before + 1 || before == PID_MAX - 1);
    } while (before != PID_MAX - 1);
    assert_int_equal(pid_number(p), PID_WRAP);
    give_all_back();
}

/* All can be taken once, one more fails, and each is different (take()). */
static void test_B_22_exhaustion(void **state)
{
    unsigned n = 0;

    while (take())
        n++;
    assert_in_range(n, PID_MAX - PID_WRAP, PID_MAX - 1);
    pid_check();
    give_back(held[4711]);
    assert_int_equal(pid_number(take()), 4711);
    assert_null(take());
    give_all_back();
}

/* A group keeps its number taken after the process has gone. */
static void test_B_23_held_number_stays_taken(void **state)
{
    struct pid *p = take();
    pid_t number = pid_number(p);
    struct pgrp *group = (struct pgrp *)&held;

    pid_hold(p);
    pid_set_pgrp(p, group);
    lwp_pid_put(p);
    for (int i = 0; i < 2 * PID_MAX; i++) {
        struct pid *other = take();

        assert_int_not_equal(pid_number(other), number);
        give_back(other);
    }
    assert_ptr_equal(pid_find_pgrp(number), group);
    pid_set_pgrp(p, NULL);
    give_all_back();
    assert_null(pid_find_pgrp(number));
}

static void test_A_19_B_23_B_25_lookup_takes_references(void **state)
{
    struct lwp lwp = { .ref = 1 };
    struct lwp_thread thread = { .thread.refs = 1 };
    struct pid *p = take();
    pid_t n = pid_number(p);

    assert_null(lwp_lookup(n));
    assert_null(lwp_thread_lookup(n));
    pid_set_lwp(p, &lwp);
    pid_set_thread(p, &thread);
    assert_ptr_equal(lwp_lookup(n), &lwp);
    assert_ptr_equal(lwp_thread_lookup(n), &thread);
    assert_int_equal(lwp.ref, 2);
    assert_int_equal(thread.thread.refs, 2);
    assert_null(lwp_lookup(0));
    assert_null(lwp_lookup(-1));
    assert_null(lwp_lookup(n + 1));
    /* Something is called so: the number may not go. */
    expect_panic(lwp_pid_put(p));
    spin_init(&pid_lock, RANK_PID);
    p->refs++;
    pid_set_lwp(p, NULL);
    pid_set_thread(p, NULL);
    give_all_back();
}

static void test_B_23_walk_sees_processes_only(void **state)
{
    struct lwp lwps[3] = { 0 };
    struct pid *p[6];
    pid_t n;

    for (int i = 0; i < 6; i++) {
        p[i] = take();
        if (i % 2)
            pid_set_lwp(p[i], &lwps[i / 2]);
    }
    n = 0;
    for (int i = 0; i < 3; i++) {
        assert_ptr_equal(lwp_lookup_next(n), &lwps[i]);
        n = pid_number(p[2 * i + 1]) + 1;
    }
    assert_null(lwp_lookup_next(n));
    assert_ptr_equal(lwp_lookup_next(-5), &lwps[0]);
    for (int i = 1; i < 6; i += 2)
        pid_set_lwp(p[i], NULL);
    give_all_back();
}

static void test_B_22_B_23_random_operations(void **state)
{
    unsigned live = 0;

    for (int i = 0; i < 200000; i++) {
        pid_t n = 1 + xorshift_below(&host_random, PID_MAX - 1);

        if (held[n]) {
            give_back(held[n]);
            live--;
        } else if (xorshift_below(&host_random, 2) && take()) {
            live++;
        }
        assert_int_equal(pid_count(), live);
        if (i % 20000 == 0)
            pid_check();
    }
    give_all_back();
}

static void test_no_memory(void **state)
{
    size_t before = host_allocated;
    struct pid *p;

    alloc_fail_nth(1);
    assert_int_equal(lwp_pid_get(&p), -ENOMEM);
    alloc_fail_nth(0);
    assert_int_equal(host_allocated, before);
    give_back(take());
    assert_int_equal(host_allocated, before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_B_22_first_is_one),
        cmocka_unit_test(test_B_22_no_quick_reuse),
        cmocka_unit_test(test_B_22_wraps_past_the_low_ones),
        cmocka_unit_test(test_B_22_exhaustion),
        cmocka_unit_test(test_B_23_held_number_stays_taken),
        cmocka_unit_test(test_A_19_B_23_B_25_lookup_takes_references),
        cmocka_unit_test(test_B_23_walk_sees_processes_only),
        cmocka_unit_test(test_B_22_B_23_random_operations),
        cmocka_unit_test(test_no_memory),
    };
    return host_run(tests);
}
