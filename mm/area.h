/*
 * area.h - the areas of one address space as a sorted set of disjoint ranges.
 * Nothing here looks at page tables.  vm->lock is held for all of it, but for
 * area_create() and area_destroy().
 */
#pragma once

#include "mm/vm.h"

static inline struct area *area_of(struct avl_node *node)
{
    return node ? avl_entry(node, struct area, node) : NULL;
}

static inline struct area *area_next(const struct area *a)
{
    return area_of(avl_next(&a->node));
}

static inline struct area *area_prev(const struct area *a)
{
    return area_of(avl_prev(&a->node));
}

static inline u64 area_pages(const struct area *a)
{
    return (a->end - area_start(a)) >> PAGE_SHIFT;
}

/* The page of the object at an address inside the area. */
static inline u64 area_index(const struct area *a, vaddr_t addr)
{
    return (a->offset + (addr - area_start(a))) >> PAGE_SHIFT;
}

/* The first area that ends behind addr, so contains it or is the next one. */
struct area *area_find_from(struct vm *vm, vaddr_t addr);

/* Does any area touch [start, end)? */
bool area_overlaps(struct vm *vm, vaddr_t start, vaddr_t end);

/* Does it count for RLIMIT_DATA: private, and can be written? */
static inline bool area_is_data(u32 flags)
{
    return (flags & (VM_WRITE | VM_SHARED | VM_STACK)) == VM_WRITE;
}

/* A copy of `like` for [start, end) of it, in no tree, with references on obj
 * and file.  NULL: out of memory. */
struct area *area_create(const struct area *like, vaddr_t start, vaddr_t end);

/* Drop the references and free; the area is in no tree.  May sleep. */
void area_destroy(struct area *a);

/* The area's file with a reference, or NULL; write it out and drop that
 * reference (may sleep). */
struct file *area_file_get(const struct area *a);
int area_file_sync(struct file *file);

/* Into / out of the tree and the object's list; the counts of vm follow. */
void area_insert(struct vm *vm, struct area *a);
void area_remove(struct vm *vm, struct area *a);

/* Move the bounds of an area in the tree; the order stays as it is. */
void area_resize(struct vm *vm, struct area *a, vaddr_t start, vaddr_t end);

/* Change the flags; the counts of vm follow. */
void area_set_flags(struct vm *vm, struct area *a, u32 flags);

/* Cut an area in two; `a` keeps the lower part.  -ENOMEM. */
int area_split(struct vm *vm, struct area *a, vaddr_t at);

/* Split at both ends, so that areas lie either in [start, end) or outside;
 * -ENOMEM leaves whole what was. */
int area_split_range(struct vm *vm, vaddr_t start, vaddr_t end);

/* Join with the neighbours that continue it; what it is part of now. */
struct area *area_merge(struct vm *vm, struct area *a);

/*
 * The highest gap of `size` bytes below vm->mmap_top, else the highest of all;
 * its start, page-aligned, or 0.  Constant time as long as gaps are used up
 * from the top: the search goes on where the last one ended.
 */
vaddr_t area_find_gap(struct vm *vm, u64 size);

/* Assert the order, the counts and the hint. */
void area_check(struct vm *vm);
