/*
 * lwp.c - instead of lwp/, in kernels that are built without processes.  There
 * is no user mode then: nothing can come in by the doors of arch.h.
 */
#include "lwp/init.h"

#include "arch.h"
#include "kernel/log.h"
#include "kernel/panic.h"
#include "kernel/selftest.h"

void lwp_start_init(void)
{
    log_info("this kernel has no processes: nothing left to do");
    machine_exit(0);
}

void trap_user(unused_arg struct trapframe *tf)
{
    panic("a trap from user mode");
}

void trap_user_work(unused_arg struct trapframe *tf)
{
    panic("a way to user mode");
}

long (*const syscall_table[SYSCALL_SLOTS])(u64, u64, u64, u64, u64, u64);

long syscall_unknown(unused_arg u64 a0, unused_arg u64 a1, unused_arg u64 a2,
                     unused_arg u64 a3, unused_arg u64 a4, unused_arg u64 a5,
                     unused_arg u64 a6, unused_arg u64 number)
{
    panic("a system call");
}

long syscall_traced(unused_arg u64 a0)
{
    panic("a traced system call");
}

void selftest_start_ping(void)
{
}
