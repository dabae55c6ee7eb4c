/*
 * test_errno.c - numbers, names and texts of errors against libc's.
 * sources: kernel/lib/errno.c
 */
#define _GNU_SOURCE
#include "harness.h"

#include <string.h>

#include "kernel/lib/errno.h"

#define LAST_OF_LIBC 133        /* EHWPOISON */

static const struct {
    int number;
    const char *name, *text;
} errors[] = {
#define E(name, number, text) { number, #name, text },
#include "kernel/lib/errno.def"
#undef E
};

static void test_names_and_texts_are_linux(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
        assert_string_equal(errno_name(errors[i].number), errors[i].name);
        if (errors[i].number > LAST_OF_LIBC)
            continue;           /* the kernel's own */
        assert_string_equal(errors[i].name,
                            strerrorname_np(errors[i].number));
        assert_string_equal(errors[i].text,
                            strerrordesc_np(errors[i].number));
    }
}

static void test_others_have_no_name(void **state)
{
    assert_string_equal(errno_name(0), "E?");
    assert_string_equal(errno_name(-ENOENT), "E?");
    assert_string_equal(errno_name(41), "E?");
    assert_string_equal(errno_name(100000), "E?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_and_texts_are_linux),
        cmocka_unit_test(test_others_have_no_name),
    };
    return host_run(tests);
}
