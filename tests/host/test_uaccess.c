/*
 * test_uaccess.c - copies from and to the memory of the running program, over
 * real page tables: partial copies, holes, protection, hostile addresses.
 * sources: mm/page.c mm/buddy.c mm/pagecopy.c mm/debug.c mm/slab.c
 * sources: mm/slab_debug.c mm/kmalloc.c mm/pagemap.c mm/vmobj.c mm/vmobj_io.c
 * sources: mm/area.c mm/pte.c mm/pte_unmap.c mm/vm.c mm/map.c mm/protect.c
 * sources: mm/remap.c mm/advise.c mm/fault.c mm/fault_object.c mm/populate.c
 * sources: mm/oom.c mm/table.c mm/uaccess.c mm/iter.c
 * sources: kernel/riscv/pgtable.c kernel/lib/avl.c kernel/lib/bitmap.c
 */
#include "harness.h"

#include "vm_host.h"

#include "mm/window.h"

/* Pages 0 to 2 are writable, 3 is read-only, 4 is a hole, 5 has no access. */
static struct vm *vm;
static u8 buf[4 * PAGE_SIZE];

static int begin(void **state)
{
    begin_test(state);
    vm = vm_create();
    map_at(vm, AT(0), 3, RW, NULL);
    map_at(vm, AT(3), 1, VM_READ, NULL);
    map_at(vm, AT(5), 1, 0, NULL);
    current_thread()->arch.space = &vm->space;
    memset(buf, 0xee, sizeof(buf));
    return 0;
}

static int end(void **state)
{
    check(vm);
    current_thread()->arch.space = NULL;
    vm_put(vm);
    return end_test(state);
}

static void put(uptr_t to, const void *bytes, size_t n)
{
    assert_int_equal(copy_to_user(to, bytes, n), 0);
}

/* Both the path for a few bytes and the one for many. */
static const size_t lengths[] = { 1, 3, 8, 9, 100, PAGE_SIZE, PAGE_SIZE + 1,
                                  2 * PAGE_SIZE + 77 };

static void test_E_11_round_trips_at_every_offset(void **state)
{
    for (unsigned i = 0; i < ARRAY_SIZE(lengths); i++)
        for (u64 offset = 0; offset < 30; offset++) {
            size_t n = lengths[i];
            u64 at = AT(0) + (offset < 15 ? offset : PAGE_SIZE - 30 + offset);
            u8 in[2 * PAGE_SIZE + 78];

            host_random_fill(buf, n);
            memset(in, 0xaa, sizeof(in));
            if (at + n > AT(3))
                continue;
            assert_int_equal(copy_to_user(uptr(at), buf, n), 0);
            assert_int_equal(copy_from_user(in, uptr(at), n), 0);
            assert_memory_equal(in, buf, n);
            assert_int_equal(in[n], 0xaa);
        }
}

static void test_nothing_is_always_fine(void **state)
{
    assert_int_equal(copy_to_user(uptr(0), buf, 0), 0);
    assert_int_equal(copy_from_user(buf, uptr(AT(4)), 0), 0);
    assert_int_equal(clear_user(uptr(AT(4)), 0), 0);
}

static void test_E_11_hostile_addresses(void **state)
{
    static const u64 bad[] = {
        0, 1, PAGE_SIZE, AT(4), AT(5), USER_END - 1, USER_END, USER_END + 8,
        KERNEL_BASE, KERNEL_BASE + IMAGE_PHYS, 1ul << 63, ~0ul - 7, ~0ul,
    };
    static const size_t sizes[] = { 1, 8, 9, PAGE_SIZE, 1ul << 40, ~0ul - 7,
                                    ~0ul };
    u64 before = vm->resident;

    for (unsigned i = 0; i < ARRAY_SIZE(bad); i++)
        for (unsigned k = 0; k < ARRAY_SIZE(sizes); k++) {
            uptr_t p = uptr(bad[i]);
            assert_int_equal(copy_to_user(p, buf, sizes[k]), -EFAULT);
            assert_int_equal(copy_from_user(buf, p, sizes[k]), -EFAULT);
            assert_int_equal(clear_user(p, sizes[k]), -EFAULT);
            assert_int_equal(copy_to_user_partial(p, buf, sizes[k]), 0);
        }
    assert_int_equal(vm->resident, before);
    assert_int_equal(buf[0], 0xee);
}

/*
 * The tables of the kernel half begin in the same root.  Here they are the
 * user's own, so that only the bounds of user space can refuse.
 */
static void test_E_11_the_kernel_half_is_out_of_bounds(void **state)
{
    static const u64 bases[] = { USER_END, KERNEL_BASE };
    pte_t *root = phys_to_virt(vm->space.root);
    u32 word;
    char text[8];

    put(uptr(AT(0)), "secret", 7);
    root[PGTABLE_ENTRIES / 2] = root[0];
    for (unsigned i = 0; i < ARRAY_SIZE(bases); i++) {
        uptr_t p = uptr(bases[i] + AT(0));
        assert_int_equal(copy_from_user(buf, p, 1), -EFAULT);
        assert_int_equal(copy_from_user(buf, p, 100), -EFAULT);
        assert_int_equal(copy_to_user(p, buf, 1), -EFAULT);
        assert_int_equal(copy_to_user(p, buf, 100), -EFAULT);
        assert_int_equal(clear_user(p, 1), -EFAULT);
        assert_int_equal(user_load_u32(p, &word), -EFAULT);
        assert_int_equal(strncpy_from_user(text, (ustr_t)p, 8), -EFAULT);
        assert_null(user_window_open(p, 1, VM_ACCESS_READ));
        assert_int_equal(vm_read(vm, (u64)p, buf, 1), -EFAULT);
    }
    root[PGTABLE_ENTRIES / 2] = 0;
    assert_int_equal(load(vm, AT(0)), 's');
}

/* A size that wraps round to a few bytes must not pass as a few bytes. */
static void test_sizes_that_wrap_round(void **state)
{
    put(uptr(AT(1)), "x", 1);
    for (u64 offset = 5; offset < 20; offset++) {
        uptr_t p = uptr(AT(1) + offset);
        size_t n = 0 - offset + 4;

        assert_int_equal(copy_to_user_partial(p, buf, n), 0);
        assert_int_equal(copy_from_user_partial(buf, p, n), 0);
        assert_int_equal(clear_user_partial(p, n), 0);
        assert_null(user_window_open(p, n, VM_ACCESS_READ));
    }
}

static void test_E_11_partial_copies_stop_at_the_hole(void **state)
{
    u64 at = AT(4) - 5;

    assert_int_equal(copy_from_user_partial(buf, uptr(at), 8), 5);
    assert_int_equal(copy_from_user_partial(buf, uptr(at), 4096), 5);
    assert_int_equal(copy_from_user(buf, uptr(at), 6), -EFAULT);
    assert_int_equal(copy_from_user(buf, uptr(at), 5), 0);
    /* Page 3 cannot be written. */
    at = AT(3) - 5;
    assert_int_equal(copy_to_user_partial(uptr(at), buf, 8), 5);
    assert_int_equal(clear_user_partial(uptr(at), 100), 5);
    assert_int_equal(copy_to_user(uptr(AT(3)), buf, 1), -EFAULT);
}

static void test_E_11_a_copy_breaks_sharing(void **state)
{
    u8 page[PAGE_SIZE];
    struct vm *child;

    host_random_fill(buf, PAGE_SIZE);
    put(uptr(AT(0)), buf, PAGE_SIZE);
    assert_int_equal(vm_fork(vm, &child), 0);
    put(uptr(AT(0)), "new", 3);
    assert_int_equal(vm_read(child, AT(0), page, PAGE_SIZE), PAGE_SIZE);
    assert_memory_equal(page, buf, PAGE_SIZE);
    assert_int_equal(vm_read(vm, AT(0), page, PAGE_SIZE), PAGE_SIZE);
    assert_memory_equal(page, "new", 3);
    assert_memory_equal(page + 3, buf + 3, PAGE_SIZE - 3);
    vm_put(child);
}

static void test_strings(void **state)
{
    char text[16];
    ustr_t s = (ustr_t)(AT(1) - 3);

    put(uptr(AT(1) - 3), "larch!", 7);
    assert_int_equal(strncpy_from_user(text, s, sizeof(text)), 6);
    assert_string_equal(text, "larch!");
    assert_int_equal(strncpy_from_user(text, s, 7), 6);
    assert_int_equal(strncpy_from_user(text, s, 6), -ENAMETOOLONG);
    assert_int_equal(strnlen_user(s, 6), 6);
    assert_int_equal(strnlen_user(s, 5), -E2BIG);
    assert_int_equal(strncpy_from_user(text, (ustr_t)0, 16), -EFAULT);
    assert_int_equal(strncpy_from_user(text, (ustr_t)~0ul, 16), -EFAULT);
    assert_int_equal(strncpy_from_user(text, (ustr_t)USER_END, 16), -EFAULT);
    /* Up to the hole without a NUL. */
    vm_protect(vm, AT(3), PAGE_SIZE, RW, NULL);
    put(uptr(AT(4) - 4), "abcd", 4);
    s = (ustr_t)(AT(4) - 4);
    assert_int_equal(strncpy_from_user(text, s, 16), -EFAULT);
    assert_int_equal(strncpy_from_user(text, s, 4), -ENAMETOOLONG);
    assert_int_equal(strnlen_user(s, 100), -EFAULT);
}

static void test_words(void **state)
{
    u32 word = 0, expected = 5;
    u64 wide = 0;

    assert_int_equal(user_store_u32(uptr(AT(0)), 5), 0);
    assert_int_equal(user_load_u32(uptr(AT(0)), &word), 0);
    assert_int_equal(word, 5);
    assert_int_equal(user_store_u64(uptr(AT(1) - 8), 1ul << 40), 0);
    assert_int_equal(user_load_u64(uptr(AT(1) - 8), &wide), 0);
    assert_int_equal(wide, 1ul << 40);
    assert_int_equal(user_load_u32(uptr(AT(0) + 2), &word), -EINVAL);
    assert_int_equal(user_load_u64(uptr(AT(0) + 4), &wide), -EINVAL);
    assert_int_equal(user_store_u32(uptr(AT(3)), 1), -EFAULT);
    assert_int_equal(user_load_u32(uptr(AT(3)), &word), 0);
    assert_int_equal(user_load_u32(uptr(USER_END), &word), -EFAULT);
    assert_int_equal(user_load_u64(uptr(KERNEL_BASE), &wide), -EFAULT);

    assert_int_equal(user_cmpxchg_u32(uptr(AT(0)), &expected, 6), 0);
    expected = 5;
    assert_int_equal(user_cmpxchg_u32(uptr(AT(0)), &expected, 7), -EAGAIN);
    assert_int_equal(expected, 6);
    assert_int_equal(user_cmpxchg_u32(uptr(AT(4)), &expected, 7), -EFAULT);
}

static void test_windows(void **state)
{
    assert_null(user_window_open(uptr(AT(0)), 8, VM_ACCESS_READ));
    put(uptr(AT(0)), "x", 1);
    char *p = user_window_open(uptr(AT(0)), 8, VM_ACCESS_WRITE);
    assert_non_null(p);
    p[0] = 'y';
    user_window_close(current_vm());
    assert_int_equal(load(vm, AT(0)), 'y');
    assert_null(user_window_open(uptr(AT(1) - 4), 8, VM_ACCESS_READ));
    load(vm, AT(3));
    assert_null(user_window_open(uptr(AT(3)), 8, VM_ACCESS_WRITE));
}

static void test_a_copy_under_a_lock_panics(void **state)
{
    struct spinlock one = SPINLOCK_INIT(RANK_SESSION);
    struct spinlock two = SPINLOCK_INIT(RANK_SESSION);
    volatile int result;

    put(uptr(AT(0)), "x", 1);
    spin_lock(&one);
    expect_panic(result = copy_to_user(uptr(AT(0)), buf, 1));
    spin_lock(&two);
    expect_panic(result = copy_to_user(uptr(AT(0)), buf, 100));
    (void)result;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(test_E_11_round_trips_at_every_offset),
        TEST(test_nothing_is_always_fine),
        TEST(test_E_11_hostile_addresses),
        TEST(test_E_11_the_kernel_half_is_out_of_bounds),
        TEST(test_sizes_that_wrap_round),
        TEST(test_E_11_partial_copies_stop_at_the_hole),
        TEST(test_E_11_a_copy_breaks_sharing),
        TEST(test_strings),
        TEST(test_words),
        TEST(test_windows),
        TEST(test_a_copy_under_a_lock_panics),
    };

    host_memory_begin(6000);
    return host_run(tests);
}
