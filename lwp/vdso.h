/*
 * vdso.h - the pages of kernel-made user code that every process has: the way
 * back from signal handlers, and clocks that need no system call (vdso(7)).
 */
#pragma once

#include "arch.h"

struct vm;

/* Where it is mapped: at the end of user memory, above the stack. */
#define VDSO_BASE (USER_END - 4 * PAGE_SIZE)

/*
 * Map it into the address space of a new program.  *header is for
 * AT_SYSINFO_EHDR: the address of its ELF header; 0 if it has none.  -ENOMEM.
 */
int vdso_map(struct vm *vm, vaddr_t *header);

/* What `ra` of a signal handler is: rt_sigreturn(2). */
vaddr_t vdso_sigreturn_address(void);

/* CLOCK_REALTIME was set: its readers in user mode are to know. */
void vdso_update(void);

/* Boot: make the pages.  -ENOMEM. */
int vdso_init(void);
