/*
 * ptrace_syscall.c - the system calls of tracees: with a stop before and after
 * if the tracer wants that.
 */
#include "kernel/lib/errno.h"
#include "lwp/ptrace.h"
#include "lwp/syscall.h"

/* The calls whose table entries store registers first: here the frame has them
 * already, perhaps changed by the tracer. */
#define SYSCALL(number, name, ...)
#define SYSCALL_FRAME(number, name, ...) \
    long syscall_wrap_##name(u64 a0, u64 a1, u64 a2, u64 a3, u64 a4, u64 a5);
#include "lwp/syscalls.def"
#undef SYSCALL_FRAME

#define SYSCALL_FRAME(number, name, ...) \
    case number: \
        return syscall_wrap_##name;
static syscall_entry frame_call(u64 number)
{
    switch (number) {
#include "lwp/syscalls.def"
    default:
        return NULL;
    }
}
#undef SYSCALL
#undef SYSCALL_FRAME

/* By the registers of the frame. */
static long call(const struct trapframe *tf)
{
    const u64 *a = &tf->x[REG_A0];
    u64 number = tf->x[REG_A7];
    syscall_entry entry = frame_call(number);

    if (!entry && syscall_slot(number) < SYSCALL_SLOTS)
        entry = syscall_table[syscall_slot(number)];
    if (!entry || entry == (syscall_entry)(void *)syscall_unknown)
        return syscall_unknown(a[0], a[1], a[2], a[3], a[4], a[5], a[6],
                               number);
    return entry(a[0], a[1], a[2], a[3], a[4], a[5]);
}

/*
 * The tracer may have changed the registers.  Call number -1 is none: the
 * result is -ENOSYS, or what the tracer has put into a0.
 */
static long call_as_changed(struct trapframe *tf, u64 a0)
{
    if (thread_has_flags(current_thread(), TF_KILL))
        return -EINTR;
    if (tf->x[REG_A7] == ~0ul)
        return tf->x[REG_A0] == a0 ? -ENOSYS : (long)tf->x[REG_A0];
    return call(tf);
}

long syscall_traced(u64 a0)
{
    struct trapframe *tf = arch_user_frame(&current_thread()->arch);
    long result;

    ptrace_syscall_stop(SYSCALL_STOP_ENTRY);
    tf->orig_a0 = tf->x[REG_A0];
    result = call_as_changed(tf, a0);
    /* Calls that write the frame themselves have marked it whole. */
    if (!tf->whole) {
        tf->whole = 1;
        tf->cause = CAUSE_USER_ECALL;
        tf->x[REG_A0] = result;
    }
    ptrace_syscall_stop(SYSCALL_STOP_EXIT);
    thread_set_own_flags(current_thread(), TF_WHOLE);
    return tf->x[REG_A0];
}
