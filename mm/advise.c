/* advise.c - madvise, msync, mincore. */
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "mm/map.h"
#include "mm/pte.h"
#include "mm/range.h"

/* MADV_* of madvise(2). */
enum advice {
    ADVICE_NORMAL, ADVICE_RANDOM, ADVICE_SEQUENTIAL, ADVICE_WILLNEED,
    ADVICE_DONTNEED,
    ADVICE_FREE = 8, ADVICE_REMOVE, ADVICE_DONTFORK, ADVICE_DOFORK,
    ADVICE_DONTDUMP = 16, ADVICE_DODUMP, ADVICE_WIPEONFORK, ADVICE_KEEPONFORK,
    ADVICE_COLD, ADVICE_PAGEOUT, ADVICE_POPULATE_READ, ADVICE_POPULATE_WRITE,
};

/* What an advice does to one area. */
struct advice_kind {
    bool known;
    /* The part of the area given by w. */
    int (*act)(struct vm *vm, struct area *a, struct range_walk *w);
    u32 set, clear;             /* flags, if there is no function */
};

/* --- what the advices do --- */

static bool is_device(const struct area *a)
{
    return a->obj && a->obj->ops->device_pfn;
}

/* The contents go: zeroes or the file's data come back when touched. */
static int drop_pages(struct vm *vm, struct area *a, struct range_walk *w)
{
    if (a->flags & VM_LOCKED || is_device(a))
        return -EINVAL;
    pte_unmap(vm, w->start, w->end);
    return 0;
}

/* MADV_FREE allows to free the pages at once, and so it is done. */
static int free_pages(struct vm *vm, struct area *a, struct range_walk *w)
{
    return a->obj ? -EINVAL : drop_pages(vm, a, w);
}

static int punch_hole(unused_arg struct vm *vm, struct area *a,
                      struct range_walk *w)
{
    if (a->flags & VM_LOCKED || !a->obj || is_device(a))
        return -EINVAL;
    if ((a->flags & (VM_SHARED | VM_WRITE)) != (VM_SHARED | VM_WRITE))
        return -EACCES;
    /* What has its pages from elsewhere would bring them back. */
    if (a->obj->ops->read_page || a->obj->ops->own_page)
        return -EOPNOTSUPP;
    u64 first = area_index(a, w->start);
    vmobj_drop_pages(a->obj, first,
                     first + ((w->end - w->start) >> PAGE_SHIFT));
    return 0;
}

static int wipe_on_fork(struct vm *vm, struct area *a, struct range_walk *w)
{
    if (a->obj)
        return -EINVAL;
    int error = range_set_flags(vm, &a, w, a->flags | VM_WIPE_FORK);
    if (!error)
        area_merge(vm, a);
    return error;
}

static int refuse_locked(unused_arg struct vm *vm, struct area *a,
                         unused_arg struct range_walk *w)
{
    return a->flags & VM_LOCKED ? -EINVAL : 0;
}

static int require_read(unused_arg struct vm *vm, struct area *a,
                        unused_arg struct range_walk *w)
{
    return a->flags & VM_PROT ? 0 : -EINVAL;
}

static int require_write(unused_arg struct vm *vm, struct area *a,
                         unused_arg struct range_walk *w)
{
    return a->flags & VM_WRITE ? 0 : -EINVAL;
}

/* An advice about what will be touched when changes nothing here: there is no
 * swap, and files are read a page at a time. */
static const struct advice_kind advices[] = {
    [ADVICE_NORMAL] = { .known = true },
    [ADVICE_RANDOM] = { .known = true },
    [ADVICE_SEQUENTIAL] = { .known = true },
    [ADVICE_WILLNEED] = { .known = true },
    [ADVICE_DONTNEED] = { .known = true, .act = drop_pages },
    [ADVICE_FREE] = { .known = true, .act = free_pages },
    [ADVICE_REMOVE] = { .known = true, .act = punch_hole },
    [ADVICE_DONTFORK] = { .known = true, .set = VM_NO_FORK },
    [ADVICE_DOFORK] = { .known = true, .clear = VM_NO_FORK },
    [ADVICE_DONTDUMP] = { .known = true, .set = VM_NO_DUMP },
    [ADVICE_DODUMP] = { .known = true, .clear = VM_NO_DUMP },
    [ADVICE_WIPEONFORK] = { .known = true, .act = wipe_on_fork },
    [ADVICE_KEEPONFORK] = { .known = true, .clear = VM_WIPE_FORK },
    [ADVICE_COLD] = { .known = true, .act = refuse_locked },
    [ADVICE_PAGEOUT] = { .known = true, .act = refuse_locked },
    [ADVICE_POPULATE_READ] = { .known = true, .act = require_read },
    [ADVICE_POPULATE_WRITE] = { .known = true, .act = require_write },
};

static int advise_area(struct vm *vm, struct area *a, struct range_walk *w,
                       const struct advice_kind *kind)
{
    if (kind->act)
        return kind->act(vm, a, w);
    int error = range_set_flags(vm, &a, w, (a->flags | kind->set) & ~kind->clear);
    if (!error)
        area_merge(vm, a);
    return error;
}

int vm_advise(struct vm *vm, vaddr_t start, u64 size, int advice)
{
    struct area *a;
    int error = 0;

    if (advice < 0 || (size_t)advice >= ARRAY_SIZE(advices) ||
        !advices[advice].known)
        return -EINVAL;
    if (start & PAGE_MASK || page_up(size) < size ||
        start + page_up(size) < start)
        return -EINVAL;
    if (!size)
        return 0;
    if (!range_in_user_space(start, size))
        return -ENOMEM;
    struct range_walk w = RANGE_WALK(start, size);
    mutex_lock(&vm->lock);
    while (!error && (a = range_next(vm, &w)) != NULL)
        error = advise_area(vm, a, &w, &advices[advice]);
    mutex_unlock(&vm->lock);
    if (error || w.holes)
        return error ? error : -ENOMEM;
    if (advice == ADVICE_POPULATE_READ || advice == ADVICE_POPULATE_WRITE)
        return vm_populate(vm, start, w.stop);
    return 0;
}

/* --- msync(2) --- */

#define MS_ASYNC        1
#define MS_INVALIDATE   2
#define MS_SYNC         4

/* The next shared file of the walk, with a reference; NULL at the end, with
 * *error if there was one. */
static struct file *next_file(struct vm *vm, struct range_walk *w,
                              unsigned flags, int *error)
{
    struct file *file = NULL;
    struct area *a;

    mutex_lock(&vm->lock);
    while (!file && (a = range_next(vm, w)) != NULL) {
        if (flags & MS_INVALIDATE && a->flags & VM_LOCKED) {
            *error = -EBUSY;
            break;
        }
        if (flags & MS_SYNC && a->flags & VM_SHARED)
            file = area_file_get(a);
    }
    mutex_unlock(&vm->lock);
    return file;
}

int vm_sync(struct vm *vm, vaddr_t start, u64 size, unsigned flags)
{
    struct range_walk w = RANGE_WALK(start, size);
    struct file *file;
    int error = 0;

    if (flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC) || start & PAGE_MASK ||
        (flags & MS_ASYNC && flags & MS_SYNC))
        return -EINVAL;
    if (!size)
        return 0;
    if (page_up(size) < size || !range_in_user_space(start, size))
        return -ENOMEM;
    while (!error && (file = next_file(vm, &w, flags, &error)) != NULL)
        error = area_file_sync(file);
    return error ? error : w.holes ? -ENOMEM : 0;
}

/* --- mincore(2) --- */

static bool object_holds(struct vmobj *o, u64 index)
{
    spin_lock(&o->lock);
    bool there = page_map_find(&o->pages, index) != NULL;
    spin_unlock(&o->lock);
    return there;
}

static void mincore_area(struct vm *vm, struct area *a, vaddr_t va,
                         vaddr_t end, u8 *vec)
{
    for (; va < end; va += PAGE_SIZE) {
        pte_t *pte = pgtable_find(vm->space.root, va);
        bool there = pte && READ_ONCE(*pte);

        if (!there && a->obj)
            there = object_holds(a->obj, area_index(a, va));
        *vec++ = there;
    }
}

int vm_mincore(struct vm *vm, vaddr_t start, u64 size, u8 *vec)
{
    struct range_walk w = RANGE_WALK(start, size);
    struct area *a;

    if (start & PAGE_MASK)
        return -EINVAL;
    if (page_up(size) < size || !range_in_user_space(start, size))
        return -ENOMEM;
    mutex_lock(&vm->lock);
    while ((a = range_next(vm, &w)) != NULL && !w.holes)
        mincore_area(vm, a, w.start, w.end,
                     vec + ((w.start - start) >> PAGE_SHIFT));
    mutex_unlock(&vm->lock);
    return w.holes ? -ENOMEM : 0;
}
