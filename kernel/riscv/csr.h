/* csr.h - RISC-V control and status registers (privileged spec 1.12). */
#pragma once

/* Constants that assembly reads too. */
#ifdef __ASSEMBLER__
#define _UL(x) x
#else
#define _UL(x) x##ul
#endif

#define SSTATUS_SIE     (_UL(1) << 1)
#define SSTATUS_SPIE    (_UL(1) << 5)
#define SSTATUS_SPP     (_UL(1) << 8)
#define SSTATUS_FS      (_UL(3) << 13)
#define SSTATUS_FS_INITIAL (_UL(1) << 13)
#define SSTATUS_FS_CLEAN   (_UL(2) << 13)
#define SSTATUS_FS_DIRTY   (_UL(3) << 13)
#define SSTATUS_VS      (_UL(3) << 9)
#define SSTATUS_SUM     (_UL(1) << 18)
#define SSTATUS_MXR     (_UL(1) << 19)
#define SSTATUS_UXL_64  (_UL(2) << 32)

#define SIE_SOFT        (_UL(1) << 1)
#define SIE_TIMER       (_UL(1) << 5)
#define SIE_EXTERNAL    (_UL(1) << 9)

#define CAUSE_INTERRUPT (_UL(1) << 63)
#define IRQ_SOFT        1
#define IRQ_TIMER       5
#define IRQ_EXTERNAL    9

#define CAUSE_FETCH_MISALIGNED  0
#define CAUSE_FETCH_ACCESS      1
#define CAUSE_ILLEGAL           2
#define CAUSE_BREAKPOINT        3
#define CAUSE_LOAD_MISALIGNED   4
#define CAUSE_LOAD_ACCESS       5
#define CAUSE_STORE_MISALIGNED  6
#define CAUSE_STORE_ACCESS      7
#define CAUSE_USER_ECALL        8
#define CAUSE_FETCH_PAGE        12
#define CAUSE_LOAD_PAGE         13
#define CAUSE_STORE_PAGE        15

#define SATP_SV39       (_UL(8) << 60)
#define SATP_ASID_SHIFT 44
#define SATP_ASID_MASK  _UL(0xffff)

#define CSR_STIMECMP    0x14d

#ifndef __ASSEMBLER__

#define csr_read(csr) ({ \
    unsigned long v_; \
    asm volatile("csrr %0, " #csr : "=r"(v_) : : "memory"); \
    v_; })
#define csr_write(csr, value) \
    asm volatile("csrw " #csr ", %0" : : "rK"((unsigned long)(value)) : "memory")
#define csr_set(csr, bits) \
    asm volatile("csrs " #csr ", %0" : : "rK"((unsigned long)(bits)) : "memory")
#define csr_clear(csr, bits) \
    asm volatile("csrc " #csr ", %0" : : "rK"((unsigned long)(bits)) : "memory")

#endif
