/*
 * fault.c - page faults: what is missing is made, what is shared is copied.
 */
#include "mm/fault.h"

#include "mm/oom.h"

#define SEGV_MAPERR 1
#define SEGV_ACCERR 2
#define BUS_ADRERR  2

/* What to tell the program. */
int fault_refuse(struct fault *f, enum fault_reason reason)
{
    static const char *const words[][3] = {
        [FAULT_UNMAPPED] = {
            "load from an unmapped page",
            "store to an unmapped page",
            "jump to an unmapped page",
        },
        [FAULT_STACK_END] = {
            "stack overflow: load from below the stack",
            "stack overflow: store to below the stack",
            "stack overflow: jump to below the stack",
        },
        [FAULT_FORBIDDEN] = {
            "load from a page without read permission",
            "store to a read-only page",
            "jump to a page that is not executable",
        },
        [FAULT_BEYOND_END] = {
            "load from beyond the end of a file",
            "store to beyond the end of a file",
            "jump to beyond the end of a file",
        },
        [FAULT_READ_FAILED] = {
            "load from a page that could not be read",
            "store to a page that could not be read",
            "jump to a page that could not be read",
        },
    };
    unsigned verb = f->access == VM_ACCESS_READ ? 0
                  : f->access == VM_ACCESS_WRITE ? 1 : 2;

    *f->info = (struct vm_fault_info){
        .words = words[reason][verb],
        .bus = reason >= FAULT_BEYOND_END,
        .code = reason >= FAULT_BEYOND_END ? BUS_ADRERR
              : reason == FAULT_FORBIDDEN ? SEGV_ACCERR : SEGV_MAPERR,
    };
    return -EFAULT;
}

/* --- private memory --- */

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

/* The stack that cannot grow to va may be just above it. */
static enum fault_reason why_unmapped(struct vm *vm, vaddr_t va)
{
    struct area *a = area_find_from(vm, va);

    return a && (a->flags & VM_STACK) && area_start(a) - va <= VM_STACK_GUARD
               ? FAULT_STACK_END : FAULT_UNMAPPED;
}

static always_inline bool allows(const struct area *a, enum vm_access access)
{
    /* What can be written can be read: Sv39 has no write-only pages. */
    u32 need = access == VM_ACCESS_READ ? VM_READ | VM_WRITE : access;

    return a->flags & need;
}

int fault_make(struct fault *f)
{
    return f->area->obj ? fault_object(f)
                        : fault_anonymous(f->vm, f->area, f->addr, f->access);
}

static noinline int fault_locked(struct vm *vm, vaddr_t va,
                                 enum vm_access access,
                                 struct vm_fault_info *info)
{
    struct fault f = { .vm = vm, .addr = va, .access = access, .info = info };

    if (va >= USER_END)
        return fault_refuse(&f, FAULT_UNMAPPED);
    f.area = vm_find_area_locked(vm, va);
    if (!f.area)
        f.area = grow_stack(vm, va);
    if (!f.area)
        return fault_refuse(&f, why_unmapped(vm, va));
    if (!allows(f.area, access))
        return fault_refuse(&f, FAULT_FORBIDDEN);
    return fault_make(&f);
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
