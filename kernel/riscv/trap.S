/*
 * trap.S - into the kernel and out of it.
 *
 * In user mode sscratch holds the hart (struct arch_hart); in the kernel it is
 * 0, so one swap and one branch tell a trap from user mode from a nested one.
 * In the kernel tp holds the hart; a thread that is interrupted in the kernel
 * may continue on another hart, so tp is never restored on the way back there.
 */
#include "kernel/riscv/csr.h"
#include "kernel/riscv/layout.h"
#include "kernel/riscv/callee_regs.inc"

/* Registers that C functions may change ... */
.macro SAVE_CALLER_REGS
    sd ra, FRAME_X(1)(sp)
    sd t0, FRAME_X(5)(sp)
    sd t1, FRAME_X(6)(sp)
    sd t2, FRAME_X(7)(sp)
    sd a0, FRAME_X(10)(sp)
    sd a1, FRAME_X(11)(sp)
    sd a2, FRAME_X(12)(sp)
    sd a3, FRAME_X(13)(sp)
    sd a4, FRAME_X(14)(sp)
    sd a5, FRAME_X(15)(sp)
    sd a6, FRAME_X(16)(sp)
    sd a7, FRAME_X(17)(sp)
    sd t3, FRAME_X(28)(sp)
    sd t4, FRAME_X(29)(sp)
    sd t5, FRAME_X(30)(sp)
    sd t6, FRAME_X(31)(sp)
.endm

/* ... all of them but t0, a0, which the ends of the two ways out differ on. */
.macro LOAD_CALLER_REGS
    ld ra, FRAME_X(1)(sp)
    ld t1, FRAME_X(6)(sp)
    ld t2, FRAME_X(7)(sp)
    ld a1, FRAME_X(11)(sp)
    ld a2, FRAME_X(12)(sp)
    ld a3, FRAME_X(13)(sp)
    ld a4, FRAME_X(14)(sp)
    ld a5, FRAME_X(15)(sp)
    ld a6, FRAME_X(16)(sp)
    ld a7, FRAME_X(17)(sp)
    ld t3, FRAME_X(28)(sp)
    ld t4, FRAME_X(29)(sp)
    ld t5, FRAME_X(30)(sp)
    ld t6, FRAME_X(31)(sp)
.endm

/* Count the user-mode stretch that ends, or begins, here. */
.macro ACCOUNT_ENTRY
    rdtime t0
    ld t1, HART_USER_TICKS(tp)
    add t1, t1, t0
    sd t1, HART_USER_TICKS(tp)
.endm

.macro ACCOUNT_EXIT
    rdtime t0
    ld t1, HART_USER_TICKS(tp)
    sub t1, t1, t0
    sd t1, HART_USER_TICKS(tp)
.endm

    .text
    .balign 4
    .globl trap_entry
trap_entry:
    csrrw tp, sscratch, tp
    beqz tp, trap_from_kernel
    sd sp, HART_USER_SP(tp)
    ld sp, HART_KSTACK(tp)
    addi sp, sp, -FRAME_SIZE
    SAVE_CALLER_REGS
    ACCOUNT_ENTRY
    ld t0, HART_USER_SP(tp)
    csrrw t1, sscratch, zero
    csrr t2, sstatus
    csrr t3, scause
    csrr t4, sepc
    sd t0, FRAME_X(2)(sp)
    sd t1, FRAME_X(4)(sp)
    sd t2, FRAME_STATUS(sp)
    li t0, CAUSE_USER_ECALL
    beq t3, t0, system_call

    sd t3, FRAME_CAUSE(sp)
    sd t4, FRAME_PC(sp)
    csrr t0, stval
    sd t0, FRAME_TVAL(sp)
    SAVE_CALLEE_REGS
    sd sp, FRAME_WHOLE(sp)             /* anything but 0 */
    mv fp, zero                     /* backtraces end here */
    mv a0, sp
    call trap_from_user
    j leave_whole

/*
 * A system call: a7 = number, a0-a5 = arguments, still in their registers.
 */
system_call:
    addi t4, t4, 4
    sd t4, FRAME_PC(sp)
    sd zero, FRAME_WHOLE(sp)
    csrsi sstatus, SSTATUS_SIE
    ld t0, HART_THREAD(tp)
    lw t0, THREAD_FLAGS(t0)
    li t1, SYSCALL_LINUX_LIMIT
    bltz t0, 2f                     /* TF_TRACE is the sign bit */
    bgeu a7, t1, 3f
    slli t1, a7, 3
4:  la t0, syscall_table
    add t0, t0, t1
    ld t0, 0(t0)
    jalr t0
1:  csrci sstatus, SSTATUS_SIE
    ld t0, HART_THREAD(tp)
    lw t0, THREAD_FLAGS(t0)
    slli t0, t0, 64 - TF_WORK_BITS
    bnez t0, system_call_work
    csrw sscratch, tp
    ACCOUNT_EXIT
    ld t0, FRAME_PC(sp)
    ld t1, FRAME_STATUS(sp)
    csrw sepc, t0
    csrw sstatus, t1
    LOAD_CALLER_REGS
    ld t0, FRAME_X(5)(sp)
    ld tp, FRAME_X(4)(sp)
    ld sp, FRAME_X(2)(sp)
    sret

2:  SAVE_CALLEE_REGS                /* it calls all calls alike */
    call syscall_traced
    j 1b
3:  addi t1, a7, -SYSCALL_OWN       /* one of Larch's own? */
    li t0, SYSCALL_LIMIT - SYSCALL_OWN
    bgeu t1, t0, 5f
    addi t1, t1, SYSCALL_LINUX_LIMIT
    slli t1, t1, 3
    j 4b
5:  call syscall_unknown
    j 1b

/*
 * The long way out of a system call: make the frame whole, then let the upper
 * layers look at it.  A call that wrote the frame itself (exec, sigreturn) has
 * marked it whole; then its result is in there too.
 */
system_call_work:
    ld t0, FRAME_WHOLE(sp)
    bnez t0, 1f
    SAVE_CALLEE_REGS
    li t1, CAUSE_USER_ECALL
    sd t1, FRAME_CAUSE(sp)
1:  mv a1, a0
    mv a0, sp
    call system_call_leave

/* All registers from the frame.  Interrupts disabled, no work pending. */
leave_whole:
    csrw sscratch, tp
    ACCOUNT_EXIT
    ld t0, FRAME_PC(sp)
    ld t1, FRAME_STATUS(sp)
    csrw sepc, t0
    csrw sstatus, t1
    LOAD_CALLER_REGS
    LOAD_CALLEE_REGS
    ld t0, FRAME_X(5)(sp)
    ld a0, FRAME_X(10)(sp)
    ld tp, FRAME_X(4)(sp)
    ld sp, FRAME_X(2)(sp)
    sret

/*
 * arch_enter_user(tf): the first time out, with the frame a0 at the top of the
 * kernel stack.
 */
    .globl arch_enter_user
arch_enter_user:
    csrci sstatus, SSTATUS_SIE
    mv sp, a0
    call user_work
    j leave_whole

/*
 * A trap in the kernel: an interrupt, or a bug.  sscratch holds tp, tp is 0.
 * If the stack pointer has run into the unmapped half of its slot, the report
 * is made on a stack of its own.
 */
trap_from_kernel:
    csrrw tp, sscratch, zero
    addi sp, sp, -FRAME_SIZE
    sd t0, HART_SCRATCH(tp)
    srli t0, sp, KSTACK_SHIFT
    andi t0, t0, 1
    bnez t0, 1f
    sd sp, HART_USER_SP(tp)
    ld sp, HART_OVERFLOW(tp)
    addi sp, sp, -FRAME_SIZE
    ld t0, HART_SCRATCH(tp)
    SAVE_CALLER_REGS
    ld t0, HART_USER_SP(tp)
    j 2f
1:  ld t0, HART_SCRATCH(tp)
    SAVE_CALLER_REGS
    mv t0, sp
2:  SAVE_CALLEE_REGS
    addi t0, t0, FRAME_SIZE
    sd t0, FRAME_X(2)(sp)
    sd tp, FRAME_X(4)(sp)
    csrr t0, sepc
    csrr t1, sstatus
    csrr t2, scause
    csrr t3, stval
    sd t0, FRAME_PC(sp)
    sd t1, FRAME_STATUS(sp)
    sd t2, FRAME_CAUSE(sp)
    sd t3, FRAME_TVAL(sp)
    sd sp, FRAME_WHOLE(sp)
    mv a0, sp
    call trap_in_kernel
    ld t0, FRAME_PC(sp)
    ld t1, FRAME_STATUS(sp)
    csrw sepc, t0
    csrw sstatus, t1
    LOAD_CALLER_REGS
    LOAD_CALLEE_REGS
    ld t0, FRAME_X(5)(sp)
    ld a0, FRAME_X(10)(sp)
    ld sp, FRAME_X(2)(sp)
    sret
