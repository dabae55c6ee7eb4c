/* count.c - what the pages of an address space are, for /proc. */
#include "mm/pte.h"

#include "mm/page.h"

static void count_page(const struct page *page, struct vm_pages *sum)
{
    /* An object's own reference is none of a mapping; those of faults and
     * copies that are under way count for a moment. */
    u32 others = page->obj ? 1 : 0, refs = READ_ONCE(page->refs);
    u32 mappings = refs > others + 1 ? refs - others : 1;

    sum->resident++;
    sum->of_objects += others;
    sum->shared += mappings > 1;
    sum->share += (PAGE_SIZE << VM_SHARE_SHIFT) / mappings;
}

void vm_count_pages(struct vm *vm, const struct area *a, struct vm_pages *sum)
{
    vaddr_t va = area_start(a), stop;
    pte_t *pte;

    for (; (pte = pte_walk(vm, &va, a->end, &stop)) != NULL; va = stop) {
        spin_lock(&vm->ptl);
        for (vaddr_t v = va; v < stop; v += PAGE_SIZE, pte++)
            if (*pte && !(*pte & PTE_UNCOUNTED))
                count_page(pte_page(*pte), sum);
        spin_unlock(&vm->ptl);
    }
}

void vm_read_pagemap(struct vm *vm, vaddr_t va, u64 *entries, size_t count)
{
    mutex_lock(&vm->lock);
    spin_lock(&vm->ptl);
    for (size_t i = 0; i < count; i++, va += PAGE_SIZE) {
        const pte_t *pte = pte_find(vm, va);

        entries[i] = 0;
        if (!pte || !*pte)
            continue;
        entries[i] = VM_PAGE_PRESENT | pte_pfn(*pte);
        if (*pte & PTE_UNCOUNTED || pte_page(*pte)->obj)
            entries[i] |= VM_PAGE_OF_OBJECT;
    }
    spin_unlock(&vm->ptl);
    mutex_unlock(&vm->lock);
}
