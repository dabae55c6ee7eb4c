/* map.c - mmap, munmap, brk: putting areas in and taking them out. */
#include "mm/map.h"

#include "kernel/lib/assert.h"
#include "kernel/lib/errno.h"
#include "mm/pte.h"

/* --- unmapping --- */

void areas_destroy(struct list *dead)
{
    struct area *a, *next;

    list_for_each_safe(a, next, dead, obj_node)
        area_destroy(a);
}

int unmap_locked(struct vm *vm, vaddr_t start, vaddr_t end, struct list *dead)
{
    struct area *a = area_find_from(vm, start);

    assert(mutex_held(&vm->lock));
    if (!a || area_start(a) >= end)
        return 0;
    int error = area_split_range(vm, start, end);
    if (error)
        return error;
    pte_unmap(vm, start, end);
    while ((a = area_find_from(vm, start)) != NULL && area_start(a) < end) {
        area_remove(vm, a);
        list_add_tail(dead, &a->obj_node);
    }
    return 0;
}

void unmap_area_locked(struct vm *vm, struct area *a, struct list *dead)
{
    assert(mutex_held(&vm->lock));
    pte_unmap(vm, area_start(a), a->end);
    area_remove(vm, a);
    list_add_tail(dead, &a->obj_node);
}

int vm_unmap(struct vm *vm, vaddr_t start, size_t size)
{
    struct list dead = LIST_INIT(dead);

    if (start & PAGE_MASK || !size || size > USER_END)
        return -EINVAL;
    size = page_up(size);
    if (!user_range_valid(start, size))
        return -EINVAL;
    mutex_lock(&vm->lock);
    int error = unmap_locked(vm, start, start + size, &dead);
    mutex_unlock(&vm->lock);
    areas_destroy(&dead);
    return error;
}

/* --- mapping --- */

int check_limits(const struct vm *vm, u64 pages, u32 flags,
                 const struct vm_limits *l)
{
    /* As much as there can never be: the mistake of a program. */
    if (flags & VM_WRITE && !(flags & VM_NO_RESERVE) && pages > pages_total())
        return -ENOMEM;
    if (!l)
        return 0;
    if (vm->total_pages + pages > l->as >> PAGE_SHIFT)
        return -ENOMEM;
    if (area_is_data(flags) &&
        vm->data_pages + pages > l->data >> PAGE_SHIFT)
        return -ENOMEM;
    if (flags & VM_LOCKED && vm->locked_pages + pages > l->memlock >> PAGE_SHIFT)
        return -EAGAIN;
    return 0;
}

/* Pages of [start, end) that areas cover: they go when it is mapped over. */
static u64 pages_covered(struct vm *vm, vaddr_t start, vaddr_t end)
{
    struct area *a = area_find_from(vm, start);
    u64 pages = 0;

    for (; a && area_start(a) < end; a = area_next(a))
        pages += (MIN(end, a->end) - MAX(start, area_start(a))) >> PAGE_SHIFT;
    return pages;
}

static s64 fixed_address(struct vm *vm, const struct vm_map *m, u64 size)
{
    if (m->addr & PAGE_MASK)
        return -EINVAL;
    if (m->addr > USER_END - size)
        return -ENOMEM;
    if (m->addr < VM_USER_START)
        return -EPERM;
    if (m->how & VM_MAP_NOREPLACE &&
        area_overlaps(vm, m->addr, m->addr + size))
        return -EEXIST;
    return m->addr;
}

/* At the hint, or in the highest gap. */
static s64 free_address(struct vm *vm, const struct vm_map *m, u64 size)
{
    vaddr_t hint = page_down(m->addr);

    if (hint >= VM_USER_START && hint <= USER_END - size &&
        !area_overlaps(vm, hint, hint + size))
        return hint;
    vaddr_t addr = area_find_gap(vm, size);
    return addr ? (s64)addr : -ENOMEM;
}

/* Where it is to be, within the limits.  An address or -errno. */
static s64 choose_address(struct vm *vm, const struct vm_map *m, u32 flags,
                          const struct vm_limits *l)
{
    u64 size = page_up(m->size), pages = size >> PAGE_SHIFT;
    s64 addr = 0;

    if (m->how & VM_MAP_FIXED) {
        addr = fixed_address(vm, m, size);
        if (addr < 0)
            return addr;
        pages -= pages_covered(vm, addr, addr + size);
    }
    int error = check_limits(vm, pages, flags, l);
    if (error)
        return error;
    return addr ? addr : free_address(vm, m, size);
}

/* Let an anonymous neighbour grow over [addr, addr + size) if it is alike. */
static bool extend_neighbour(struct vm *vm, const struct area *like)
{
    vaddr_t start = area_start(like), end = like->end;
    struct area *above = area_find_from(vm, start), *below;

    if (like->obj || like->file)
        return false;
    if (above && area_start(above) == end && !above->obj &&
        above->flags == like->flags && !above->file &&
        above->name == like->name) {
        area_resize(vm, above, start, above->end);
        area_merge(vm, above);
        return true;
    }
    below = above ? area_prev(above) : area_of(avl_last(&vm->areas));
    if (below && below->end == start && !below->obj &&
        below->flags == like->flags && !below->file &&
        below->name == like->name) {
        area_resize(vm, below, area_start(below), end);
        return true;
    }
    return false;
}

/* Put the area into an empty place.  -ENOMEM. */
static int place_area(struct vm *vm, const struct area *like)
{
    if (extend_neighbour(vm, like))
        return 0;
    if (vm->area_count >= VM_AREAS_MAX)
        return -ENOMEM;
    struct area *a = area_create(like, area_start(like), like->end);
    if (!a)
        return -ENOMEM;
    area_insert(vm, a);
    if (a->obj)
        area_merge(vm, a);
    return 0;
}

/* The same where something may be; that goes only when nothing can fail. */
static int replace_areas(struct vm *vm, const struct area *like,
                         struct list *dead)
{
    vaddr_t start = area_start(like), end = like->end;

    if (!area_overlaps(vm, start, end))
        return place_area(vm, like);
    if (vm->area_count >= VM_AREAS_MAX)
        return -ENOMEM;
    struct area *a = area_create(like, start, end);
    if (!a)
        return -ENOMEM;
    int error = unmap_locked(vm, start, end, dead);
    if (error) {
        area_destroy(a);
        return error;
    }
    area_insert(vm, a);
    area_merge(vm, a);
    return 0;
}

static s64 map_locked(struct vm *vm, const struct vm_map *m,
                      const struct vm_limits *l, struct list *dead)
{
    u32 stack = m->how & VM_MAP_GROWSDOWN ? VM_STACK : 0;
    u32 flags = m->flags | vm->default_flags | stack;
    s64 addr = choose_address(vm, m, flags, l);

    if (addr < 0)
        return addr;
    struct area like = {
        .node.key = addr, .end = addr + page_up(m->size), .vm = vm,
        .obj = m->obj, .flags = flags, .file = m->file, .offset = m->offset,
        .name = m->name,
    };
    int error = replace_areas(vm, &like, dead);
    return error ? error : addr;
}

s64 vm_map(struct vm *vm, const struct vm_map *m, const struct vm_limits *l)
{
    struct list dead = LIST_INIT(dead);

    if (!m->size || m->offset & PAGE_MASK)
        return -EINVAL;
    if (m->size > USER_END)
        return -ENOMEM;
    if (m->offset + page_up(m->size) < m->offset)
        return -EOVERFLOW;
    mutex_lock(&vm->lock);
    u32 lock = (m->flags | vm->default_flags) & (VM_LOCKED | VM_ON_FAULT);
    bool populate = m->how & VM_MAP_POPULATE || lock == VM_LOCKED;
    s64 addr = map_locked(vm, m, l, &dead);
    mutex_unlock(&vm->lock);
    areas_destroy(&dead);
    /* mmap(2): failure to populate is no failure to map. */
    if (addr >= 0 && populate)
        (void)vm_populate(vm, addr, addr + page_up(m->size));
    return addr;
}

/* --- brk --- */

static int grow_heap(struct vm *vm, vaddr_t from, vaddr_t to,
                     const struct vm_limits *l)
{
    struct area like = {
        .node.key = from, .end = to, .vm = vm, .name = "[heap]",
        .flags = VM_READ | VM_WRITE | VM_HEAP | vm->default_flags,
    };
    int error = check_limits(vm, (to - from) >> PAGE_SHIFT, like.flags, l);

    if (error)
        return error;
    /* A page stays free behind it, so that overruns are noticed. */
    if (area_overlaps(vm, from, to + PAGE_SIZE))
        return -ENOMEM;
    return place_area(vm, &like);
}

static int move_heap_end(struct vm *vm, vaddr_t addr, const struct vm_limits *l,
                         struct list *dead)
{
    vaddr_t old = page_up(vm->heap_end), new = page_up(addr);

    if (addr < vm->heap_start || addr > USER_END - PAGE_SIZE)
        return -EINVAL;
    if (l && addr - vm->heap_start > l->data)
        return -ENOMEM;
    if (new > old)
        return grow_heap(vm, old, new, l);
    return new < old ? unmap_locked(vm, new, old, dead) : 0;
}

vaddr_t vm_brk(struct vm *vm, vaddr_t addr, const struct vm_limits *l)
{
    struct list dead = LIST_INIT(dead);
    bool populate = false;

    mutex_lock(&vm->lock);
    vaddr_t old = vm->heap_end;
    if (addr != old && !move_heap_end(vm, addr, l, &dead)) {
        vm->heap_end = addr;
        populate = vm->default_flags == VM_LOCKED && addr > old;
    }
    vaddr_t end = vm->heap_end;
    mutex_unlock(&vm->lock);
    areas_destroy(&dead);
    if (populate)
        (void)vm_populate(vm, page_down(old), page_up(end));
    return end;
}
