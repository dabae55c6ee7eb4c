/*
 * user_byte.h - from a user address to the kernel's, for the files of mm/ that
 * touch user memory.  Inline, as it is most of what a small copy costs.
 */
#pragma once

#include "mm/pte.h"

/* Does the entry let the kernel go to the page as the program could?  Devices
 * are not in the direct map. */
static always_inline bool user_reachable(pte_t pte, enum vm_access access)
{
    u64 need = PTE_VALID | PTE_USER |
               (access == VM_ACCESS_READ ? PTE_READ : PTE_WRITE);

    return (pte & (need | PTE_UNCOUNTED)) == need;
}

/*
 * The entry itself; 0 if there is none.  vm->ptl held.  A program passes
 * buffers in one region again and again, so most walks are one step.
 */
static always_inline pte_t user_pte(struct vm *vm, vaddr_t va)
{
    u64 region = va >> LARGE_SHIFT;

    if (unlikely(region != vm->walk_region)) {
        const pte_t *entry = pte_find(vm, va);
        if (!entry)
            return 0;
        vm->walk_region = region;
        vm->walk_table = entry - pgtable_index(va, 0);
    }
    return READ_ONCE(vm->walk_table[pgtable_index(va, 0)]);
}

/*
 * The kernel's address of a user byte below USER_END, with vm->ptl held, which
 * keeps it valid to the end of its page; NULL, without the lock, if the page
 * would have to be faulted in first.
 */
static always_inline void *user_try_lock(struct vm *vm, vaddr_t addr,
                                         enum vm_access access)
{
    spin_lock_rank(&vm->ptl, RANK_PAGETABLE);   /* known here: not loaded */
    pte_t pte = user_pte(vm, addr);
    if (likely(user_reachable(pte, access))) {
        u8 *byte = (u8 *)pfn_to_virt(pte_pfn(pte)) + (addr & PAGE_MASK);
        assume(byte);
        return byte;
    }
    spin_unlock(&vm->ptl);
    return NULL;
}

/* What is done with user memory. */
enum user_copy { FROM_USER, TO_USER, CLEAR };

static always_inline enum vm_access user_access(enum user_copy what)
{
    return what == FROM_USER ? VM_ACCESS_READ : VM_ACCESS_WRITE;
}

/*
 * Up to USER_WORDS bytes in whole words, as most structures of system calls
 * are, in one page that is there.  As below, nothing is called.
 */
#define USER_WORDS 128

static always_inline bool user_are_words(vaddr_t user, const void *kernel,
                                         size_t n)
{
    return ((user | (u64)kernel | n) & 7) == 0 && n <= USER_WORDS;
}

static always_inline bool user_copy_words(enum user_copy what, struct vm *vm,
                                          vaddr_t user, u64 *kernel, size_t n)
{
    might_sleep();
    if (unlikely(user >= USER_END || n > PAGE_SIZE - (user & PAGE_MASK)))
        return false;
    volatile u64 *p = user_try_lock(vm, user, user_access(what));
    if (unlikely(!p))
        return false;
    for (u64 *end = kernel + n / sizeof(u64); kernel < end; kernel++, p++) {
        if (what == FROM_USER)
            *kernel = *p;
        else
            *p = *kernel;
    }
    spin_unlock(&vm->ptl);
    return true;
}

/*
 * A few bytes in one page that is there: characters, flags, counters.  Nothing
 * is called, so that callers need no stack frame for it.  false: not so simple.
 */
#define USER_SMALL 8

static always_inline bool user_copy_small(enum user_copy what, struct vm *vm,
                                          vaddr_t user, u8 *kernel, size_t n)
{
    might_sleep();
    if (unlikely(user >= USER_END || n > PAGE_SIZE - (user & PAGE_MASK)))
        return false;
    /* volatile: else gcc makes a call of memcpy() of the loop. */
    volatile u8 *p = user_try_lock(vm, user, user_access(what));
    if (unlikely(!p))
        return false;
    for (size_t i = 0; i < n; i++) {
        if (what == FROM_USER)
            kernel[i] = p[i];
        else
            p[i] = what == TO_USER ? kernel[i] : 0;
    }
    spin_unlock(&vm->ptl);
    return true;
}
