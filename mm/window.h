/*
 * window.h - a look at user memory without copying: for the few who would copy
 * piece by piece on a hot path, or must not sleep.
 */
#pragma once

#include "mm/vm.h"

/*
 * The kernel's address of n user bytes of the running thread, if they lie in
 * one page that is there and allows the access; else NULL, and mm/uaccess.h is
 * the way.  The page-table lock is held until user_window_close().
 */
void *user_window_open(uptr_t p, size_t n, enum vm_access access);

static inline void user_window_close(void)
{
    spin_unlock(&current_vm()->ptl);
}
