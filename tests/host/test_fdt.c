/*
 * test_fdt.c - reading device trees: one written here, and the emulator's.
 * sources: kernel/lib/fdt.c kernel/lib/fdt_walk.c
 */
#include "harness.h"

#include <stdlib.h>
#include <string.h>

#include "fdt_writer.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/fdt.h"

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
    assert_false(fdt_find_node(&fdt, "relative", &node));
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
    assert_int_equal(fdt_read_reg(&fdt, &node, 1u << 31, &range), -ENOENT);
    find("/soc/serial@20000000");           /* its second range has no size */
    assert_int_equal(fdt_read_reg(&fdt, &node, 0, &range), 0);
    assert_int_equal(fdt_read_reg(&fdt, &node, 1, &range), -ENOENT);
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
        { ~0u, 1, -EINVAL }, { 1, ~0u, -EINVAL },
        { 1u << 31, 1u << 31, -EINVAL },
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

static void test_emulator_tree(void **state)
{
    size_t size;
    u8 *data = host_read_file(HOST_DATA "/virt.dtb", &size);
    struct fdt_walk walk = FDT_WALK_START;
    int harts = 0;
    u64 timebase;

    assert_non_null(data);
    assert_int_equal(fdt_open(&fdt, data, size), 0);
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
        cmocka_unit_test(test_emulator_tree),
    };
    return host_run(tests);
}
