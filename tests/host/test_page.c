/*
 * test_page.c - the page allocator: blocks split and join, caches fill and
 * drain, nothing is lost and nothing is handed out twice.
 * sources: mm/page.c mm/buddy.c mm/pagecopy.c mm/debug.c kernel/lib/bitmap.c
 */
#include "harness.h"

#include <string.h>

#include "mm/page.h"

#define FIRST   (HOST_RAM_BASE >> PAGE_SHIFT)
#define PAGES   4096

static struct page array[PAGES];

/* An allocator with the pages [first, end) of the arena. */
static void begin(pfn_t first, pfn_t end)
{
    /* What the array holds before must not matter. */
    host_random_fill(array, sizeof(array));
    for (int i = 0; i < PAGES; i += 3)
        array[i].kind = PAGE_FREE;
    page_init(array, FIRST, FIRST + PAGES);
    page_clear_edges(FIRST + first, FIRST + end);
    page_add_range(FIRST + first, FIRST + end);
    page_set_reserve(0);
    page_check();
}

static void test_counts_what_it_was_given(void **state)
{
    begin(3, 1000);
    assert_int_equal(pages_total(), 997);
    assert_int_equal(pages_free_count(), 997);
}

/* The array holds what was in RAM: the worst is what looks like free blocks
 * beside ours. */
static void test_the_array_may_hold_anything(void **state)
{
    for (unsigned order = 0; order < PAGE_ORDERS; order++) {
        for (unsigned i = 0; i < PAGES; i++)
            array[i] = (struct page){ .kind = PAGE_FREE, .order = order };
        page_init(array, FIRST, FIRST + PAGES);
        page_clear_edges(FIRST + 1027, FIRST + 3001);
        page_add_range(FIRST + 1027, FIRST + 3001);
        page_check();
        assert_int_equal(pages_free_count(), 3001 - 1027);
    }
}

static void test_single_pages_run_out_and_come_back(void **state)
{
    struct page *taken[100], *p;
    size_t n = 0;

    begin(10, 110);
    while ((p = page_alloc(0)) != NULL) {
        assert_int_equal(p->refs, 1);
        assert_true(n < 100);
        taken[n++] = p;
        page_check();
    }
    assert_int_equal(n, 100);
    assert_int_equal(pages_free_count(), 0);
    while (n > 0)
        page_put(taken[--n]);
    page_check();
    assert_int_equal(pages_free_count(), 100);
}

static void test_freed_pages_join_into_the_largest_block(void **state)
{
    struct page *taken[1024];

    begin(0, 1024);
    for (int i = 0; i < 1024; i++)
        taken[i] = page_alloc(0);
    assert_null(pages_alloc(1, 0));
    for (int i = 0; i < 1024; i += 2)
        page_put(taken[i]);
    for (int i = 1; i < 1024; i += 2)
        page_put(taken[i]);
    void *all = pages_alloc(PAGE_ORDERS - 1, 0);
    assert_non_null(all);
    pages_free(all, PAGE_ORDERS - 1);
    page_check();
}

static void test_blocks_are_aligned(void **state)
{
    begin(5, PAGES - 7);
    for (unsigned order = 0; order < PAGE_ORDERS; order++) {
        void *block = pages_alloc(order, 0);
        assert_non_null(block);
        assert_int_equal(virt_to_pfn(block) & ((1ul << order) - 1), 0);
        pages_free(block, order);
    }
    assert_null(pages_alloc(PAGE_ORDERS, 0));
}

static void test_ranges_with_a_hole_do_not_join_over_it(void **state)
{
    page_init(array, FIRST, FIRST + PAGES);
    page_clear_edges(FIRST, FIRST + 512);
    page_clear_edges(FIRST + 513, FIRST + 1024);
    page_add_range(FIRST, FIRST + 512);
    page_add_range(FIRST + 513, FIRST + 1024);
    page_check();
    assert_null(pages_alloc(10, 0));
    assert_non_null(pages_alloc(9, 0));
    assert_null(pages_alloc(9, 0));
    assert_non_null(pages_alloc(8, 0));
}

static void test_zeroed_pages_are_zero(void **state)
{
    static const u8 zeroes[PAGE_SIZE];
    struct page *p;

    begin(0, 64);
    p = page_alloc(0);
    memset(page_to_virt(p), 0xff, PAGE_SIZE);
    page_put(p);
    for (int i = 0; i < 64; i++) {
        p = page_alloc(ALLOC_ZERO);
        assert_memory_equal(page_to_virt(p), zeroes, PAGE_SIZE);
    }
}

static void test_emptied_tables_serve_zeroed_requests(void **state)
{
    struct page *p, *q;

    begin(0, 64);
    p = page_alloc(ALLOC_ZERO);
    p->refs = 0;
    page_free_zeroed(p);
    assert_int_equal(pages_free_count(), 64);
    page_check();
    q = page_alloc(ALLOC_ZERO);
    assert_ptr_equal(p, q);
    page_put(q);
    /* A page that is not zero after all is found by the check. */
    p = page_alloc(ALLOC_ZERO);
    p->refs = 0;
    page_free_zeroed(p);
    ((u8 *)page_to_virt(p))[100] = 1;
    expect_panic(page_check());
}

static void test_user_pages_stop_at_the_reserve(void **state)
{
    size_t users = 0, all;

    begin(0, 512);
    page_set_reserve(100);
    while (page_alloc(ALLOC_USER))
        users++;
    all = users;
    while (page_alloc(0))
        all++;
    assert_int_equal(all, 512);
    assert_int_equal(users, 412);
    assert_null(pages_alloc(3, ALLOC_USER));
}

static void test_references_keep_a_page(void **state)
{
    begin(0, 32);
    struct page *p = page_alloc(0);
    page_get(p);
    page_put(p);
    assert_int_equal(pages_free_count(), 31);
    page_put(p);
    assert_int_equal(pages_free_count(), 32);
}

/* A block made into single pages, which end one by one and join again. */
static void test_a_split_block_goes_page_by_page(void **state)
{
    begin(0, 1024);
    for (unsigned order = 0; order < PAGE_ORDERS; order += 2) {
        void *block = pages_alloc(order, ALLOC_ZERO);
        struct page *p = virt_to_page(block);

        pages_split(block, order);
        for (u64 i = 0; i < 1ul << order; i++)
            assert_true(p[i].refs == 1 && p[i].order == 0 && !p[i].obj);
        /* The last one first; some as pages that nobody has written to. */
        for (u64 i = 1ul << order; i-- > 0; )
            if (i % 3)
                page_put(p + i);
            else
                page_put_zeroed(p + i);
        assert_int_equal(pages_free_count(), 1024);
        page_check();
    }
    page_drain_local();
    assert_non_null(pages_alloc(PAGE_ORDERS - 1, 0));
}

static void test_bad_frees_panic(void **state)
{
    begin(0, 64);
    struct page *p = page_alloc(0);
    char *block = pages_alloc(2, 0);

    expect_panic(pages_free(block, 1));
    expect_panic(pages_free(block + PAGE_SIZE, 2));
    expect_panic(pages_free(block + 16, 2));
    virt_to_page(block)->kind = PAGE_SLAB;
    expect_panic(pages_free(block, 2));
    virt_to_page(block)->kind = PAGE_USED;
    pages_free(block, 2);
    expect_panic(pages_free(block, 2));
    page_put(p);
    expect_panic(page_put(p));
}

static void test_the_nth_allocation_fails(void **state)
{
    begin(0, 64);
    alloc_fail_nth(3);
    assert_non_null(page_alloc(0));
    assert_non_null(pages_alloc(1, 0));
    assert_null(page_alloc(0));
    assert_non_null(page_alloc(0));
    alloc_fail_nth(0);
}

struct block {
    u8 *at;
    unsigned order;
    u8 mark;
};

/* A block holds its mark in the first and last bytes of each page. */
static void mark(const struct block *b)
{
    for (size_t i = 0; i < 1ul << b->order; i++)
        b->at[i * PAGE_SIZE] = b->at[i * PAGE_SIZE + 4095] = b->mark;
}

static void check_mark(const struct block *b)
{
    for (size_t i = 0; i < 1ul << b->order; i++) {
        assert_int_equal(b->at[i * PAGE_SIZE], b->mark);
        assert_int_equal(b->at[i * PAGE_SIZE + 4095], b->mark);
    }
}

/* Allocate and free at random; every block keeps its contents, so no two
 * overlap. */
static void test_random_operations(void **state)
{
    static struct block blocks[300];
    size_t n = 0, pages = 0;

    begin(17, PAGES - 3);
    for (int step = 0; step < 20000; step++) {
        if (n < 300 && xorshift_below(&host_random, 2)) {
            struct block b = { .order = xorshift_below(&host_random, 4) ? 0
                                      : xorshift_below(&host_random, 7),
                               .mark = step };
            b.at = pages_alloc(b.order, 0);
            if (!b.at)
                continue;
            mark(&b);
            blocks[n++] = b;
            pages += 1ul << b.order;
        } else if (n > 0) {
            size_t i = xorshift_below(&host_random, n);
            check_mark(&blocks[i]);
            pages_free(blocks[i].at, blocks[i].order);
            pages -= 1ul << blocks[i].order;
            blocks[i] = blocks[--n];
        }
        assert_int_equal(pages_free_count() + pages, pages_total());
        if (step % 16 == 0)
            page_check();
    }
    while (n-- > 0)
        pages_free(blocks[n].at, blocks[n].order);
    page_drain_local();
    page_check();
    assert_int_equal(pages_free_count(), pages_total());
    for (int i = 0; i < 2; i++)
        assert_non_null(pages_alloc(10, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts_what_it_was_given),
        cmocka_unit_test(test_the_array_may_hold_anything),
        cmocka_unit_test(test_single_pages_run_out_and_come_back),
        cmocka_unit_test(test_freed_pages_join_into_the_largest_block),
        cmocka_unit_test(test_blocks_are_aligned),
        cmocka_unit_test(test_ranges_with_a_hole_do_not_join_over_it),
        cmocka_unit_test(test_zeroed_pages_are_zero),
        cmocka_unit_test(test_emptied_tables_serve_zeroed_requests),
        cmocka_unit_test(test_user_pages_stop_at_the_reserve),
        cmocka_unit_test(test_references_keep_a_page),
        cmocka_unit_test(test_a_split_block_goes_page_by_page),
        cmocka_unit_test(test_bad_frees_panic),
        cmocka_unit_test(test_the_nth_allocation_fails),
        cmocka_unit_test(test_random_operations),
    };
    return host_run(tests);
}
