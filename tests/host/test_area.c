/*
 * test_area.c - the set of areas: look-up, split, merge, gaps, counts.
 * sources: mm/area.c kernel/lib/avl.c
 */
#include "harness.h"

#include <string.h>

#include "alloc_host.h"
#include "mm/area.h"

#define PAGES   64ul
#define TOP     (0x40000000ul + PAGES * PAGE_SIZE)
#define AT(n)   (0x40000000ul + (n) * PAGE_SIZE)

/* Areas without objects: these are only named. */
void vmobj_get(struct vmobj *o)
{
    fail_msg("no area here has an object");
}

void vmobj_put(struct vmobj *o)
{
    fail_msg("no area here has an object");
}

static struct vm vm;

static int begin(void **state)
{
    vm = (struct vm){ .mmap_top = TOP };
    return 0;
}

static struct area *put(u64 first, u64 pages, u32 flags)
{
    struct area like = { .node.key = AT(first), .end = AT(first + pages),
                         .flags = flags };
    struct area *a = area_create(&like, AT(first), like.end);

    assert_non_null(a);
    area_insert(&vm, a);
    area_check(&vm);
    return a;
}

static void take(struct area *a)
{
    area_remove(&vm, a);
    area_destroy(a);
    area_check(&vm);
}

static int end(void **state)
{
    while (vm.areas.root)
        take(area_of(vm.areas.root));
    assert_int_equal(vm.total_pages + vm.data_pages + vm.locked_pages, 0);
    assert_int_equal(host_allocated, 0);
    return 0;
}

static void test_find(void **state)
{
    struct area *a = put(3, 4, VM_READ), *b = put(10, 1, VM_READ);

    assert_null(vm_find_area_locked(&vm, AT(3) - 1));
    assert_ptr_equal(vm_find_area_locked(&vm, AT(3)), a);
    assert_ptr_equal(vm_find_area_locked(&vm, AT(7) - 1), a);
    assert_null(vm_find_area_locked(&vm, AT(7)));
    assert_ptr_equal(area_find_from(&vm, 0), a);
    assert_ptr_equal(area_find_from(&vm, AT(6)), a);
    assert_ptr_equal(area_find_from(&vm, AT(7)), b);
    assert_null(area_find_from(&vm, AT(11)));
    assert_true(area_overlaps(&vm, AT(0), AT(4)));
    assert_false(area_overlaps(&vm, AT(7), AT(10)));
    assert_true(area_overlaps(&vm, AT(7), AT(10) + 1));
    take(a);
    assert_null(vm_find_area_locked(&vm, AT(4)));
}

static void test_E_03_split_and_merge(void **state)
{
    struct area *a = put(10, 10, VM_READ | VM_WRITE);

    assert_int_equal(area_split_range(&vm, AT(12), AT(15)), 0);
    area_check(&vm);
    assert_int_equal(vm.area_count, 3);
    assert_int_equal(vm.total_pages, 10);
    struct area *middle = vm_find_area_locked(&vm, AT(12));
    assert_int_equal(area_pages(middle), 3);
    area_set_flags(&vm, middle, VM_READ);
    assert_int_equal(vm.data_pages, 7);
    assert_ptr_equal(area_merge(&vm, middle), middle);
    assert_int_equal(vm.area_count, 3);
    area_set_flags(&vm, middle, VM_READ | VM_WRITE);
    assert_ptr_equal(area_merge(&vm, middle), a);
    assert_int_equal(vm.area_count, 1);
    assert_int_equal(a->end, AT(20));
    area_check(&vm);
}

static void test_E_03_split_without_memory_changes_nothing(void **state)
{
    put(10, 10, VM_READ);
    for (unsigned n = 1; n <= 2; n++) {
        alloc_fail_nth(n);
        assert_int_equal(area_split_range(&vm, AT(12), AT(15)), -12);
        alloc_fail_nth(0);
        assert_int_equal(vm.area_count, 1);
        area_check(&vm);
    }
}

static void test_names_and_files_keep_areas_apart(void **state)
{
    struct area *a = put(1, 1, VM_READ), *b = put(2, 1, VM_READ);

    b->name = "[heap]";
    assert_ptr_equal(area_merge(&vm, a), a);
    assert_int_equal(vm.area_count, 2);
    b->name = NULL;
    assert_ptr_equal(area_merge(&vm, b), a);
    assert_int_equal(vm.area_count, 1);
}

static void test_the_limit_of_areas(void **state)
{
    put(10, 10, VM_READ);
    vm.area_count = VM_AREAS_MAX;
    assert_int_equal(area_split_range(&vm, AT(12), AT(15)), -12);
    vm.area_count = 1;
}

static void test_gaps_from_the_top(void **state)
{
    assert_int_equal(area_find_gap(&vm, 4 * PAGE_SIZE), AT(PAGES - 4));
    struct area *top = put(PAGES - 4, 4, VM_READ);
    put(PAGES - 8, 2, VM_READ);
    /* Two pages fit between; three do not. */
    assert_int_equal(area_find_gap(&vm, 3 * PAGE_SIZE), AT(PAGES - 11));
    put(PAGES - 11, 3, VM_READ);
    assert_int_equal(area_find_gap(&vm, 2 * PAGE_SIZE), AT(PAGES - 6));
    take(top);
    assert_int_equal(area_find_gap(&vm, 6 * PAGE_SIZE), AT(PAGES - 6));
    assert_int_equal(area_find_gap(&vm, USER_END), 0);
}

static void test_gaps_keep_off_a_stack(void **state)
{
    struct area *stack = put(PAGES - 2, 1, VM_READ | VM_STACK);

    assert_int_equal(area_find_gap(&vm, PAGE_SIZE), AT(PAGES - 1));
    put(PAGES - 1, 1, VM_READ);
    assert_int_equal(area_find_gap(&vm, PAGE_SIZE),
                     area_start(stack) - VM_STACK_GUARD - PAGE_SIZE);
}

/* Nothing is left below the top: what lies above it is used as well. */
static void test_gaps_above_the_top_are_the_last_resort(void **state)
{
    vm.mmap_top = VM_USER_START + 2 * PAGE_SIZE;
    assert_int_equal(area_find_gap(&vm, 4 * PAGE_SIZE),
                     USER_END - 4 * PAGE_SIZE);
}

/* --- random operations against an array of pages --- */

#define FREE 0xff

static u8 model[PAGES];

/* Where first fit from the top puts `pages`; -1: nowhere. */
static int model_gap(unsigned pages)
{
    unsigned run = 0;

    for (int i = PAGES - 1; i >= 0; i--) {
        run = model[i] == FREE ? run + 1 : 0;
        if (run == pages)
            return i;
    }
    return -1;
}

static void compare(void)
{
    unsigned areas = 0;

    area_check(&vm);
    for (unsigned i = 0; i < PAGES; i++) {
        struct area *a = vm_find_area_locked(&vm, AT(i));
        assert_int_equal(a ? a->flags : FREE, model[i]);
        areas += a && area_start(a) == AT(i);
    }
    assert_int_equal(areas, vm.area_count);
}

static void random_map(void)
{
    unsigned pages = 1 + xorshift_below(&host_random, 8);
    int at = model_gap(pages);
    u32 flags = xorshift_below(&host_random, 3);

    if (at < 0)
        return;
    assert_int_equal(area_find_gap(&vm, pages * PAGE_SIZE), AT(at));
    area_merge(&vm, put(at, pages, flags));
    memset(model + at, flags, pages);
}

/* Unmap a range, or give it other flags. */
static void random_change(bool unmap)
{
    unsigned first = xorshift_below(&host_random, PAGES);
    unsigned last = MIN(PAGES, first + 1 +
                               xorshift_below(&host_random, 16));
    u32 flags = xorshift_below(&host_random, 3);
    struct area *a;

    assert_int_equal(area_split_range(&vm, AT(first), AT(last)), 0);
    for (vaddr_t at = AT(first);
         (a = area_find_from(&vm, at)) && area_start(a) < AT(last); ) {
        at = a->end;
        if (unmap) {
            take(a);
        } else {
            area_set_flags(&vm, a, flags);
            area_merge(&vm, a);
        }
    }
    for (unsigned i = first; i < last; i++)
        if (model[i] != FREE)
            model[i] = unmap ? FREE : flags;
    /* What split_range cut at the edges joins again. */
    for (unsigned i = 0; i < 2; i++) {
        a = vm_find_area_locked(&vm, i ? AT(last) : AT(first) - 1);
        if (a)
            area_merge(&vm, a);
    }
}

/* As brk(2) does: an area loses pages at its end. */
static void random_shrink(void)
{
    struct area *a = area_find_from(&vm, AT(xorshift_below(&host_random,
                                                           PAGES)));

    if (!a || area_pages(a) < 2)
        return;
    u64 keep = 1 + xorshift_below(&host_random, area_pages(a) - 1);
    vaddr_t end = area_start(a) + keep * PAGE_SIZE;
    memset(model + ((end - AT(0)) >> PAGE_SHIFT), FREE,
           (a->end - end) >> PAGE_SHIFT);
    area_resize(&vm, a, area_start(a), end);
}

static void test_E_03_random_operations(void **state)
{
    memset(model, FREE, sizeof(model));
    for (int step = 0; step < 5000; step++) {
        switch (xorshift_below(&host_random, 5)) {
        case 0:
            random_change(true);
            break;
        case 1:
            random_change(false);
            break;
        case 2:
            random_shrink();
            break;
        default:
            random_map();
        }
        compare();
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(test_find),
        TEST(test_E_03_split_and_merge),
        TEST(test_E_03_split_without_memory_changes_nothing),
        TEST(test_names_and_files_keep_areas_apart),
        TEST(test_the_limit_of_areas),
        TEST(test_gaps_from_the_top),
        TEST(test_gaps_keep_off_a_stack),
        TEST(test_gaps_above_the_top_are_the_last_resort),
        TEST(test_E_03_random_operations),
    };

    return host_run(tests);
}
