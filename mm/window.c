/* window.c - user memory in place. */
#include "mm/window.h"

#include "mm/pte.h"

void *user_window_open(uptr_t p, size_t n, enum vm_access access)
{
    struct vm *vm = current_vm();
    vaddr_t addr = (u64)p;

    if (addr >= USER_END || n > PAGE_SIZE - (addr & PAGE_MASK))
        return NULL;
    spin_lock(&vm->ptl);
    pte_t *entry = pte_find(vm, addr), pte = entry ? *entry : 0;
    if (likely(pte_permits(pte, access) && !(pte & PTE_UNCOUNTED)))
        return (u8 *)pfn_to_virt(pte_pfn(pte)) + (addr & PAGE_MASK);
    spin_unlock(&vm->ptl);
    return NULL;
}
