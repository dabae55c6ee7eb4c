/* peek.c - a look at memory that makes none: for core files. */
#include "mm/pte.h"

#include "kernel/lib/string.h"
#include "mm/page.h"

/* The first address in [va, end) whose entry has a page of RAM; `end`: none. */
static vaddr_t next_entry(struct vm *vm, vaddr_t va, vaddr_t end)
{
    vaddr_t stop;
    pte_t *pte;

    for (; (pte = pte_walk(vm, &va, end, &stop)) != NULL; va = stop)
        for (; va < stop; va += PAGE_SIZE, pte++)
            if (READ_ONCE(*pte) && !(*pte & PTE_UNCOUNTED))
                return va;
    return end;
}

/* The same for pages of the area's object. */
static vaddr_t next_in_object(const struct area *a, vaddr_t va, vaddr_t end)
{
    u64 first = area_index(a, va), index = first;

    if (!a->obj || a->obj->ops->device_pfn ||
        first >= vmobj_pages_of(READ_ONCE(a->obj->size)))
        return end;
    /* Any page may be had from a file system that reads them. */
    if (!a->obj->ops->read_page && !vmobj_next_page(a->obj, &index))
        return end;
    return MIN((end - va) >> PAGE_SHIFT, index - first) * PAGE_SIZE + va;
}

static bool copy_mapped(struct vm *vm, vaddr_t va, void *to)
{
    bool there;

    spin_lock(&vm->ptl);
    pte_t *pte = pte_find(vm, va);
    there = pte && *pte && !(*pte & PTE_UNCOUNTED);
    if (there)
        page_copy(to, page_to_virt(pte_page(*pte)));
    spin_unlock(&vm->ptl);
    return there;
}

static bool copy_held(const struct area *a, vaddr_t va, void *to)
{
    struct page *page;

    if (!a->obj || a->obj->ops->device_pfn ||
        vmobj_lookup_page(a->obj, area_index(a, va),
                          a->obj->ops->read_page != NULL, &page))
        return false;
    page_copy(to, page_to_virt(page));
    page_put(page);
    return true;
}

bool vm_peek_page(struct vm *vm, vaddr_t *at, vaddr_t end, void *to)
{
    vaddr_t va = *at;
    bool found = false;

    mutex_lock(&vm->lock);
    while (!found && va < end) {
        const struct area *a = area_find_from(vm, va);
        if (!a || area_start(a) >= end)
            break;
        va = MAX(va, area_start(a));
        vaddr_t stop = MIN(end, a->end);
        va = MIN(next_entry(vm, va, stop), next_in_object(a, va, stop));
        if (va == stop)
            continue;
        found = copy_mapped(vm, va, to) || copy_held(a, va, to);
        *at = va;
        va += PAGE_SIZE;
    }
    mutex_unlock(&vm->lock);
    return found;
}
