/*
 * vdso.c - the vDSO: one memory object of two pages, code and data, that all
 * processes map and none can write.
 */
#include "lwp/vdso.h"

#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/time.h"
#include "mm/vm.h"

static struct vmobj *vdso;
static struct arch_vdso_data *data;         /* in its second page */

void vdso_update(void)
{
    WRITE_ONCE(data->realtime_offset, time_realtime_offset());
}

/* The page at `index`, for good: its object keeps it. */
static void *make_page(u64 index)
{
    struct page *page;

    if (vmobj_lookup_page(vdso, index, true, &page))
        return NULL;
    page_put(page);
    return page_to_virt(page);
}

int vdso_init(void)
{
    size_t size = arch_vdso_image_end - arch_vdso_image;
    void *image;

    assert(size <= PAGE_SIZE);
    vdso = vmobj_create_anon(2 * PAGE_SIZE);
    if (!vdso)
        return -ENOMEM;
    image = make_page(0);
    data = make_page(1);
    if (!image || !data)
        return -ENOMEM;
    memcpy(image, arch_vdso_image, size);
    data->boot_ticks = time_to_ticks(0);
    data->ns_per_tick = time_scale.ns_per_tick;
    vdso_update();
    return 0;
}

int vdso_map(struct vm *vm, vaddr_t *header)
{
    static const struct vm_limits none = { ~0ul, ~0ul, ~0ul, ~0ul };
    struct vm_map m = {
        .addr = VDSO_BASE,
        .size = 2 * PAGE_SIZE,
        .flags = VM_READ | VM_EXEC | VM_SHARED,
        .how = VM_MAP_FIXED,
        .obj = vdso,
        .name = "[vdso]",
    };
    s64 result = vm_map(vm, &m, &none);

    *header = VDSO_BASE;
    return result < 0 ? result : 0;
}

vaddr_t vdso_sigreturn_address(void)
{
    return VDSO_BASE + (arch_vdso_sigreturn - arch_vdso_image);
}
