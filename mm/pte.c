/* pte.c - page-table entries of address spaces, range by range. */
#include "mm/pte.h"

#include "kernel/lib/assert.h"
#include "kernel/lib/errno.h"
#include "mm/page.h"

#define READABLE    (PTE_BASE | PTE_VALID | PTE_READ)
#define WRITABLE    (READABLE | PTE_WRITE | PTE_DIRTY)

const u16 pte_protection[VM_PROT + 1] = {
    [0] = PTE_BASE,
    [VM_READ] = READABLE,
    [VM_WRITE] = WRITABLE,
    [VM_READ | VM_WRITE] = WRITABLE,
    [VM_EXEC] = PTE_BASE | PTE_VALID | PTE_EXEC,
    [VM_EXEC | VM_READ] = READABLE | PTE_EXEC,
    [VM_EXEC | VM_WRITE] = WRITABLE | PTE_EXEC,
    [VM_EXEC | VM_READ | VM_WRITE] = WRITABLE | PTE_EXEC,
};

pte_t pte_for_page(const struct area *a, const struct page *page)
{
    u64 bits = pte_bits(a->flags);

    if (!(a->flags & VM_SHARED) &&
        (page->obj || READ_ONCE(page->refs) > 1))
        bits &= ~(PTE_WRITE | PTE_DIRTY);
    return pte_make(page_to_pfn(page), bits);
}

pte_t *pte_walk(struct vm *vm, vaddr_t *va, vaddr_t end, vaddr_t *stop)
{
    *va = pgtable_next(vm->space.root, *va, end);
    if (*va >= end)
        return NULL;
    *stop = MIN(end, ALIGN_DOWN(*va, LARGE_SIZE) + LARGE_SIZE);
    return pgtable_find(vm->space.root, *va);
}

/* --- unmapping --- */

/*
 * A page may be freed only when no hart can reach it any more, so unmapping
 * takes three steps: make the entries invalid, keeping their frames; fence;
 * drop the references.  Here is the first; true if an entry was valid.
 */
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

/* Unlink the tables that only served [start, end); no hart may walk them once
 * it was fenced. */
static struct page *detach_tables(struct vm *vm, vaddr_t start, vaddr_t end)
{
    struct page *chain = NULL;
    vaddr_t low = start, high = end, stop;
    pte_t *root = phys_to_virt(vm->space.root), *pte;

    if (!widen(vm, &low, &high, LARGE_SIZE))
        return NULL;
    for (vaddr_t va = low; (pte = pte_walk(vm, &va, high, &stop)); va = stop)
        hold_table(&chain, pte, va);
    if (widen(vm, &start, &end, HUGE_SIZE)) {
        for (vaddr_t va = start; va < end; va += HUGE_SIZE) {
            pte_t entry = root[pgtable_index(va, 2)];
            if (entry)
                hold_table(&chain, pfn_to_virt(pte_pfn(entry)), NO_ENTRIES);
        }
        low = start;
        high = end;
    }
    if (!chain)
        return NULL;
    spin_lock(&vm->ptl);
    pgtable_free_tables(vm->space.root, low, high);
    spin_unlock(&vm->ptl);
    return chain;
}

static void free_detached(struct vm *vm, struct page *chain)
{
    while (chain) {
        struct page *p = chain;
        chain = p->next;
        if (p->index != NO_ENTRIES) {
            u64 pages = drop_entries(page_to_virt(p), PGTABLE_ENTRIES);
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
    free_detached(vm, tables);
}

static void drop_table(pte_t *entry)
{
    if (*entry) {
        pgtable_page_put(pte_pfn(*entry) << PAGE_SHIFT);
        *entry = 0;
    }
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

/* Is it one of the object's pages, and not a copy? */
static bool maps_object(pte_t pte, const struct vmobj *o)
{
    return pte && !(pte & PTE_UNCOUNTED) && pte_page(pte)->obj == o;
}

void pte_unmap_object_locked(struct area *a, u64 first, u64 end)
{
    struct vm *vm = a->vm;
    u64 base = a->offset >> PAGE_SHIFT, pages = area_pages(a);
    u64 from = first > base ? MIN(first - base, pages) : 0;
    u64 to = end > base ? MIN(end - base, pages) : 0;
    vaddr_t va = area_start(a) + from * PAGE_SIZE;
    vaddr_t last = area_start(a) + to * PAGE_SIZE, stop;
    bool any = false;
    pte_t *pte;

    assert(spin_held(&a->obj->lock));
    spin_lock(&vm->ptl);
    for (; va < last && (pte = pte_walk(vm, &va, last, &stop)); va = stop)
        for (vaddr_t v = va; v < stop; v += PAGE_SIZE, pte++)
            if (maps_object(*pte, a->obj)) {
                /* Not the last reference: the object has one. */
                page_put(pte_page(*pte));
                *pte = 0;
                vm->resident--;
                any = true;
            }
    if (any)
        arch_tlb_flush(&vm->space, area_start(a), a->end);
    spin_unlock(&vm->ptl);
}

/* --- changing --- */

/* The entry under the area's present protection; *lost if it lost some. */
static pte_t protect_entry(const struct area *a, pte_t old, bool *lost)
{
    pte_t new;

    if (old & PTE_UNCOUNTED)
        new = pte_make(pte_pfn(old), pte_bits(a->flags) | PTE_UNCOUNTED);
    else
        new = pte_for_page(a, pte_page(old));
    *lost |= old & PTE_VALID && old & ~new & 0xff;
    return new;
}

bool pte_protect(struct vm *vm, struct area *a)
{
    vaddr_t va = area_start(a), stop;
    bool lost = false;
    pte_t *pte;

    for (; (pte = pte_walk(vm, &va, a->end, &stop)) != NULL; va = stop) {
        spin_lock(&vm->ptl);
        for (vaddr_t v = va; v < stop; v += PAGE_SIZE, pte++)
            if (*pte)
                *pte = protect_entry(a, *pte, &lost);
        spin_unlock(&vm->ptl);
    }
    return lost;
}

/* The entries of one table, for pte_copy_area(). */
static int copy_entries(const struct area *a, pte_t *pte, size_t count,
                        struct vm *to, vaddr_t va, pte_t *seen)
{
    pte_t *copy = NULL;

    for (size_t i = 0; i < count; i++) {
        pte_t entry = pte[i];
        if (!entry || entry & PTE_UNCOUNTED)
            continue;
        struct page *page = pte_page(entry);
        if (a->obj && page->obj)
            continue;
        if (!copy && !(copy = pgtable_find_alloc(to->space.root, va)))
            return -ENOMEM;
        page_get(page);
        *seen |= entry;
        entry &= ~(PTE_WRITE | PTE_DIRTY);
        pte[i] = entry;
        copy[i] = entry;
        to->resident++;
    }
    return 0;
}

int pte_copy_area(struct vm *from, struct area *a, struct vm *to, bool *fence)
{
    vaddr_t va = area_start(a), stop;
    pte_t *pte, seen = 0;
    int error = 0;

    if (a->flags & VM_SHARED || (a->obj && !a->has_copies))
        return 0;
    for (; !error && (pte = pte_walk(from, &va, a->end, &stop)); va = stop) {
        spin_lock(&from->ptl);
        error = copy_entries(a, pte, (stop - va) >> PAGE_SHIFT, to, va, &seen);
        spin_unlock(&from->ptl);
    }
    *fence |= !!(seen & PTE_WRITE);
    return error;
}

int pte_move(struct vm *vm, vaddr_t old, vaddr_t new, u64 size)
{
    vaddr_t va = old, end = old + size, stop;
    bool any = false;
    pte_t *pte;
    int error = 0;

    spin_lock(&vm->ptl);
    for (; !error && (pte = pte_walk(vm, &va, end, &stop)); va = stop)
        for (; !error && va < stop; va += PAGE_SIZE, pte++) {
            if (!*pte)
                continue;
            pte_t *to = pgtable_find_alloc(vm->space.root, va - old + new);
            if (!to) {
                error = -ENOMEM;
                break;
            }
            *to = *pte;
            *pte = 0;
            any = true;
        }
    spin_unlock(&vm->ptl);
    if (any)
        arch_tlb_flush(&vm->space, old, end);
    return error;
}

/* --- check --- */

/* Each table serves an area. */
static void check_tables(struct vm *vm)
{
    pte_t *root = phys_to_virt(vm->space.root);
    vaddr_t va = 0, stop;

    for (; pte_walk(vm, &va, USER_END, &stop); va = stop)
        assert(area_overlaps(vm, ALIGN_DOWN(va, LARGE_SIZE), stop));
    for (va = 0; va < USER_END; va += HUGE_SIZE)
        if (root[pgtable_index(va, 2)])
            assert(area_overlaps(vm, va, va + HUGE_SIZE));
}

static void check_entry(struct vm *vm, vaddr_t va, pte_t pte)
{
    struct area *a = vm_find_area_locked(vm, va);

    assert(a && pte & PTE_USER);
    u64 allowed = pte_bits(a->flags) | PTE_UNCOUNTED;
    assert(!(pte & 0x3ff & ~allowed));
    assert(!(pte & PTE_VALID) == !(pte_bits(a->flags) & PTE_VALID));
    if (pte & PTE_UNCOUNTED)
        return;
    struct page *page = pte_page(pte);
    assert(page->kind == PAGE_USED && page->order == 0 && page->refs > 0);
    if (pte & PTE_WRITE && !(a->flags & VM_SHARED))
        assert(!page->obj && page->refs == 1);
    if (page->obj)
        assert(page->obj == a->obj && page->index == area_index(a, va));
    if (a->obj && !page->obj)
        assert(a->has_copies);
}

void pte_check(struct vm *vm)
{
    vaddr_t va = 0, stop;
    u64 pages = 0;
    pte_t *pte;

    check_tables(vm);
    for (; (pte = pte_walk(vm, &va, USER_END, &stop)) != NULL; va = stop)
        for (vaddr_t v = va; v < stop; v += PAGE_SIZE, pte++)
            if (*pte) {
                check_entry(vm, v, *pte);
                pages++;
            }
    assert(pages == vm->resident);
}
