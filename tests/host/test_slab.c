/*
 * test_slab.c - caches and kmalloc: objects do not overlap, slabs come and go,
 * debug=slab finds misuse.
 * sources: mm/page.c mm/buddy.c mm/pagecopy.c mm/debug.c mm/slab.c
 * sources: mm/slab_debug.c mm/kmalloc.c kernel/lib/bitmap.c
 */
#include "harness.h"

#include "mm_host.h"

#include "mm/debug.h"
#include "mm/slab_private.h"

struct thing {
    u64 words[9];
};

static struct cache things = CACHE("thing", struct thing);
static struct cache giants = CACHE_BYTES("giant", 3000);

static struct slab_stat stat_of(const char *name)
{
    struct slab_stat s = { 0 };

    for (unsigned i = 0; slab_stat(i, &s); i++)
        if (!strcmp(s.name, name))
            return s;
    fail_msg("no cache %s", name);
    return s;
}

static void test_objects_are_counted(void **state)
{
    struct thing *t[100];

    for (int i = 0; i < 100; i++)
        t[i] = cache_alloc(&things);
    assert_int_equal(stat_of("thing").used, 100);
    assert_int_equal(stat_of("thing").size, 80);
    slab_check();
    for (int i = 0; i < 100; i++)
        cache_free(&things, t[i]);
    assert_int_equal(stat_of("thing").used, 0);
    slab_check();
}

static void test_empty_slabs_are_given_back(void **state)
{
    static struct thing *t[5000];

    for (int i = 0; i < 5000; i++)
        t[i] = cache_alloc(&things);
    size_t most = stat_of("thing").pages;
    for (int i = 0; i < 5000; i++)
        cache_free(&things, t[i]);
    /* What is left is what the magazine holds, at worst one object a slab. */
    assert_true(stat_of("thing").pages <= 65);
    assert_true(most > 90);
    slab_check();
    page_check();
}

static void test_zeroed_objects(void **state)
{
    static const struct thing zero;
    struct thing *t = cache_alloc(&things);

    memset(t, 0xff, sizeof(*t));
    cache_free(&things, t);
    t = cache_zalloc(&things);
    assert_memory_equal(t, &zero, sizeof(zero));
    cache_free(&things, t);
}

static void test_large_objects_share_blocks(void **state)
{
    void *a = cache_alloc(&giants), *b = cache_alloc(&giants);

    assert_true((u64)b - (u64)a == 3008 || (u64)a - (u64)b == 3008);
    assert_int_equal((u64)a % 16, 0);
    cache_free(&giants, a);
    cache_free(&giants, b);
}

static void test_sizes_and_alignment(void **state)
{
    for (size_t size = 1; size <= 40000; size += 1 + size / 7) {
        u8 *p = kmalloc(size);
        assert_non_null(p);
        assert_int_equal((u64)p % 16, 0);
        memset(p, 0xee, size);
        kfree(p);
    }
    for (size_t size = 16; size <= PAGE_SIZE; size *= 2) {
        void *p = kmalloc(size), *q = kmalloc(size);
        assert_int_equal(((u64)p | (u64)q) % size, 0);
        kfree(p);
        kfree(q);
    }
    assert_null(kmalloc((PAGE_SIZE << PAGE_ORDERS) + 1));
    assert_null(kmalloc(~0ul));
    kfree(NULL);
    slab_check();
}

static void test_realloc_keeps_the_bytes(void **state)
{
    u8 *p = krealloc(NULL, 10);

    for (int i = 0; i < 10; i++)
        p[i] = i;
    for (size_t size = 20; size < 30000; size *= 2)
        p = krealloc(p, size);
    p = krealloc(p, 10);
    for (int i = 0; i < 10; i++)
        assert_int_equal(p[i], i);
    alloc_fail_nth(1);
    assert_null(krealloc(p, 5000));
    alloc_fail_nth(0);
    assert_int_equal(p[9], 9);
    kfree(p);
    char *s = kstrdup("larch");
    assert_string_equal(s, "larch");
    kfree(s);
}

static void test_misuse_is_found(void **state)
{
    struct thing *t = cache_alloc(&things);
    u8 *large = kmalloc(10000);

    expect_panic(kfree((u8 *)large + PAGE_SIZE));
    kfree(large);
    expect_panic(kfree(large));
    cache_free(&things, t);
    expect_panic(cache_free(&things, t));
}

static void test_debugging_finds_stray_writes(void **state)
{
    struct thing *t, *u;

    mm_debug |= MM_DEBUG_SLAB;
    /* Objects that were freed before have no pattern yet: begin anew. */
    static struct cache fresh = CACHE("fresh", struct thing);
    t = cache_alloc(&fresh);
    u = cache_alloc(&fresh);
    assert_int_equal(t->words[3], 0x5a5a5a5a5a5a5a5aul);
    expect_panic(cache_free(&things, t));
    cache_free(&fresh, u);
    cache_free(&fresh, t);
    expect_panic(cache_free(&fresh, u));
    t->words[8] = 1;
    expect_panic(cache_alloc(&fresh));
    mm_debug &= ~MM_DEBUG_SLAB;
}

static void test_failing_allocations(void **state)
{
    alloc_fail_nth(2);
    void *a = kmalloc(100);
    assert_non_null(a);
    assert_null(kmalloc(100));
    void *b = kmalloc(100);
    assert_non_null(b);
    alloc_fail_nth(0);
    kfree(a);
    kfree(b);
}

struct piece {
    u8 *at;
    size_t size;
    u8 mark;
};

static void test_random_operations(void **state)
{
    static struct piece pieces[400];
    size_t n = 0;

    for (int step = 0; step < 30000; step++) {
        if (n < 400 && xorshift_below(&host_random, 2)) {
            struct piece p = { .size = 1 + xorshift_below(&host_random, 300),
                               .mark = step };
            if (!xorshift_below(&host_random, 20))
                p.size *= 40;
            p.at = kmalloc(p.size);
            if (!p.at)
                continue;
            memset(p.at, p.mark, p.size);
            pieces[n++] = p;
        } else if (n > 0) {
            size_t i = xorshift_below(&host_random, n);
            for (size_t k = 0; k < pieces[i].size; k++)
                assert_int_equal(pieces[i].at[k], pieces[i].mark);
            kfree(pieces[i].at);
            pieces[i] = pieces[--n];
        }
        if (step % 64 == 0)
            slab_check();
    }
    while (n > 0)
        kfree(pieces[--n].at);
    slab_check();
    page_check();
    assert_int_equal(stat_of("size-64").used, 0);
    assert_int_equal(stat_of("size-256").used, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_objects_are_counted),
        cmocka_unit_test(test_empty_slabs_are_given_back),
        cmocka_unit_test(test_zeroed_objects),
        cmocka_unit_test(test_large_objects_share_blocks),
        cmocka_unit_test(test_sizes_and_alignment),
        cmocka_unit_test(test_realloc_keeps_the_bytes),
        cmocka_unit_test(test_misuse_is_found),
        cmocka_unit_test(test_failing_allocations),
        cmocka_unit_test(test_random_operations),
        cmocka_unit_test(test_debugging_finds_stray_writes),
    };

    host_memory_begin(8192);
    return host_run(tests);
}
