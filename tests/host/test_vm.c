/*
 * test_vm.c - address spaces over real page tables: faults, copy on write,
 * fork, truncation, running out of memory.
 * sources: mm/page.c mm/buddy.c mm/pagecopy.c mm/debug.c mm/slab.c
 * sources: mm/slab_debug.c mm/kmalloc.c mm/pagemap.c mm/vmobj.c mm/vmobj_io.c
 * sources: mm/area.c mm/pte.c mm/pte_unmap.c mm/vm.c mm/map.c mm/protect.c
 * sources: mm/remap.c mm/advise.c mm/fault.c mm/fault_object.c mm/populate.c
 * sources: mm/oom.c mm/table.c mm/uaccess.c mm/iter.c kernel/riscv/pgtable.c
 * sources: kernel/lib/avl.c kernel/lib/bitmap.c
 */
#include "harness.h"

#include "vm_host.h"

#include "mm/iter.h"

/* --- the whole --- */

static void test_A_03_a_space_gives_back_all_it_took(void **state)
{
    size_t pages = host_pages_used(), objects = host_objects_used();

    for (int round = 0; round < 50; round++) {
        struct vm *vm = vm_create(), *child;

        vm_get(vm);
        map_at(vm, AT(0), 600, RW, NULL);
        for (int i = 0; i < 600; i += 7)
            assert_true(store(vm, AT(i), i));
        assert_int_equal(vm_fork(vm, &child), 0);
        assert_true(store(child, AT(7), 1));
        vm_put(vm);                     /* somebody has it still */
        assert_int_equal(load(vm, AT(7)), 7);
        vm_clear(vm);
        assert_int_equal(load(vm, AT(7)), -1);
        assert_int_equal(vm->total_pages, 0);
        vm_put(vm);
        assert_int_equal(load(child, AT(14)), 14);
        vm_put(child);
        assert_int_equal(host_pages_used(), pages);
        assert_int_equal(host_objects_used(), objects);
    }
}

/* Gigabytes, whole and in part, with neighbours that need tables or without:
 * vm_check() sees to it that each table serves an area. */
static void test_E_14_unmapping_gigabytes_frees_their_tables(void **state)
{
    const u64 pages = HUGE_SIZE >> PAGE_SHIFT;

    for (u64 i = 0; i < 4 * 4 * 4; i++) {
        vaddr_t start = HUGE_SIZE + i % 4 * (HUGE_SIZE / 4);
        u64 count = pages + i / 4 % 4 * (pages / 2) + 5;
        vaddr_t end = start + count * PAGE_SIZE;
        struct vm *vm = vm_create();

        if (i & 16)
            map_at(vm, start - 3 * PAGE_SIZE, 2, RW, NULL);
        if (i & 32)
            map_at(vm, end, 1, RW, NULL);
        map_at(vm, start, count, RW | VM_NO_RESERVE, NULL);
        for (vaddr_t va = start; va < end; va += HUGE_SIZE / 8)
            assert_true(store(vm, va, 1));
        assert_int_equal(vm_unmap(vm, start, end - start), 0);
        check(vm);
        assert_int_equal(vm->resident, 0);
        vm_put(vm);
    }
}

static void test_E_14_a_walk_finds_the_frame_or_nothing(void **state)
{
    struct vm *vm = vm_create();
    vaddr_t last = AT(599) + PAGE_SIZE - 1;

    map_at(vm, AT(0), 600, RW, NULL);
    assert_null(pgtable_find(vm->space.root, AT(0)));
    assert_true(store(vm, AT(0) + 5, 77));
    assert_true(store(vm, last, 78));
    for (int i = 0; i < 600; i++)
        assert_int_equal(!!(entry(vm, AT(i)) & PTE_VALID), i == 0 || i == 599);
    u8 *frame = phys_to_virt(pte_pfn(entry(vm, AT(0))) << PAGE_SHIFT);
    assert_int_equal(frame[5], 77);
    frame = phys_to_virt(pte_pfn(entry(vm, last)) << PAGE_SHIFT);
    assert_int_equal(frame[PAGE_SIZE - 1], 78);
    frame[0] = 79;
    assert_int_equal(load(vm, AT(599)), 79);
    assert_null(pgtable_find(vm->space.root, USER_END - PAGE_SIZE));
    vm_put(vm);
}

/* --- faults --- */

static void test_anonymous_memory_is_zero_and_keeps_bytes(void **state)
{
    struct vm *vm = vm_create();

    assert_int_equal(map_at(vm, AT(0), 4, RW, NULL), AT(0));
    assert_int_equal(vm->resident, 0);
    assert_int_equal(load(vm, AT(1) + 5), 0);
    assert_true(store(vm, AT(1) + 5, 77));
    assert_int_equal(load(vm, AT(1) + 5), 77);
    assert_int_equal(vm->resident, 1);
    assert_int_equal(load(vm, AT(4)), -1);
    check(vm);
    assert_int_equal(host_flushes.calls, 0);
    vm_put(vm);
}

static void test_refused_accesses_say_why(void **state)
{
    struct vm *vm = vm_create();
    struct vmobj *file = vmobj_create_anon(PAGE_SIZE + 1);
    struct vm_fault_info info;

    map_at(vm, AT(0), 1, VM_READ, NULL);
    map_at(vm, AT(1), 1, 0, NULL);
    map_at(vm, AT(2), 4, VM_READ | VM_SHARED, file);
    info = fault(vm, AT(0), VM_ACCESS_WRITE);
    assert_int_equal(info.code, 2);
    assert_string_equal(info.words, "store to a read-only page");
    assert_int_equal(fault(vm, AT(0), VM_ACCESS_EXEC).code, 2);
    assert_int_equal(fault(vm, AT(1), VM_ACCESS_READ).code, 2);
    info = fault(vm, 0, VM_ACCESS_READ);
    assert_int_equal(info.code, 1);
    assert_false(info.bus);
    assert_int_equal(fault(vm, USER_END, VM_ACCESS_READ).code, 1);
    assert_int_equal(fault(vm, ~0ul, VM_ACCESS_EXEC).code, 1);
    assert_int_equal(fault(vm, AT(3), VM_ACCESS_READ).code, -1);
    info = fault(vm, AT(4), VM_ACCESS_READ);
    assert_true(info.bus);
    assert_int_equal(info.code, 2);
    vm_put(vm);
    vmobj_put(file);
}

static void test_spurious_fault_flushes_one_entry(void **state)
{
    struct vm *vm = vm_create();

    map_at(vm, AT(0), 1, RW, NULL);
    store(vm, AT(0), 1);
    assert_int_equal(fault(vm, AT(0), VM_ACCESS_WRITE).code, -1);
    assert_int_equal(host_flushes.local, 1);
    assert_int_equal(host_flushes.calls, 0);
    vm_put(vm);
}

static void test_the_stack_grows_to_its_limit(void **state)
{
    struct vm *vm = vm_create();
    struct vm_fault_info info;

    map_at(vm, AT(1000), 1, RW | VM_STACK, NULL);
    map_at(vm, AT(0), 1, RW, NULL);
    assert_int_equal(vm_fault(vm, AT(990), VM_ACCESS_WRITE, 100 * PAGE_SIZE,
                              &info), 0);
    assert_int_equal(vm->total_pages, 12);
    assert_int_equal(vm_fault(vm, AT(900), VM_ACCESS_WRITE, 100 * PAGE_SIZE,
                              &info), -EFAULT);
    /* Not into the guard above another area. */
    assert_int_equal(vm_fault(vm, AT(200), VM_ACCESS_WRITE, 1ul << 30, &info),
                     -EFAULT);
    assert_int_equal(vm_fault(vm, AT(257), VM_ACCESS_WRITE, 1ul << 30, &info),
                     0);
    check(vm);
    vm_put(vm);
}

/* --- copy on write and fork --- */

static void test_R06_R25_E_02_fork_shares_until_written(void **state)
{
    struct vm *parent = vm_create(), *child;
    size_t used;

    map_at(parent, AT(0), 100, RW, NULL);
    for (int i = 0; i < 100; i++)
        store(parent, AT(i), i);
    used = host_pages_used();
    assert_int_equal(vm_fork(parent, &child), 0);
    assert_int_equal(host_flushes.calls, 1);
    assert_true(host_pages_used() - used <= 3);
    check(parent);
    check(child);
    assert_int_equal(load(child, AT(50)), 50);
    assert_true(store(child, AT(50), 200));
    assert_int_equal(host_flushes.calls, 2);
    assert_int_equal(load(parent, AT(50)), 50);
    assert_true(store(parent, AT(51), 201));
    assert_int_equal(load(child, AT(51)), 51);
    check(parent);
    check(child);
    vm_put(child);
    /* Alone again: the page is used in place, without a fence. */
    unsigned flushes = host_flushes.calls;
    pte_t before = entry(parent, AT(60));
    store(parent, AT(60), 1);
    assert_int_equal(pte_pfn(entry(parent, AT(60))), pte_pfn(before));
    assert_int_equal(host_flushes.calls, flushes);
    vm_put(parent);
}

static unsigned fences(void)
{
    unsigned n = host_flushes.icache;

    host_flushes.icache = 0;
    return n;
}

static void write_object(struct vmobj *o, u64 offset, u8 byte)
{
    struct iter it;

    iter_kernel(&it, &byte, 1);
    assert_int_equal(vmobj_write(o, offset, &it), 1);
}

/* Instruction fences: for files' code when it has changed, for what becomes
 * code, for code that is copied; for nothing else. */
static void test_E_15_new_code_is_fenced(void **state)
{
    struct vm *vm = vm_create(), *child;
    struct vmobj *o = vmobj_create_anon(4 * PAGE_SIZE);

    write_object(o, 0, 1);
    map_at(vm, AT(0), 4, VM_READ | VM_EXEC, o);
    map_at(vm, AT(10), 4, RW, o);
    assert_int_equal(load(vm, AT(10)), 1);
    assert_true(store(vm, AT(11), 1));
    assert_int_equal(fences(), 0);
    assert_int_equal(load(vm, AT(0)), 1);
    assert_int_equal(fences(), 1);
    fault(vm, AT(2), VM_ACCESS_EXEC);       /* a page that was not there */
    assert_int_equal(fences(), 1);
    vm_advise(vm, AT(0), 4 * PAGE_SIZE, 4);
    assert_int_equal(load(vm, AT(0)), 1);
    assert_int_equal(fences(), 0);
    write_object(o, 5, 2);
    vm_advise(vm, AT(0), 4 * PAGE_SIZE, 4);
    fault(vm, AT(0), VM_ACCESS_EXEC);
    assert_int_equal(fences(), 1);

    map_at(vm, AT(20), 2, RW, NULL);
    store(vm, AT(20), 1);
    vm_protect(vm, AT(20), PAGE_SIZE, VM_READ, NULL);
    assert_int_equal(fences(), 0);
    vm_protect(vm, AT(20), PAGE_SIZE, RW | VM_EXEC, NULL);
    assert_int_equal(fences(), 1);
    assert_int_equal(vm_fork(vm, &child), 0);
    assert_int_equal(fences(), 0);
    store(child, AT(20), 2);
    assert_int_equal(fences(), 1);
    vm_put(child);
    vm_put(vm);
    vmobj_put(o);
}

static void test_fork_of_empty_areas_makes_no_tables(void **state)
{
    struct vm *parent = vm_create(), *child;

    map_at(parent, AT(0), 8000, RW, NULL);
    map_at(parent, 0x3000000000, 8000, RW, NULL);
    size_t used = host_pages_used();
    assert_int_equal(vm_fork(parent, &child), 0);
    assert_int_equal(host_pages_used(), used + 1);
    assert_int_equal(host_flushes.calls, 0);
    vm_put(child);
    vm_put(parent);
}

static void test_shared_memory_is_shared_over_fork(void **state)
{
    struct vm *parent = vm_create(), *child;
    struct vmobj *o = vmobj_create_anon(4 * PAGE_SIZE);

    map_at(parent, AT(0), 4, RW | VM_SHARED, o);
    store(parent, AT(0), 1);
    vm_fork(parent, &child);
    assert_int_equal(host_flushes.calls, 0);
    store(child, AT(0), 2);
    store(child, AT(3), 3);
    assert_int_equal(load(parent, AT(0)), 2);
    assert_int_equal(load(parent, AT(3)), 3);
    assert_int_equal(vmobj_page_count(o), 2);
    vm_put(parent);
    vm_put(child);
    vmobj_put(o);
}

static void test_private_file_pages_are_copied_when_written(void **state)
{
    struct vm *a = vm_create(), *b = vm_create(), *child;
    struct vmobj *file = vmobj_create_anon(20 * PAGE_SIZE);

    map_at(a, AT(0), 20, RW | VM_SHARED, file);
    map_at(b, AT(0), 20, RW, file);
    for (int i = 0; i < 20; i++)
        store(a, AT(i), i + 1);
    /* One fault maps what the file holds around it. */
    assert_int_equal(load(b, AT(3)), 4);
    assert_int_equal(b->resident, 16);
    check(b);
    store(b, AT(3), 99);
    assert_int_equal(host_flushes.calls, 1);
    assert_int_equal(load(a, AT(3)), 4);
    /* The child gets the copy from the table, the rest from the file. */
    vm_fork(b, &child);
    assert_int_equal(child->resident, 1);
    assert_int_equal(load(child, AT(3)), 99);
    assert_int_equal(load(child, AT(19)), 20);
    store(child, AT(3), 98);
    assert_int_equal(load(b, AT(3)), 99);
    check(b);
    check(child);
    vm_put(a);
    vm_put(b);
    vm_put(child);
    vmobj_put(file);
}

static void test_areas_that_fork_leaves_out_or_wipes(void **state)
{
    struct vm *parent = vm_create(), *child;

    map_at(parent, AT(0), 30, RW, NULL);
    for (int i = 0; i < 30; i++)
        store(parent, AT(i), 7);
    assert_int_equal(vm_advise(parent, AT(0), 10 * PAGE_SIZE, 10), 0);
    assert_int_equal(vm_advise(parent, AT(10), 10 * PAGE_SIZE, 18), 0);
    vm_fork(parent, &child);
    check(child);
    assert_int_equal(load(child, AT(0)), -1);
    assert_int_equal(load(child, AT(10)), 0);
    assert_int_equal(load(child, AT(20)), 7);
    vm_put(child);
    vm_put(parent);
}

/* --- truncation --- */

static void test_truncation_takes_pages_away(void **state)
{
    struct vm *vm = vm_create();
    struct vmobj *file = vmobj_create_anon(8 * PAGE_SIZE);

    map_at(vm, AT(0), 8, RW | VM_SHARED, file);
    map_at(vm, AT(16), 8, RW, file);
    for (int i = 0; i < 8; i++)
        store(vm, AT(i) + 100, i + 1);
    load(vm, AT(16));
    store(vm, AT(16 + 7), 50);
    vmobj_set_size(file, 2 * PAGE_SIZE + 50);
    check(vm);
    assert_int_equal(vmobj_page_count(file), 3);
    assert_int_equal(load(vm, AT(1) + 100), 2);
    assert_int_equal(load(vm, AT(2) + 100), 0);
    assert_true(fault(vm, AT(3), VM_ACCESS_READ).bus);
    assert_true(fault(vm, AT(16 + 3), VM_ACCESS_WRITE).bus);
    vmobj_set_size(file, 8 * PAGE_SIZE);
    assert_int_equal(load(vm, AT(5) + 100), 0);
    check(vm);
    vmobj_drop_pages(file, 1, 2);
    assert_int_equal(load(vm, AT(1) + 100), 0);
    assert_int_equal(load(vm, AT(0) + 100), 1);
    vm_put(vm);
    vmobj_put(file);
}

static void test_pages_behind_the_end_are_not_mapped(void **state)
{
    struct vm *vm = vm_create();
    struct vmobj *file = vmobj_create_anon(2 * PAGE_SIZE);
    struct page *behind;

    /* As a write(2) leaves it that has not yet set the size. */
    assert_int_equal(vmobj_lookup_page(file, 3, true, &behind), 0);
    map_at(vm, AT(0), 4, VM_READ | VM_SHARED, file);
    assert_int_equal(load(vm, AT(1)), 0);
    assert_int_equal(entry(vm, AT(3)), 0);
    assert_true(fault(vm, AT(3), VM_ACCESS_READ).bus);
    /* Dropped, but held by us: it belongs to nothing any more. */
    vmobj_drop_pages(file, 3, 4);
    assert_null(behind->obj);
    assert_int_equal(behind->refs, 1);
    page_put(behind);
    vm_put(vm);
    vmobj_put(file);
}

static void test_growing_shows_zeroes_behind_the_old_end(void **state)
{
    struct vm *vm = vm_create();
    struct vmobj *file = vmobj_create_anon(10);

    map_at(vm, AT(0), 1, RW | VM_SHARED, file);
    store(vm, AT(0) + 20, 1);
    vmobj_set_size(file, 100);
    assert_int_equal(load(vm, AT(0) + 20), 0);
    vm_put(vm);
    vmobj_put(file);
}

/* --- out of memory --- */

static unsigned kills;

static bool kill_self(struct oom_victim *v)
{
    kills++;
    *v = (struct oom_victim){ .pid = 7, .name = "hog", .self = true };
    return true;
}

static void test_E_02_exhaustion_is_an_error_not_a_panic(void **state)
{
    struct vm *vm = vm_create();
    vaddr_t at = BASE;

    map_at(vm, BASE, 20000, RW | VM_NO_RESERVE, NULL);
    oom_set_killer(kill_self);
    kills = 0;
    while (store(vm, at, 1))
        at += PAGE_SIZE;
    assert_int_equal(kills, 1);
    assert_true(fault(vm, at, VM_ACCESS_WRITE).oom);
    assert_int_equal(kills, 2);
    check(vm);
    oom_set_killer(NULL);
    vm_put(vm);
}

/* The whole of it with the n-th allocation failing. */
static int busy_life(struct vm *vm, struct vmobj *o)
{
    struct vm *child = NULL;
    int error = 0;

    error |= map_at(vm, AT(0), 10, RW, NULL) < 0;
    error |= map_at(vm, AT(4), 2, VM_READ, NULL) < 0;
    error |= map_at(vm, AT(512), 10, RW, o) < 0;
    error |= map_at(vm, AT(1024), 4, RW | VM_SHARED, o) < 0;
    for (int i = 0; i < 3; i++)
        error |= !store(vm, AT(512 * i + i), 1);
    error |= vm_protect(vm, AT(2), 2 * PAGE_SIZE, VM_READ, NULL) < 0;
    error |= remap(vm, AT(512), 10, 20, MREMAP_MAYMOVE | MREMAP_FIXED,
                   0x2000000000) < 0;
    if (vm_fork(vm, &child) == 0) {
        check(child);
        error |= !store(child, AT(0), 2);
        error |= !store(child, AT(1024), 2);
        check(child);
        vm_put(child);
    } else {
        error = 1;
    }
    check(vm);
    error |= vm_unmap(vm, AT(1), PAGE_SIZE) < 0;
    check(vm);
    return error;
}

static void test_E_02_every_failing_allocation_is_survived(void **state)
{
    for (unsigned n = 1; ; n++) {
        struct vm *vm = vm_create();
        struct vmobj *o = vmobj_create_anon(20 * PAGE_SIZE);
        size_t before = host_pages_used();

        alloc_fail_nth(n);
        int error = busy_life(vm, o);
        alloc_fail_nth(0);
        vm_put(vm);
        vmobj_put(o);
        end_test(NULL);
        assert_true(host_pages_used() <= before);
        if (!error)
            break;
        assert_true(n < 500);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_test, end_test)
    const struct CMUnitTest tests[] = {
        TEST(test_A_03_a_space_gives_back_all_it_took),
        TEST(test_E_14_unmapping_gigabytes_frees_their_tables),
        TEST(test_E_14_a_walk_finds_the_frame_or_nothing),
        TEST(test_anonymous_memory_is_zero_and_keeps_bytes),
        TEST(test_refused_accesses_say_why),
        TEST(test_spurious_fault_flushes_one_entry),
        TEST(test_the_stack_grows_to_its_limit),
        TEST(test_R06_R25_E_02_fork_shares_until_written),
        TEST(test_E_15_new_code_is_fenced),
        TEST(test_fork_of_empty_areas_makes_no_tables),
        TEST(test_shared_memory_is_shared_over_fork),
        TEST(test_private_file_pages_are_copied_when_written),
        TEST(test_areas_that_fork_leaves_out_or_wipes),
        TEST(test_truncation_takes_pages_away),
        TEST(test_pages_behind_the_end_are_not_mapped),
        TEST(test_growing_shows_zeroes_behind_the_old_end),
        TEST(test_E_02_exhaustion_is_an_error_not_a_panic),
        TEST(test_E_02_every_failing_allocation_is_survived),
    };

    host_memory_begin(6000);
    hart_count = 2;             /* one hart would fence without asking */
    return host_run(tests);
}
