/* fault_object.c - page faults in areas that map a memory object. */
#include "mm/fault.h"

/* File pages that are mapped along with the one that is needed: those of this
 * many, naturally aligned, which the object holds already. */
#define AROUND_PAGES 16

static bool beyond_end(const struct vmobj *o, u64 index)
{
    return index >= vmobj_pages_of(READ_ONCE(o->size));
}

static int map_device(struct fault *f, struct vmobj *o, u64 index)
{
    pfn_t pfn;

    if (o->ops->device_pfn(o, index, &pfn))
        return fault_refuse(f, FAULT_BEYOND_END);
    spin_lock(&f->vm->ptl);
    install_locked(f->vm, f->pte, pte_make(pfn, pte_bits(f->area->flags) |
                                                PTE_UNCOUNTED));
    spin_unlock(&f->vm->ptl);
    return 0;
}

/* Map what the object holds of the pages around the fault, as far as they lie
 * in this area and in this table. */
static void map_around_locked(struct fault *f, struct vmobj *o)
{
    struct area *a = f->area;
    vaddr_t first = ALIGN_DOWN(f->addr, AROUND_PAGES * PAGE_SIZE);
    vaddr_t end = first + AROUND_PAGES * PAGE_SIZE;

    first = MAX(first, area_start(a));
    end = MIN(end, a->end);
    pte_t *pte = f->pte - ((f->addr - first) >> PAGE_SHIFT);
    u64 index = area_index(a, first), bits = pte_bits(a->flags);
    u64 n = MIN((end - first) >> PAGE_SHIFT, vmobj_pages_of(o->size) - index);
    struct page *pages[AROUND_PAGES];

    /* As pte_for_page() has it for all pages of objects. */
    if (!(a->flags & VM_SHARED))
        bits &= ~(PTE_WRITE | PTE_DIRTY);
    page_map_find_run(&o->pages, index, pages, n);
    for (u64 i = 0; i < n; i++) {
        if (!pages[i] || pte[i])
            continue;
        page_get(pages[i]);
        install_locked(f->vm, &pte[i], pte_make(page_to_pfn(pages[i]), bits));
    }
}

/* Before code is mapped: no hart may have instructions from what the frames
 * held earlier. */
static noinline void fence_code_locked(struct vmobj *o)
{
    arch_icache_flush_all();
    WRITE_ONCE(o->fenced, o->changes);
}

/* Map the object's page, if it holds it.  -ENOENT: it does not, or no more. */
static int map_held(struct fault *f, struct vmobj *o, u64 index)
{
    int error = -ENOENT;

    spin_lock(&o->lock);
    struct page *page = page_map_find(&o->pages, index);
    if (page && !beyond_end(o, index)) {
        if (unlikely(f->area->flags & VM_EXEC && o->changes != o->fenced))
            fence_code_locked(o);
        spin_lock(&f->vm->ptl);
        if (f->access != VM_ACCESS_WRITE)
            map_around_locked(f, o);
        if (!*f->pte) {
            page_get(page);
            install_locked(f->vm, f->pte, pte_for_page(f->area, page));
        }
        spin_unlock(&f->vm->ptl);
        error = 0;
    }
    spin_unlock(&o->lock);
    return error;
}

/* Truncation that came first did not find the copy there: away with it. */
static noinline int undo_copy(struct fault *f, u64 index)
{
    struct vmobj *o = f->area->obj;

    spin_lock(&o->lock);
    if (beyond_end(o, index))
        pte_unmap_object_locked(f->area, index, index + 1, true);
    spin_unlock(&o->lock);
    return -EAGAIN;
}

/* Give the area its own copy of a page of the object. */
static int copy_from_object(struct fault *f, const struct page *page)
{
    u64 index = area_index(f->area, f->addr);
    int error;

    f->area->has_copies = true;
    error = map_copy(f->vm, f->area, f->addr, f->pte, page);
    if (unlikely(beyond_end(f->area->obj, index)) && !error)
        error = undo_copy(f, index);
    return error;
}

/* A store to a copy, which is shared with others or read-only in the entry. */
static int store_to_copy(struct fault *f, const struct page *page)
{
    int error = 0;

    /* One of the references is the caller's. */
    if (READ_ONCE(page->refs) > 2)
        return copy_from_object(f, page);
    spin_lock(&f->vm->ptl);
    if (*f->pte)
        *f->pte = private_entry(f->area, page);
    else
        error = -EAGAIN;            /* truncated in this moment */
    spin_unlock(&f->vm->ptl);
    return error;
}

static int map_object(struct fault *f, struct vmobj *o)
{
    u64 index = area_index(f->area, f->addr);
    bool copy = f->access == VM_ACCESS_WRITE && !(f->area->flags & VM_SHARED);
    struct page *page;
    int error;

    if (o->ops->device_pfn)
        return map_device(f, o, index);
    while (copy || map_held(f, o, index)) {
        if (beyond_end(o, index))
            return fault_refuse(f, FAULT_BEYOND_END);
        error = vmobj_lookup_page(o, index, true, &page);
        if (error)
            return error == -ENOMEM ? error : fault_refuse(f, FAULT_READ_FAILED);
        if (copy)
            error = copy_from_object(f, page);
        page_put(page);
        if (copy)
            return error;
    }
    return 0;
}

/* A store to a page that is there, the object's or a copy. */
static int store_to_present(struct fault *f)
{
    struct vm *vm = f->vm;
    struct page *page = NULL;
    int error;

    spin_lock(&vm->ptl);
    if (*f->pte) {
        page = pte_page(*f->pte);
        page_get(page);
    }
    spin_unlock(&vm->ptl);
    if (!page)
        return -EAGAIN;             /* truncated in this moment */
    error = page->obj ? copy_from_object(f, page) : store_to_copy(f, page);
    page_put(page);
    return error;
}

int fault_object(struct fault *f)
{
    f->pte = pgtable_find_alloc(f->vm->space.root, f->addr);
    if (!f->pte)
        return -ENOMEM;
    pte_t old = READ_ONCE(*f->pte);
    if (!old)
        return map_object(f, f->area->obj);
    if (f->access == VM_ACCESS_WRITE && !(old & PTE_WRITE) &&
        !(f->area->flags & VM_SHARED))
        return store_to_present(f);
    arch_tlb_flush_local(f->addr);
    return 0;
}
