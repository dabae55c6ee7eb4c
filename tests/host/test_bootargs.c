/*
 * test_bootargs.c - words of the boot command line.
 * sources: kernel/bootargs.c kernel/lib/string.c
 */
#include "harness.h"

#include <stdio.h>

#include "kernel/params.h"

struct machine machine;

static void set(const char *args)
{
    snprintf(machine.bootargs, sizeof(machine.bootargs), "%s", args);
}

static void test_words_by_number(void **state)
{
    char buf[16];

    (void)state;
    set("  one\ttwo  three ");
    assert_string_equal(bootarg_word(0, buf, sizeof(buf)), "one");
    assert_string_equal(bootarg_word(1, buf, sizeof(buf)), "two");
    assert_string_equal(bootarg_word(2, buf, sizeof(buf)), "three");
    assert_null(bootarg_word(3, buf, sizeof(buf)));
    set("");
    assert_null(bootarg_word(0, buf, sizeof(buf)));
}

static void test_word_is_cut_to_size(void **state)
{
    char buf[4];

    (void)state;
    set("abcdefgh");
    assert_string_equal(bootarg_word(0, buf, sizeof(buf)), "abc");
}

static void test_values(void **state)
{
    char buf[16];

    (void)state;
    set("init=/bin/sh quiet initial=3");
    assert_true(bootarg("init", buf, sizeof(buf)));
    assert_string_equal(buf, "/bin/sh");
    assert_true(bootarg("quiet", buf, sizeof(buf)));
    assert_string_equal(buf, "");
    assert_false(bootarg("ini", buf, sizeof(buf)));
    assert_false(bootarg("loud", buf, sizeof(buf)));
}

static void test_numbers(void **state)
{
    u64 value = 0;

    (void)state;
    set("budget=60 mask=0xff bad=12x empty=");
    assert_true(bootarg_u64("budget", &value));
    assert_int_equal(value, 60);
    assert_true(bootarg_u64("mask", &value));
    assert_int_equal(value, 255);
    assert_false(bootarg_u64("bad", &value));
    assert_false(bootarg_u64("empty", &value));
    assert_false(bootarg_u64("none", &value));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_by_number),
        cmocka_unit_test(test_word_is_cut_to_size),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_numbers),
    };
    return host_run(tests);
}
