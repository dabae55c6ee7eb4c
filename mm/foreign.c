/*
 * foreign.c - memory as debuggers see it: another address space, whatever the
 * protection of its areas says.
 */
#include "mm/uaccess.h"

#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "mm/fault.h"

/*
 * Make the page at va present; for writing, private memory gets a page of its
 * own.  Shared memory is written only as the program itself could: others
 * would see it.
 */
static int make_page_locked(struct vm *vm, vaddr_t va, enum vm_access access)
{
    struct vm_fault_info info;
    struct fault f = { .vm = vm, .addr = va, .access = access, .info = &info };
    int error;

    if (va >= USER_END)
        return -EFAULT;
    f.area = vm_find_area_locked(vm, va);
    if (!f.area)
        return -EFAULT;
    if (access == VM_ACCESS_WRITE && (f.area->flags & VM_SHARED) &&
        !(f.area->flags & VM_WRITE))
        return -EFAULT;
    do
        error = fault_make(&f);
    while (error == -EAGAIN);
    return error;
}

/* Within one page. */
static int copy_part(struct vm *vm, vaddr_t va, void *kernel, size_t n,
                     enum vm_access access)
{
    int error = -EFAULT;
    pte_t *entry;
    u8 *p;

    mutex_lock(&vm->lock);
    if (make_page_locked(vm, page_down(va), access))
        goto unlock;
    spin_lock(&vm->ptl);
    entry = pte_find(vm, va);
    if (entry && *entry && !(*entry & PTE_UNCOUNTED)) {
        p = (u8 *)pfn_to_virt(pte_pfn(*entry)) + (va & PAGE_MASK);
        if (access == VM_ACCESS_WRITE)
            memcpy(p, kernel, n);
        else
            memcpy(kernel, p, n);
        error = 0;
    }
    spin_unlock(&vm->ptl);
unlock:
    mutex_unlock(&vm->lock);
    return error;
}

static int copy_forced(struct vm *vm, vaddr_t va, void *kernel, size_t n,
                       enum vm_access access)
{
    while (n > 0) {
        size_t part = MIN(n, PAGE_SIZE - (va & PAGE_MASK));
        int error = copy_part(vm, va, kernel, part, access);

        if (error)
            return error;
        va += part;
        kernel = (u8 *)kernel + part;
        n -= part;
    }
    return 0;
}

int vm_peek(struct vm *vm, vaddr_t src, void *dst, size_t n)
{
    return copy_forced(vm, src, dst, n, VM_ACCESS_READ);
}

int vm_poke(struct vm *vm, vaddr_t dst, const void *src, size_t n)
{
    int error = copy_forced(vm, dst, (void *)src, n, VM_ACCESS_WRITE);

    /* It may have been a breakpoint. */
    if (!error)
        arch_icache_flush(&vm->space);
    return error;
}
