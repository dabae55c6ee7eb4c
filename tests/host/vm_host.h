/*
 * vm_host.h - for tests of address spaces: short names for what they do all the
 * time, and the proof that nothing is lost.
 */
#pragma once

#include "mm_host.h"

#include "kernel/lib/errno.h"
#include "mm/area.h"
#include "mm/oom.h"
#include "mm/pte.h"
#include "mm/uaccess.h"

#define BASE    0x10000000ul
#define AT(n)   (BASE + (n) * PAGE_SIZE)
#define RW      (VM_READ | VM_WRITE)

static size_t pages_before, objects_before;

static inline int begin_test(void **state)
{
    pages_before = host_pages_used();
    objects_before = host_objects_used();
    memset(&host_flushes, 0, sizeof(host_flushes));
    return 0;
}

/* Everything a test used must be free again. */
static inline int end_test(void **state)
{
    alloc_fail_nth(0);
    slab_check();
    page_check();
    assert_int_equal(host_pages_used(), pages_before);
    assert_int_equal(host_objects_used(), objects_before);
    return 0;
}

static inline void check(struct vm *vm)
{
    mutex_lock(&vm->lock);
    vm_check(vm);
    mutex_unlock(&vm->lock);
}

static inline s64 map_at(struct vm *vm, vaddr_t addr, u64 pages, u32 flags,
                         struct vmobj *obj)
{
    struct vm_map m = { .addr = addr, .size = pages * PAGE_SIZE,
                        .flags = flags | VM_MAY_WRITE, .obj = obj,
                        .how = addr ? VM_MAP_FIXED : 0 };
    s64 at = vm_map(vm, &m, NULL);

    check(vm);
    return at;
}

static inline int load(struct vm *vm, vaddr_t addr)
{
    u8 byte;

    return vm_read(vm, addr, &byte, 1) == 1 ? byte : -1;
}

static inline bool store(struct vm *vm, vaddr_t addr, u8 byte)
{
    return vm_write(vm, addr, &byte, 1) == 1;
}

static inline pte_t entry(struct vm *vm, vaddr_t addr)
{
    pte_t *pte = pgtable_find(vm->space.root, addr);

    return pte ? *pte : 0;
}

static inline struct vm_fault_info fault(struct vm *vm, vaddr_t addr,
                                         enum vm_access access)
{
    struct vm_fault_info info = { 0 };

    if (!vm_fault(vm, addr, access, 8 << 20, &info))
        info.code = -1;
    return info;
}

static inline s64 remap(struct vm *vm, vaddr_t old, u64 old_pages,
                        u64 new_pages, unsigned how, vaddr_t new)
{
    struct vm_remap r = { .old = old, .old_size = old_pages * PAGE_SIZE,
                          .new_size = new_pages * PAGE_SIZE, .how = how,
                          .new = new };
    s64 at = vm_remap(vm, &r, NULL);

    check(vm);
    return at;
}

static unsigned host_pauses;

/* The pause for a victim to end: oom.c has nothing else to wait for. */
void thread_delay(nsec_t ns)
{
    host_pauses++;
}
