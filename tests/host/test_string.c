/*
 * test_string.c - memory and string functions against libc's, over all
 * alignments.  string.c is compiled in under other names, as libc and ASan
 * have functions of those names themselves.
 */
#include "harness.h"

#include <stdlib.h>
#include <string.h>

#define memcpy k_memcpy
#define memmove k_memmove
#define memset k_memset
#define memcmp k_memcmp
#define memchr k_memchr
#define strlen k_strlen
#define strnlen k_strnlen
#define strcmp k_strcmp
#define strncmp k_strncmp
#define strchr k_strchr
#define strrchr k_strrchr
#include "kernel/lib/string.c"
#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef memchr
#undef strlen
#undef strnlen
#undef strcmp
#undef strncmp
#undef strchr
#undef strrchr

#define ALIGNMENTS 16

/* Short lengths one by one, then around each multiple of the block. */
static size_t next_length(size_t n)
{
    if (n < 80)
        return n + 1;
    return n + (n % 256 < 6 || n % 256 > 245 ? 1 : 9);
}

#define for_each_length(n, max) \
    for (size_t n = 0; n <= (max); n = next_length(n))

/* A block of which ASan watches the end: `size` bytes, `offset` in front. */
static u8 *new_block(size_t offset, size_t size)
{
    u8 *block = malloc(offset + size + (offset + size == 0));

    host_random_fill(block, offset + size);
    return block;
}

static void check_memcpy(size_t to, size_t from, size_t n)
{
    u8 *src = new_block(from, n), *dst = new_block(to, n);
    u8 *expected = new_block(to, n);

    memcpy(expected, dst, to + n);
    memcpy(expected + to, src + from, n);
    assert_ptr_equal(k_memcpy(dst + to, src + from, n), dst + to);
    assert_memory_equal(dst, expected, to + n);
    free(src);
    free(dst);
    free(expected);
}

static void test_memcpy(void **state)
{
    for (size_t to = 0; to < ALIGNMENTS; to++)
        for (size_t from = 0; from < ALIGNMENTS; from++)
            for_each_length(n, 600)
                check_memcpy(to, from, n);
    check_memcpy(0, 0, 4096);
    check_memcpy(8, 16, 65536 + 24);
    check_memcpy(3, 5, 65536 + 7);
}

static void check_memmove(size_t to, size_t from, size_t n)
{
    size_t size = MAX(to, from) + n;
    u8 *block = new_block(0, size), *expected = new_block(0, size);

    memcpy(expected, block, size);
    memmove(expected + to, expected + from, n);
    assert_ptr_equal(k_memmove(block + to, block + from, n), block + to);
    assert_memory_equal(block, expected, size);
    free(block);
    free(expected);
}

static void test_memmove_overlapping(void **state)
{
    for (size_t to = 0; to < 40; to++)
        for (size_t from = 0; from < 40; from++)
            for_each_length(n, 300)
                check_memmove(to, from, n);
}

static void test_memset(void **state)
{
    for (size_t to = 0; to < ALIGNMENTS; to++)
        for_each_length(n, 4200) {
            u8 *block = new_block(to, n), *expected = new_block(to, n);
            int c = (int)xorshift_next(&host_random);

            memcpy(expected, block, to + n);
            memset(expected + to, c, n);
            assert_ptr_equal(k_memset(block + to, c, n), block + to);
            assert_memory_equal(block, expected, to + n);
            free(block);
            free(expected);
        }
}

/* What lies behind the range must not be touched: ASan cannot see inside. */
static void test_nothing_behind_is_written(void **state)
{
    u8 block[400], copy[400];

    for (size_t to = 0; to < ALIGNMENTS; to++)
        for_each_length(n, 300) {
            host_random_fill(block, sizeof(block));
            memcpy(copy, block, sizeof(block));
            k_memset(block + to, 0x5a, n);
            k_memcpy(block + to, copy + to, n);
            k_memmove(block + to, copy + to, n);
            assert_memory_equal(block, copy, sizeof(block));
        }
}

static int sign(int x)
{
    return (x > 0) - (x < 0);
}

static void check_memcmp(size_t p, size_t q, size_t n)
{
    u8 *a = new_block(p, n), *b = new_block(q, n);

    memcpy(b + q, a + p, n);
    assert_int_equal(k_memcmp(a + p, b + q, n), 0);
    if (n > 0) {
        a[p + xorshift_below(&host_random, n)] ^= 0x81;
        b[q + xorshift_below(&host_random, n)] ^= 0x42;
    }
    assert_int_equal(sign(k_memcmp(a + p, b + q, n)),
                     sign(memcmp(a + p, b + q, n)));
    free(a);
    free(b);
}

static void test_memcmp(void **state)
{
    for (size_t p = 0; p < ALIGNMENTS; p++)
        for (size_t q = 0; q < ALIGNMENTS; q++)
            for_each_length(n, 120)
                check_memcmp(p, q, n);
}

static void test_memchr(void **state)
{
    for_each_length(n, 200) {
        u8 *block = new_block(0, n);
        int c = xorshift_below(&host_random, 512);

        assert_ptr_equal(k_memchr(block, c, n), memchr(block, c, n));
        free(block);
    }
}

/* A random string over "ab" and the byte 0xff, exactly allocated. */
static char *new_string(size_t length)
{
    char *s = malloc(length + 1);

    for (size_t i = 0; i < length; i++)
        s[i] = "ab\xff"[xorshift_below(&host_random, 3)];
    s[length] = '\0';
    return s;
}

static void test_strings(void **state)
{
    for (int round = 0; round < 20000; round++) {
        char *a = new_string(xorshift_below(&host_random, 12));
        char *b = new_string(xorshift_below(&host_random, 12));
        size_t n = xorshift_below(&host_random, 14);

        assert_int_equal(k_strlen(a), strlen(a));
        assert_int_equal(k_strnlen(a, n), strnlen(a, n));
        assert_int_equal(sign(k_strcmp(a, b)), sign(strcmp(a, b)));
        assert_int_equal(sign(k_strncmp(a, b, n)), sign(strncmp(a, b, n)));
        for (int i = 0; i < 5; i++) {
            char c = "ab\xff" "c"[i];      /* the NUL is looked for, too */
            assert_ptr_equal(k_strchr(a, c), strchr(a, c));
            assert_ptr_equal(k_strrchr(a, c), strrchr(a, c));
        }
        free(a);
        free(b);
    }
}

static void test_bounded_strings_need_no_end(void **state)
{
    char *s = malloc(5);

    memcpy(s, "hello", 5);
    assert_int_equal(k_strnlen(s, 5), 5);
    assert_int_equal(k_strncmp(s, "hello", 5), 0);
    free(s);
}

static void test_str_copy(void **state)
{
    char small[4] = "xyz", large[8] = "";

    assert_int_equal(str_copy(small, "hello", sizeof(small)), 5);
    assert_string_equal(small, "hel");
    assert_int_equal(str_copy(large, "hello", sizeof(large)), 5);
    assert_string_equal(large, "hello");
    small[0] = '!';
    assert_int_equal(str_copy(small, "hello", 0), 5);
    assert_int_equal(small[0], '!');
}

static const struct {
    const char *text;
    int result;
    u64 value;
    size_t used;
} numbers[] = {
    { "0", 0, 0, 1 },
    { "42x", 0, 42, 2 },
    { "0x1F", 0, 0x1f, 4 },
    { "0Xff.", 0, 0xff, 4 },
    { "017", 0, 15, 3 },
    { "08", 0, 0, 1 },
    { "0x", 0, 0, 1 },
    { "0xg", 0, 0, 1 },
    { "18446744073709551615", 0, ~0ul, 20 },
    { "18446744073709551616", -ERANGE, 7, 0 },
    { "0x10000000000000000", -ERANGE, 7, 0 },
    { "99999999999999999999999", -ERANGE, 7, 0 },
    { "", -EINVAL, 7, 0 },
    { "x", -EINVAL, 7, 0 },
    { "-1", -EINVAL, 7, 0 },
    { " 1", -EINVAL, 7, 0 },
};

static void test_str_to_u64(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
        const char *p = numbers[i].text;
        u64 value = 7;

        assert_int_equal(str_to_u64(&p, &value), numbers[i].result);
        assert_true(value == numbers[i].value);
        assert_int_equal(p - numbers[i].text, numbers[i].used);
    }
}

static void test_str_to_size(void **state)
{
    const char *good = "3K,2m,0x10G,5", *p = good;
    u64 value;

    assert_int_equal(str_to_size(&p, &value), 0);
    assert_int_equal(value, 3 << 10);
    assert_int_equal(*p++, ',');
    assert_int_equal(str_to_size(&p, &value), 0);
    assert_int_equal(value, 2 << 20);
    assert_int_equal(*p++, ',');
    assert_int_equal(str_to_size(&p, &value), 0);
    assert_int_equal(value, 16ul << 30);
    assert_int_equal(*p++, ',');
    assert_int_equal(str_to_size(&p, &value), 0);
    assert_int_equal(value, 5);
    assert_int_equal(*p, '\0');

    p = "17179869184G";
    assert_int_equal(str_to_size(&p, &value), -ERANGE);
    assert_int_equal(*p, '1');
    p = "K";
    assert_int_equal(str_to_size(&p, &value), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memcpy),
        cmocka_unit_test(test_memmove_overlapping),
        cmocka_unit_test(test_memset),
        cmocka_unit_test(test_nothing_behind_is_written),
        cmocka_unit_test(test_memcmp),
        cmocka_unit_test(test_memchr),
        cmocka_unit_test(test_strings),
        cmocka_unit_test(test_bounded_strings_need_no_end),
        cmocka_unit_test(test_str_copy),
        cmocka_unit_test(test_str_to_u64),
        cmocka_unit_test(test_str_to_size),
    };
    return host_run(tests);
}
