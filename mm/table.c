/*
 * table.c - pages for page tables: the doors of kernel/riscv/pgtable.h.
 *
 * Emptied tables are all zero again, so they go where new ones come from, and
 * most tables are never zeroed.
 */
#include "kernel/lib/string.h"
#include "mm/memmap.h"
#include "mm/page.h"

paddr_t pgtable_page_alloc(void)
{
    if (unlikely(!pages_total()))
        return memmap_early_page();
    struct page *p = page_alloc(ALLOC_ZERO | ALLOC_USER);
    return p ? page_to_pfn(p) << PAGE_SHIFT : 0;
}

void pgtable_page_get(paddr_t page)
{
    page_get(pfn_to_page(page >> PAGE_SHIFT));
}

void pgtable_page_put(paddr_t page)
{
    struct page *p = pfn_to_page(page >> PAGE_SHIFT);
    pte_t *table = phys_to_virt(page);

    if (__atomic_sub_fetch(&p->refs, 1, __ATOMIC_ACQ_REL))
        return;
    /* Only a root still holds entries: the kernel's half. */
    if (table[PGTABLE_ENTRIES / 2])
        memset(&table[PGTABLE_ENTRIES / 2], 0, PAGE_SIZE / 2);
    page_free_zeroed(p);
}
