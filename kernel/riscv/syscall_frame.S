/*
 * syscall_frame.S - the way from the table of system calls to those that look at
 * all registers of their caller: save those that a system call leaves out, then go
 * on as any other.
 */
#include "kernel/riscv/layout.h"
#include "kernel/riscv/callee_regs.inc"

#define SYSCALL(...)
#define SYSCALL_FRAME(number, name, ...) FRAME_STUB name

    .text
.macro FRAME_STUB name
    .globl syscall_frame_\name
syscall_frame_\name:
    SAVE_CALLEE_REGS
    j syscall_wrap_\name
.endm

#include "lwp/syscalls.def"
