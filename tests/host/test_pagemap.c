/*
 * test_pagemap.c - the radix tree from indexes to pages.
 * sources: mm/pagemap.c
 */
#include "harness.h"

#include "alloc_host.h"
#include "kernel/lib/errno.h"
#include "mm/page.h"

static struct page pages[1000];

static int begin(void **state)
{
    assert_int_equal(host_allocated, 0);
    return 0;
}

static int end(void **state)
{
    alloc_fail_nth(0);
    assert_int_equal(host_allocated, 0);
    return 0;
}

static void test_empty_map(void **state)
{
    struct page_map m = PAGE_MAP_INIT;
    u64 index = 0;

    assert_null(page_map_find(&m, 0));
    assert_null(page_map_find(&m, ~0ul));
    assert_null(page_map_remove(&m, 7));
    assert_null(page_map_next(&m, &index));
    page_map_check(&m);
}

static void test_far_apart(void **state)
{
    static const u64 at[] = { 0, 63, 64, 4095, 4096, 1ul << 40, 1ul << 52,
                              ~0ul };
    struct page_map m = PAGE_MAP_INIT;
    u64 index = 0;

    for (unsigned i = 0; i < ARRAY_SIZE(at); i++) {
        assert_int_equal(page_map_add(&m, at[i], &pages[i]), 0);
        page_map_check(&m);
    }
    assert_int_equal(page_map_add(&m, 63, &pages[9]), -EEXIST);
    for (unsigned i = 0; i < ARRAY_SIZE(at); i++, index++) {
        assert_ptr_equal(page_map_find(&m, at[i]), &pages[i]);
        assert_ptr_equal(page_map_next(&m, &index), &pages[i]);
        assert_int_equal(index, at[i]);
    }
    for (unsigned i = 0; i < ARRAY_SIZE(at); i++) {
        assert_ptr_equal(page_map_remove(&m, at[i]), &pages[i]);
        assert_null(page_map_find(&m, at[i]));
        page_map_check(&m);
    }
    assert_null(m.root);
}

static void test_runs_across_nodes_and_beyond(void **state)
{
    static const u64 at[] = { 60, 63, 64, 130, 4095, 4096 };
    struct page_map m = PAGE_MAP_INIT;
    struct page *run[100];

    page_map_find_run(&m, 5, run, 100);
    assert_null(run[0]);
    for (unsigned i = 0; i < ARRAY_SIZE(at); i++)
        assert_int_equal(page_map_add(&m, at[i], &pages[i]), 0);
    for (u64 first = 0; first < 5000; first += 7) {
        page_map_find_run(&m, first, run, 100);
        for (unsigned i = 0; i < 100; i++)
            assert_ptr_equal(run[i], page_map_find(&m, first + i));
    }
    for (unsigned i = 0; i < ARRAY_SIZE(at); i++)
        page_map_remove(&m, at[i]);
}

static void test_a_single_far_page_is_a_chain_of_full_nodes(void **state)
{
    struct page_map m = PAGE_MAP_INIT;

    assert_int_equal(page_map_add(&m, 1ul << 30, &pages[0]), 0);
    page_map_check(&m);
    assert_int_equal(host_allocated, m.height);
    page_map_remove(&m, 1ul << 30);
}

static void test_every_failing_allocation_is_undone(void **state)
{
    struct page_map m = PAGE_MAP_INIT;
    unsigned n = 0;
    int error;

    page_map_add(&m, 5, &pages[0]);
    do {
        size_t nodes = host_allocated;
        alloc_fail_nth(++n);
        error = page_map_add(&m, 1ul << 33, &pages[1]);
        alloc_fail_nth(0);
        page_map_check(&m);
        assert_ptr_equal(page_map_find(&m, 5), &pages[0]);
        /* A higher root may stay; it holds what there was. */
        if (error)
            assert_true(host_allocated <= nodes + n);
    } while (error);
    assert_true(n > 3);
    page_map_remove(&m, 1ul << 33);
    page_map_remove(&m, 5);
    page_map_check(&m);
    /* The same from nothing. */
    for (n = 1; ; n++) {
        alloc_fail_nth(n);
        error = page_map_add(&m, 1ul << 33, &pages[1]);
        alloc_fail_nth(0);
        page_map_check(&m);
        if (!error)
            break;
        assert_int_equal(host_allocated, 0);
    }
    page_map_remove(&m, 1ul << 33);
}

static void test_random_operations(void **state)
{
    static struct page *model[3000];
    struct page_map m = PAGE_MAP_INIT;
    size_t count = 0;

    for (int step = 0; step < 20000; step++) {
        u64 i = xorshift_below(&host_random, 3000);
        struct page *p = &pages[xorshift_below(&host_random, 1000)];

        if (xorshift_below(&host_random, 2)) {
            assert_int_equal(page_map_add(&m, i, p), model[i] ? -EEXIST : 0);
            count += !model[i];
            model[i] = model[i] ? model[i] : p;
        } else {
            assert_ptr_equal(page_map_remove(&m, i), model[i]);
            count -= !!model[i];
            model[i] = NULL;
        }
        assert_int_equal(m.count, count);
        if (step % 32 == 0)
            page_map_check(&m);
        /* The next page from anywhere is the model's. */
        u64 from = xorshift_below(&host_random, 3000), next = from;
        p = page_map_next(&m, &next);
        while (from < 3000 && !model[from])
            from++;
        assert_ptr_equal(p, from < 3000 ? model[from] : NULL);
        assert_true(!p || next == from);
    }
    for (u64 i = 0; i < 3000; i++)
        page_map_remove(&m, i);
    page_map_check(&m);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(test_empty_map),
        TEST(test_far_apart),
        TEST(test_runs_across_nodes_and_beyond),
        TEST(test_a_single_far_page_is_a_chain_of_full_nodes),
        TEST(test_every_failing_allocation_is_undone),
        TEST(test_random_operations),
    };

    return host_run(tests);
}
