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
void thread_trampoline(void);
void fpu_store(struct fpu_state *f);
void fpu_load(const struct fpu_state *f);

/* entry.S, trap.S */
void _start_hart(void);
void trap_entry(void);

/* mmu.c */
void mmu_hart_init(const struct arch_hart *h);
