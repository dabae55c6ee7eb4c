/*
 * fault.h - what the two kinds of page faults share: those in private memory
 * (fault.c) and those in areas of an object (fault_object.c).
 *
 * vm->lock is held for all of a fault, so only truncation of an object can
 * change entries meanwhile (it takes them away).  An entry that becomes valid
 * or writable needs no fence: a hart that still remembers less faults again,
 * finds nothing to do here and forgets that one entry.
 */
#pragma once

#include "kernel/lib/errno.h"
#include "mm/pte.h"

struct fault {
    struct vm *vm;
    vaddr_t addr;                   /* page-aligned */
    enum vm_access access;
    struct area *area;
    pte_t *pte;                     /* fault_object() finds it */
    struct vm_fault_info *info;
};

enum fault_reason { FAULT_UNMAPPED, FAULT_STACK_END, FAULT_FORBIDDEN, FAULT_BEYOND_END,
                    FAULT_READ_FAILED };

/* Fill in f->info; -EFAULT. */
int fault_refuse(struct fault *f, enum fault_reason reason);

/*
 * The fault in an area with an object, which allows the access.  0, -EFAULT,
 * -ENOMEM, or -EAGAIN: the object has just been truncated, try again.
 */
int fault_object(struct fault *f);

/*
 * A fault in f->area, which allows the access or is made to (foreign.c).
 * Results as of fault_object().
 */
int fault_make(struct fault *f);

/*
 * The rest comes with plain arguments, and inline, as the memory of a struct
 * and further calls would cost a tenth of the whole path.
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
    page_copy(page_to_virt(copy), page_to_virt(from));
    if (unlikely(a->flags & VM_EXEC))
        arch_icache_flush(&vm->space);  /* code comes to another frame */
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
