/*
 * test_dt.c - the machine as the emulator's device trees describe it, and what
 * broken trees do.
 * sources: kernel/dt.c kernel/lib/fdt.c kernel/lib/fdt_walk.c kernel/lib/string.c
 */
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fdt_writer.h"
#include "kernel/lib/errno.h"
#include "kernel/params.h"

#define TREE_MAX (2 << 20)       /* QEMU pads its trees to a megabyte */
#define TREE_USED 8192          /* the part that mutations hit */

/* QEMU writes its tree to a file; without QEMU the test cannot run. */
static size_t load_tree(const char *options, u8 *blob)
{
    char command[640];
    FILE *f;

    snprintf(command, sizeof(command),
             "qemu-system-riscv64 -machine virt,dumpdtb=build/host/dt.dtb "
             "-nographic -bios none %s >/dev/null 2>&1", options);
    assert_int_equal(system(command), 0);
    f = fopen("build/host/dt.dtb", "rb");
    assert_non_null(f);
    size_t n = fread(blob, 1, TREE_MAX, f);
    fclose(f);
    assert_true(n > 0 && n < TREE_MAX);
    return n;
}

static int read_tree(const u8 *blob, size_t n)
{
    machine = (struct machine){ .bank_count = 0 };
    /* dt_read() wants it at a physical address. */
    memcpy(host_ram, blob, n);
    return dt_read(host_ram);
}

static u8 tree[TREE_MAX];

static void test_virt_board(void **state)
{
    size_t n = load_tree("-smp 4 -m 128M", tree);

    (void)state;
    assert_int_equal(read_tree(tree, n), 0);
    assert_int_equal(machine.hart_count, 4);
    assert_int_equal(machine.bank_count, 1);
    assert_int_equal(machine.banks[0].start, 0x80000000);
    assert_int_equal(machine.banks[0].end, 0x88000000);
    assert_int_equal(machine.timebase, 10000000);
    assert_int_equal(machine.uart, 0x10000000);
    assert_int_equal(machine.uart_irq, 10);
    assert_int_equal(machine.plic, 0xc000000);
    assert_int_equal(machine.rtc, 0x101000);
    assert_int_equal(machine.test_device, 0x100000);
    assert_int_equal(machine.virtio_count, 8);
    assert_true(machine.seed_size >= 32);
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(machine.plic_context[i], 2 * i + 1);
}

static void test_two_banks(void **state)
{
    size_t n = load_tree("-smp 2 -m 256M "
                         "-object memory-backend-ram,id=a,size=128M "
                         "-object memory-backend-ram,id=b,size=128M "
                         "-numa node,memdev=a -numa node,memdev=b", tree);

    (void)state;
    assert_int_equal(read_tree(tree, n), 0);
    assert_int_equal(machine.bank_count, 2);
}

/* One PLIC a socket: the UART hangs on the first, and so does hart 0 only. */
static void test_two_sockets(void **state)
{
    size_t n = load_tree("-smp 2 -m 256M "
                         "-object memory-backend-ram,id=a,size=128M "
                         "-object memory-backend-ram,id=b,size=128M "
                         "-numa node,nodeid=0,memdev=a,cpus=0 "
                         "-numa node,nodeid=1,memdev=b,cpus=1", tree);

    (void)state;
    assert_int_equal(read_tree(tree, n), 0);
    assert_int_equal(machine.hart_count, 2);
    assert_int_equal(machine.plic, 0xc000000);
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(machine.plic_context[i],
                         machine.hartids[i] == 0 ? 1 : ~0u);
}

/* Nodes of memory: address and size in two cells each. */
static void put_memory(u32 high, u32 low, u32 size_high, u32 size)
{
    begin_node("memory");
    put_string("device_type", "memory");
    put_cells("reg", 4, high, low, size_high, size);
    end_node();
}

/* A hart and a clock, which every tree must have. */
static void put_cpus(u32 timebase)
{
    begin_node("cpus");
    put_cells("#address-cells", 1, 1);
    put_cells("#size-cells", 1, 0);
    put_cells("timebase-frequency", 1, timebase);
    begin_node("cpu@0");
    put_string("device_type", "cpu");
    put_string("mmu-type", "riscv,sv39");
    put_cells("reg", 1, 0);
    end_node();
    end_node();
}

static void begin_tree(void)
{
    begin_blob();
    begin_node("");
    put_cells("#address-cells", 1, 2);
    put_cells("#size-cells", 1, 2);
}

static void end_tree(void)
{
    end_node();
    end_blob();
}

/* What the page tables are made from is whole pages, in reach, once each. */
static void test_strange_banks(void **state)
{
    (void)state;
    begin_tree();
    put_memory(0, 0x80000800, 0, 0x2000);       /* no whole pages */
    put_memory(0, 0x80001000, 0, 0x4000);       /* overlaps the first */
    put_memory(0x1f, 0xfffff000, 0x7fffffff, 0);    /* ends out of reach */
    put_memory(0x20, 0, 0, 0x10000000);         /* is out of reach */
    put_memory(0x80000000, 0, 0x7fffffff, 0xffffffff);
    put_memory(0, 0x90000000, 0, 0);            /* empty */
    put_cpus(10000000);
    end_tree();
    assert_int_equal(read_tree(blob, sizeof(blob)), 0);
    assert_int_equal(machine.bank_count, 2);
    assert_int_equal(machine.banks[0].start, 0x80001000);
    assert_int_equal(machine.banks[0].end, 0x80002000);
    assert_int_equal(machine.banks[1].start, 0x1ffffff000);
    assert_int_equal(machine.banks[1].end, 0x2000000000);
}

static void test_no_memory_in_reach(void **state)
{
    (void)state;
    begin_tree();
    put_memory(0x20, 0, 0, 0x10000000);
    put_cpus(10000000);
    end_tree();
    assert_int_equal(read_tree(blob, sizeof(blob)), -EINVAL);
}

static void test_no_clock(void **state)
{
    (void)state;
    begin_tree();
    put_memory(0, 0x80000000, 0, 0x10000000);
    put_cpus(0);
    end_tree();
    assert_int_equal(read_tree(blob, sizeof(blob)), -EINVAL);
}

static void test_not_a_tree(void **state)
{
    u8 zeroes[256] = { 0 };

    (void)state;
    assert_int_equal(read_tree(zeroes, sizeof(zeroes)), -EINVAL);
}

/* Any single changed byte: an error or a machine, never a stray access. */
static void test_mutations(void **state)
{
    size_t n = load_tree("-smp 2 -m 64M", tree);
    static u8 saved[TREE_USED];

    (void)state;
    memcpy(saved, tree, TREE_USED);
    memcpy(host_ram, tree, n);
    for (int i = 0; i < 20000; i++) {
        memcpy(host_ram, saved, TREE_USED);
        for (int k = 0; k < 1 + i % 3; k++)
            host_ram[xorshift_below(&host_random, TREE_USED)] =
                xorshift_below(&host_random, 256);
        machine = (struct machine){ .bank_count = 0 };
        dt_read(host_ram);
        assert_true(machine.bank_count <= MAX_BANKS);
        assert_true(machine.hart_count <= MAX_HARTS);
        assert_true(machine.reserved_count <= MAX_RESERVED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_virt_board),
        cmocka_unit_test(test_two_banks),
        cmocka_unit_test(test_two_sockets),
        cmocka_unit_test(test_strange_banks),
        cmocka_unit_test(test_no_memory_in_reach),
        cmocka_unit_test(test_no_clock),
        cmocka_unit_test(test_not_a_tree),
        cmocka_unit_test(test_mutations),
    };
    return host_run(tests);
}
