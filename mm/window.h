/*
 * window.h - a look at user memory without copying: for the few who would copy
 * piece by piece on a hot path, or must not sleep.
 */
#pragma once

#include "mm/user_byte.h"

/*
 * The kernel's address of n user bytes of the running thread, if they lie in
 * one page that is there and allows the access; else NULL, and mm/uaccess.h is
 * the way.  The page-table lock is held until user_window_close().  Inline: it
 * is most of what the shortest system calls do.
 */
static always_inline void *user_window_open(uptr_t p, size_t n,
                                            enum vm_access access)
{
    vaddr_t addr = (u64)p;

    if (unlikely(addr >= USER_END || n > PAGE_SIZE - (addr & PAGE_MASK)))
        return NULL;
    return user_try_lock(current_vm(), addr, access);
}

/* With a window open: would n bytes at p open as well? */
static always_inline bool user_window_would_open(uptr_t p, size_t n,
                                                 enum vm_access access)
{
    vaddr_t addr = (u64)p;

    return addr < USER_END && n <= PAGE_SIZE - (addr & PAGE_MASK) &&
           user_reachable(user_pte(current_vm(), addr), access);
}

/*
 * The same without a window, for those who want to know early: most times right
 * if it is true.  No lock: the tables of an address space that has one user do
 * not go away, and whoever looks at it meanwhile can but change what walk_table
 * is.
 */
static always_inline bool user_window_probably(uptr_t p, size_t n,
                                               enum vm_access access)
{
    const struct vm *vm = current_vm();
    vaddr_t addr = (u64)p;

    return READ_ONCE(vm->refs) == 1 && addr < USER_END &&
           n <= PAGE_SIZE - (addr & PAGE_MASK) &&
           addr >> LARGE_SHIFT == READ_ONCE(vm->walk_region) &&
           user_reachable(READ_ONCE(vm->walk_table[pgtable_index(addr, 0)]),
                          access);
}

/* vm: the running thread's. */
static inline void user_window_close(struct vm *vm)
{
    spin_unlock(&vm->ptl);
}

/* The same for n bytes in whole words: NULL also if they are not aligned. */
static always_inline u64 *user_window_words(uptr_t p, size_t n,
                                            enum vm_access access)
{
    return (u64)p & 7 ? NULL : user_window_open(p, n, access);
}
