/* area.c - the set of areas of an address space. */
#include "mm/area.h"

#include "kernel/lib/assert.h"
#include "kernel/lib/errno.h"

static struct cache area_cache = CACHE("area", struct area);
static const struct file_doors *file_doors;

void vm_set_file_doors(const struct file_doors *doors)
{
    file_doors = doors;
}

/* --- one area --- */

struct area *area_create(const struct area *like, vaddr_t start, vaddr_t end)
{
    struct area *a = cache_alloc(&area_cache);

    if (!a)
        return NULL;
    *a = (struct area){
        .node.key = start, .end = end, .flags = like->flags, .vm = like->vm,
        .obj = like->obj, .file = like->file, .name = like->name,
        .offset = like->offset + (start - area_start(like)),
        .has_copies = like->has_copies,
    };
    list_init(&a->obj_node);
    if (a->obj)
        vmobj_get(a->obj);
    if (a->file)
        file_doors->get(a->file);
    return a;
}

void area_destroy(struct area *a)
{
    if (a->obj)
        vmobj_put(a->obj);
    if (a->file)
        file_doors->put(a->file);
    cache_free(&area_cache, a);
}

struct file *area_file_get(const struct area *a)
{
    if (a->file)
        file_doors->get(a->file);
    return a->file;
}

int area_file_sync(struct file *file)
{
    int error = file_doors->sync ? file_doors->sync(file) : 0;

    file_doors->put(file);
    return error;
}

/* --- the tree --- */

struct area *vm_find_area_locked(struct vm *vm, vaddr_t addr)
{
    struct area *a = vm->last_area;

    if (a && addr >= area_start(a) && addr < a->end)
        return a;
    a = area_of(avl_find_le(&vm->areas, addr));
    if (!a || addr >= a->end)
        return NULL;
    vm->last_area = a;
    return a;
}

struct area *area_find_from(struct vm *vm, vaddr_t addr)
{
    struct area *a = area_of(avl_find_le(&vm->areas, addr));

    if (a && a->end > addr)
        return a;
    return area_of(avl_find_ge(&vm->areas, addr));
}

bool area_overlaps(struct vm *vm, vaddr_t start, vaddr_t end)
{
    struct area *a = area_find_from(vm, start);

    return a && area_start(a) < end;
}

/* Add or take back what the area counts for. */
static void account(struct vm *vm, const struct area *a, bool add)
{
    u64 pages = add ? area_pages(a) : -area_pages(a);

    vm->total_pages += pages;
    if (area_is_data(a->flags))
        vm->data_pages += pages;
    if (a->flags & VM_LOCKED)
        vm->locked_pages += pages;
}

/* The lowest address that mappings below the area must leave alone. */
static vaddr_t floor_of(const struct area *a)
{
    vaddr_t start = area_start(a);

    if (!(a->flags & VM_STACK))
        return start;
    return start > VM_STACK_GUARD ? start - VM_STACK_GUARD : 0;
}

/* Room has appeared below `next`: let the next search begin above it. */
static void raise_hint(struct vm *vm, const struct area *next)
{
    vaddr_t top = next ? floor_of(next) : vm->mmap_top;

    if (top > vm->gap_hint && vm->gap_hint)
        vm->gap_hint = MIN(top, vm->mmap_top);
}

void area_insert(struct vm *vm, struct area *a)
{
    bool fresh = avl_insert(&vm->areas, &a->node);

    assert(fresh);
    a->vm = vm;
    vm->area_count++;
    account(vm, a, true);
    if (a->obj) {
        /* Behind a parent's: what fork copies while truncation is at it is
         * found in the child. */
        spin_lock(&a->obj->lock);
        list_add_tail(&a->obj->areas, &a->obj_node);
        spin_unlock(&a->obj->lock);
    }
}

void area_remove(struct vm *vm, struct area *a)
{
    if (a->obj) {
        spin_lock(&a->obj->lock);
        list_remove(&a->obj_node);
        spin_unlock(&a->obj->lock);
    }
    raise_hint(vm, area_next(a));
    if (vm->last_area == a)
        vm->last_area = NULL;
    account(vm, a, false);
    vm->area_count--;
    avl_remove(&vm->areas, &a->node);
}

void area_resize(struct vm *vm, struct area *a, vaddr_t start, vaddr_t end)
{
    if (end < a->end)
        raise_hint(vm, area_next(a));
    else if (start > area_start(a))
        raise_hint(vm, a);
    account(vm, a, false);
    /* Truncation reads the bounds with the object locked. */
    if (a->obj)
        spin_lock(&a->obj->lock);
    a->offset += start - area_start(a);
    a->node.key = start;
    a->end = end;
    if (a->obj)
        spin_unlock(&a->obj->lock);
    account(vm, a, true);
}

void area_set_flags(struct vm *vm, struct area *a, u32 flags)
{
    account(vm, a, false);
    a->flags = flags;
    account(vm, a, true);
}

/* --- split and merge --- */

int area_split(struct vm *vm, struct area *a, vaddr_t at)
{
    assert(at > area_start(a) && at < a->end);
    if (vm->area_count >= VM_AREAS_MAX)
        return -ENOMEM;
    struct area *upper = area_create(a, at, a->end);
    if (!upper)
        return -ENOMEM;
    /* In this order: truncation must find every page in an area. */
    area_insert(vm, upper);
    area_resize(vm, a, area_start(a), at);
    return 0;
}

/* Split the area that contains `at` there; *cut says whether there was one. */
static int split_at(struct vm *vm, vaddr_t at, bool *cut)
{
    struct area *a = area_find_from(vm, at);

    *cut = a && area_start(a) < at;
    return *cut ? area_split(vm, a, at) : 0;
}

int area_split_range(struct vm *vm, vaddr_t start, vaddr_t end)
{
    bool cut_start, cut_end;
    int error = split_at(vm, start, &cut_start);

    if (error)
        return error;
    error = split_at(vm, end, &cut_end);
    if (error && cut_start)
        area_merge(vm, area_find_from(vm, start));
    return error;
}

/* Is b the continuation of a? */
static bool continues(const struct area *a, const struct area *b)
{
    return a->end == area_start(b) && a->flags == b->flags &&
           a->obj == b->obj && a->file == b->file && a->name == b->name &&
           (!a->obj || a->offset + (a->end - area_start(a)) == b->offset);
}

/* Let a take over what b covers. */
static void absorb(struct vm *vm, struct area *a, struct area *b)
{
    vaddr_t end = b->end;

    a->has_copies |= b->has_copies;
    area_resize(vm, a, area_start(a), end);     /* see area_split() */
    area_remove(vm, b);
    area_destroy(b);
}

struct area *area_merge(struct vm *vm, struct area *a)
{
    struct area *next = area_next(a), *prev = area_prev(a);

    if (next && continues(a, next))
        absorb(vm, a, next);
    if (prev && continues(prev, a)) {
        absorb(vm, prev, a);
        a = prev;
    }
    return a;
}

/* --- gaps --- */

/* The highest gap of `size` bytes below top, or 0; *skipped is raised to the
 * largest gap that was too small. */
static vaddr_t search_down(struct vm *vm, u64 size, vaddr_t top, u64 *skipped)
{
    struct area *a = area_of(avl_find_le(&vm->areas, top - 1));

    for (;; a = area_prev(a)) {
        vaddr_t bottom = a ? a->end : VM_USER_START;

        if (top > bottom) {
            if (top - bottom >= size)
                return top - size;
            *skipped = MAX(*skipped, top - bottom);
        }
        if (!a)
            return 0;
        top = MIN(top, floor_of(a));
    }
}

vaddr_t area_find_gap(struct vm *vm, u64 size)
{
    bool resume = vm->gap_hint && size > vm->gap_skipped;
    u64 skipped = resume ? vm->gap_skipped : 0;
    vaddr_t top = resume ? vm->gap_hint : vm->mmap_top;
    vaddr_t addr = search_down(vm, size, top, &skipped);

    if (!addr && resume) {
        skipped = 0;
        addr = search_down(vm, size, vm->mmap_top, &skipped);
    }
    if (addr) {
        vm->gap_hint = addr;
        vm->gap_skipped = skipped;
        return addr;
    }
    return search_down(vm, size, USER_END, &skipped);
}

/* --- check --- */

struct area_sums {
    u64 total, data, locked;
    unsigned count;
};

static void check_area(struct vm *vm, const struct area *a,
                       struct area_sums *sums)
{
    const struct area *next = area_next(a);

    assert(a->vm == vm && area_start(a) < a->end && a->end <= USER_END);
    assert(!((area_start(a) | a->end | a->offset) & PAGE_MASK) || !a->obj);
    assert(!next || a->end <= area_start(next));
    assert(!(a->flags & VM_SHARED) || a->obj);
    if (next && next->end <= vm->mmap_top && a->end >= vm->gap_hint &&
        floor_of(next) > a->end)
        assert(floor_of(next) - a->end <= vm->gap_skipped || !vm->gap_hint);
    sums->count++;
    sums->total += area_pages(a);
    if ((a->flags & (VM_WRITE | VM_SHARED | VM_STACK)) == VM_WRITE)
        sums->data += area_pages(a);
    if (a->flags & VM_LOCKED)
        sums->locked += area_pages(a);
}

void area_check(struct vm *vm)
{
    struct area_sums sums = { 0 };

    assert(avl_check(&vm->areas) == vm->area_count);
    for (struct area *a = area_of(avl_first(&vm->areas)); a; a = area_next(a))
        check_area(vm, a, &sums);
    assert(sums.count == vm->area_count);
    assert(sums.total == vm->total_pages && sums.data == vm->data_pages);
    assert(sums.locked == vm->locked_pages);
}
