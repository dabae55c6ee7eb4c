/* shm_area.c - finding and undoing attachments of shared memory. */
#include "lwp/shm_area.h"

#include "kernel/lib/errno.h"
#include "mm/map.h"

/* The first area from addr on, if it is of an attachment there. */
static struct area *find_part(struct vm *vm, vaddr_t addr,
                              const struct vmobj_ops *ops)
{
    struct area *a = area_find_from(vm, addr);

    if (a && a->obj && a->obj->ops == ops && area_start(a) - a->offset == addr)
        return a;
    return NULL;
}

/* Unmap all areas of the attachment, but not what was mapped into the holes
 * between them. */
static void unmap_parts(struct vm *vm, struct area *a, struct list *dead)
{
    const struct vmobj *o = a->obj;
    vaddr_t base = area_start(a) - a->offset;
    vaddr_t end = base + page_up(READ_ONCE(o->size));

    while (a && area_start(a) < end) {
        struct area *next = area_next(a);

        if (a->obj == o && area_start(a) - a->offset == base)
            unmap_area_locked(vm, a, dead);
        a = next;
    }
}

struct vmobj *shm_detach(vaddr_t addr, const struct vmobj_ops *ops)
{
    struct list dead = LIST_INIT(dead);
    struct vm *vm = current_vm();

    mutex_lock(&vm->lock);
    struct area *a = find_part(vm, addr, ops);
    struct vmobj *o = a ? a->obj : NULL;
    if (o) {
        vmobj_get(o);
        unmap_parts(vm, a, &dead);
    }
    mutex_unlock(&vm->lock);
    areas_destroy(&dead);
    return o;
}
