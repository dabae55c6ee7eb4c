/* ptrace_request.h - the requests of ptrace(2), and what they pass: Linux's
 * values and layouts (linux/ptrace.h).  riscv64 has none for single steps. */
#pragma once

#include "kernel/lib/types.h"

enum ptrace_request {
    PTRACE_TRACEME = 0,
    PTRACE_PEEKTEXT = 1,
    PTRACE_PEEKDATA = 2,
    PTRACE_POKETEXT = 4,
    PTRACE_POKEDATA = 5,
    PTRACE_CONT = 7,
    PTRACE_KILL = 8,
    PTRACE_ATTACH = 16,
    PTRACE_DETACH = 17,
    PTRACE_SYSCALL = 24,
    PTRACE_SETOPTIONS = 0x4200,
    PTRACE_GETEVENTMSG = 0x4201,
    PTRACE_GETSIGINFO = 0x4202,
    PTRACE_SETSIGINFO = 0x4203,
    PTRACE_GETREGSET = 0x4204,
    PTRACE_SETREGSET = 0x4205,
    PTRACE_SEIZE = 0x4206,
    PTRACE_INTERRUPT = 0x4207,
    PTRACE_LISTEN = 0x4208,
    PTRACE_PEEKSIGINFO = 0x4209,
    PTRACE_GETSIGMASK = 0x420a,
    PTRACE_SETSIGMASK = 0x420b,
    PTRACE_GET_SYSCALL_INFO = 0x420e,
};

/* struct ptrace_peeksiginfo_args; flag: the process's queue, not the thread's. */
#define PTRACE_PEEKSIGINFO_SHARED 1
struct ptrace_peek {
    u64 offset;
    u32 flags;
    s32 count;
};

#define AUDIT_ARCH_RISCV64 0xc00000f3u

/* struct ptrace_syscall_info. */
struct ptrace_syscall_info {
    u8 op, pad[3];                  /* enum ptrace_syscall_op */
    u32 arch;
    u64 pc, sp;
    union {
        struct { u64 number, args[6]; } entry;
        struct { s64 result; u8 is_error; } exit;
    };
};
