/*
 * test_printf.c - the formatter against libc's, over random conversions.
 * sources: kernel/lib/printf.c kernel/lib/errno.c
 */
#include "harness.h"

#include <stdio.h>
#include <string.h>

#include "kernel/lib/errno.h"
#include "kernel/lib/printf.h"

/* The same call to both, into buffers of `size` bytes; all must agree. */
#define check_same(size, ...) \
    do { \
        char ours[128], theirs[128]; \
        memset(ours, '~', sizeof(ours)); \
        memset(theirs, '~', sizeof(theirs)); \
        int length = snprintf(theirs, size, __VA_ARGS__); \
        assert_int_equal(ksnprintf(ours, size, __VA_ARGS__), length); \
        assert_memory_equal(ours, theirs, sizeof(ours)); \
        int kept = (size) == 0 ? 0 : length < (size) ? length : (size) - 1; \
        assert_int_equal(kscnprintf(ours, size, __VA_ARGS__), kept); \
    } while (0)

static bool chance(int in)
{
    return xorshift_below(&host_random, in) == 0;
}

/* Flags, width and precision at random, in front of `length` and `c`. */
static void make_format(char *out, const char *flags, const char *length,
                        char c)
{
    out += sprintf(out, "<%%");
    for (; *flags != '\0'; flags++)
        if (chance(3))
            *out++ = *flags;
    if (chance(2))
        out += sprintf(out, "%d", 1 + (int)xorshift_below(&host_random, 40));
    if (chance(2)) {
        *out++ = '.';
        if (chance(2))
            out += sprintf(out, "%d", (int)xorshift_below(&host_random, 30));
    }
    sprintf(out, "%s%c>", length, c);
}

/* Zero, the extremes, and numbers of all magnitudes. */
static u64 random_number(void)
{
    u64 x = xorshift_next(&host_random) >> xorshift_below(&host_random, 64);

    switch (xorshift_below(&host_random, 8)) {
    case 0: return 0;
    case 1: return 1ul << xorshift_below(&host_random, 64);
    case 2: return -x;
    default: return x;
    }
}

static void test_numbers(void **state)
{
    static const char *const lengths[] = {
        "hh", "h", "", "l", "ll", "z", "j", "t"
    };

    for (int round = 0; round < 200000; round++) {
        int which = xorshift_below(&host_random, ARRAY_SIZE(lengths));
        char c = "diuxXo"[xorshift_below(&host_random, 6)], format[32];
        const char *flags = c == 'd' || c == 'i' ? "-0+ "
                          : c == 'u' ? "-0" : "-0#";
        int size = xorshift_below(&host_random, 80);
        u64 number = random_number();

        make_format(format, flags, lengths[which], c);
        if (which < 3)
            check_same(size, format, (int)number);
        else
            check_same(size, format, number);
    }
}

static void test_strings_and_characters(void **state)
{
    static const char *const texts[] = { "", "a", "hello, world", "%d%s" };
    char format[32];

    for (int round = 0; round < 20000; round++) {
        int size = xorshift_below(&host_random, 80);
        const char *text = texts[xorshift_below(&host_random,
                                                ARRAY_SIZE(texts))];

        make_format(format, "-", "", 's');
        check_same(size, format, text);
    }
    check_same(40, "<%c%5c%-5c>", 'x', 'y', 'z');
    check_same(40, "<%c>", '\0');
}

static void test_unterminated_string_with_precision(void **state)
{
    char text[3] = { 'a', 'b', 'c' }, out[8];

    assert_int_equal(ksnprintf(out, sizeof(out), "%.3s", text), 3);
    assert_string_equal(out, "abc");
}

static void test_width_and_precision_from_arguments(void **state)
{
    for (int width = -20; width < 20; width++)
        for (int precision = -3; precision < 20; precision++) {
            check_same(100, "<%*.*d>", width, precision, 1234);
            check_same(100, "<%*.*s>", width, precision, "abcdefgh");
        }
}

static void test_text_around_conversions(void **state)
{
    check_same(100, "no conversion");
    check_same(100, "%s", "");
    check_same(100, "100%% of %d, %s%s.", 5, "a", "b");
    check_same(5, "100%% of %d, %s%s.", 5, "a", "b");
    check_same(0, "100%% of %d", 5);
    check_same(1, "100%% of %d", 5);
}

static void test_pointers(void **state)
{
    char out[64];

    check_same(60, "<%p>", (void *)0xffffffc080200000ul);
    check_same(60, "<%30p>", (void *)0x1234ul);
    check_same(60, "<%-30p>", (void *)0x1234ul);
    ksnprintf(out, sizeof(out), "%p", NULL);
    assert_string_equal(out, "0");
}

static void test_errors_by_name(void **state)
{
    char out[64];

    ksnprintf(out, sizeof(out), "%pe, %pe", (void *)(long)-ENOENT,
              (void *)(long)-ERANGE);
    assert_string_equal(out, "ENOENT, ERANGE");
    ksnprintf(out, sizeof(out), "[%8pe]", (void *)(long)-EIO);
    assert_string_equal(out, "[     EIO]");
    ksnprintf(out, sizeof(out), "%pe", (void *)0x10ul);
    assert_string_equal(out, "0x10");
    ksnprintf(out, sizeof(out), "%pe", (void *)0xffffffc080200000ul);
    assert_string_equal(out, "0xffffffc080200000");
}

static void test_null_string(void **state)
{
    const char *volatile nothing = NULL;
    char out[16];

    ksnprintf(out, sizeof(out), "%s", nothing);
    assert_string_equal(out, "(null)");
}

static void test_malformed_conversions_are_harmless(void **state)
{
    const char *volatile lone = "50%", *volatile unknown = "%y %5q.";
    char out[16];

    assert_int_equal(ksnprintf(out, sizeof(out), lone), 2);
    assert_string_equal(out, "50");
    ksnprintf(out, sizeof(out), unknown);
    assert_string_equal(out, "y q.");
}

static void count_pieces(void *arg, const char *text unused_arg, size_t length)
{
    *(size_t *)arg += length;
}

static int run_engine(size_t *sum, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    int length = kvprintf_to(count_pieces, sum, format, args);
    va_end(args);
    return length;
}

static void test_engine_gives_every_piece(void **state)
{
    size_t sum = 0;

    assert_int_equal(run_engine(&sum, "%5d|%-100s|%x", 3, "x", 255), 109);
    assert_int_equal(sum, 109);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_strings_and_characters),
        cmocka_unit_test(test_unterminated_string_with_precision),
        cmocka_unit_test(test_width_and_precision_from_arguments),
        cmocka_unit_test(test_text_around_conversions),
        cmocka_unit_test(test_pointers),
        cmocka_unit_test(test_errors_by_name),
        cmocka_unit_test(test_null_string),
        cmocka_unit_test(test_malformed_conversions_are_harmless),
        cmocka_unit_test(test_engine_gives_every_piece),
    };
    return host_run(tests);
}
