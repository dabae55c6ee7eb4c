/*
 * test_fdt_bad.c - device trees with something wrong: each single thing, and
 * damage at random.
 * sources: kernel/lib/fdt.c kernel/lib/fdt_walk.c tests/fuzz/fuzz_fdt.c
 */
#include "harness.h"

#include <stdlib.h>
#include <string.h>

#include "fdt_writer.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/fdt.h"
#include "tests/fuzz/fuzz.h"

static struct fdt fdt;

static void expect_refused(void)
{
    assert_int_equal(fdt_open(&fdt, blob, sizeof(blob)), -EINVAL);
}

/* Open and use n bytes of data, in a block of just that size. */
static int try_bytes(const u8 *data, size_t n)
{
    u8 *copy = malloc(n + (n == 0));

    memcpy(copy, data, n);
    int result = fdt_open(&fdt, copy, n);
    LLVMFuzzerTestOneInput(copy, n);
    free(copy);
    return result;
}

static void test_bad_headers(void **state)
{
    static const struct {
        size_t offset;
        u32 value;
    } damage[] = {
        { 0, 0xd00dfeee },
        { 4, 0 }, { 4, 39 }, { 4, BLOB_SIZE + 1 }, { 4, ~0u },
        { 8, 0 }, { 8, 90 }, { 8, BLOB_SIZE }, { 8, ~0u - 3 },
        { 12, 0 }, { 12, BLOB_SIZE }, { 12, ~0u },
        { 16, 0 }, { 16, 44 }, { 16, BLOB_SIZE - 8 }, { 16, ~0u - 7 },
        { 20, 16 }, { 24, 18 },
        { 32, 0 }, { 32, BLOB_SIZE }, { 32, ~0u },
        { 36, 0 }, { 36, 8 }, { 36, BLOB_SIZE }, { 36, ~0u },
    };

    for (size_t i = 0; i < ARRAY_SIZE(damage); i++) {
        make_tree();
        put32_at(damage[i].offset, damage[i].value);
        expect_refused();
    }
}

static void test_reservations_without_an_end(void **state)
{
    make_tree();
    memset(blob + BLOB_SIZE - 64, 1, 64);
    put32_at(16, BLOB_SIZE - 64);
    expect_refused();
}

static void test_nesting(void **state)
{
    begin_blob();                           /* no node at all */
    end_blob();
    expect_refused();

    begin_blob();                           /* not closed */
    begin_node("");
    end_blob();
    expect_refused();

    begin_blob();                           /* closed twice */
    begin_node("");
    end_node();
    end_node();
    end_blob();
    expect_refused();

    begin_blob();                           /* closed before it is opened */
    begin_node("");
    end_node();
    end_node();
    begin_node("");
    end_blob();
    expect_refused();

    begin_blob();                           /* two roots */
    begin_node("");
    end_node();
    begin_node("");
    end_node();
    end_blob();
    expect_refused();

    begin_blob();                           /* a property of nothing */
    put_string("a", "b");
    begin_node("");
    end_node();
    end_blob();
    expect_refused();

    begin_blob();                           /* a property behind a child */
    begin_node("");
    begin_node("child");
    end_node();
    put_string("a", "b");
    end_node();
    end_blob();
    expect_refused();

    begin_blob();                           /* an unknown token */
    begin_node("");
    put32(5);
    end_node();
    end_blob();
    expect_refused();
}

static void make_deep(int depth)
{
    begin_blob();
    for (int i = 0; i < depth; i++)
        begin_node(i == 0 ? "" : "n");
    for (int i = 0; i < depth; i++)
        end_node();
    end_blob();
}

static void test_depth(void **state)
{
    struct fdt_walk walk = FDT_WALK_START;
    int nodes = 0;

    make_deep(FDT_DEPTH_MAX);
    assert_int_equal(fdt_open(&fdt, blob, sizeof(blob)), 0);
    while (fdt_next_node(&fdt, &walk))
        assert_int_equal(walk.node.depth, nodes++);
    assert_int_equal(nodes, FDT_DEPTH_MAX);
    make_deep(FDT_DEPTH_MAX + 1);
    expect_refused();
}

static void test_properties_outside(void **state)
{
    size_t prop_at;

    for (int damage = 0; damage < 5; damage++) {
        begin_blob();
        begin_node("");
        prop_at = at;
        put_string("a", "b");
        end_node();
        end_blob();
        switch (damage) {
        case 0: put32_at(prop_at + 4, ~0u); break;      /* length */
        case 1: put32_at(prop_at + 4, at - prop_at - 11); break;
        case 2: put32_at(prop_at + 8, strings); break;  /* name */
        case 3: put32_at(prop_at + 8, ~0u); break;
        case 4: blob[STRINGS_AT + strings - 1] = 'x'; break;
        }
        expect_refused();
    }
}

/* Rounded up to whole words, this length is 0. */
static void test_property_length_that_wraps(void **state)
{
    begin_blob();
    begin_node("");
    put_prop("a", "", 0);
    put32_at(at - 8, ~0u);
    end_node();
    end_blob();
    expect_refused();
}

/* With nothing behind the structure block, reading beyond it shows. */
static void test_structure_cut_off_at_every_word(void **state)
{
    make_tree();
    size_t length = at - 88;
    u8 *structure = malloc(length);

    memcpy(structure, blob + 88, length);
    memmove(blob + 88, blob + STRINGS_AT, strings);
    size_t start = ALIGN_UP(88 + strings, 4);
    memcpy(blob + start, structure, length);
    put32_at(8, start);
    put32_at(12, 88);
    for (size_t n = 0; n <= length; n += 4) {
        put32_at(4, start + n);
        put32_at(36, n);
        assert_int_equal(try_bytes(blob, start + n),
                         n < length ? -EINVAL : 0);
    }
    free(structure);
}

static void test_node_name_without_an_end(void **state)
{
    begin_blob();
    begin_node("");
    put32(1);
    end_blob();
    memset(blob + at - 4, 'n', 4);          /* over the end token */
    expect_refused();
}

/* --- damage at random ---------------------------------------------------- */

/* Cut off everywhere; also with a header that knows of it. */
static void check_truncations(u8 *data, size_t size)
{
    u8 total[4];

    memcpy(total, data + 4, 4);
    for (size_t n = 0; n < size; n++) {
        assert_int_equal(try_bytes(data, n), -EINVAL);
        if (n < 8)
            continue;
        for (int i = 0; i < 4; i++)
            data[4 + i] = n >> (24 - 8 * i);
        try_bytes(data, n);
        memcpy(data + 4, total, 4);
    }
    assert_int_equal(try_bytes(data, size), 0);
}

static void check_mutations(const u8 *data, size_t size, int rounds)
{
    u8 *copy = malloc(size);

    for (int round = 0; round < rounds; round++) {
        memcpy(copy, data, size);
        for (u64 n = 1 + xorshift_below(&host_random, 4); n > 0; n--) {
            size_t where = xorshift_below(&host_random, size);
            if (xorshift_below(&host_random, 4) == 0)
                where %= 40;
            copy[where] = xorshift_below(&host_random, 2)
                        ? xorshift_below(&host_random, 10)
                        : xorshift_next(&host_random);
        }
        try_bytes(copy, size);
    }
    free(copy);
}

static void test_truncated_tree(void **state)
{
    make_tree();
    check_truncations(blob, sizeof(blob));
}

static void test_mutated_tree(void **state)
{
    make_tree();
    check_mutations(blob, sizeof(blob), 50000);
}

static u8 *read_virt(size_t *size)
{
    u8 *data = host_read_file(HOST_DATA "/virt.dtb", size);

    assert_non_null(data);
    assert_int_equal(fdt_open(&fdt, data, *size), 0);
    return data;
}

static void test_emulator_tree_truncated(void **state)
{
    size_t size;
    u8 *data = read_virt(&size);

    /* The emulator leaves much room at the end; the tree itself is short. */
    u32 used = MAX(fdt.structure_end, fdt.strings_end);
    assert_true(used < size);
    for (int i = 0; i < 4; i++)
        data[4 + i] = used >> (24 - 8 * i);
    check_truncations(data, used);
    free(data);
}

static void test_emulator_tree_mutated(void **state)
{
    size_t size;
    u8 *data = read_virt(&size);

    u32 used = MAX(fdt.structure_end, fdt.strings_end);
    for (int i = 0; i < 4; i++)
        data[4 + i] = used >> (24 - 8 * i);
    check_mutations(data, used, 10000);
    free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bad_headers),
        cmocka_unit_test(test_reservations_without_an_end),
        cmocka_unit_test(test_nesting),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_properties_outside),
        cmocka_unit_test(test_property_length_that_wraps),
        cmocka_unit_test(test_structure_cut_off_at_every_word),
        cmocka_unit_test(test_node_name_without_an_end),
        cmocka_unit_test(test_truncated_tree),
        cmocka_unit_test(test_mutated_tree),
        cmocka_unit_test(test_emulator_tree_truncated),
        cmocka_unit_test(test_emulator_tree_mutated),
    };
    return host_run(tests);
}
