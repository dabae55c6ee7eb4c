/* debug.c - failing allocations on demand. */
#include "mm/debug.h"

#include "kernel/hart.h"
#include "mm/alloc.h"

u32 mm_debug;

/* Written by the thread that tests; others only compare. */
static struct thread *fail_thread;
static unsigned fail_countdown;
static bool has_failed;

void alloc_fail_nth(unsigned n)
{
    fail_countdown = n;
    fail_thread = n ? current_thread() : NULL;
    if (n)
        __atomic_or_fetch(&mm_debug, MM_DEBUG_FAIL, __ATOMIC_RELEASE);
    else
        __atomic_and_fetch(&mm_debug, ~MM_DEBUG_FAIL, __ATOMIC_RELEASE);
}

bool alloc_must_fail(void)
{
    if (current_thread() != fail_thread || !fail_countdown)
        return false;
    has_failed = --fail_countdown == 0;
    return has_failed;
}

bool alloc_failed_on_purpose(void)
{
    bool failed = current_thread() == fail_thread && has_failed;

    if (failed)
        has_failed = false;
    return failed;
}
