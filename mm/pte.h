/*
 * pte.h - the page-table entries of one address space: what they may say, and
 * the operations on ranges of them.  vm->lock is held for all of it, unless a
 * comment says otherwise.
 */
#pragma once

#include "arch.h"
#include "mm/area.h"

/* The frame is a device's: no struct page, no reference. */
#define PTE_UNCOUNTED   PTE_SOFT1

/* In every entry that is not 0, also in those that are not valid. */
#define PTE_BASE        (PTE_USER | PTE_ACCESSED)

/* The bits for protection VM_READ | VM_WRITE | VM_EXEC: a writable page is
 * always readable, as Sv39 has no other kind. */
extern const u16 pte_protection[VM_PROT + 1];

static inline u64 pte_bits(u32 flags)
{
    return pte_protection[flags & VM_PROT];
}

/* Does the entry allow the access? */
static inline bool pte_permits(pte_t pte, enum vm_access access)
{
    u64 need = access == VM_ACCESS_READ ? PTE_READ
             : access == VM_ACCESS_WRITE ? PTE_WRITE : PTE_EXEC;

    return (pte & (PTE_VALID | PTE_USER | need)) ==
           (PTE_VALID | PTE_USER | need);
}

/* The entry for a page in an area: not writable if a write must copy. */
pte_t pte_for_page(const struct area *a, const struct page *page);

static inline struct page *pte_page(pte_t pte)
{
    return pfn_to_page(pte_pfn(pte));
}

/*
 * The entry for a user address, or NULL if no table covers it.  This is
 * pgtable_find() for the user half, which has no large leaves; it is inline
 * because faults and user copies begin with it.  vm->ptl or vm->lock held.
 */
static inline pte_t *pte_find(const struct vm *vm, vaddr_t va)
{
    pte_t *table = phys_to_virt(vm->space.root);

    for (unsigned level = PGTABLE_LEVELS - 1; level > 0; level--) {
        pte_t pte = READ_ONCE(table[pgtable_index(va, level)]);
        if (!pte)
            return NULL;
        table = phys_to_virt(pte_table(pte));
    }
    return &table[pgtable_index(va, 0)];
}

/*
 * Walk the tables below [*va, end): the entry for the first address that a
 * table covers, which goes to *va; the entries up to *stop follow it.  NULL at
 * the end.
 */
pte_t *pte_walk(struct vm *vm, vaddr_t *va, vaddr_t end, vaddr_t *stop);

/*
 * Take all pages out of [start, end), fence once if there were any, and free
 * them.  Tables that are left empty are freed too, as far as no area in
 * [low, high) beside the range needs them.
 */
void pte_unmap(struct vm *vm, vaddr_t start, vaddr_t end);

/* The same for an address space that nobody runs any more: no fence, and the
 * tables stay. */
void pte_release(struct vm *vm, vaddr_t start, vaddr_t end);

/* Free the tables of such a space; `areas` is a list of all its areas, by
 * obj_node.  Every table serves an area. */
void pte_free_tables(struct vm *vm, struct list *areas);

/* Give the entries of an area the protection it has now; true if one of them
 * lost some, so that the caller must fence. */
bool pte_protect(struct vm *vm, struct area *a);

/*
 * Copy what the child of a fork cannot get again from an object, read-only in
 * both.  *fence is set if the parent needs a fence, also when it fails:
 * -ENOMEM.
 */
int pte_copy_area(struct vm *from, struct area *a, struct vm *to, bool *fence);

/*
 * Move the entries of an area from `old` on to `new`, up to size bytes; the
 * object of the area, if any, is locked.  One fence.  -ENOMEM: some entries may
 * have been moved; moving back never fails.
 */
int pte_move(struct vm *vm, vaddr_t old, vaddr_t new, u64 size);

/*
 * Unmap the object's pages [first, end) from an area that maps it (obj->lock
 * held, vm->lock not); `copies`: the area's private copies of them, too.
 */
void pte_unmap_object_locked(struct area *a, u64 first, u64 end, bool copies);

/* Assert that entries lie in areas and agree with them, and that `resident` is
 * right. */
void pte_check(struct vm *vm);
