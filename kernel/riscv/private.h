/* private.h - what the files of kernel/riscv share with each other only. */
#pragma once

#include "arch.h"

/* sbi.c */
struct sbi_result {
    long error, value;
};
struct sbi_result sbi_call(u64 extension, u64 function, u64 a0, u64 a1, u64 a2,
                           u64 a3, u64 a4);
#define SBI_EXT_TIME    0x54494d45
#define SBI_EXT_IPI     0x735049
#define SBI_EXT_RFENCE  0x52464e43
#define SBI_EXT_HSM     0x48534d
#define SBI_EXT_SRST    0x53525354

/* switch.S */
void context_switch(struct arch_thread *from, struct arch_thread *to);
void thread_trampoline(void);
void fpu_store(struct fpu_state *f);
void fpu_load(const struct fpu_state *f);

/* entry.S, trap.S */
void _start_hart(void);
void trap_entry(void);

/* mmu.c */
void mmu_hart_init(const struct arch_hart *h);

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
    csr_write(satp, SATP_SV39 | (number & SATP_ASID_MASK) << SATP_ASID_SHIFT |
                    s->root >> PAGE_SHIFT);
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
