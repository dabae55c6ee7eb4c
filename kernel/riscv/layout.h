/*
 * layout.h - the kernel's virtual address map (Sv39, upper half), and the
 * offsets that assembly needs.  Included by C, assembly and linker.ld; the
 * offsets are asserted against the structs in trap.c.
 *
 *   0xffffffc000000000  direct map: virtual = physical + DIRECT_BASE (128 GiB);
 *                       the kernel image is linked here, so no page of RAM has
 *                       a second, writable name
 *   0xffffffe000000000  page array (struct page of every RAM page)
 *   0xfffffff000000000  kernel stacks, with unmapped guards between them
 */
#pragma once

#define DIRECT_BASE     0xffffffc000000000
#define DIRECT_SIZE     0x0000002000000000
#define PAGE_ARRAY_BASE 0xffffffe000000000
#define KSTACK_BASE     0xfffffff000000000
#define KSTACK_END      0xfffffff080000000
#define KERNEL_BASE     0xffffffc000000000

#define IMAGE_PHYS      0x80200000
#define USER_END        0x0000004000000000

/*
 * Kernel stacks: 32 KiB slots, upper half mapped.  A stack pointer in the
 * lower half has this bit clear: that is how the trap entry sees an overflow.
 */
#define KSTACK_SHIFT    14
#define KSTACK_SIZE     (1 << KSTACK_SHIFT)
#define KSTACK_SLOT     (2 * KSTACK_SIZE)

#define MAX_HARTS       8

/* One a hart, for reporting the overflow of a kernel stack. */
#define OVERFLOW_STACK_SIZE 2048

/* struct arch_hart */
#define HART_USER_SP    0
#define HART_KSTACK     8
#define HART_THREAD     16
#define HART_OVERFLOW   24
#define HART_SCRATCH    32
#define HART_USER_TICKS 40
#define HART_HARTID     48
#define HART_SIZE       248     /* struct hart; asserted in kernel/hart.c */

/* struct arch_thread, the first member of struct thread */
#define THREAD_SP       0
#define THREAD_FLAGS    8

/* What context_switch() pushes. */
#define SWITCH_FRAME_SIZE 32

/* struct trapframe */
#define FRAME_X(n)         ((n) * 8)
#define FRAME_PC           0
#define FRAME_STATUS       256
#define FRAME_CAUSE        264
#define FRAME_TVAL         272
#define FRAME_WHOLE        280
#define FRAME_ORIG_A0      288
#define FRAME_SIZE         304

/* The flags of a thread that make its way out to user mode the long one. */
#define TF_WORK_BITS    16

/*
 * System-call numbers: Linux's are below the first limit, Larch's own in a block
 * further up.  syscall_table has no place for those in between.
 */
#define SYSCALL_LINUX_LIMIT 512
#define SYSCALL_OWN         1024
#define SYSCALL_LIMIT       1088
#define SYSCALL_SLOTS       (SYSCALL_LINUX_LIMIT + SYSCALL_LIMIT - SYSCALL_OWN)
