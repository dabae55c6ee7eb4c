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
 * The kernel's address of a user byte below USER_END, to be read or written,
 * with vm->ptl held, which keeps it valid to the end of its page; NULL, without
 * the lock, if it would have to be faulted in first.
 */
static always_inline void *user_try_lock(struct vm *vm, vaddr_t addr,
                                         enum vm_access access)
{
    spin_lock(&vm->ptl);
    pte_t *entry = pte_find(vm, addr), pte = entry ? *entry : 0;
    if (likely(user_reachable(pte, access)))
        return (u8 *)pfn_to_virt(pte_pfn(pte)) + (addr & PAGE_MASK);
    spin_unlock(&vm->ptl);
    return NULL;
}
