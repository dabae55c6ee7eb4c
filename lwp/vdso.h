/*
 * vdso.h - the pages of kernel-made user code that every process has: the way
 * back from signal handlers, and clocks that need no system call (vdso(7)).
 */
#pragma once

#include "arch.h"

struct vm;

/* Where it is mapped: data page(s) first, then code.  The stack lies below. */
#define VDSO_BASE (USER_END - 0x10000)

/* Map it into the address space of a new program, before anything else is
 * there.  -ENOMEM. */
int vdso_map(struct vm *vm);

/* AT_SYSINFO_EHDR: the address of its ELF header; 0 if it has none. */
vaddr_t vdso_elf_address(void);

/* What `ra` of a signal handler is: rt_sigreturn(2). */
vaddr_t vdso_sigreturn_address(void);

/* Boot: make the pages.  -ENOMEM. */
int vdso_init(void);
