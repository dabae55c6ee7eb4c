/*
 * syscall.h - what the compiler makes of lwp/syscalls.def: the prototype of
 * every system call, numbers, and the dispatch table that the trap entry uses.
 *
 * A system call is a function  long sys_name(...)  with the declared
 * arguments.  It returns its result or -errno, runs with interrupts enabled,
 * holds nothing, and may sleep.
 */
#pragma once

#include "arch.h"
#include "lwp/syscall_format.h"

/* SYS_PARAMS(type, name ...): a parameter list. */
#define SYS_PARAMS_0() void
#define SYS_PARAMS_1(t, n) t n
#define SYS_PARAMS_2(t, n, ...) t n, SYS_PARAMS_1(__VA_ARGS__)
#define SYS_PARAMS_3(t, n, ...) t n, SYS_PARAMS_2(__VA_ARGS__)
#define SYS_PARAMS_4(t, n, ...) t n, SYS_PARAMS_3(__VA_ARGS__)
#define SYS_PARAMS_5(t, n, ...) t n, SYS_PARAMS_4(__VA_ARGS__)
#define SYS_PARAMS_6(t, n, ...) t n, SYS_PARAMS_5(__VA_ARGS__)
#define SYS_PARAMS(...) \
    SYS_JOIN(SYS_PARAMS_, SYS_PAIRS(__VA_ARGS__))(__VA_ARGS__)

/* The prototypes: a definition that disagrees does not compile. */
#define SYSCALL(number, name, ...) long sys_##name(SYS_PARAMS(__VA_ARGS__));
#define SYSCALL_FRAME SYSCALL
#include "lwp/syscalls.def"
#undef SYSCALL
#undef SYSCALL_FRAME

enum syscall_number {
#define SYSCALL(number, name, ...) SYS_##name = (number),
#define SYSCALL_FRAME SYSCALL
#include "lwp/syscalls.def"
#undef SYSCALL
#undef SYSCALL_FRAME
};

/*
 * Entry points by number (syscall_table of arch.h).  They take the argument
 * registers as they are and cast each to the declared type; those of
 * SYSCALL_FRAME calls are stubs of the trap entry that first store gp and
 * s0-s11 into the trap frame and go on in syscall_wrap_NAME().
 */
typedef long (*syscall_entry)(u64 a0, u64 a1, u64 a2, u64 a3, u64 a4, u64 a5);

/* Where in the table a number is; SYSCALL_SLOTS: nowhere.  The trap entry has
 * the same in assembly. */
static inline u64 syscall_slot(u64 number)
{
    if (number < SYSCALL_LINUX_LIMIT)
        return number;
    if (number >= SYSCALL_OWN && number < SYSCALL_LIMIT)
        return number - SYSCALL_OWN + SYSCALL_LINUX_LIMIT;
    return SYSCALL_SLOTS;
}
