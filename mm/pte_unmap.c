/*
 * pte_unmap.c - taking pages out of page tables, and tables out of the tree.
 *
 * A page may be freed only when no hart can reach it any more, so unmapping
 * takes three steps: make the entries invalid, keeping their frames; fence;
 * drop the references.
 */
#include "mm/pte.h"

#include "kernel/lib/assert.h"
#include "mm/page.h"

/* The first step; true if an entry was valid. */
static bool revoke(struct vm *vm, vaddr_t start, vaddr_t end)
{
    bool any = false;
    vaddr_t stop;
    pte_t *pte;

    for (; (pte = pte_walk(vm, &start, end, &stop)) != NULL; start = stop) {
        spin_lock(&vm->ptl);
        for (vaddr_t va = start; va < stop; va += PAGE_SIZE, pte++)
            if (*pte & PTE_VALID) {
                *pte &= ~PTE_VALID;
                any = true;
            }
        spin_unlock(&vm->ptl);
    }
    return any;
}

/* The last step, for `count` entries; how many pages there were. */
static u64 drop_entries(pte_t *pte, size_t count)
{
    u64 pages = 0;

    for (pte_t *end = pte + count; pte < end; pte++) {
        pte_t old = *pte;
        if (!old)
            continue;
        *pte = 0;
        pages++;
        if (!(old & PTE_UNCOUNTED))
            page_put(pte_page(old));
    }
    return pages;
}

void pte_release(struct vm *vm, vaddr_t start, vaddr_t end)
{
    vaddr_t stop;
    pte_t *pte;

    for (; (pte = pte_walk(vm, &start, end, &stop)) != NULL; start = stop) {
        spin_lock(&vm->ptl);
        vm->resident -= drop_entries(pte, (stop - start) >> PAGE_SHIFT);
        spin_unlock(&vm->ptl);
    }
}

/*
 * The part of [*start, *end), rounded out to what a table of `size` bytes
 * covers, that no area beside the range lies in; false if there is none.
 */
static bool widen(struct vm *vm, vaddr_t *start, vaddr_t *end, u64 size)
{
    struct area *above = area_find_from(vm, *end);
    struct area *below = area_of(avl_find_le(&vm->areas, *start - 1));
    vaddr_t low = ALIGN_DOWN(*start, size), high = ALIGN_UP(*end, size);

    if (below && below->end > low)
        low += size;
    if (above && area_start(above) < high)
        high -= size;
    *start = low;
    *end = high;
    return low < high;
}

/* Keep a table alive beyond its way out of the tree; index: what it covered. */
static void hold_table(struct page **chain, void *table, u64 va)
{
    struct page *p = virt_to_page((void *)page_down((u64)table));

    page_get(p);
    p->index = va;
    p->next = *chain;
    *chain = p;
}

#define NO_ENTRIES (~0ul)

static void drop_table(pte_t *entry)
{
    if (*entry) {
        pgtable_page_put(pte_pfn(*entry) << PAGE_SHIFT);
        *entry = 0;
    }
}

/* Unlink the tables that only served [start, end); no hart may walk them once
 * it was fenced.  Tables are only where areas are: so of those in the wider
 * ranges, none but the range's own are there. */
static struct page *detach_tables(struct vm *vm, vaddr_t start, vaddr_t end)
{
    struct page *chain = NULL;
    vaddr_t low = start, high = end, stop;
    pte_t *root = phys_to_virt(vm->space.root), *pte;

    if (!widen(vm, &low, &high, LARGE_SIZE))
        return NULL;
    for (vaddr_t va = low; (pte = pte_walk(vm, &va, high, &stop)); va = stop)
        hold_table(&chain, pte, va);
    if (!widen(vm, &start, &end, HUGE_SIZE))
        end = start;
    for (vaddr_t va = start; va < end; va += HUGE_SIZE) {
        pte_t entry = root[pgtable_index(va, 2)];
        if (entry)
            hold_table(&chain, pfn_to_virt(pte_pfn(entry)), NO_ENTRIES);
    }
    if (!chain)
        return NULL;
    spin_lock(&vm->ptl);
    pgtable_free_tables(vm->space.root, low, high);
    for (vaddr_t va = start; va < end; va += HUGE_SIZE)
        drop_table(&root[pgtable_index(va, 2)]);
    vm->walk_region = NO_REGION;
    spin_unlock(&vm->ptl);
    return chain;
}

/* What entries a table had is in [start, end), as nothing else was. */
static void free_detached(struct vm *vm, struct page *chain, vaddr_t start,
                          vaddr_t end)
{
    while (chain) {
        struct page *p = chain;
        chain = p->next;
        if (p->index != NO_ENTRIES) {
            vaddr_t first = MAX(start, p->index);
            vaddr_t last = MIN(end, p->index + LARGE_SIZE);
            pte_t *table = page_to_virt(p);
            u64 pages = drop_entries(table + pgtable_index(first, 0),
                                     (last - first) >> PAGE_SHIFT);
            spin_lock(&vm->ptl);
            vm->resident -= pages;
            spin_unlock(&vm->ptl);
        }
        pgtable_page_put(page_to_pfn(p) << PAGE_SHIFT);
    }
}

void pte_unmap(struct vm *vm, vaddr_t start, vaddr_t end)
{
    struct page *tables = detach_tables(vm, start, end);
    bool any = revoke(vm, start, end);

    if (any || tables)
        arch_tlb_flush(&vm->space, start, end);
    pte_release(vm, start, end);
    free_detached(vm, tables, start, end);
}

static void free_leaf_tables(pte_t *root, vaddr_t start, vaddr_t end)
{
    while (start < end) {
        pte_t entry = root[pgtable_index(start, 2)];
        if (!entry) {
            start = ALIGN_DOWN(start, HUGE_SIZE) + HUGE_SIZE;
            continue;
        }
        pte_t *table = pfn_to_virt(pte_pfn(entry));
        drop_table(&table[pgtable_index(start, 1)]);
        start = ALIGN_DOWN(start, LARGE_SIZE) + LARGE_SIZE;
    }
}

void pte_free_tables(struct vm *vm, struct list *areas)
{
    pte_t *root = phys_to_virt(vm->space.root);
    struct area *a;

    list_for_each(a, areas, obj_node)
        free_leaf_tables(root, area_start(a), a->end);
    list_for_each(a, areas, obj_node)
        for (vaddr_t va = area_start(a); va < a->end;
             va = ALIGN_DOWN(va, HUGE_SIZE) + HUGE_SIZE)
            drop_table(&root[pgtable_index(va, 2)]);
}

/* Is the entry to go with the object's pages? */
static bool goes(pte_t pte, const struct vmobj *o, bool copies)
{
    return pte && !(pte & PTE_UNCOUNTED) &&
           (copies || pte_page(pte)->obj == o);
}

/* Both steps of taking such entries out of [va, end), with vm->ptl held; true
 * if one was valid. */
static bool revoke_object(struct area *a, vaddr_t va, vaddr_t end, bool copies)
{
    bool any = false;
    vaddr_t stop;
    pte_t *pte;

    for (; va < end && (pte = pte_walk(a->vm, &va, end, &stop)); va = stop)
        for (vaddr_t v = va; v < stop; v += PAGE_SIZE, pte++)
            if (goes(*pte, a->obj, copies)) {
                any |= *pte & PTE_VALID;
                *pte &= ~PTE_VALID;
            }
    return any;
}

static void release_object(struct area *a, vaddr_t va, vaddr_t end, bool copies)
{
    vaddr_t stop;
    pte_t *pte;

    for (; va < end && (pte = pte_walk(a->vm, &va, end, &stop)); va = stop)
        for (vaddr_t v = va; v < stop; v += PAGE_SIZE, pte++)
            if (goes(*pte, a->obj, copies)) {
                page_put(pte_page(*pte));
                *pte = 0;
                a->vm->resident--;
            }
}

void pte_unmap_object_locked(struct area *a, u64 first, u64 end, bool copies)
{
    struct vm *vm = a->vm;
    u64 base = a->offset >> PAGE_SHIFT, pages = area_pages(a);
    u64 from = first > base ? MIN(first - base, pages) : 0;
    u64 to = end > base ? MIN(end - base, pages) : 0;
    vaddr_t va = area_start(a) + from * PAGE_SIZE;
    vaddr_t last = area_start(a) + to * PAGE_SIZE;

    assert(spin_held(&a->obj->lock));
    spin_lock(&vm->ptl);
    if (revoke_object(a, va, last, copies))
        arch_tlb_flush(&vm->space, va, last);
    release_object(a, va, last, copies);
    spin_unlock(&vm->ptl);
}
