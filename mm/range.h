/*
 * range.h - walking the areas of a range of addresses, for the calls that
 * change or ask about them (mprotect, madvise, mlock, msync, mincore).
 */
#pragma once

#include "mm/area.h"

struct range_walk {
    vaddr_t start, end;             /* the part of the current area inside */
    vaddr_t stop;                   /* where the range ends */
    bool holes;                     /* no area covers some part so far */
};

#define RANGE_WALK(from, size) { .end = (from), \
                                 .stop = (from) + page_up(size) }

/* The next area that meets the range; NULL at its end.  vm->lock held. */
struct area *range_next(struct vm *vm, struct range_walk *w);

/*
 * Give the current part of the walk these flags, splitting the area if need
 * be; *a is that part afterwards.  -ENOMEM.
 */
int range_set_flags(struct vm *vm, struct area **a, struct range_walk *w,
                    u32 flags);

/* May there be areas in all of [start, start + size)? */
static inline bool range_in_user_space(vaddr_t start, u64 size)
{
    return size <= USER_END && start <= USER_END - page_up(size);
}
