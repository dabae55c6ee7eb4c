/*
 * test_fdt.c - trees written here token by token, the emulator's own tree, and
 * damage to both.
 * sources: kernel/lib/fdt.c kernel/lib/fdt_walk.c tests/fuzz/fuzz_fdt.c
 */
#include "harness.h"

#include <stdlib.h>
#include <string.h>

#include "kernel/lib/errno.h"
#include "kernel/lib/fdt.h"
#include "tests/fuzz/fuzz.h"

/* --- a writer ------------------------------------------------------------- */

#define STRINGS_AT 0x800        /* the structure is before, names behind */
#define BLOB_SIZE 0x1000

static u8 blob[BLOB_SIZE];
static size_t at, strings;

static void put32_at(size_t offset, u32 value)
{
    for (int i = 0; i < 4; i++)
        blob[offset + i] = value >> (24 - 8 * i);
}

static void put32(u32 value)
{
    put32_at(at, value);
    at += 4;
}

static void put_bytes(const void *data, size_t size)
{
    memcpy(blob + at, data, size);
    at += ALIGN_UP(size, 4);
}

static void begin_node(const char *name)
{
    put32(1);
    put_bytes(name, strlen(name) + 1);
}

static void end_node(void)
{
    put32(2);
}

static void put_prop(const char *name, const void *data, size_t size)
{
    put32(3);
    put32(size);
    put32(strings);
    memcpy(blob + STRINGS_AT + strings, name, strlen(name) + 1);
    strings += strlen(name) + 1;
    put_bytes(data, size);
}

static void put_string(const char *name, const char *value)
{
    put_prop(name, value, strlen(value) + 1);
}

static void put_cells(const char *name, int count, ...)
{
    u8 bytes[32];
    va_list args;

    va_start(args, count);
    for (int i = 0; i < count; i++) {
        u32 cell = va_arg(args, u32);
        for (int k = 0; k < 4; k++)
            bytes[4 * i + k] = cell >> (24 - 8 * k);
    }
    va_end(args);
    put_prop(name, bytes, 4 * count);
}

/* Two reservations, of which the first is [0x80000000, +0x40000). */
static void begin_blob(void)
{
    memset(blob, 0, sizeof(blob));
    strings = 0;
    put32_at(40 + 4, 0x80000000);
    put32_at(40 + 12, 0x40000);
    put32_at(56, 1);
    put32_at(56 + 12, 0x1000);
    at = 88;
}

static void end_blob(void)
{
    put32(9);
    put32_at(0, 0xd00dfeed);
    put32_at(4, BLOB_SIZE);
    put32_at(8, 88);
    put32_at(12, STRINGS_AT);
    put32_at(16, 40);
    put32_at(20, 17);
    put32_at(24, 16);
    put32_at(32, strings);
    put32_at(36, at - 88);
}

static void put_soc(void)
{
    begin_node("soc");
    put_cells("#address-cells", 1, 1);
    put_cells("#size-cells", 1, 1);
    begin_node("serial@10000000");
    put_prop("compatible", "acme,uart\0ns16550a", 19);
    put_cells("reg", 4, 0x10000000, 0x100, 0x20000000, 0x200);
    put_cells("phandle", 1, 5);
    put_string("status", "okay");
    end_node();
    begin_node("serial@20000000");
    put_string("status", "disabled");
    put_cells("reg", 2, 0xfffffff0, 0x20);
    end_node();
    end_node();
}

static void make_tree(void)
{
    begin_blob();
    begin_node("");
    put_cells("#address-cells", 1, 2);
    put_cells("#size-cells", 1, 2);
    put32(4);                               /* a NOP */
    begin_node("aliases");
    put_string("serial0", "/soc/serial@10000000");
    put_string("loop", "loop");
    end_node();
    begin_node("chosen");
    put_string("bootargs", "quiet");
    put_cells("u64", 2, 1, 2);
    put_cells("u96", 3, 1, 2, 3);
    put_prop("unterminated", "abc", 3);
    put_prop("empty", "", 0);
    end_node();
    begin_node("memory@80000000");
    put_cells("reg", 4, 0, 0x80000000, 1, 0);
    end_node();
    put_soc();
    end_node();
    end_blob();
}

/* --- reading a good tree --------------------------------------------------- */

static struct fdt fdt;
static struct fdt_node node;
static struct fdt_prop prop;
static struct fdt_range range;

static void open_tree(void)
{
    make_tree();
    assert_int_equal(fdt_open(&fdt, blob, sizeof(blob)), 0);
}

static void find(const char *path)
{
    assert_true(fdt_find_node(&fdt, path, &node));
}

static void test_walk_visits_all_in_order(void **state)
{
    static const struct {
        const char *name;
        int depth;
        u32 address_cells, size_cells;
    } expected[] = {
        { "", 0, 2, 1 },
        { "aliases", 1, 2, 2 },
        { "chosen", 1, 2, 2 },
        { "memory@80000000", 1, 2, 2 },
        { "soc", 1, 2, 2 },
        { "serial@10000000", 2, 1, 1 },
        { "serial@20000000", 2, 1, 1 },
    };
    struct fdt_walk walk = FDT_WALK_START;

    open_tree();
    for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
        assert_true(fdt_next_node(&fdt, &walk));
        assert_string_equal(walk.node.name, expected[i].name);
        assert_int_equal(walk.node.depth, expected[i].depth);
        assert_int_equal(walk.node.address_cells, expected[i].address_cells);
        assert_int_equal(walk.node.size_cells, expected[i].size_cells);
    }
    assert_false(fdt_next_node(&fdt, &walk));
    assert_false(fdt_next_node(&fdt, &walk));
}

static void test_paths(void **state)
{
    open_tree();
    find("/");
    assert_int_equal(node.depth, 0);
    find("/soc");
    assert_string_equal(node.name, "soc");
    find("/soc/serial@20000000");
    assert_string_equal(node.name, "serial@20000000");
    find("/soc/serial");
    assert_string_equal(node.name, "serial@10000000");
    find("/memory");
    assert_string_equal(node.name, "memory@80000000");
    find("/chosen:115200n8");
    assert_string_equal(node.name, "chosen");
    assert_false(fdt_find_node(&fdt, "/so", &node));
    assert_false(fdt_find_node(&fdt, "/socx", &node));
    assert_false(fdt_find_node(&fdt, "/serial", &node));
    assert_false(fdt_find_node(&fdt, "/soc/chosen", &node));
    assert_false(fdt_find_node(&fdt, "/aliases/serial", &node));
}

static void test_aliases(void **state)
{
    open_tree();
    find("serial0");
    assert_string_equal(node.name, "serial@10000000");
    find("serial0:115200n8");
    assert_string_equal(node.name, "serial@10000000");
    assert_false(fdt_find_node(&fdt, "serial", &node));
    assert_false(fdt_find_node(&fdt, "loop", &node));
    assert_false(fdt_find_node(&fdt, "", &node));
}

static void test_phandle(void **state)
{
    open_tree();
    assert_true(fdt_find_phandle(&fdt, 5, &node));
    assert_string_equal(node.name, "serial@10000000");
    assert_false(fdt_find_phandle(&fdt, 6, &node));
}

static void test_numbers(void **state)
{
    u64 number;
    u32 cell;

    open_tree();
    find("/chosen");
    assert_true(fdt_read_number(&fdt, &node, "u64", &number));
    assert_true(number == 0x100000002);
    assert_false(fdt_read_number(&fdt, &node, "u96", &number));
    assert_false(fdt_read_number(&fdt, &node, "empty", &number));
    assert_false(fdt_read_number(&fdt, &node, "bootarg", &number));
    assert_true(fdt_find_prop(&fdt, &node, "u96", &prop));
    assert_true(fdt_prop_cell(&prop, 2, &cell));
    assert_int_equal(cell, 3);
    assert_false(fdt_prop_cell(&prop, 3, &cell));
    assert_false(fdt_prop_cell(&prop, ~0u, &cell));
}

static void test_strings(void **state)
{
    open_tree();
    find("/chosen");
    assert_string_equal(fdt_read_string(&fdt, &node, "bootargs"), "quiet");
    assert_null(fdt_read_string(&fdt, &node, "unterminated"));
    assert_null(fdt_read_string(&fdt, &node, "empty"));
    find("/soc/serial");
    assert_true(fdt_find_prop(&fdt, &node, "compatible", &prop));
    assert_string_equal(fdt_prop_string(&prop, 1), "ns16550a");
    assert_null(fdt_prop_string(&prop, 2));
}

static void test_compatible_and_status(void **state)
{
    open_tree();
    find("/soc/serial@10000000");
    assert_true(fdt_is_compatible(&fdt, &node, "ns16550a"));
    assert_true(fdt_is_compatible(&fdt, &node, "acme,uart"));
    assert_false(fdt_is_compatible(&fdt, &node, "ns16550"));
    assert_false(fdt_is_compatible(&fdt, &node, "uart"));
    assert_true(fdt_is_enabled(&fdt, &node));
    find("/soc/serial@20000000");
    assert_false(fdt_is_compatible(&fdt, &node, "ns16550a"));
    assert_false(fdt_is_enabled(&fdt, &node));
    find("/soc");
    assert_true(fdt_is_enabled(&fdt, &node));
}

static void test_reg(void **state)
{
    open_tree();
    find("/memory");
    assert_int_equal(fdt_read_reg(&fdt, &node, 0, &range), 0);
    assert_true(range.base == 0x80000000 && range.size == 0x100000000);
    assert_int_equal(fdt_read_reg(&fdt, &node, 1, &range), -ENOENT);
    find("/soc/serial@10000000");
    assert_int_equal(fdt_read_reg(&fdt, &node, 1, &range), 0);
    assert_true(range.base == 0x20000000 && range.size == 0x200);
    assert_int_equal(fdt_read_reg(&fdt, &node, 2, &range), -ENOENT);
    assert_int_equal(fdt_read_reg(&fdt, &node, ~0u, &range), -ENOENT);
    find("/soc");
    assert_int_equal(fdt_read_reg(&fdt, &node, 0, &range), -ENOENT);
}

static void test_odd_cell_counts(void **state)
{
    static const struct {
        u32 address, size;
        int result;
    } cases[] = {
        { 2, 0, 0 }, { 1, 2, 0 }, { 2, 2, 0 },
        { 0, 1, -EINVAL }, { 3, 2, -EINVAL }, { 2, 3, -EINVAL },
        { ~0u, 1, -EINVAL }, { 1, ~0u, -EINVAL }, { 1u << 31, 1u << 31, -EINVAL },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        begin_blob();
        begin_node("");
        put_cells("#address-cells", 1, cases[i].address);
        put_cells("#size-cells", 1, cases[i].size);
        begin_node("n");
        put_cells("reg", 5, 1, 2, 3, 4, 5);
        end_node();
        end_node();
        end_blob();
        assert_int_equal(fdt_open(&fdt, blob, sizeof(blob)), 0);
        find("/n");
        assert_int_equal(fdt_read_reg(&fdt, &node, 0, &range),
                         cases[i].result);
    }
}

static void test_range_that_wraps(void **state)
{
    begin_blob();
    begin_node("");
    put_cells("#size-cells", 1, 2);
    begin_node("memory");
    put_cells("reg", 4, ~0u, ~0u, 0, 2);
    end_node();
    end_node();
    end_blob();
    assert_int_equal(fdt_open(&fdt, blob, sizeof(blob)), 0);
    find("/memory");
    assert_int_equal(fdt_read_reg(&fdt, &node, 0, &range), -EINVAL);
}

static void test_reservations(void **state)
{
    open_tree();
    assert_true(fdt_reservation(&fdt, 0, &range));
    assert_true(range.base == 0x80000000 && range.size == 0x40000);
    assert_true(fdt_reservation(&fdt, 1, &range));
    assert_true(range.base == 0x100000000 && range.size == 0x1000);
    assert_false(fdt_reservation(&fdt, 2, &range));
}

/* --- refusing bad ones ------------------------------------------------------ */

static void expect_refused(void)
{
    assert_int_equal(fdt_open(&fdt, blob, sizeof(blob)), -EINVAL);
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

static void test_node_name_without_an_end(void **state)
{
    begin_blob();
    begin_node("");
    put32(1);
    end_blob();
    memset(blob + at - 4, 'n', 4);          /* over the end token */
    expect_refused();
}

/* --- damage at random ------------------------------------------------------- */

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

/* --- what the emulator really passes ---------------------------------------- */

static u8 *read_virt(size_t *size)
{
    u8 *data = host_read_file(HOST_DATA "/virt.dtb", size);

    assert_non_null(data);
    assert_int_equal(fdt_open(&fdt, data, *size), 0);
    return data;
}

static void test_emulator_tree(void **state)
{
    size_t size;
    u8 *data = read_virt(&size);
    struct fdt_walk walk = FDT_WALK_START;
    int harts = 0;
    u64 timebase;

    find("/memory");
    assert_int_equal(fdt_read_reg(&fdt, &node, 0, &range), 0);
    assert_true(range.base == 0x80000000 && range.size == 128ul << 20);
    find("/cpus");
    assert_true(fdt_read_number(&fdt, &node, "timebase-frequency", &timebase));
    assert_int_equal(timebase, 10000000);
    find("/chosen");
    const char *console = fdt_read_string(&fdt, &node, "stdout-path");
    assert_non_null(console);
    find(console);
    assert_true(fdt_is_compatible(&fdt, &node, "ns16550a"));
    assert_int_equal(fdt_read_reg(&fdt, &node, 0, &range), 0);
    assert_true(range.base == 0x10000000);
    while (fdt_next_node(&fdt, &walk))
        harts += fdt_is_compatible(&fdt, &walk.node, "riscv");
    assert_int_equal(harts, 4);
    free(data);
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
        cmocka_unit_test(test_walk_visits_all_in_order),
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_aliases),
        cmocka_unit_test(test_phandle),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_strings),
        cmocka_unit_test(test_compatible_and_status),
        cmocka_unit_test(test_reg),
        cmocka_unit_test(test_odd_cell_counts),
        cmocka_unit_test(test_range_that_wraps),
        cmocka_unit_test(test_reservations),
        cmocka_unit_test(test_bad_headers),
        cmocka_unit_test(test_reservations_without_an_end),
        cmocka_unit_test(test_nesting),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_properties_outside),
        cmocka_unit_test(test_node_name_without_an_end),
        cmocka_unit_test(test_truncated_tree),
        cmocka_unit_test(test_mutated_tree),
        cmocka_unit_test(test_emulator_tree),
        cmocka_unit_test(test_emulator_tree_truncated),
        cmocka_unit_test(test_emulator_tree_mutated),
    };
    return host_run(tests);
}
