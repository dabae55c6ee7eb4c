/*
 * switch.h - the inside of arch_switch(), in line because few paths are hotter.
 * Part of arch.h; nothing else includes it.
 */
#pragma once

#include "arch.h"

/* For arch_call_rare(), on this hart, interrupts disabled.  Give a space a new
 * number; begins a new generation if there is none left. */
void mmu_assign_asid(void *space);
/* Take a reference on the loaded root, unless the hart holds one; drop it. */
void mmu_borrow_root(void *unused);
void mmu_return_root(void *table);

/*
 * Load the user half of `s`.  The order of the two accesses - announce the
 * root, then read the number - is the other half of arch_tlb_flush().
 */
static inline void mmu_load_space(struct arch_hart *h, struct arch_space *s)
{
    paddr_t old = h->space_root;
    u64 *asid = &s->asid[h->id];

    WRITE_ONCE(h->space_root, s->root);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    u64 number = READ_ONCE(*asid);
    if (unlikely(number >> 16 != h->asid_generation)) {
        arch_call_rare(mmu_assign_asid, s);
        number = h->asid_next - 1;      /* *asid may be taken away again */
    }
    csr_write(satp, s->satp | number << (64 - 16) >> (64 - 16 - SATP_ASID_SHIFT));
    h->satp_writes++;
    if (unlikely(h->root_borrowed))
        arch_call_rare(mmu_return_root, phys_to_virt(old));
}

/*
 * A thread's own space keeps the root table that it has loaded.  A kernel
 * thread runs with whatever was loaded before; then the hart holds the root,
 * which may lose its last owner meanwhile.  Interrupts are disabled.
 */
static inline void mmu_switch_space(struct arch_hart *h, struct arch_space *s)
{
    if (!s)
        arch_call_rare(mmu_borrow_root, NULL);
    else if (s->root != h->space_root)
        mmu_load_space(h, s);
}

/* switch.S */
void context_switch(struct arch_thread *from, struct arch_thread *to);

/* trap.c, for arch_call_rare() */
void fpu_save_dirty(void *thread);

/* The FP registers of a thread that leaves the hart: saved if it has changed
 * them, then switched off until its next use of them. */
static inline void fpu_leave(struct arch_thread *t)
{
    struct trapframe *tf = arch_user_frame(t);

    if (likely(!(tf->status & SSTATUS_FS)))
        return;
    if (unlikely((tf->status & SSTATUS_FS) == SSTATUS_FS_DIRTY))
        arch_call_rare(fpu_save_dirty, t);
    tf->status &= ~SSTATUS_FS;
}

static always_inline void arch_switch(struct arch_thread *from,
                                      struct arch_thread *to)
{
    register struct arch_thread *a0 asm("a0") = from;
    register struct arch_thread *a1 asm("a1") = to;
    struct arch_hart *h = arch_this_hart;

    if (from->space)
        fpu_leave(from);
    h->thread = to;
    h->kstack = to->kstack;
    mmu_switch_space(h, to->space);
    asm volatile("call context_switch"
                 : "+r"(a0), "+r"(a1), "+r"(arch_this_hart) :
                 : "ra", "t0", "t1", "t2", "t3", "t4", "t5", "t6", "a2", "a3",
                   "a4", "a5", "a6", "a7", "s1", "s2", "s3", "s4", "s5", "s6",
                   "s7", "s8", "s9", "s10", "s11", "memory");
}
