/*
 * debug.h - switches that make the allocators stricter and slower.  All of
 * them together are one word, so that the usual case costs one test.
 */
#pragma once

#include "kernel/lib/types.h"

enum mm_debug_flags {
    /* Boot argument debug=slab: fill unused objects with a pattern, find
     * writes to them, double and misplaced frees. */
    MM_DEBUG_SLAB = 1,
    /* alloc_fail_nth() is counting. */
    MM_DEBUG_FAIL = 2,
};

extern u32 mm_debug;

/* Is this the allocation that alloc_fail_nth() wants to fail? */
bool alloc_must_fail(void);

/* Has an allocation of the running thread failed so, since this was last
 * asked?  Then memory is not short. */
bool alloc_failed_on_purpose(void);

static inline bool alloc_fails(void)
{
    return unlikely(mm_debug & MM_DEBUG_FAIL) && alloc_must_fail();
}
