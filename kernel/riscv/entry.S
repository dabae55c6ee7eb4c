/*
 * entry.S - from OpenSBI to C.
 *
 * The firmware enters _start on one hart with the MMU off, a0 = its hart id and
 * a1 = the device tree (physical).  Other harts come in at _start_hart, one by
 * one, when arch_hart_start() asks the firmware for them.
 */
#include "kernel/riscv/csr.h"
#include "kernel/riscv/layout.h"

#define SBI_PUTCHAR 1
#define BOOT_LEAF   0xcf            /* valid, readable, writable, executable, used */

    .section .text.start, "ax"
    .globl _start
_start:
    csrw sie, zero
    csrw sscratch, zero
    la t0, boot_claimed
    li t1, 1
    amoswap.w.aqrl t1, t1, (t0)
    bnez t1, late_arrival
    mv s1, a0
    mv s2, a1

    /* A sign of life before anything can go wrong. */
    li a7, SBI_PUTCHAR
    li a0, '\n'
    ecall

    /* Clear .bss; it still has its physical addresses. */
    la t0, bss_start
    la t1, image_end
1:  sd zero, 0(t0)
    sd zero, 8(t0)
    addi t0, t0, 16
    bltu t0, t1, 1b

    /* The table for booting: 4 GiB from 0x80000000 at their direct-map address,
     * in leaves of 1 GiB.  mmu.c replaces it before the first C code that
     * matters. */
    la t0, boot_leaves
    li t1, (0x80000 << 10) | BOOT_LEAF
    li t2, 0x40000 << 10
    li t3, 4
1:  sd t1, 0(t0)
    add t1, t1, t2
    addi t0, t0, 8
    addi t3, t3, -1
    bnez t3, 1b
    la t0, boot_table
    call enable_mmu

    la sp, boot_stack_top
    la tp, harts
    la t0, overflow_stacks
    li t1, OVERFLOW_STACK_SIZE
    add t0, t0, t1
    sd t0, HART_OVERFLOW(tp)
    sd sp, HART_KSTACK(tp)
    mv fp, zero                     /* s0: backtraces end here */
    mv a0, s1
    mv a1, s2
    call kmain
    j .

/*
 * OpenSBI 1.1 marks a hart as started before it has noted where: a hart that
 * looks just then comes here, as if it were to boot.  a0 tells which one it is.
 */
late_arrival:
    la t0, harts
    li t1, MAX_HARTS
1:  ld t2, HART_HARTID(t0)
    ld t3, HART_KSTACK(t0)
    bne t2, a0, 2f
    bnez t3, 3f
2:  li t2, HART_SIZE
    add t0, t0, t2
    addi t1, t1, -1
    bnez t1, 1b
4:  wfi
    j 4b
3:  li t1, DIRECT_BASE
    add a1, t0, t1

/*
 * A further hart: a1 = struct arch_hart (virtual address), which says where its
 * stack is.  The kernel's own table is complete by now.
 */
    .globl _start_hart
_start_hart:
    csrw sie, zero
    csrw sscratch, zero
    mv s1, a1
    la t0, kernel_table
    call enable_mmu
    mv tp, s1
    ld sp, HART_KSTACK(tp)
    mv fp, zero
    call hart_main
    j .

/*
 * Turn the MMU on with the root table t0 (physical) and return to the caller's
 * virtual address.  The instruction after the write of satp is not mapped at its
 * physical address: the fetch faults to stvec, which is where we want to be.
 */
enable_mmu:
    li t2, DIRECT_BASE
    add ra, ra, t2
    la t1, 1f
    add t1, t1, t2
    csrw stvec, t1
    srli t0, t0, 12
    li t1, SATP_SV39
    or t0, t0, t1
    sfence.vma
    csrw satp, t0
    .balign 4
1:  la t0, trap_entry
    csrw stvec, t0
    ret

    .data
    .balign 4
boot_claimed:
    .word 0

/*
 * The boot stack lies in the upper half of an aligned slot, as every kernel
 * stack does; the lower half holds the stacks on which overflows are reported.
 */
    .bss
    .balign KSTACK_SLOT
    .globl overflow_stacks
overflow_stacks:
    .zero KSTACK_SIZE
    .zero KSTACK_SIZE
boot_stack_top:

    .balign 4096
boot_table:
    .zero 258 * 8                   /* up to the direct map of 0x80000000 */
boot_leaves:
    .zero (512 - 258) * 8
