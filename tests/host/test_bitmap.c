/*
 * test_bitmap.c - bit searches against looking at each bit.
 * sources: kernel/lib/bitmap.c
 */
#include "harness.h"

#include <string.h>

#include "kernel/lib/bitmap.h"

static void test_lowest_bit(void **state)
{
    for (unsigned bit = 0; bit < 64; bit++) {
        assert_int_equal(bit_lowest(1ul << bit), bit);
        assert_int_equal(bit_lowest(~0ul << bit), bit);
        for (int i = 0; i < 100; i++) {
            u64 above = xorshift_next(&host_random) << 1 << bit;
            assert_int_equal(bit_lowest(above | 1ul << bit), bit);
        }
    }
}

static size_t find_slowly(const u64 *map, size_t bits, size_t from, bool value)
{
    while (from < bits && bitmap_test(map, from) != value)
        from++;
    return from < bits ? from : bits;
}

static void check_searches(const u64 *map, size_t bits)
{
    for (size_t from = 0; from <= bits + 2; from++) {
        assert_int_equal(bitmap_find_set(map, bits, from),
                         find_slowly(map, bits, from, true));
        assert_int_equal(bitmap_find_clear(map, bits, from),
                         find_slowly(map, bits, from, false));
    }
}

static void test_searches(void **state)
{
    for (size_t bits = 0; bits < 200; bits++) {
        /* Just as many words as needed: ASan sees a read beyond. */
        u64 map[BITMAP_WORDS(bits) + 1];

        for (int sparse = 0; sparse < 3; sparse++) {
            for (size_t w = 0; w < BITMAP_WORDS(bits); w++) {
                u64 r = xorshift_next(&host_random);
                u64 s = r & r << 7 & r >> 9 & r << 23;
                map[w] = sparse == 0 ? r : sparse == 1 ? s : ~s;
            }
            check_searches(map, bits);
        }
        memset(map, 0, sizeof(map));
        check_searches(map, bits);
        memset(map, 0xff, sizeof(map));
        check_searches(map, bits);
    }
}

static void test_set_and_clear_touch_one_bit(void **state)
{
    u64 map[3] = { 0 }, expected[3] = { 0 };

    for (size_t bit = 0; bit < 192; bit++) {
        bitmap_set(map, bit);
        assert_true(bitmap_test(map, bit));
        assert_int_equal(bitmap_find_set(map, 192, 0), bit);
        assert_int_equal(bitmap_find_set(map, 192, bit + 1), 192);
        bitmap_clear(map, bit);
        assert_memory_equal(map, expected, sizeof(map));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lowest_bit),
        cmocka_unit_test(test_searches),
        cmocka_unit_test(test_set_and_clear_touch_one_bit),
    };
    return host_run(tests);
}
