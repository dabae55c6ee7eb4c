/* sbi.c - calls to the firmware (SBI 1.0), and the ends of the machine. */
#include "kernel/riscv/private.h"

#include "kernel/lib/errno.h"

#define SBI_LEGACY_PUTCHAR 1

struct sbi_result sbi_call(u64 extension, u64 function, u64 a0, u64 a1, u64 a2,
                           u64 a3, u64 a4)
{
    register u64 r0 asm("a0") = a0;
    register u64 r1 asm("a1") = a1;
    register u64 r2 asm("a2") = a2;
    register u64 r3 asm("a3") = a3;
    register u64 r4 asm("a4") = a4;
    register u64 r6 asm("a6") = function;
    register u64 r7 asm("a7") = extension;

    asm volatile("ecall"
                 : "+r"(r0), "+r"(r1)
                 : "r"(r2), "r"(r3), "r"(r4), "r"(r6), "r"(r7)
                 : "memory");
    return (struct sbi_result){ r0, r1 };
}

void arch_early_putc(char c)
{
    sbi_call(SBI_LEGACY_PUTCHAR, 0, (u8)c, 0, 0, 0, 0);
}

static bool timer_by_csr;

void arch_use_sstc(bool yes)
{
    timer_by_csr = yes;
}

void arch_timer_set(u64 when)
{
    if (timer_by_csr)
        csr_write(0x14d, when);         /* stimecmp; the assembler is older */
    else
        sbi_call(SBI_EXT_TIME, 0, when, 0, 0, 0, 0);
}

void arch_ipi(const struct arch_hart *hart)
{
    if (hart == arch_this_hart)
        csr_set(sip, SIE_SOFT);
    else
        sbi_call(SBI_EXT_IPI, 0, 1, hart->hartid, 0, 0, 0);
}

int arch_hart_start(struct arch_hart *hart)
{
    paddr_t entry = virt_to_phys((void *)_start_hart);
    struct sbi_result r =
        sbi_call(SBI_EXT_HSM, 0, hart->hartid, entry, (u64)hart, 0, 0);
    return r.error ? -EIO : 0;
}

void arch_hart_init(struct arch_hart *hart)
{
    mmu_hart_init(hart);
    csr_clear(sstatus, SSTATUS_FS | SSTATUS_VS | SSTATUS_SUM | SSTATUS_MXR);
    csr_write(scounteren, 7);           /* cycle, time, instret to users */
    arch_timer_set(~0ul);
    csr_write(sie, SIE_SOFT | SIE_TIMER | SIE_EXTERNAL);
}

static noreturn void system_reset(u64 type)
{
    sbi_call(SBI_EXT_SRST, 0, type, 0, 0, 0, 0);
    arch_halt();
}

void arch_poweroff(void)
{
    system_reset(0);
}

void arch_reboot(void)
{
    system_reset(1);
}

void arch_halt(void)
{
    irq_disable();
    csr_write(sie, 0);
    for (;;)
        arch_idle();
}

/*
 * RISC-V semihosting: this exact sequence, uncompressed and within one page,
 * is taken by the emulator as a call.  SYS_WRITE0 writes a string.
 */
#define SEMIHOST_WRITE0 4

void arch_semihost_write(const char *text)
{
    register u64 op asm("a0") = SEMIHOST_WRITE0;
    register const char *arg asm("a1") = text;

    asm volatile(".balign 16\n"
                 ".option push\n"
                 ".option norvc\n"
                 "slli x0, x0, 0x1f\n"
                 "ebreak\n"
                 "srai x0, x0, 7\n"
                 ".option pop\n"
                 : "+r"(op) : "r"(arg) : "memory");
}
