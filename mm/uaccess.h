/*
 * uaccess.h - reading and writing user memory.
 *
 * The kernel never dereferences a user address and never sets SUM.  Each copy
 * walks the page table of the running thread's address space and goes through
 * the direct map, holding the page-table lock meanwhile, so that the page
 * cannot go away; a page that is absent or not writable yet is faulted in
 * first.  All of these may sleep.  They return -EFAULT for any address that the
 * program itself could not access so (hole, kernel half, wrap-around).
 */
#pragma once

#include "kernel/lib/types.h"

struct vm;

/* A page of them, for those who copy. */
extern const u8 zeroes[PAGE_SIZE];

/* 0 or -EFAULT; on -EFAULT a first part may have been copied. */
int must_check copy_from_user(void *dst, uptr_t src, size_t n);
int must_check copy_to_user(uptr_t dst, const void *src, size_t n);
int must_check clear_user(uptr_t dst, size_t n);

/* How much could be copied: n, or less if a fault stopped it. */
size_t copy_from_user_partial(void *dst, uptr_t src, size_t n);
size_t copy_to_user_partial(uptr_t dst, const void *src, size_t n);

/*
 * Fault in what a copy_to_user() of up to a page's size is about to write, so
 * that it will fail only if the memory goes away meanwhile.  0 or -EFAULT.
 */
int must_check user_probe_write(uptr_t dst, size_t n);

/*
 * A structure that grows with the versions of its system call, whose `theirs`
 * bytes the program knows and the kernel `ours`: what is left of `to` stays as
 * it is.  -EFAULT; -E2BIG if the program says something beyond ours.
 */
int must_check copy_from_user_versioned(void *to, size_t ours, uptr_t from,
                                        size_t theirs);
size_t clear_user_partial(uptr_t dst, size_t n);

/*
 * Copy a string with its NUL into dst.  The length without NUL; -ENAMETOOLONG
 * if there is no NUL within size bytes; -EFAULT.
 */
ssize_t must_check strncpy_from_user(char *dst, ustr_t src, size_t size);

/* strlen of a user string; -E2BIG if longer than max. */
ssize_t strnlen_user(ustr_t s, size_t max);

/* Single aligned words; -EFAULT.  Misaligned is -EINVAL. */
int must_check user_load_u32(uptr_t p, u32 *value);
int must_check user_store_u32(uptr_t p, u32 value);
int must_check user_load_u64(uptr_t p, u64 *value);
int must_check user_store_u64(uptr_t p, u64 value);

/* Atomically: if *p == *expected, *p = desired (0), else *expected = *p
 * (-EAGAIN). */
int must_check user_cmpxchg_u32(uptr_t p, u32 *expected, u32 desired);

static inline uptr_t uptr_add(uptr_t p, size_t n)
{
    return (uptr_t)((u64)p + n);
}

#define uptr(address) ((uptr_t)(u64)(address))

/* The same on any address space, with its pages' protection (exec's new
 * stack, core files).  Bytes copied or -EFAULT if none. */
ssize_t vm_read(struct vm *vm, vaddr_t src, void *dst, size_t n);
ssize_t vm_write(struct vm *vm, vaddr_t dst, const void *src, size_t n);

/*
 * The same as a debugger, whatever the protection of the pages: a store to
 * private memory that may not be written is made to a private copy.  0, or
 * -EFAULT: nothing is mapped there, it is a device, or shared and read-only; a
 * first part may have been copied.  May sleep.  ptrace(2), PTRACE_POKETEXT.
 */
int vm_peek(struct vm *vm, vaddr_t src, void *dst, size_t n);
int vm_poke(struct vm *vm, vaddr_t dst, const void *src, size_t n);
