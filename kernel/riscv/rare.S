/*
 * rare.S - calls that hardly ever happen, out of code that is run all the time.
 *
 * arch_rare_call: call t1 with argument t0, return address in t2, and preserve
 * all registers; see arch_call_rare() in arch.h.
 */
#define FRAME 128

.macro EACH op
    \op ra, 0(sp)
    \op t0, 8(sp)
    \op t1, 16(sp)
    \op t2, 24(sp)
    \op a0, 32(sp)
    \op a1, 40(sp)
    \op a2, 48(sp)
    \op a3, 56(sp)
    \op a4, 64(sp)
    \op a5, 72(sp)
    \op a6, 80(sp)
    \op a7, 88(sp)
    \op t3, 96(sp)
    \op t4, 104(sp)
    \op t5, 112(sp)
    \op t6, 120(sp)
.endm

    .text
    .globl arch_rare_call
arch_rare_call:
    addi sp, sp, -FRAME
    EACH sd
    mv a0, t0
    jalr t1
    EACH ld
    addi sp, sp, FRAME
    jr t2
