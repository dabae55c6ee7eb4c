/*
 * regset.c - a thread's user registers in the layout of Linux/riscv64's
 * register sets (asm/ptrace.h: user_regs_struct, __riscv_d_ext_state).
 */
#include "kernel/riscv/private.h"

#include "kernel/lib/assert.h"
#include "kernel/lib/string.h"

#define GENERAL_SIZE sizeof(((struct trapframe *)NULL)->x)
#define FCSR_MASK    0xff

_Static_assert(GENERAL_SIZE <= REGSET_MAX_SIZE, "room for any register set");

size_t arch_regset_size(unsigned type)
{
    if (type == NT_PRSTATUS)
        return GENERAL_SIZE;
    return type == NT_PRFPREG ? sizeof(struct fpu_state) : 0;
}

/* Where the set is kept.  The running thread's FP registers may be newer than
 * their copy in memory; those of all others are saved when they leave the hart,
 * and a thread that never used them has a copy that is all zero. */
static void *find(struct arch_thread *t, unsigned type)
{
    if (type == NT_PRSTATUS)
        return arch_user_frame(t)->x;
    assert(type == NT_PRFPREG);
    if (t == arch_this_hart->thread)
        arch_fpu_save(t);
    return &t->fpu;
}

void arch_regset_get(struct arch_thread *t, unsigned type, void *to)
{
    memcpy(to, find(t, type), arch_regset_size(type));
}

void arch_regset_set(struct arch_thread *t, unsigned type, const void *from,
                     size_t size)
{
    assert(size <= arch_regset_size(type));
    memcpy(find(t, type), from, size);
    if (type == NT_PRFPREG) {
        t->fpu.fcsr &= FCSR_MASK;
        t->fpu_used = 1;
    }
}
