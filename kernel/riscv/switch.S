/*
 * switch.S - from one thread to another, and the floating-point registers.
 */
#include "kernel/riscv/layout.h"

    .text
/*
 * context_switch(from, to): change stacks.  The caller (arch_switch(), inline)
 * tells the compiler that all registers are lost, so that it saves those that it
 * needs; what it cannot be told of is saved here: the return address, the frame
 * pointer, and the user's gp, which nothing else saves on the short way through a
 * system call.
 */
    .globl context_switch
context_switch:
    addi sp, sp, -SWITCH_FRAME_SIZE
    sd ra, 0(sp)
    sd s0, 8(sp)
    sd gp, 16(sp)
    sd sp, THREAD_SP(a0)
    ld sp, THREAD_SP(a1)
    beqz sp, 1f
    sd zero, THREAD_SP(a1)          /* it runs: its context is nowhere now */
    ld ra, 0(sp)
    ld s0, 8(sp)
    ld gp, 16(sp)
    addi sp, sp, SWITCH_FRAME_SIZE
    ret
1:  ld sp, THREAD_SP(a0)
    call switched_to_running

/* Where a new thread's first switch returns to: behind the frame lie the
 * function and its argument. */
    .globl thread_trampoline
thread_trampoline:
    ld a0, 0(sp)
    ld a1, 8(sp)
    call arch_thread_begin

    .option push
    .option arch, +f, +d
/* fpu_store(state), fpu_load(state): sstatus.FS is not off. */
    .globl fpu_store
fpu_store:
    .set i, 0
    .irp r, f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, \
            f15, f16, f17, f18, f19, f20, f21, f22, f23, f24, f25, f26, f27, \
            f28, f29, f30, f31
    fsd \r, (i * 8)(a0)
    .set i, i + 1
    .endr
    frcsr t0
    sd t0, 256(a0)
    ret

    .globl fpu_load
fpu_load:
    .set i, 0
    .irp r, f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, \
            f15, f16, f17, f18, f19, f20, f21, f22, f23, f24, f25, f26, f27, \
            f28, f29, f30, f31
    fld \r, (i * 8)(a0)
    .set i, i + 1
    .endr
    ld t0, 256(a0)
    fscsr t0
    ret
    .option pop
