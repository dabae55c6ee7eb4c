/*
 * test_cpio.c - archives written here byte by byte, then damaged.
 * sources: kernel/lib/cpio.c tests/fuzz/fuzz_cpio.c
 */
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/lib/cpio.h"
#include "kernel/lib/errno.h"
#include "tests/fuzz/fuzz.h"

static u8 archive[8192];
static size_t size;

static void reset_archive(void)
{
    memset(archive, 0, sizeof(archive));
    size = 0;
}

static void pad(size_t to)
{
    size = ALIGN_UP(size, to);
}

struct file {
    const char *name, *data;
    unsigned ino, mode, nlink;
    unsigned checksum;          /* not 0: write the format that has one */
};

static void add_file(const struct file *f)
{
    size_t length = strlen(f->data);

    size += sprintf((char *)archive + size,
                    "%s%08x%08x%08x%08x%08x%08x%08zx%08x%08x%08x%08x%08zx%08x",
                    f->checksum != 0 ? "070702" : "070701", f->ino, f->mode,
                    10, 20, f->nlink, 0x5e0be100, length, 1, 2, 3, 4,
                    strlen(f->name) + 1, f->checksum);
    size += sprintf((char *)archive + size, "%s", f->name) + 1;
    pad(4);
    memcpy(archive + size, f->data, length);
    size += length;
    pad(4);
}

static void add_trailer(void)
{
    add_file(&(struct file){ "TRAILER!!!", "", .nlink = 1 });
}

static const struct file root = { ".", "", 1, 0040755, 2, 0 };
static const struct file init = { "init", "#!/bin/sh\n", 2, 0100755, 1, 0 };
static const struct file link_a = { "bin/a", "", 7, 0100755, 2, 0 };
static const struct file link_b = { "bin/b", "hello", 7, 0100755, 2, 0 };

static void make_archive(void)
{
    reset_archive();
    add_file(&root);
    add_file(&init);
    add_file(&link_a);
    add_file(&link_b);
    add_trailer();
}

static struct cpio_reader reader;
static struct cpio_entry entry;

static void expect_entry(const struct file *f)
{
    size_t length = strlen(f->data);

    assert_int_equal(cpio_next(&reader, &entry), 1);
    assert_string_equal(entry.name, f->name);
    assert_int_equal(entry.size, length);
    assert_memory_equal(entry.data, f->data, length);
    assert_int_equal(entry.mode, f->mode);
    assert_int_equal(entry.ino, f->ino);
    assert_int_equal(entry.nlink, f->nlink);
}

static void expect_end(void)
{
    assert_int_equal(cpio_next(&reader, &entry), 0);
    assert_int_equal(cpio_next(&reader, &entry), 0);
    assert_null(reader.error);
}

/* The walk fails with this reason, and keeps on failing. */
static void expect_error(const char *reason)
{
    int result;

    cpio_open(&reader, archive, size);
    while ((result = cpio_next(&reader, &entry)) == 1)
        continue;
    assert_int_equal(result, -EINVAL);
    assert_non_null(strstr(reader.error, reason));
    assert_int_equal(cpio_next(&reader, &entry), -EINVAL);
}

static void test_all_fields(void **state)
{
    make_archive();
    cpio_open(&reader, archive, size);
    expect_entry(&root);
    assert_int_equal(entry.uid, 10);
    assert_int_equal(entry.gid, 20);
    assert_int_equal(entry.mtime, 0x5e0be100);
    assert_int_equal(entry.dev_major, 1);
    assert_int_equal(entry.dev_minor, 2);
    assert_int_equal(entry.rdev_major, 3);
    assert_int_equal(entry.rdev_minor, 4);
    expect_entry(&init);
    expect_entry(&link_a);
    expect_entry(&link_b);
    expect_end();
}

static void test_nothing_at_all(void **state)
{
    reset_archive();
    cpio_open(&reader, archive, 0);
    expect_end();
    cpio_open(&reader, archive, 1000);      /* zeroes only */
    expect_end();
}

static void test_concatenated_archives(void **state)
{
    reset_archive();
    add_file(&root);
    add_trailer();
    pad(512);
    add_file(&init);
    add_trailer();
    add_file(&link_a);
    add_trailer();
    pad(512);
    cpio_open(&reader, archive, size);
    expect_entry(&root);
    expect_entry(&init);
    expect_entry(&link_a);
    expect_end();
}

static void test_hard_links(void **state)
{
    struct cpio_entry first;

    make_archive();
    cpio_open(&reader, archive, size);
    expect_entry(&root);
    assert_false(cpio_find_link(&reader, &entry, &first));
    expect_entry(&init);
    assert_false(cpio_find_link(&reader, &entry, &first));
    expect_entry(&link_a);
    assert_false(cpio_find_link(&reader, &entry, &first));
    expect_entry(&link_b);
    assert_true(cpio_find_link(&reader, &entry, &first));
    assert_string_equal(first.name, "bin/a");
    expect_end();
}

static void test_links_do_not_cross_archives(void **state)
{
    struct cpio_entry first;

    reset_archive();
    add_file(&link_a);
    add_trailer();
    pad(512);
    add_file(&link_b);
    add_trailer();
    cpio_open(&reader, archive, size);
    expect_entry(&link_a);
    expect_entry(&link_b);
    assert_false(cpio_find_link(&reader, &entry, &first));
}

static void test_checksums(void **state)
{
    struct file f = { "f", "abc", 3, 0100644, 1, 'a' + 'b' + 'c' };

    reset_archive();
    add_file(&f);
    add_trailer();
    cpio_open(&reader, archive, size);
    expect_entry(&f);
    expect_end();
    f.checksum++;
    reset_archive();
    add_file(&f);
    add_trailer();
    expect_error("checksum");
}

static void test_longest_name(void **state)
{
    static char name[CPIO_NAME_MAX + 1];
    struct file f = { name, "x", 3, 0100644, 1, 0 };

    memset(name, 'n', CPIO_NAME_MAX - 1);
    reset_archive();
    add_file(&f);
    add_trailer();
    cpio_open(&reader, archive, size);
    expect_entry(&f);
    expect_end();
    name[CPIO_NAME_MAX - 1] = 'n';
    reset_archive();
    add_file(&f);
    add_trailer();
    expect_error("too long");
}

/* Where in a header a number's eight digits stand. */
#define FIELD(n) (6 + 8 * (n))

static void test_bad_headers(void **state)
{
    make_archive();
    archive[FIELD(0) + 3] = 'g';
    expect_error("hexadecimal");
    make_archive();
    memcpy(archive + FIELD(11), "00000001", 8);
    expect_error("empty");
    make_archive();
    memcpy(archive + FIELD(11), "00000000", 8);
    expect_error("empty");
    make_archive();
    memcpy(archive + FIELD(11), "ffffffff", 8);
    expect_error("too long");
    make_archive();
    memcpy(archive + FIELD(11), "00000003", 8);
    expect_error("not terminated");
    make_archive();
    memcpy(archive + FIELD(6), "ffffffff", 8);
    expect_error("within a file's data");
    make_archive();
    archive[0] = 'X';
    expect_error("magic");
    make_archive();
    memmove(archive + 1, archive, size++);
    archive[0] = 0;
    expect_error("not aligned");
}

static void test_name_with_a_nul_inside(void **state)
{
    make_archive();
    /* The second header begins behind the first and its padded name. */
    archive[112 + 110 + 2] = '\0';
    expect_error("not terminated");
}

static void test_other_formats_are_named(void **state)
{
    reset_archive();
    size = 200;
    memcpy(archive, "\x1f\x8b\x08", 3);
    expect_error("gzip");
    memcpy(archive, "\xfd" "7zXZ\0", 6);
    expect_error("xz");
    memcpy(archive, "\x28\xb5\x2f\xfd", 4);
    expect_error("zstd");
    memcpy(archive, "070707", 6);
    expect_error("newc");
}

static void test_missing_trailer(void **state)
{
    reset_archive();
    add_file(&root);
    expect_error("without a trailer");
}

static int walk_prefix(size_t n)
{
    u8 *copy = malloc(n + (n == 0));
    int result;

    memcpy(copy, archive, n);
    cpio_open(&reader, copy, n);
    while ((result = cpio_next(&reader, &entry)) == 1)
        continue;
    LLVMFuzzerTestOneInput(copy, n);
    free(copy);
    return result;
}

static void test_truncation_at_every_byte(void **state)
{
    make_archive();
    size_t trailer = size - strlen("TRAILER!!!") - 1 - 110;
    trailer = ALIGN_DOWN(trailer, 4);
    for (size_t n = 1; n < size; n++)
        /* The trailer's own padding, only, is dispensable. */
        assert_int_equal(walk_prefix(n),
                         n < trailer + 110 + 11 ? -EINVAL : 0);
    assert_int_equal(walk_prefix(0), 0);
    assert_int_equal(walk_prefix(size), 0);
}

static void test_mutations(void **state)
{
    for (int round = 0; round < 20000; round++) {
        make_archive();
        for (u64 n = 1 + xorshift_below(&host_random, 4); n > 0; n--) {
            u8 *at = archive + xorshift_below(&host_random, size);
            *at = xorshift_next(&host_random);
            if (xorshift_below(&host_random, 2))
                *at = "0123456789abcdefF"[*at % 17];
        }
        walk_prefix(size);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_fields),
        cmocka_unit_test(test_nothing_at_all),
        cmocka_unit_test(test_concatenated_archives),
        cmocka_unit_test(test_hard_links),
        cmocka_unit_test(test_links_do_not_cross_archives),
        cmocka_unit_test(test_checksums),
        cmocka_unit_test(test_longest_name),
        cmocka_unit_test(test_bad_headers),
        cmocka_unit_test(test_name_with_a_nul_inside),
        cmocka_unit_test(test_other_formats_are_named),
        cmocka_unit_test(test_missing_trailer),
        cmocka_unit_test(test_truncation_at_every_byte),
        cmocka_unit_test(test_mutations),
    };
    return host_run(tests);
}
