/*
 * test_iter.c - iterators over user buffers, vectors and kernel memory.
 * sources: mm/iter.c
 */
#include "harness.h"

#include <string.h>

#include "alloc_host.h"
#include "kernel/lib/errno.h"
#include "mm/iter.h"
#include "uaccess_host.h"

static char a[64], b[64], c[64];

static int begin(void **state)
{
    memset(a, '.', sizeof(a));
    memset(b, '.', sizeof(b));
    memset(c, '.', sizeof(c));
    host_user_hole(NULL, 0);
    return 0;
}

static void test_kernel_memory(void **state)
{
    struct iter it;

    iter_kernel(&it, a, 10);
    assert_int_equal(iter_put(&it, "abcd", 4), 4);
    assert_int_equal(iter_put_zeroes(&it, 2), 2);
    assert_int_equal(iter_put(&it, "0123456789", 10), 4);
    assert_memory_equal(a, "abcd\0\0" "0123.", 11);
    assert_int_equal(it.left, 0);
    assert_int_equal(it.done, 10);
    assert_int_equal(iter_put(&it, "x", 1), 0);
}

static void test_user_memory_both_ways(void **state)
{
    struct iter it;

    iter_user(&it, uptr(a), 8);
    assert_int_equal(iter_put(&it, "12345678", 8), 8);
    iter_user(&it, uptr(a), 8);
    assert_int_equal(iter_get(&it, b, 5), 5);
    iter_revert(&it, 2);
    assert_int_equal(iter_get(&it, c, 64), 5);
    assert_memory_equal(b, "12345.", 6);
    assert_memory_equal(c, "45678.", 6);
}

static void test_a_fault_stops(void **state)
{
    struct iter it;

    host_user_hole(a + 5, 3);
    iter_user(&it, uptr(a), 20);
    assert_int_equal(iter_put(&it, "0123456789", 10), 5);
    assert_int_equal(it.done, 5);
    assert_int_equal(it.left, 15);
    assert_int_equal(iter_put(&it, "x", 1), -EFAULT);
    assert_int_equal(iter_put_zeroes(&it, 1), -EFAULT);
    assert_int_equal(iter_get(&it, b, 1), -EFAULT);
    assert_int_equal(it.done, 5);
}

static struct iovec *fast_vector(struct iter *it, struct iovec *v, unsigned n,
                                 int expect)
{
    static struct iovec fast[IOV_FAST];
    struct iovec *heap;

    assert_int_equal(iter_user_vector(it, uptr(v), n, fast, &heap), expect);
    return heap;
}

static void test_vectors(void **state)
{
    struct iovec v[] = { { (u64)a, 3 }, { 0, 0 }, { (u64)b, 2 },
                         { (u64)c, 4 } };
    struct iter it;
    char got[16];

    assert_null(fast_vector(&it, v, 4, 0));
    assert_int_equal(it.left, 9);
    assert_int_equal(iter_put(&it, "12345678", 8), 8);
    assert_int_equal(iter_put(&it, "9abc", 4), 1);
    assert_memory_equal(a, "123.", 4);
    assert_memory_equal(b, "45.", 3);
    assert_memory_equal(c, "6789.", 5);
    fast_vector(&it, v, 4, 0);
    assert_int_equal(iter_get(&it, got, 16), 9);
    assert_memory_equal(got, "123456789", 9);
    fast_vector(&it, v, 0, 0);
    assert_int_equal(iter_get(&it, got, 16), 0);
}

static void test_a_fault_in_the_middle_of_a_vector(void **state)
{
    struct iovec v[] = { { (u64)a, 3 }, { (u64)b, 5 } };
    struct iter it;

    host_user_hole(b + 1, 1);
    fast_vector(&it, v, 2, 0);
    assert_int_equal(iter_put(&it, "12345678", 8), 4);
    assert_int_equal(it.left, 4);
}

static void test_long_vectors_live_on_the_heap(void **state)
{
    struct iovec v[20];
    struct iter it;

    for (int i = 0; i < 20; i++)
        v[i] = (struct iovec){ (u64)(a + i), 1 };
    struct iovec *heap = fast_vector(&it, v, 20, 0);
    assert_non_null(heap);
    assert_int_equal(iter_put_zeroes(&it, 20), 20);
    assert_int_equal(a[19], 0);
    assert_int_equal(a[20], '.');
    kfree(heap);
    alloc_fail_nth(1);
    assert_null(fast_vector(&it, v, 20, -ENOMEM));
    alloc_fail_nth(0);
}

static void test_bad_vectors(void **state)
{
    struct iovec v[] = { { (u64)a, LONG_MAX }, { (u64)b, 1 } };
    struct iovec many[9] = { { (u64)a, ~0ul } };
    struct iter it;

    assert_null(fast_vector(&it, v, 2, -EINVAL));
    assert_null(fast_vector(&it, v, 1, 0));
    assert_null(fast_vector(&it, v, IOV_MAX + 1, -EINVAL));
    assert_null(fast_vector(&it, many, 9, -EINVAL));
    host_user_hole(v, 1);
    assert_null(fast_vector(&it, v, 2, -EFAULT));
    assert_int_equal(host_allocated, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, begin)
    const struct CMUnitTest tests[] = {
        TEST(test_kernel_memory),
        TEST(test_user_memory_both_ways),
        TEST(test_a_fault_stops),
        TEST(test_vectors),
        TEST(test_a_fault_in_the_middle_of_a_vector),
        TEST(test_long_vectors_live_on_the_heap),
        TEST(test_bad_vectors),
    };

    return host_run(tests);
}
