/* remap.c - mremap: areas change size or place, and keep their pages. */
#include "kernel/lib/assert.h"
#include "kernel/lib/errno.h"
#include "mm/map.h"
#include "mm/pte.h"

/* Move the pages; the object, if any, is locked so that truncation finds each
 * page at one of the two places. */
static int move_pages(struct vm *vm, struct area *a, vaddr_t from, vaddr_t to,
                      u64 size)
{
    if (a->obj)
        spin_lock(&a->obj->lock);
    int error = pte_move(vm, from, to, size);
    if (error)
        (void)pte_move(vm, to, from, size);
    if (a->obj)
        spin_unlock(&a->obj->lock);
    return error;
}

/* Take away an area whose pages have gone elsewhere, and its tables. */
static void remove_moved(struct vm *vm, struct area *a, struct list *dead)
{
    pte_unmap(vm, area_start(a), a->end);
    area_remove(vm, a);
    list_add_tail(dead, &a->obj_node);
}

/* Move the area `a`, which is just [old, old + size), to a new place. */
static int move_area(struct vm *vm, struct area *a, vaddr_t to, u64 new_size,
                     unsigned how, struct list *dead)
{
    vaddr_t from = area_start(a);
    u64 size = a->end - from;
    struct area *moved = area_create(a, from, a->end);

    if (!moved || vm->area_count >= VM_AREAS_MAX) {
        if (moved)
            area_destroy(moved);
        return -ENOMEM;
    }
    moved->node.key = to;
    moved->end = to + new_size;
    area_insert(vm, moved);
    int error = move_pages(vm, a, from, to, MIN(size, new_size));
    if (error) {
        remove_moved(vm, moved, dead);
        return error;
    }
    if (how & MREMAP_DONTUNMAP) {
        area_set_flags(vm, a, a->flags & ~(VM_LOCKED | VM_ON_FAULT));
    } else {
        remove_moved(vm, a, dead);
    }
    area_merge(vm, moved);
    return 0;
}

/* A second mapping of shared pages: an old size of 0. */
static int duplicate(struct vm *vm, struct area *a, const struct vm_remap *r,
                     vaddr_t to)
{
    struct area like = {
        .node.key = to, .end = to + r->new_size, .vm = vm, .obj = a->obj,
        .flags = a->flags, .file = a->file, .name = a->name,
        .offset = a->offset + (r->old - area_start(a)),
    };
    struct area *copy = area_create(&like, to, like.end);

    if (!copy)
        return -ENOMEM;
    area_insert(vm, copy);
    return 0;
}

/* Where to: as told, or any gap.  An address, or -errno. */
static s64 choose_target(struct vm *vm, const struct vm_remap *r,
                         struct list *dead)
{
    if (!(r->how & MREMAP_FIXED)) {
        vaddr_t gap = area_find_gap(vm, r->new_size);
        return gap ? (s64)gap : -ENOMEM;
    }
    int error = unmap_locked(vm, r->new, r->new + r->new_size, dead);
    return error ? error : (s64)r->new;
}

static s64 move_range(struct vm *vm, const struct vm_remap *r,
                      struct list *dead)
{
    s64 to = choose_target(vm, r, dead);
    int error;

    if (to < 0)
        return to;
    if (!r->old_size) {
        error = duplicate(vm, vm_find_area_locked(vm, r->old), r, to);
    } else {
        error = area_split_range(vm, r->old, r->old + r->old_size);
        if (!error)
            error = move_area(vm, vm_find_area_locked(vm, r->old), to,
                              r->new_size, r->how, dead);
    }
    return error ? error : to;
}

/* May what lies at r->old become that large?  mremap(2). */
static int check_resize(struct vm *vm, const struct vm_remap *r,
                        const struct vm_limits *l)
{
    struct area *a = vm_find_area_locked(vm, r->old);

    if (!a || (a->obj && a->obj->ops->device_pfn))
        return -EFAULT;
    if (!r->old_size && !(a->flags & VM_SHARED))
        return -EINVAL;
    if (r->old_size > a->end - r->old)
        return -EFAULT;
    if (a->obj && a->offset + (r->old - area_start(a)) + r->new_size <
                  r->new_size)
        return -EINVAL;
    u64 kept = r->how & MREMAP_DONTUNMAP ? 0 : MIN(r->old_size, r->new_size);
    return check_limits(vm, (r->new_size - kept) >> PAGE_SHIFT, a->flags, l);
}

static bool grow_in_place(struct vm *vm, const struct vm_remap *r)
{
    struct area *a = vm_find_area_locked(vm, r->old);
    vaddr_t end = r->old + r->new_size;

    if (a->end != r->old + r->old_size || !r->old_size ||
        !user_range_valid(r->old, r->new_size) ||
        area_overlaps(vm, a->end, end))
        return false;
    area_resize(vm, a, area_start(a), end);
    area_merge(vm, a);
    return true;
}

static s64 remap_locked(struct vm *vm, const struct vm_remap *r,
                        const struct vm_limits *l, struct list *dead)
{
    bool must_move = r->how & (MREMAP_FIXED | MREMAP_DONTUNMAP);
    struct vm_remap kept = *r;
    int error = check_resize(vm, r, l);

    if (error)
        return error;
    if (r->old_size > r->new_size) {
        error = unmap_locked(vm, r->old + r->new_size, r->old + r->old_size,
                             dead);
        if (error)
            return error;
        kept.old_size = r->new_size;
    }
    if (must_move)
        return move_range(vm, &kept, dead);
    if (kept.old_size == kept.new_size || grow_in_place(vm, &kept))
        return r->old;
    return r->how & MREMAP_MAYMOVE ? move_range(vm, &kept, dead) : -ENOMEM;
}

static int check_request(const struct vm_remap *r)
{
    bool must_move = r->how & (MREMAP_FIXED | MREMAP_DONTUNMAP);

    if (r->how & ~(MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP) ||
        (must_move && !(r->how & MREMAP_MAYMOVE)) ||
        (r->how & MREMAP_DONTUNMAP && r->old_size != r->new_size))
        return -EINVAL;
    if (!r->new_size || !user_range_valid(r->old, MAX(r->old_size, PAGE_SIZE)))
        return -EINVAL;
    if (!(r->how & MREMAP_FIXED))
        return r->new_size > USER_END ? -ENOMEM : 0;
    if (!user_range_valid(r->new, r->new_size) || r->new < VM_USER_START)
        return -EINVAL;
    /* Also with an old size of 0 what lies at r->old is still needed. */
    if (r->new < r->old + MAX(r->old_size, PAGE_SIZE) &&
        r->old < r->new + r->new_size)
        return -EINVAL;
    return 0;
}

s64 vm_remap(struct vm *vm, const struct vm_remap *request,
             const struct vm_limits *l)
{
    struct list dead = LIST_INIT(dead);
    struct vm_remap r = *request;
    struct area *a;

    if (page_up(r.old_size) < r.old_size || page_up(r.new_size) < r.new_size)
        return -EINVAL;
    r.old_size = page_up(r.old_size);
    r.new_size = page_up(r.new_size);
    int error = check_request(&r);
    if (error)
        return error;
    mutex_lock(&vm->lock);
    s64 to = remap_locked(vm, &r, l, &dead);
    a = to >= 0 ? vm_find_area_locked(vm, to) : NULL;
    bool populate = a && (a->flags & (VM_LOCKED | VM_ON_FAULT)) == VM_LOCKED;
    mutex_unlock(&vm->lock);
    areas_destroy(&dead);
    if (populate)
        (void)vm_populate(vm, to, to + r.new_size);
    return to;
}
