/*
 * fault.c - page faults: what is missing is made, what is shared is copied.
 *
 * vm->lock is held for all of a fault, so only truncation of an object can
 * change entries meanwhile (it takes them away).  An entry that becomes valid
 * or writable needs no fence: a hart that still remembers less faults again,
 * finds nothing to do here and forgets that one entry.
 */
#include "kernel/lib/assert.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "mm/oom.h"
#include "mm/pte.h"

#define SEGV_MAPERR 1
#define SEGV_ACCERR 2
#define BUS_ADRERR  2

/* File pages that are mapped along with the one that is needed: those of this
 * many, naturally aligned, which the object holds already. */
#define AROUND_PAGES 16

struct fault {
    struct vm *vm;
    vaddr_t addr;                   /* page-aligned */
    enum vm_access access;
    struct area *area;
    pte_t *pte;                     /* the table is there */
    struct vm_fault_info *info;
};

/* --- what to tell the program --------------------------------------------------- */

enum fault_reason { UNMAPPED, FORBIDDEN, BEYOND_END, READ_FAILED };

static int refuse(struct fault *f, enum fault_reason reason)
{
    static const char *const words[][3] = {
        [UNMAPPED] = { "load from an unmapped page",
                       "store to an unmapped page",
                       "jump to an unmapped page" },
        [FORBIDDEN] = { "load from a page without read permission",
                        "store to a read-only page",
                        "jump to a page that is not executable" },
        [BEYOND_END] = { "load from beyond the end of a file",
                         "store to beyond the end of a file",
                         "jump to beyond the end of a file" },
        [READ_FAILED] = { "load from a page that could not be read",
                          "store to a page that could not be read",
                          "jump to a page that could not be read" },
    };
    unsigned verb = f->access == VM_ACCESS_READ ? 0
                  : f->access == VM_ACCESS_WRITE ? 1 : 2;

    *f->info = (struct vm_fault_info){
        .words = words[reason][verb],
        .bus = reason >= BEYOND_END,
        .code = reason >= BEYOND_END ? BUS_ADRERR
              : reason == FORBIDDEN ? SEGV_ACCERR : SEGV_MAPERR,
    };
    return -EFAULT;
}

/* --- entries ---------------------------------------------------------------------- */

/* Put a page where none was; its reference passes to the entry. */
static void install_locked(struct fault *f, pte_t *pte, pte_t value)
{
    struct vm *vm = f->vm;

    assert(spin_held(&vm->ptl));
    *pte = value;
    if (++vm->resident > vm->peak_resident)
        vm->peak_resident = vm->resident;
}

/* Put a private page in place of what is there now, which is still `old`
 * unless truncation took it. */
static void replace_entry(struct fault *f, struct page *page, pte_t old)
{
    struct vm *vm = f->vm;
    pte_t value = pte_make(page_to_pfn(page), pte_bits(f->area->flags));

    spin_lock(&vm->ptl);
    if (!*f->pte) {
        install_locked(f, f->pte, value);
        spin_unlock(&vm->ptl);
        return;
    }
    *f->pte = value;
    spin_unlock(&vm->ptl);
    /* Another frame: no hart may go on reading the old one. */
    if (old & PTE_VALID)
        arch_tlb_flush(&vm->space, f->addr, f->addr + PAGE_SIZE);
    page_put(pte_page(old));
}

/* --- private pages ------------------------------------------------------------------ */

static int map_zeroed(struct fault *f)
{
    struct page *page = page_alloc(ALLOC_ZERO | ALLOC_USER);

    if (!page)
        return -ENOMEM;
    spin_lock(&f->vm->ptl);
    install_locked(f, f->pte,
                   pte_make(page_to_pfn(page), pte_bits(f->area->flags)));
    spin_unlock(&f->vm->ptl);
    return 0;
}

/* Give the area a copy of `from` of its own. */
static int map_copy(struct fault *f, struct page *from, pte_t old)
{
    struct page *copy = page_alloc(ALLOC_USER);

    if (!copy)
        return -ENOMEM;
    memcpy(page_to_virt(copy), page_to_virt(from), PAGE_SIZE);
    if (f->area->obj)
        f->area->has_copies = true;
    replace_entry(f, copy, old);
    return 0;
}

/* A reference on the object's page that the entry maps; NULL if truncation
 * has just taken it. */
static struct page *hold_mapped(struct fault *f)
{
    struct page *page = NULL;

    spin_lock(&f->vm->ptl);
    if (*f->pte) {
        page = pte_page(*f->pte);
        page_get(page);
    }
    spin_unlock(&f->vm->ptl);
    return page;
}

/* A store to a private page that is there, and read-only in the entry. */
static int break_sharing(struct fault *f, pte_t old)
{
    struct page *page = pte_page(old);

    if (f->area->obj) {
        page = hold_mapped(f);
        if (!page)
            return -EAGAIN;
        if (page->obj) {
            int error = map_copy(f, page, old);
            page_put(page);
            return error;
        }
        page_put(page);
    }
    /* Nobody can come by a further reference but through this entry. */
    if (READ_ONCE(page->refs) > 1)
        return map_copy(f, page, old);
    spin_lock(&f->vm->ptl);
    *f->pte = pte_make(page_to_pfn(page), pte_bits(f->area->flags));
    spin_unlock(&f->vm->ptl);
    return 0;
}

/* --- pages of objects ----------------------------------------------------------------- */

static bool beyond_end(const struct vmobj *o, u64 index)
{
    return index >= vmobj_pages_of(READ_ONCE(o->size));
}

static int map_device(struct fault *f, struct vmobj *o, u64 index)
{
    pfn_t pfn;

    if (o->ops->device_pfn(o, index, &pfn))
        return refuse(f, BEYOND_END);
    spin_lock(&f->vm->ptl);
    install_locked(f, f->pte, pte_make(pfn, pte_bits(f->area->flags) |
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
    u64 index = area_index(a, first);
    for (; first < end; first += PAGE_SIZE, pte++, index++) {
        struct page *page = *pte ? NULL : page_map_find(&o->pages, index);
        if (!page || beyond_end(o, index))
            continue;
        page_get(page);
        install_locked(f, pte, pte_for_page(a, page));
    }
}

/* Map the object's page, if it holds it.  -ENOENT: it does not, or no more. */
static int map_held(struct fault *f, struct vmobj *o, u64 index)
{
    int error = -ENOENT;

    spin_lock(&o->lock);
    struct page *page = page_map_find(&o->pages, index);
    if (page && !beyond_end(o, index)) {
        spin_lock(&f->vm->ptl);
        if (f->access != VM_ACCESS_WRITE)
            map_around_locked(f, o);
        if (!*f->pte) {
            page_get(page);
            install_locked(f, f->pte, pte_for_page(f->area, page));
        }
        spin_unlock(&f->vm->ptl);
        error = 0;
    }
    spin_unlock(&o->lock);
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
            return refuse(f, BEYOND_END);
        error = vmobj_lookup_page(o, index, true, &page);
        if (error)
            return error == -ENOMEM ? error : refuse(f, READ_FAILED);
        if (copy)
            error = map_copy(f, page, 0);
        page_put(page);
        if (copy)
            return error;
    }
    return 0;
}

/* --- the fault --------------------------------------------------------------------------- */

/* The stack that addr lies below may grow down to it. */
static struct area *grow_stack(struct vm *vm, vaddr_t addr)
{
    struct area *a = area_find_from(vm, addr);

    if (!a || !(a->flags & VM_STACK) || addr < VM_USER_START ||
        a->end - addr > vm->stack_limit)
        return NULL;
    struct area *below = area_prev(a);
    if (below && addr < below->end + VM_STACK_GUARD)
        return NULL;
    area_resize(vm, a, addr, a->end);
    return a;
}

static bool allows(const struct area *a, enum vm_access access)
{
    /* What can be written can be read: Sv39 has no write-only pages. */
    u32 need = access == VM_ACCESS_READ ? VM_READ | VM_WRITE : access;

    return a->flags & need;
}

static int fault_locked(struct fault *f)
{
    struct vm *vm = f->vm;

    f->area = vm_find_area_locked(vm, f->addr);
    if (!f->area)
        f->area = grow_stack(vm, f->addr);
    if (!f->area)
        return refuse(f, UNMAPPED);
    if (!allows(f->area, f->access))
        return refuse(f, FORBIDDEN);
    f->pte = pgtable_find_alloc(vm->space.root, f->addr);
    if (!f->pte)
        return -ENOMEM;

    pte_t old = READ_ONCE(*f->pte);
    if (!old)
        return f->area->obj ? map_object(f, f->area->obj) : map_zeroed(f);
    if (!pte_permits(old, f->access) && f->access == VM_ACCESS_WRITE &&
        old & PTE_VALID && !(f->area->flags & VM_SHARED))
        return break_sharing(f, old);
    arch_tlb_flush_local(f->addr);
    return 0;
}

int vm_fault(struct vm *vm, vaddr_t addr, enum vm_access access,
             u64 stack_limit, struct vm_fault_info *info)
{
    struct fault f = { .vm = vm, .addr = page_down(addr), .access = access,
                       .info = info };
    int error;

    if (unlikely(addr >= USER_END))
        return refuse(&f, UNMAPPED);
    do {
        mutex_lock(&vm->lock);
        vm->stack_limit = stack_limit;
        error = fault_locked(&f);
        mutex_unlock(&vm->lock);
        if (unlikely(error == -ENOMEM) && oom_relieve()) {
            *info = (struct vm_fault_info){ .oom = true, .bus = true,
                                            .code = BUS_ADRERR,
                                            .words = "out of memory" };
            return -EFAULT;
        }
    } while (unlikely(error == -ENOMEM || error == -EAGAIN));
    return error;
}

/* --- in advance ---------------------------------------------------------------------------- */

static bool is_mapped(struct vm *vm, vaddr_t va, enum vm_access access)
{
    spin_lock(&vm->ptl);
    pte_t *pte = pgtable_find(vm->space.root, va);
    bool mapped = pte && pte_permits(*pte, access);
    spin_unlock(&vm->ptl);
    return mapped;
}

/* The next stretch of one area that can be accessed, from *start on. */
static bool next_stretch(struct vm *vm, vaddr_t *start, vaddr_t *end,
                         enum vm_access *access)
{
    mutex_lock(&vm->lock);
    struct area *a = area_find_from(vm, *start);
    while (a && !(a->flags & VM_PROT))
        a = area_next(a);
    if (a) {
        *start = MAX(*start, area_start(a));
        *end = MIN(*end, a->end);
        *access = a->flags & VM_WRITE ? VM_ACCESS_WRITE
                : a->flags & VM_READ ? VM_ACCESS_READ : VM_ACCESS_EXEC;
    }
    mutex_unlock(&vm->lock);
    return a && *start < *end;
}

int vm_populate(struct vm *vm, vaddr_t start, vaddr_t end)
{
    struct vm_fault_info info = { 0 };
    enum vm_access access;
    vaddr_t stop = end;
    int error = 0;

    for (; next_stretch(vm, &start, &stop, &access); start = stop, stop = end)
        for (vaddr_t va = start; va < stop; va += PAGE_SIZE) {
            if (thread_has_flags(current_thread(), TF_KILL))
                return -EINTR;
            if (is_mapped(vm, va, access))
                continue;
            error = vm_fault(vm, va, access, vm->stack_limit, &info);
            if (error)
                return info.oom ? -ENOMEM : error;
        }
    return 0;
}
