/*
 * syscall.c - the system-call list as code and data.
 */
#include "lwp/syscall.h"

#include "kernel/lib/errno.h"
#include "kernel/log.h"
#include "lwp/lwp.h"

/* --- wrappers: registers to declared types; mere jumps ------------------- */

/* Calling a function of ints through a pointer to one of longs is undefined,
 * and programs may leave junk in the upper halves: so each register is cast. */
#define CASTS_0()
#define CASTS_1(t0, n0) (t0)a0
#define CASTS_2(t0, n0, t1, n1) (t0)a0, (t1)a1
#define CASTS_3(t0, n0, t1, n1, t2, n2) (t0)a0, (t1)a1, (t2)a2
#define CASTS_4(t0, n0, t1, n1, t2, n2, t3, n3) \
    (t0)a0, (t1)a1, (t2)a2, (t3)a3
#define CASTS_5(t0, n0, t1, n1, t2, n2, t3, n3, t4, n4) \
    (t0)a0, (t1)a1, (t2)a2, (t3)a3, (t4)a4
#define CASTS_6(t0, n0, t1, n1, t2, n2, t3, n3, t4, n4, t5, n5) \
    (t0)a0, (t1)a1, (t2)a2, (t3)a3, (t4)a4, (t5)a5
#define CASTS(...) SYS_JOIN(CASTS_, SYS_PAIRS(__VA_ARGS__))(__VA_ARGS__)

#define SYSCALL(number, name, ...) \
    long syscall_wrap_##name(u64 a0, u64 a1, u64 a2, u64 a3, u64 a4, u64 a5); \
    frameless long syscall_wrap_##name(unused_arg u64 a0, unused_arg u64 a1, \
                             unused_arg u64 a2, unused_arg u64 a3, \
                             unused_arg u64 a4, unused_arg u64 a5) \
    { \
        return sys_##name(CASTS(__VA_ARGS__)); \
    }
#define SYSCALL_FRAME SYSCALL
#include "lwp/syscalls.def"
#undef SYSCALL
#undef SYSCALL_FRAME

/* --- the tables ---------------------------------------------------------- */

/* The stubs that kernel/riscv/trap.S makes from the same list. */
#define SYSCALL(number, name, ...)
#define SYSCALL_FRAME(number, name, ...) \
    long syscall_frame_##name(u64 a0, u64 a1, u64 a2, u64 a3, u64 a4, u64 a5);
#include "lwp/syscalls.def"
#undef SYSCALL
#undef SYSCALL_FRAME

/* The default for every number is meant to be overridden. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"

#define SLOT(number) ((number) < SYSCALL_LINUX_LIMIT ? (number) \
                      : (number) - SYSCALL_OWN + SYSCALL_LINUX_LIMIT)
#define SYSCALL(number, name, ...) [SLOT(number)] = syscall_wrap_##name,
#define SYSCALL_FRAME(number, name, ...) \
    [SLOT(number)] = syscall_frame_##name,
const syscall_entry syscall_table[SYSCALL_SLOTS] = {
    /* Takes two more registers, which all entries are given. */
    [0 ... SYSCALL_SLOTS - 1] = (syscall_entry)(void *)syscall_unknown,
#include "lwp/syscalls.def"
};
#undef SYSCALL
#undef SYSCALL_FRAME
#pragma GCC diagnostic pop

/* Two calls of one number do not compile, nor does one without a slot. */
#define SYSCALL(number, name, ...) \
    case number: \
        _Static_assert((number) < SYSCALL_LINUX_LIMIT || \
                       ((number) >= SYSCALL_OWN && (number) < SYSCALL_LIMIT), \
                       #name);
#define SYSCALL_FRAME SYSCALL
static unused_arg void numbers_differ(int number)
{
    switch (number) {
#include "lwp/syscalls.def"
    default:
        break;
    }
}
#undef SYSCALL
#undef SYSCALL_FRAME

/* --- numbers that are not there ------------------------------------------ */

long syscall_unknown(unused_arg u64 a0, unused_arg u64 a1, unused_arg u64 a2,
                     unused_arg u64 a3, unused_arg u64 a4, unused_arg u64 a5,
                     unused_arg u64 a6, u64 number)
{
    struct lwp *lwp = current_lwp();
    u64 range = 1ul << MIN(number / 64, 63ul);

    /* Once per process and range of numbers; a lost update costs a line. */
    if (!(lwp->unknown_calls & range)) {
        lwp->unknown_calls |= range;
        log_info("%s[%d]: no system call %ld", current_thread()->name,
                 lwp->pid, (long)number);
    }
    return -ENOSYS;
}
