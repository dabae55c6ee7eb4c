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
        spin_lock_second(&to->ptl);     /* truncation knows of the child */
        error = copy_entries(a, pte, (stop - va) >> PAGE_SHIFT, to, va, &seen);
        spin_unlock(&to->ptl);
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
