/* vm.c - address spaces as wholes: making, copying, emptying. */
#include "mm/vm.h"

#include "kernel/lib/assert.h"
#include "kernel/lib/errno.h"
#include "mm/map.h"
#include "mm/pte.h"

/* Until exec says otherwise. */
#define DEFAULT_STACK_LIMIT (8ul << 20)

static struct cache vm_cache = CACHE("vm", struct vm);

struct vm *vm_create(void)
{
    struct vm *vm = cache_zalloc(&vm_cache);

    if (!vm)
        return NULL;
    if (arch_space_init(&vm->space)) {
        cache_free(&vm_cache, vm);
        return NULL;
    }
    vm->refs = 1;
    mutex_init(&vm->lock);
    spin_init(&vm->ptl, RANK_PAGETABLE);
    vm->mmap_top = vm->stack_top = USER_END;
    vm->walk_region = NO_REGION;
    vm->stack_limit = DEFAULT_STACK_LIMIT;
    return vm;
}

void vm_get(struct vm *vm)
{
    __atomic_add_fetch(&vm->refs, 1, __ATOMIC_RELAXED);
}

/* Take all areas off the tree and their objects, in order, onto a list. */
static void take_areas(struct vm *vm, struct list *taken)
{
    struct area *a = area_of(avl_first(&vm->areas));

    for (; a; a = area_next(a)) {
        if (a->obj) {
            spin_lock(&a->obj->lock);
            list_remove(&a->obj_node);
            spin_unlock(&a->obj->lock);
        }
        list_add_tail(taken, &a->obj_node);
    }
    vm->areas = (struct avl_tree)AVL_INIT;
    vm->last_area = NULL;
    vm->area_count = 0;
    vm->gap_hint = vm->gap_skipped = 0;
    vm->total_pages = vm->data_pages = vm->locked_pages = 0;
}

/*
 * Nobody runs it any more, so nothing needs a fence: the number that its TLB
 * entries carry is not used again before all are flushed.  Only ranges where
 * areas are can hold pages.
 */
static void destroy(struct vm *vm)
{
    struct list taken = LIST_INIT(taken);
    struct area *a;

    take_areas(vm, &taken);
    list_for_each(a, &taken, obj_node)
        pte_release(vm, area_start(a), a->end);
    assert(!vm->resident);
    pte_free_tables(vm, &taken);
    arch_space_destroy(&vm->space);
    areas_destroy(&taken);
    cache_free(&vm_cache, vm);
}

void vm_put(struct vm *vm)
{
    if (__atomic_sub_fetch(&vm->refs, 1, __ATOMIC_ACQ_REL))
        return;
    might_sleep();
    destroy(vm);
}

void vm_clear(struct vm *vm)
{
    struct list taken = LIST_INIT(taken);

    mutex_lock(&vm->lock);
    take_areas(vm, &taken);
    pte_unmap(vm, VM_USER_START, USER_END);
    mutex_unlock(&vm->lock);
    areas_destroy(&taken);
}

void vm_check(struct vm *vm)
{
    assert(mutex_held(&vm->lock));
    area_check(vm);
    pte_check(vm);
}

/* --- fork --- */

static int copy_area(struct vm *from, struct area *a, struct vm *to, bool *fence)
{
    struct area *copy = area_create(a, area_start(a), a->end);

    if (!copy)
        return -ENOMEM;
    copy->flags &= ~VM_LOCKED;      /* mlock(2): not inherited */
    area_insert(to, copy);
    return a->flags & VM_WIPE_FORK ? 0 : pte_copy_area(from, a, to, fence);
}

/* What is not an area.  Locked pages are the parent's alone. */
static void copy_layout(const struct vm *from, struct vm *to)
{
    to->heap_start = from->heap_start;
    to->heap_end = from->heap_end;
    to->mmap_top = from->mmap_top;
    to->stack_top = from->stack_top;
    to->stack_limit = from->stack_limit;
    to->arg_start = from->arg_start;
    to->arg_end = from->arg_end;
    to->env_start = from->env_start;
    to->env_end = from->env_end;
    to->auxv_start = from->auxv_start;
    to->auxv_end = from->auxv_end;
    to->code_start = from->code_start;
    to->code_end = from->code_end;
    to->data_start = from->data_start;
    to->data_end = from->data_end;
    to->peak_resident = to->resident;
}

int vm_fork(struct vm *from, struct vm **out)
{
    struct vm *to = vm_create();
    bool fence = false;
    int error = 0;

    if (!to)
        return -ENOMEM;
    mutex_lock(&from->lock);
    struct area *a = area_of(avl_first(&from->areas));
    for (; a && !error; a = area_next(a))
        if (!(a->flags & VM_NO_FORK))
            error = copy_area(from, a, to, &fence);
    copy_layout(from, to);
    if (fence)
        arch_tlb_flush(&from->space, 0, USER_END);
    mutex_unlock(&from->lock);
    if (error) {
        vm_put(to);
        return error;
    }
    *out = to;
    return 0;
}
