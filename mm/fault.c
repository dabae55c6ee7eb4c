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

/* --- what to tell the program --- */

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

/* --- private pages ---
 *
 * These come with plain arguments, as the memory of a struct would cost a
 * tenth of the whole path.
 */

/* Put a page where none was; its reference passes to the entry. */
static always_inline void install_locked(struct vm *vm, pte_t *pte, pte_t value)
{
    *pte = value;
    if (++vm->resident > vm->peak_resident)
        vm->peak_resident = vm->resident;
}

static always_inline pte_t private_entry(const struct area *a,
                                         const struct page *page)
{
    return pte_make(page_to_pfn(page), pte_bits(a->flags));
}

static always_inline int map_zeroed(struct vm *vm, const struct area *a,
                                    pte_t *pte)
{
    struct page *page = page_alloc(ALLOC_ZERO | ALLOC_USER);

    if (unlikely(!page))
        return -ENOMEM;
    spin_lock(&vm->ptl);
    install_locked(vm, pte, private_entry(a, page));
    spin_unlock(&vm->ptl);
    return 0;
}

/* Another frame takes the place of what the entry maps.  No hart may go on
 * reading the old one, which is freed if this was its last reference. */
static always_inline void exchange_page(struct vm *vm, vaddr_t va, pte_t *pte,
                                        pte_t value)
{
    spin_lock(&vm->ptl);
    pte_t old = *pte;
    if (unlikely(!old)) {
        /* Truncation was quicker. */
        install_locked(vm, pte, value);
        spin_unlock(&vm->ptl);
        return;
    }
    *pte = value;
    spin_unlock(&vm->ptl);
    /* One hart need not ask which of them run this address space. */
    if (hart_count == 1)
        arch_tlb_flush_local(va);
    else
        arch_tlb_flush(&vm->space, va, va + PAGE_SIZE);
    page_put(pte_page(old));
}

/* Give the area a copy of `from` of its own. */
static always_inline int map_copy(struct vm *vm, const struct area *a,
                                  vaddr_t va, pte_t *pte,
                                  const struct page *from)
{
    struct page *copy = page_alloc(ALLOC_USER);

    if (unlikely(!copy))
        return -ENOMEM;
    page_copy(copy, from);
    exchange_page(vm, va, pte, private_entry(a, copy));
    return 0;
}

/* A store to a private page that is there, and read-only in the entry. */
static always_inline int break_sharing(struct vm *vm, const struct area *a,
                                       vaddr_t va, pte_t *pte)
{
    struct page *page = pte_page(*pte);

    /* Alone: nobody comes by a further reference but through this entry. */
    if (READ_ONCE(page->refs) > 1)
        return map_copy(vm, a, va, pte, page);
    spin_lock(&vm->ptl);
    *pte = private_entry(a, page);
    spin_unlock(&vm->ptl);
    return 0;
}

/* A fault in an area without object that allows the access. */
static always_inline int fault_anonymous(struct vm *vm, const struct area *a,
                                         vaddr_t va, enum vm_access access)
{
    pte_t *pte = pte_find(vm, va);

    if (unlikely(!pte) && !(pte = pgtable_find_alloc(vm->space.root, va)))
        return -ENOMEM;
    if (!*pte)
        return map_zeroed(vm, a, pte);
    if (access == VM_ACCESS_WRITE && !(*pte & PTE_WRITE))
        return break_sharing(vm, a, va, pte);
    arch_tlb_flush_local(va);
    return 0;
}

/* --- pages of objects --- */

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
    u64 index = area_index(a, first);
    for (; first < end; first += PAGE_SIZE, pte++, index++) {
        struct page *page = *pte ? NULL : page_map_find(&o->pages, index);
        if (!page || beyond_end(o, index))
            continue;
        page_get(page);
        install_locked(f->vm, pte, pte_for_page(a, page));
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
            install_locked(f->vm, f->pte, pte_for_page(f->area, page));
        }
        spin_unlock(&f->vm->ptl);
        error = 0;
    }
    spin_unlock(&o->lock);
    return error;
}

/* Give the area its own copy of a page of the object. */
static int copy_from_object(struct fault *f, const struct page *page)
{
    f->area->has_copies = true;
    return map_copy(f->vm, f->area, f->addr, f->pte, page);
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
    if (page->obj) {
        error = copy_from_object(f, page);
        page_put(page);
        return error;
    }
    page_put(page);
    return break_sharing(vm, f->area, f->addr, f->pte);
}

static int fault_object(struct fault *f)
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

/* --- the fault --- */

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

static always_inline bool allows(const struct area *a, enum vm_access access)
{
    /* What can be written can be read: Sv39 has no write-only pages. */
    u32 need = access == VM_ACCESS_READ ? VM_READ | VM_WRITE : access;

    return a->flags & need;
}

static noinline int fault_locked(struct vm *vm, vaddr_t va,
                                 enum vm_access access,
                                 struct vm_fault_info *info)
{
    struct fault f = { .vm = vm, .addr = va, .access = access, .info = info };

    if (va >= USER_END)
        return refuse(&f, UNMAPPED);
    f.area = vm_find_area_locked(vm, va);
    if (!f.area)
        f.area = grow_stack(vm, va);
    if (!f.area)
        return refuse(&f, UNMAPPED);
    if (!allows(f.area, access))
        return refuse(&f, FORBIDDEN);
    return f.area->obj ? fault_object(&f)
                       : fault_anonymous(vm, f.area, va, access);
}

/* Out of memory: 0 to try again. */
static noinline int fault_oom(struct vm_fault_info *info)
{
    if (!oom_relieve())
        return 0;
    *info = (struct vm_fault_info){ .oom = true, .bus = true,
                                    .code = BUS_ADRERR,
                                    .words = "out of memory" };
    return -EFAULT;
}

static noinline int fault_again(struct vm *vm, vaddr_t va,
                                enum vm_access access,
                                struct vm_fault_info *info)
{
    int error;

    do {
        mutex_lock(&vm->lock);
        error = fault_locked(vm, va, access, info);
        mutex_unlock(&vm->lock);
        if (error == -ENOMEM)
            error = fault_oom(info);
    } while (error && error != -EFAULT);
    return error;
}

/* Private memory, in the area of the last fault, is the path that counts. */
int vm_fault(struct vm *vm, vaddr_t addr, enum vm_access access,
             u64 stack_limit, struct vm_fault_info *info)
{
    vaddr_t va = page_down(addr);
    int error = -EAGAIN;

    mutex_lock(&vm->lock);
    const struct area *a = vm->last_area;
    vm->stack_limit = stack_limit;
    if (likely(a && va >= area_start(a) && va < a->end && !a->obj &&
               allows(a, access)))
        error = fault_anonymous(vm, a, va, access);
    mutex_unlock(&vm->lock);
    return likely(!error) ? 0 : fault_again(vm, va, access, info);
}

/* --- in advance --- */

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
