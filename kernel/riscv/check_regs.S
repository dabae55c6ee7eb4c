/*
 * check_regs.S - do registers keep their values? For the self-tests, which
 * cannot say in C what is in which register.  A register's value is the stack
 * pointer plus its own number times 16: no two threads have the same.
 */
    .text
    .macro SET regs:vararg
    .irp r, \regs
    addi x\r, sp, \r * 16
    .endr
    .endm

    /* Uses t0 (x5), and counts the wrong ones in t1 (x6). */
    .macro COMPARE regs:vararg
    .irp r, \regs
    addi t0, sp, \r * 16
    sub t0, t0, x\r
    snez t0, t0
    add t1, t1, t0
    .endr
    .endm

#define CALLEE 3, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27
#define CALLER 1, 7, 10, 11, 12, 13, 14, 15, 16, 17, 28, 29, 30, 31

    .macro FRAME op
    .set at, 0
    .irp r, 1, 3, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27
    \op x\r, at(sp)
    .set at, at + 8
    .endr
    .endm

/* u64 arch_check_preserved(u64 rounds, void (*fn)(void *), void *arg) */
    .globl arch_check_preserved
arch_check_preserved:
    addi sp, sp, -144
    FRAME sd
    sd a0, 112(sp)
    sd a1, 120(sp)
    sd a2, 128(sp)
    SET CALLEE
1:  ld a0, 128(sp)
    ld a1, 120(sp)
    jalr a1
    li t1, 0
    COMPARE CALLEE
    mv a0, t1
    bnez t1, 2f
    ld a1, 112(sp)
    addi a1, a1, -1
    sd a1, 112(sp)
    bnez a1, 1b
2:  FRAME ld
    addi sp, sp, 144
    ret

/* u64 arch_check_interrupted(u64 rounds) */
    .globl arch_check_interrupted
arch_check_interrupted:
    addi sp, sp, -112
    FRAME sd
    mv t0, a0
    SET CALLEE
    SET CALLER
    li t1, 0
1:  addi t0, t0, -1
    bnez t0, 1b
    COMPARE CALLEE
    COMPARE CALLER
    mv a0, t1
    FRAME ld
    addi sp, sp, 112
    ret
