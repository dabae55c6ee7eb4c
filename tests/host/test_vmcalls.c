/*
 * test_vmcalls.c - the calls that change mappings: munmap, mprotect, brk,
 * mremap, madvise, mlock, mincore, and their refusals.
 * sources: mm/page.c mm/buddy.c mm/pagecopy.c mm/debug.c mm/slab.c
 * sources: mm/slab_debug.c mm/kmalloc.c mm/pagemap.c mm/vmobj.c mm/vmobj_io.c
 * sources: mm/area.c mm/pte.c mm/pte_unmap.c mm/vm.c mm/map.c mm/protect.c
 * sources: mm/remap.c mm/advise.c mm/fault.c mm/fault_object.c mm/populate.c
 * sources: mm/oom.c mm/table.c mm/uaccess.c mm/iter.c kernel/riscv/pgtable.c
 * sources: kernel/lib/avl.c kernel/lib/bitmap.c
 */
#include "harness.h"

#include "vm_host.h"

/* --- unmapping, protection --- */

static void test_E_02_unmap_splits_and_fences_once(void **state)
{
    struct vm *vm = vm_create();

    map_at(vm, AT(0), 2000, RW, NULL);
    for (int i = 0; i < 2000; i++)
        store(vm, AT(i), i);
    assert_int_equal(vm_unmap(vm, AT(10), 1500 * PAGE_SIZE), 0);
    assert_int_equal(host_flushes.calls, 1);
    check(vm);
    assert_int_equal(vm->area_count, 2);
    assert_int_equal(vm->resident, 500);
    assert_int_equal(load(vm, AT(10)), -1);
    assert_int_equal(load(vm, AT(1510)), (u8)1510);
    assert_int_equal(vm_unmap(vm, AT(10), PAGE_SIZE), 0);
    assert_int_equal(host_flushes.calls, 1);
    vm_put(vm);
}

static size_t free_at_flush;

/* What other harts may still use when they are told to forget it. */
static void look_at_tables(struct arch_space *s, vaddr_t start, vaddr_t end)
{
    for (vaddr_t va = start; va < end; va += PAGE_SIZE) {
        pte_t *pte = pgtable_find(s->root, va);
        assert_true(!pte || !(*pte & PTE_VALID));
    }
    free_at_flush = pages_free_count();
}

static void test_E_02_pages_are_freed_only_behind_the_fence(void **state)
{
    struct vm *vm = vm_create();

    /* One whole table, and part of one that is still needed. */
    map_at(vm, AT(0), 600, RW, NULL);
    map_at(vm, AT(700), 1, RW, NULL);
    for (int i = 0; i < 600; i++)
        store(vm, AT(i), 1);
    size_t before = pages_free_count();
    host_on_flush = look_at_tables;
    vm_unmap(vm, AT(0), 600 * PAGE_SIZE);
    host_on_flush = NULL;
    assert_int_equal(free_at_flush, before);
    assert_true(pages_free_count() >= before + 600);
    vm_put(vm);
}

static void test_E_02_unmap_frees_tables_nobody_needs(void **state)
{
    struct vm *vm = vm_create();
    size_t used = host_pages_used();

    for (int i = 0; i < 40; i++) {
        vaddr_t at = 0x200000000 + i * (HUGE_SIZE + LARGE_SIZE);
        map_at(vm, at, 1, RW, NULL);
        store(vm, at, 1);
    }
    assert_int_equal(host_pages_used(), used + 40 * 3);
    for (int i = 0; i < 40; i++) {
        vaddr_t at = 0x200000000 + i * (HUGE_SIZE + LARGE_SIZE);
        assert_int_equal(vm_unmap(vm, at, PAGE_SIZE), 0);
        check(vm);
    }
    assert_int_equal(host_pages_used(), used);
    vm_put(vm);
}

static void test_bad_ranges_are_refused(void **state)
{
    struct vm *vm = vm_create();
    struct vm_map m = { .size = 0, .flags = RW };

    assert_int_equal(vm_map(vm, &m, NULL), -EINVAL);
    m.size = ~0ul;
    assert_int_equal(vm_map(vm, &m, NULL), -ENOMEM);
    m.size = PAGE_SIZE;
    m.how = VM_MAP_FIXED;
    m.addr = AT(0) + 1;
    assert_int_equal(vm_map(vm, &m, NULL), -EINVAL);
    m.addr = 0;
    assert_int_equal(vm_map(vm, &m, NULL), -EPERM);
    m.addr = USER_END;
    assert_int_equal(vm_map(vm, &m, NULL), -ENOMEM);
    m.addr = -PAGE_SIZE;
    assert_int_equal(vm_map(vm, &m, NULL), -ENOMEM);
    assert_int_equal(vm_unmap(vm, 1, PAGE_SIZE), -EINVAL);
    assert_int_equal(vm_unmap(vm, AT(0), 0), -EINVAL);
    assert_int_equal(vm_unmap(vm, AT(0), ~0ul), -EINVAL);
    assert_int_equal(vm_unmap(vm, USER_END, PAGE_SIZE), -EINVAL);
    assert_int_equal(vm_unmap(vm, -PAGE_SIZE, 2 * PAGE_SIZE), -EINVAL);
    assert_int_equal(vm_protect(vm, 1, PAGE_SIZE, 0, NULL), -EINVAL);
    assert_int_equal(vm_protect(vm, AT(0), ~0ul, 0, NULL), -ENOMEM);
    assert_int_equal(vm_protect(vm, AT(0), PAGE_SIZE, 8, NULL), -EINVAL);
    assert_int_equal(vm_protect(vm, AT(0), PAGE_SIZE, VM_READ, NULL), -ENOMEM);
    assert_int_equal(vm_advise(vm, 1, PAGE_SIZE, 4), -EINVAL);
    assert_int_equal(vm_advise(vm, AT(0), PAGE_SIZE, 5), -EINVAL);
    assert_int_equal(vm_advise(vm, AT(0), PAGE_SIZE, -1), -EINVAL);
    assert_int_equal(vm_advise(vm, AT(0), -PAGE_SIZE, 4), -EINVAL);
    assert_int_equal(vm_sync(vm, AT(0), PAGE_SIZE, 5), -EINVAL);
    assert_int_equal(vm_sync(vm, AT(0), PAGE_SIZE, 4), -ENOMEM);
    assert_int_equal(vm_mincore(vm, AT(0), PAGE_SIZE, NULL), -ENOMEM);
    vm_put(vm);
}

static void test_E_02_protection_changes_entries(void **state)
{
    struct vm *vm = vm_create();

    map_at(vm, AT(0), 10, RW, NULL);
    for (int i = 0; i < 10; i++)
        store(vm, AT(i), i + 1);
    assert_int_equal(vm_protect(vm, AT(2), 3 * PAGE_SIZE, VM_READ, NULL), 0);
    assert_int_equal(host_flushes.calls, 1);
    check(vm);
    assert_int_equal(vm->area_count, 3);
    assert_false(store(vm, AT(3), 1));
    assert_int_equal(load(vm, AT(3)), 4);
    assert_int_equal(vm_protect(vm, AT(2), PAGE_SIZE, 0, NULL), 0);
    assert_int_equal(load(vm, AT(2)), -1);
    check(vm);
    /* Back again: the page is still there; gaining rights needs no fence. */
    unsigned flushes = host_flushes.calls;
    assert_int_equal(vm_protect(vm, AT(2), 3 * PAGE_SIZE, RW, NULL), 0);
    assert_int_equal(host_flushes.calls, flushes);
    assert_int_equal(vm->area_count, 1);
    assert_int_equal(load(vm, AT(2)), 3);
    assert_true(store(vm, AT(2), 9));
    check(vm);
    vm_put(vm);
}

static void test_protection_is_limited_too(void **state)
{
    struct vm *vm = vm_create();
    struct vm_limits l = { ~0ul, 3 * PAGE_SIZE, ~0ul, ~0ul };

    map_at(vm, AT(0), 2, RW, NULL);
    map_at(vm, AT(2), 2, VM_READ, NULL);
    assert_int_equal(vm_protect(vm, AT(0), 4 * PAGE_SIZE, RW, &l), -ENOMEM);
    assert_int_equal(vm_protect(vm, AT(1), 2 * PAGE_SIZE, RW, &l), 0);
    check(vm);
    assert_int_equal(vm->data_pages, 3);
    vm_put(vm);
}

static void test_protection_stops_at_a_hole(void **state)
{
    struct vm *vm = vm_create();

    map_at(vm, AT(0), 2, RW, NULL);
    map_at(vm, AT(3), 2, RW, NULL);
    assert_int_equal(vm_protect(vm, AT(0), 5 * PAGE_SIZE, VM_READ, NULL),
                     -ENOMEM);
    assert_false(store(vm, AT(1), 1));
    assert_true(store(vm, AT(3), 1));
    struct vmobj *o = vmobj_create_anon(PAGE_SIZE);
    struct vm_map m = { .addr = AT(8), .size = PAGE_SIZE, .obj = o,
                        .how = VM_MAP_FIXED, .flags = VM_READ | VM_SHARED };
    vm_map(vm, &m, NULL);
    assert_int_equal(vm_protect(vm, AT(8), PAGE_SIZE, RW, NULL), -EACCES);
    vm_put(vm);
    vmobj_put(o);
}

/* --- brk, mremap, madvise, mlock, mincore --- */

static void test_brk_moves_by_bytes(void **state)
{
    struct vm *vm = vm_create();
    struct vm_limits l = { ~0ul, 64 * PAGE_SIZE, 8 << 20, ~0ul };

    vm->heap_start = vm->heap_end = AT(0);
    assert_int_equal(vm_brk(vm, 0, &l), AT(0));
    assert_int_equal(vm_brk(vm, AT(0) + 10, &l), AT(0) + 10);
    assert_true(store(vm, AT(0) + 4095, 5));
    assert_int_equal(vm_brk(vm, AT(2), &l), AT(2));
    assert_int_equal(vm->area_count, 1);
    assert_int_equal(load(vm, AT(0) + 4095), 5);
    assert_int_equal(vm_brk(vm, AT(65), &l), AT(2));
    assert_int_equal(vm_brk(vm, ~0ul, &l), AT(2));
    assert_int_equal(vm_brk(vm, AT(0) - 1, &l), AT(2));
    map_at(vm, AT(10), 1, RW, NULL);
    assert_int_equal(vm_brk(vm, AT(10), &l), AT(2));
    assert_int_equal(vm_brk(vm, AT(9), &l), AT(9));
    assert_int_equal(vm_brk(vm, AT(0), &l), AT(0));
    assert_int_equal(load(vm, AT(0)), -1);
    check(vm);
    vm_put(vm);
}

static void test_E_02_remap_keeps_contents(void **state)
{
    struct vm *vm = vm_create();
    s64 at;

    map_at(vm, AT(0), 4, RW, NULL);
    for (int i = 0; i < 4; i++)
        store(vm, AT(i), i + 1);
    assert_int_equal(remap(vm, AT(0), 4, 6, 0, 0), AT(0));
    assert_int_equal(load(vm, AT(5)), 0);
    map_at(vm, AT(6), 1, VM_READ, NULL);
    assert_int_equal(remap(vm, AT(0), 6, 8, 0, 0), -ENOMEM);
    at = remap(vm, AT(0), 6, 8, MREMAP_MAYMOVE, 0);
    assert_true(at > 0);
    assert_int_equal(load(vm, AT(0)), -1);
    assert_int_equal(load(vm, at + 3 * PAGE_SIZE), 4);
    assert_int_equal(load(vm, at + 7 * PAGE_SIZE), 0);
    assert_int_equal(remap(vm, at, 8, 2, 3, AT(6)), AT(6));
    assert_int_equal(load(vm, AT(7)), 2);
    assert_int_equal(load(vm, AT(8)), -1);
    assert_int_equal(load(vm, at), -1);
    assert_int_equal(remap(vm, AT(6), 2, 1, 0, 0), AT(6));
    assert_int_equal(load(vm, AT(7)), -1);
    assert_int_equal(remap(vm, AT(6), 1, 1, 5, 0) > 0, 1);
    assert_int_equal(load(vm, AT(6)), 0);
    vm_put(vm);
}

static void test_remap_refuses_nonsense(void **state)
{
    struct vm *vm = vm_create();

    map_at(vm, AT(0), 4, RW, NULL);
    assert_int_equal(remap(vm, AT(0) + 1, 1, 2, 1, 0), -EINVAL);
    assert_int_equal(remap(vm, AT(0), 1, 0, 1, 0), -EINVAL);
    assert_int_equal(remap(vm, AT(0), 1, 2, 2, AT(9)), -EINVAL);
    assert_int_equal(remap(vm, AT(0), 1, 2, 8, 0), -EINVAL);
    assert_int_equal(remap(vm, AT(0), 2, 2, 3, AT(1)), -EINVAL);
    assert_int_equal(remap(vm, AT(0), 2, 2, 3, 7), -EINVAL);
    assert_int_equal(remap(vm, AT(0), 2, 2, 3, USER_END), -EINVAL);
    assert_int_equal(remap(vm, AT(0), 0, 2, 1, 0), -EINVAL);
    assert_int_equal(remap(vm, AT(7), 1, 2, 1, 0), -EFAULT);
    assert_int_equal(remap(vm, AT(0), 5, 6, 1, 0), -EFAULT);
    assert_int_equal(remap(vm, AT(0), 4, 4, 5, AT(9)), AT(0) > 0 ?
                     (s64)(vm->mmap_top - 4 * PAGE_SIZE) : 0);
    vm_put(vm);
}

static void test_dontneed_and_remove(void **state)
{
    struct vm *vm = vm_create();
    struct vmobj *o = vmobj_create_anon(4 * PAGE_SIZE);

    map_at(vm, AT(0), 4, RW, NULL);
    map_at(vm, AT(4), 4, RW | VM_SHARED, o);
    for (int i = 0; i < 8; i++)
        store(vm, AT(i), 1);
    assert_int_equal(vm_advise(vm, AT(1), 5 * PAGE_SIZE, 4), 0);
    check(vm);
    assert_int_equal(load(vm, AT(0)), 1);
    assert_int_equal(load(vm, AT(1)), 0);
    assert_int_equal(load(vm, AT(4)), 1);
    assert_int_equal(vm_advise(vm, AT(4), PAGE_SIZE, 9), 0);
    assert_int_equal(load(vm, AT(4)), 0);
    assert_int_equal(load(vm, AT(5)), 1);
    assert_int_equal(vm_advise(vm, AT(4), PAGE_SIZE, 8), -EINVAL);
    assert_int_equal(vm_advise(vm, AT(0), PAGE_SIZE, 9), -EINVAL);
    assert_int_equal(vm_advise(vm, AT(6), 4 * PAGE_SIZE, 4), -ENOMEM);
    vm_put(vm);
    vmobj_put(o);
}

static void test_locking_brings_pages_in(void **state)
{
    struct vm *vm = vm_create();
    struct vm_limits l = { ~0ul, ~0ul, ~0ul, 8 * PAGE_SIZE };

    map_at(vm, AT(0), 20, RW, NULL);
    assert_int_equal(vm_lock_range(vm, AT(0) + 7, 2 * PAGE_SIZE, VM_LOCK, &l),
                     0);
    assert_int_equal(vm->resident, 3);
    assert_int_equal(vm->locked_pages, 3);
    check(vm);
    assert_int_equal(vm_lock_range(vm, AT(3), 6 * PAGE_SIZE, VM_LOCK, &l),
                     -ENOMEM);
    assert_int_equal(vm_advise(vm, AT(0), PAGE_SIZE, 4), -EINVAL);
    assert_int_equal(vm_lock_range(vm, AT(18), 4 * PAGE_SIZE, VM_LOCK, &l),
                     -ENOMEM);
    assert_int_equal(vm_lock_range(vm, AT(0), 20 * PAGE_SIZE, VM_UNLOCK, &l),
                     0);
    assert_int_equal(vm->locked_pages, 0);
    assert_int_equal(vm->area_count, 1);
    l.memlock = 0;
    assert_int_equal(vm_lock_all(vm, MCL_CURRENT, &l), -EPERM);
    l.memlock = ~0ul;
    assert_int_equal(vm_lock_all(vm, MCL_CURRENT | MCL_FUTURE, &l), 0);
    assert_int_equal(vm->resident, 20);
    map_at(vm, AT(30), 2, RW, NULL);
    assert_int_equal(vm->resident, 22);
    assert_int_equal(vm_lock_all(vm, 0, &l), 0);
    check(vm);
    assert_int_equal(vm->locked_pages, 0);
    vm_put(vm);
}

static void test_mincore_tells_what_is_there(void **state)
{
    struct vm *vm = vm_create();
    u8 vec[4] = { 9, 9, 9, 9 };

    map_at(vm, AT(0), 4, RW, NULL);
    store(vm, AT(2), 1);
    assert_int_equal(vm_mincore(vm, AT(0), 4 * PAGE_SIZE, vec), 0);
    assert_memory_equal(vec, "\0\0\1\0", 4);
    assert_int_equal(vm_mincore(vm, AT(0) + 1, PAGE_SIZE, vec), -EINVAL);
    assert_int_equal(vm_mincore(vm, AT(2), 3 * PAGE_SIZE, vec), -ENOMEM);
    vm_put(vm);
}

static void test_limits_are_kept(void **state)
{
    struct vm *vm = vm_create();
    struct vm_limits l = { 10 * PAGE_SIZE, 6 * PAGE_SIZE, ~0ul, ~0ul };
    struct vm_map m = { .size = 7 * PAGE_SIZE, .flags = RW };

    assert_int_equal(vm_map(vm, &m, &l), -ENOMEM);
    m.flags = VM_READ;
    assert_true(vm_map(vm, &m, &l) > 0);
    m.size = 4 * PAGE_SIZE;
    assert_int_equal(vm_map(vm, &m, &l), -ENOMEM);
    m.size = 3 * PAGE_SIZE;
    assert_true(vm_map(vm, &m, &l) > 0);
    /* Mapping over what is there needs no more room. */
    m.how = VM_MAP_FIXED;
    m.addr = vm->mmap_top - m.size;
    assert_int_equal(vm_map(vm, &m, &l), m.addr);
    m = (struct vm_map){ .size = 1ul << 36, .flags = RW };
    assert_int_equal(vm_map(vm, &m, NULL), -ENOMEM);
    m.flags |= VM_NO_RESERVE;
    assert_true(vm_map(vm, &m, NULL) > 0);
    vm_put(vm);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_test, end_test)
    const struct CMUnitTest tests[] = {
        TEST(test_E_02_unmap_splits_and_fences_once),
        TEST(test_E_02_pages_are_freed_only_behind_the_fence),
        TEST(test_E_02_unmap_frees_tables_nobody_needs),
        TEST(test_bad_ranges_are_refused),
        TEST(test_E_02_protection_changes_entries),
        TEST(test_protection_is_limited_too),
        TEST(test_protection_stops_at_a_hole),
        TEST(test_brk_moves_by_bytes),
        TEST(test_E_02_remap_keeps_contents),
        TEST(test_remap_refuses_nonsense),
        TEST(test_dontneed_and_remove),
        TEST(test_locking_brings_pages_in),
        TEST(test_mincore_tells_what_is_there),
        TEST(test_limits_are_kept),
    };

    host_memory_begin(6000);
    hart_count = 2;             /* one hart would fence without asking */
    return host_run(tests);
}
