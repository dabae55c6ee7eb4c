/* map.h - mapping and unmapping with vm->lock held, for the files of mm/. */
#pragma once

#include "mm/area.h"

/*
 * Unmap [start, end), page-aligned.  The areas go onto `dead`, for
 * areas_destroy() once the lock is released.  -ENOMEM: nothing has changed.
 */
int unmap_locked(struct vm *vm, vaddr_t start, vaddr_t end, struct list *dead);

/* The same for one area as it stands, which cannot fail. */
void unmap_area_locked(struct vm *vm, struct area *a, struct list *dead);

/* Destroy areas that are in no tree, chained by obj_node.  May sleep. */
void areas_destroy(struct list *dead);

/* May the areas grow by so many pages, which have these VM_* flags?  0,
 * -ENOMEM, -EAGAIN (locked memory). */
int check_limits(const struct vm *vm, u64 pages, u32 flags,
                 const struct vm_limits *l);

/* Is [start, start + size) page-aligned, not empty, and in user space? */
static inline bool user_range_valid(vaddr_t start, u64 size)
{
    return !(start & PAGE_MASK) && size && size <= USER_END &&
           start <= USER_END - size;
}
