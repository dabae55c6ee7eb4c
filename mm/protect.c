/* protect.c - mprotect, mlock and their like: new flags for ranges of areas. */
#include "kernel/lib/errno.h"
#include "mm/map.h"
#include "mm/pte.h"
#include "mm/range.h"

int range_set_flags(struct vm *vm, struct area **a, struct range_walk *w,
                    u32 flags)
{
    int error = 0;

    if ((*a)->flags == flags)
        return 0;
    error = area_split_range(vm, w->start, w->end);
    if (error)
        return error;
    *a = vm_find_area_locked(vm, w->start);
    area_set_flags(vm, *a, flags);
    return 0;
}

struct area *range_next(struct vm *vm, struct range_walk *w)
{
    if (w->end >= w->stop)
        return NULL;
    struct area *a = area_find_from(vm, w->end);
    if (!a || area_start(a) >= w->stop) {
        w->holes = true;
        return NULL;
    }
    w->holes |= area_start(a) > w->end;
    w->start = MAX(w->end, area_start(a));
    w->end = MIN(w->stop, a->end);
    return a;
}

/* --- mprotect(2) --- */

struct protection {
    u32 prot;
    const struct vm_limits *limits;     /* NULL: none */
    bool fence;                         /* entries have changed */
    bool code;                          /* data has become code */
};

/* RLIMIT_DATA counts what can be written and is nobody else's: so it counts
 * what becomes so. */
static bool is_too_much_data(const struct vm *vm, const struct area *a,
                             const struct range_walk *w,
                             const struct protection *p)
{
    u32 flags = (a->flags & ~VM_PROT) | p->prot;
    u64 pages = (w->end - w->start) >> PAGE_SHIFT;

    return p->limits && area_is_data(flags) && !area_is_data(a->flags) &&
           vm->data_pages + pages > p->limits->data >> PAGE_SHIFT;
}

static int protect_area(struct vm *vm, struct area *a, struct range_walk *w,
                        struct protection *p)
{
    u32 flags = (a->flags & ~VM_PROT) | p->prot;
    bool forbidden = p->prot & VM_WRITE && a->flags & VM_SHARED &&
                     !(a->flags & VM_MAY_WRITE);

    if (forbidden)
        return -EACCES;
    if (flags == a->flags)
        return 0;
    if (is_too_much_data(vm, a, w, p))
        return -ENOMEM;
    int error = range_set_flags(vm, &a, w, flags);
    if (error)
        return error;
    p->fence |= pte_protect(vm, a);
    p->code |= p->prot & VM_EXEC;
    area_merge(vm, a);
    return 0;
}

int vm_protect(struct vm *vm, vaddr_t start, size_t size, u32 prot,
               const struct vm_limits *l)
{
    struct protection p = { .prot = prot, .limits = l };
    struct area *a;
    int error = 0;

    if (start & PAGE_MASK || prot & ~VM_PROT)
        return -EINVAL;
    if (!size)
        return 0;
    struct range_walk w = RANGE_WALK(start, size);
    if (!range_in_user_space(start, size))
        return -ENOMEM;
    mutex_lock(&vm->lock);
    /* Up to the first hole, as Linux has it. */
    while (!error && (a = range_next(vm, &w)) != NULL && !w.holes)
        error = protect_area(vm, a, &w, &p);
    if (p.fence)
        arch_tlb_flush(&vm->space, start, w.stop);
    if (p.code)
        arch_icache_flush(&vm->space);
    mutex_unlock(&vm->lock);
    return error ? error : w.holes ? -ENOMEM : 0;
}

/* --- mlock(2) --- */

#define LOCK_FLAGS (VM_LOCKED | VM_ON_FAULT)

static u32 lock_flags(enum vm_lock_how how)
{
    return how == VM_UNLOCK ? 0 : how == VM_LOCK ? VM_LOCKED : LOCK_FLAGS;
}

/* Pages of the range that are not locked yet. */
static u64 pages_to_lock(struct vm *vm, vaddr_t start, u64 size)
{
    struct range_walk w = RANGE_WALK(start, size);
    u64 pages = 0;
    struct area *a;

    while ((a = range_next(vm, &w)) != NULL)
        if (!(a->flags & VM_LOCKED))
            pages += (w.end - w.start) >> PAGE_SHIFT;
    return pages;
}

static int lock_areas(struct vm *vm, vaddr_t start, u64 size, u32 lock)
{
    struct range_walk w = RANGE_WALK(start, size);
    struct area *a;
    int error = 0;

    while (!error && (a = range_next(vm, &w)) != NULL && !w.holes) {
        error = range_set_flags(vm, &a, &w, (a->flags & ~LOCK_FLAGS) | lock);
        if (!error)
            area_merge(vm, a);
    }
    return error ? error : w.holes ? -ENOMEM : 0;
}

/* Bring the pages in; the errors are those that POSIX has for mlock(). */
static int populate_locked(struct vm *vm, vaddr_t start, vaddr_t end)
{
    int error = vm_populate(vm, start, end);

    return error == -ENOMEM ? -EAGAIN : error == -EFAULT ? -ENOMEM : error;
}

int vm_lock_range(struct vm *vm, vaddr_t start, u64 size,
                  enum vm_lock_how how, const struct vm_limits *l)
{
    int error = -ENOMEM;

    size += start & PAGE_MASK;
    start = page_down(start);
    if (page_up(size) < size || start + page_up(size) < start)
        return -EINVAL;
    size = page_up(size);
    if (how != VM_UNLOCK && !l->memlock)
        return -EPERM;
    if (!size)
        return 0;
    if (!range_in_user_space(start, size))
        return -ENOMEM;
    mutex_lock(&vm->lock);
    if (how == VM_UNLOCK ||
        vm->locked_pages + pages_to_lock(vm, start, size) <=
        l->memlock >> PAGE_SHIFT)
        error = lock_areas(vm, start, size, lock_flags(how));
    mutex_unlock(&vm->lock);
    if (!error && how == VM_LOCK)
        error = populate_locked(vm, start, start + size);
    return error;
}

int vm_lock_all(struct vm *vm, unsigned mcl_flags, const struct vm_limits *l)
{
    u32 on = VM_LOCKED | (mcl_flags & MCL_ONFAULT ? VM_ON_FAULT : 0);
    bool current = mcl_flags & MCL_CURRENT;
    struct area *a;

    if (mcl_flags && !l->memlock)
        return -EPERM;
    mutex_lock(&vm->lock);
    if (current && vm->total_pages > l->memlock >> PAGE_SHIFT) {
        mutex_unlock(&vm->lock);
        return -ENOMEM;
    }
    vm->default_flags = mcl_flags & MCL_FUTURE ? on : 0;
    if (current || !mcl_flags) {
        u32 lock = current ? on : 0;
        for (a = area_of(avl_first(&vm->areas)); a; a = area_next(a)) {
            area_set_flags(vm, a, (a->flags & ~LOCK_FLAGS) | lock);
            a = area_merge(vm, a);
        }
    }
    mutex_unlock(&vm->lock);
    /* What cannot be had now is had when it is touched: mlockall(2). */
    if (current && on == VM_LOCKED)
        (void)vm_populate(vm, VM_USER_START, USER_END);
    return 0;
}
