/* populate.c - pages brought in before they are touched (MAP_POPULATE, mlock). */
#include "kernel/lib/errno.h"
#include "mm/pte.h"

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
