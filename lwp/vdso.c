/*
 * vdso.c - the vDSO: one memory object that all processes map, which none can
 * write.
 */
#include "lwp/vdso.h"

#include "kernel/lib/errno.h"
#include "mm/iter.h"
#include "mm/vm.h"

/* li a7, SYS_rt_sigreturn; ecall */
static const u32 sigreturn_code[] = { 0x08b00893, 0x00000073 };

static struct vmobj *vdso;

int vdso_init(void)
{
    struct iter it;

    vdso = vmobj_create_anon(PAGE_SIZE);
    if (!vdso)
        return -ENOMEM;
    iter_kernel(&it, (void *)sigreturn_code, sizeof(sigreturn_code));
    return vmobj_write(vdso, 0, &it) < 0 ? -ENOMEM : 0;
}

int vdso_map(struct vm *vm, vaddr_t *header)
{
    static const struct vm_limits none = { ~0ul, ~0ul, ~0ul, ~0ul };
    struct vm_map m = {
        .addr = VDSO_BASE,
        .size = PAGE_SIZE,
        .flags = VM_READ | VM_EXEC | VM_SHARED,
        .how = VM_MAP_FIXED,
        .obj = vdso,
        .name = "[vdso]",
    };
    s64 result = vm_map(vm, &m, &none);

    *header = 0;
    return result < 0 ? result : 0;
}

vaddr_t vdso_sigreturn_address(void)
{
    return VDSO_BASE;
}
