/* pgtable.c - walking and filling Sv39 page tables. */
#include <arch.h>        /* found by -I: host tests have their own */

#include "kernel/lib/errno.h"

static pte_t *table_at(paddr_t pa)
{
    return phys_to_virt(pa);
}

static bool is_table(pte_t pte)
{
    return (pte & PTE_VALID) && !pte_is_leaf(pte);
}

static pte_t *next_table(pte_t pte)
{
    return table_at(pte_pfn(pte) << PAGE_SHIFT);
}

pte_t *pgtable_find(paddr_t root, vaddr_t va)
{
    pte_t pte = table_at(root)[pgtable_index(va, 2)];

    if (!is_table(pte))
        return NULL;
    pte = next_table(pte)[pgtable_index(va, 1)];
    if (!is_table(pte))
        return NULL;
    return next_table(pte) + pgtable_index(va, 0);
}

/* The table below an entry, made if absent.  NULL: no memory, or a leaf. */
static pte_t *table_below(pte_t *entry)
{
    if (!(*entry & PTE_VALID)) {
        paddr_t page = pgtable_page_alloc();
        if (!page)
            return NULL;
        /* A walker on another hart must find the page zeroed. */
        __atomic_store_n(entry, pte_make(page >> PAGE_SHIFT, PTE_VALID),
                         __ATOMIC_RELEASE);
    }
    return is_table(*entry) ? next_table(*entry) : NULL;
}

pte_t *pgtable_find_alloc(paddr_t root, vaddr_t va)
{
    pte_t *table = table_below(&table_at(root)[pgtable_index(va, 2)]);

    if (table)
        table = table_below(&table[pgtable_index(va, 1)]);
    return table ? table + pgtable_index(va, 0) : NULL;
}

vaddr_t pgtable_next(paddr_t root, vaddr_t va, vaddr_t end)
{
    while (va < end) {
        pte_t pte = table_at(root)[pgtable_index(va, 2)];
        if (!is_table(pte)) {
            va = ALIGN_DOWN(va, HUGE_SIZE) + HUGE_SIZE;
            continue;
        }
        if (is_table(next_table(pte)[pgtable_index(va, 1)]))
            return va;
        va = ALIGN_DOWN(va, LARGE_SIZE) + LARGE_SIZE;
    }
    return end;
}

int pgtable_map(paddr_t root, vaddr_t va, pte_t leaf, unsigned level)
{
    pte_t *table = table_at(root);

    for (unsigned l = PGTABLE_LEVELS - 1; l > level; l--) {
        pte_t *entry = &table[pgtable_index(va, l)];
        if ((*entry & PTE_VALID) && pte_is_leaf(*entry))
            return -EEXIST;
        table = table_below(entry);
        if (!table)
            return -ENOMEM;
    }
    pte_t *entry = &table[pgtable_index(va, level)];
    if (*entry & PTE_VALID)
        return -EEXIST;
    __atomic_store_n(entry, leaf, __ATOMIC_RELEASE);
    return 0;
}

static void drop_table(pte_t *entry)
{
    paddr_t page = pte_pfn(*entry) << PAGE_SHIFT;

    *entry = 0;
    pgtable_page_put(page);
}

void pgtable_free_tables(paddr_t root, vaddr_t start, vaddr_t end)
{
    vaddr_t va = ALIGN_UP(start, LARGE_SIZE);

    end = ALIGN_DOWN(end, LARGE_SIZE);
    while (va < end) {
        pte_t above = table_at(root)[pgtable_index(va, 2)];
        if (!is_table(above)) {
            va = ALIGN_DOWN(va, HUGE_SIZE) + HUGE_SIZE;
            continue;
        }
        pte_t *entry = &next_table(above)[pgtable_index(va, 1)];
        if (is_table(*entry))
            drop_table(entry);
        va += LARGE_SIZE;
    }
}

void pgtable_free_middle(paddr_t root, vaddr_t start, vaddr_t end)
{
    vaddr_t va = ALIGN_UP(start, HUGE_SIZE);

    for (end = ALIGN_DOWN(end, HUGE_SIZE); va < end; va += HUGE_SIZE) {
        pte_t *entry = &table_at(root)[pgtable_index(va, 2)];
        if (is_table(*entry))
            drop_table(entry);
    }
}
