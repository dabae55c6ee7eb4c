/*
 * arch.h - all that the machine gives to the rest of the kernel, and (at the
 * foot) all that it calls upward.  Nothing else of kernel/riscv is public.
 * Host tests put their own arch.h in its place.
 */
#pragma once

#include "kernel/lib/types.h"
#include "kernel/riscv/csr.h"
#include "kernel/riscv/layout.h"
#include "kernel/riscv/pgtable.h"

/* --- addresses --- */

static inline void *phys_to_virt(paddr_t pa)
{
    return (void *)(pa + DIRECT_BASE);
}

static inline paddr_t virt_to_phys(const void *va)
{
    return (u64)va - DIRECT_BASE;
}

static inline void *pfn_to_virt(pfn_t pfn)
{
    return phys_to_virt(pfn << PAGE_SHIFT);
}

static inline pfn_t virt_to_pfn(const void *va)
{
    return virt_to_phys(va) >> PAGE_SHIFT;
}

/* --- interrupts of this hart --- */

/*
 * The running hart.  A thread that can be interrupted can be moved to another
 * one, which the compiler does not know: so switching interrupts on or off
 * counts as a change of tp, lest a copy made before is used after that.
 */
register struct arch_hart *arch_this_hart asm("tp");

static inline bool irq_enabled(void)
{
    return csr_read(sstatus) & SSTATUS_SIE;
}

static inline void irq_enable(void)
{
    asm volatile("csrsi sstatus, 2" : "+r"(arch_this_hart) : : "memory");
}

#define IRQS_ON SSTATUS_SIE

/* Disable; IRQS_ON if they were enabled, else 0: for irq_restore(). */
static inline u64 irq_disable(void)
{
    unsigned long old;
    asm volatile("csrrci %0, sstatus, 2"
                 : "=r"(old), "+r"(arch_this_hart) : : "memory");
    return old & SSTATUS_SIE;
}

/* Enable again what irq_disable() has found enabled. */
static inline void irq_restore(u64 were)
{
    asm volatile("csrs sstatus, %1"
                 : "+r"(arch_this_hart) : "r"(were) : "memory");
}

/* Sleep until an interrupt is pending, even a disabled one. */
static inline void arch_idle(void)
{
    asm volatile("wfi" : : : "memory");
}

/* In spin loops: let the other hardware thread run. */
static inline void arch_relax(void)
{
    asm volatile(".4byte 0x0100000f" : : : "memory");   /* pause (Zihintpause) */
}

/*
 * Call fn(arg) where that hardly ever happens, on a path that is run all the
 * time: only t2 is lost, so the caller need not keep its values in registers
 * that it would have to save first, nor save ra.
 */
static always_inline void arch_call_rare(void (*fn)(void *), void *arg)
{
    register void *a asm("t0") = arg;
    register void (*f)(void *) asm("t1") = fn;

    asm volatile("call t2, arch_rare_call"
                 : : "r"(a), "r"(f) : "t2", "memory");
}

/* --- harts --- */

/* The first member of struct hart; tp points to it in the kernel. */
struct arch_hart {
    u64 user_sp;            /* scratch of the trap entry */
    u64 kstack;             /* top of the running thread's kernel stack */
    struct arch_thread *thread;
    u64 overflow_stack;     /* top of the stack for reporting overflows */
    u64 scratch;
    u64 user_ticks;         /* atomic: see arch_user_ticks() */
    u64 hartid;             /* the firmware's name of this hart */
    paddr_t space_root;     /* atomic: of the loaded user half; 0: none yet */
    bool root_borrowed;     /* this hart holds a reference on it */
    u64 asid_generation, asid_next;
    u64 id;                 /* 0 .. MAX_HARTS - 1 */

    /* atomic: what it did since boot, for /proc/harts */
    u64 satp_writes;        /* another user half was loaded */
    u64 nested_traps;       /* traps while in the kernel */
    u64 fpu_saves, fpu_loads;
    u64 tlb_flushes, tlb_shootdowns;    /* of its own TLB; asked of others */
};

/*
 * Start a stopped hart: it enters hart_main() on hart->kstack with tp set to
 * `hart`.  -EIO if the firmware refuses.
 */
int arch_hart_start(struct arch_hart *hart);

/* Per-hart control registers: trap vector, counters, interrupts of all kinds
 * enabled in sie (but not globally). */
void arch_hart_init(struct arch_hart *hart);

/* The ISA string says Sstc; decided once, before the first timer. */
void arch_use_sstc(bool yes);

/* Raise a software interrupt on one hart, this one or another. */
void arch_ipi(const struct arch_hart *hart);

/* --- threads --- */

/* The registers of a trap from user or kernel mode, at the stack's top. */
struct trapframe {
    u64 x[32];              /* x[0] holds pc: x0 needs no place of its own */
    u64 status, cause, tval;
    /*
     * x[] holds all registers.  A system call saves gp and s0-s11, which the
     * kernel's own code preserves, only on the long way out, and for the calls
     * marked SYSCALL_FRAME.
     */
    u64 whole;
    u64 orig_a0;            /* of a system call, for restarts; in
                             * trap_user_work() only, if cause says ecall */
    u64 reserved;           /* the stack stays 16-byte aligned */
};

#define REG_RA 1
#define REG_SP 2
#define REG_GP 3
#define REG_TP 4
#define REG_A0 10
#define REG_A7 17

#define trapframe_pc(tf) ((tf)->x[0])

struct fpu_state {
    u64 f[32];
    u64 fcsr;
};

/* The first member of struct thread. */
struct arch_thread {
    u64 sp;                 /* while switched out: the saved context; else 0 */
    u32 flags;              /* atomic: the TF_* bits of kernel/thread.h */
    u32 fpu_used;           /* fpu holds something other than zeroes */
    u64 kstack;             /* top of the kernel stack */
    struct arch_space *space;   /* user half, NULL for kernel threads */
    struct fpu_state fpu;
};

/* Where a thread's user registers are: the top of its kernel stack. */
static inline struct trapframe *arch_user_frame(const struct arch_thread *t)
{
    return (struct trapframe *)(t->kstack - FRAME_SIZE);
}

/*
 * Prepare a thread's first switch: it will call entry(arg) in the kernel, with
 * the run-queue lock held by the switch (kernel/sched.h).
 */
void arch_thread_init(struct arch_thread *t, void (*entry)(void *), void *arg);

/*
 * Save `from`, continue `to`; returns when `from` is switched to again.
 * Interrupts disabled.  Loads to->space if it is another one.  `to` does not
 * run; that is asserted.
 */
static inline void arch_switch(struct arch_thread *from,
                               struct arch_thread *to);

/* Leave for user mode with the registers of the user frame; for first runs. */
noreturn void arch_enter_user(struct trapframe *tf);

/* User frame of a new program: pc, sp, all else zero, FP initial. */
void arch_user_frame_init(struct trapframe *tf, vaddr_t pc, vaddr_t sp);

/*
 * The floating-point registers of the running thread.  A thread that has not
 * used them since it got the hart has them switched off; the first use traps.
 * save: t->fpu is up to date (for fork and signal frames).  set: t->fpu becomes
 * a copy of *fpu; the registers follow it.  discard: back to the initial state,
 * all zero (exec).
 */
void arch_fpu_save(struct arch_thread *t);
void arch_fpu_set(struct arch_thread *t, const struct fpu_state *fpu);
void arch_fpu_discard(struct arch_thread *t);

/* A user instruction was illegal: was it only the first use of FP? Then it can
 * be retried, and the result is true. */
bool arch_fpu_first_use(struct trapframe *tf);

/*
 * The user registers of a thread as debuggers and core files know them, by the
 * note types of core(5): NT_PRSTATUS is user_regs_struct (pc, x1..x31),
 * NT_PRFPREG f0..f31 and fcsr.  The thread is the running one, or one that
 * does not run meanwhile and has left user mode by the long way (its frame is
 * whole).  Does not sleep.  Nothing of a set can raise privilege.
 */
#define NT_PRSTATUS     1
#define NT_PRFPREG      2
#define REGSET_MAX_SIZE sizeof(struct fpu_state)

/* The size of a register set in bytes; 0: there is none of that type. */
size_t arch_regset_size(unsigned type);
/* Copy all of it to `to`. */
void arch_regset_get(struct arch_thread *t, unsigned type, void *to);
/* Replace the first `size` bytes of it; the rest stays. */
void arch_regset_set(struct arch_thread *t, unsigned type, const void *from,
                     size_t size);

/* Frames of a backtrace: give each return address to emit, innermost first. */
void arch_backtrace(const struct trapframe *tf,
                    void (*emit)(void *arg, u64 pc), void *arg);

/* The same for a thread that is switched out, and stays so meanwhile. */
void arch_backtrace_switched(const struct arch_thread *t,
                             void (*emit)(void *arg, u64 pc), void *arg);

/* The system call that a switched-out thread is in; number -1: it has entered
 * the kernel by another way. */
struct arch_call {
    long number;
    u64 args[6], sp, pc;
};
void arch_call_of(const struct arch_thread *t, struct arch_call *out);

/* --- address spaces --- */

/* The user half of an address space as the MMU sees it; lives in struct vm. */
struct arch_space {
    paddr_t root;
    u64 satp;               /* mode and root for that register, no number */
    /* atomic: on each hart, generation << 16 | number; 0: it holds no entries */
    u64 asid[MAX_HARTS];
};

int arch_space_init(struct arch_space *s);      /* -ENOMEM */

/* The user half must hold no tables any more; no hart may have it loaded. */
void arch_space_destroy(struct arch_space *s);

/* Make `s` (NULL: none) the running thread's space now. */
void arch_space_activate(struct arch_space *s);

/*
 * Make all harts forget entries of [start, end) of the space; returns when
 * they have.  May be called with spinlocks held.  One call per operation.
 */
void arch_tlb_flush(struct arch_space *s, vaddr_t start, vaddr_t end);

/* The same for this hart only: an entry here was more restrictive than the
 * page table (a spurious fault). */
void arch_tlb_flush_local(vaddr_t va);

/* Make instruction fetches of all harts see stores to memory. */
void arch_icache_flush_all(void);

/*
 * The same for what runs in this space: at once on harts that run it, on others
 * when they load it.  Code has been written, or comes to another frame.  May be
 * called with spinlocks held.
 */
void arch_icache_flush(struct arch_space *s);

/*
 * Build the kernel's page table, W^X for the image, large pages for the rest
 * of the RAM banks, and load it.  The list of banks (whole pages, which the
 * direct map reaches, none twice) stays in use; that of ranges to leave out
 * (firmware) is the caller's.  -ENOMEM.  Once, on the boot hart.
 */
int arch_mmu_init(const struct phys_range *banks, unsigned bank_count,
                  const struct phys_range *holes, unsigned hole_count);

/*
 * Map device registers, aligned to 4 bytes; NULL if out of memory, or if they
 * are said to be in RAM or beyond the direct map.  Boot only: address spaces
 * copy the kernel half when they are made.
 */
void *arch_map_device(paddr_t pa, size_t size);

/* The kernel image in memory, page-aligned. */
struct phys_range arch_image(void);

/*
 * Map `pages` fresh pages at va in the kernel half, read-write.  -ENOMEM
 * undoes what was mapped.  Used for kernel stacks and the page array.
 */
int arch_map_kernel(vaddr_t va, size_t pages);

/* Walk all leaf entries of a table's kernel half and panic on one that is both
 * writable and executable, or for users.  Returns the leaves seen. */
size_t arch_check_wx(paddr_t root);
paddr_t arch_kernel_root(void);

/*
 * Testing: how many registers have changed that should not have.  preserved:
 * those that C functions preserve, over `rounds` calls of fn(arg).
 * interrupted: all of them, over interrupts while it counts to `rounds`.
 */
u64 arch_check_preserved(u64 rounds, void (*fn)(void *), void *arg);
u64 arch_check_interrupted(u64 rounds);

/* --- time --- */

static inline u64 arch_ticks(void)
{
    u64 t;
    asm volatile("rdtime %0" : "=r"(t));
    return t;
}

/*
 * Ticks that the hart has spent in user mode since boot.  The way out subtracts
 * the time from the word, the way in adds it: below zero, it is out there now.
 */
static inline u64 arch_user_ticks(const struct arch_hart *hart)
{
    u64 ticks = READ_ONCE(hart->user_ticks);

    return (s64)ticks < 0 ? ticks + arch_ticks() : ticks;
}

/* Raise the timer interrupt when arch_ticks() >= when; ~0 for never. */
void arch_timer_set(u64 when);

/*
 * The vDSO (vdso.S): an image of less than a page, for user memory, with this
 * in the page behind it.
 */
struct arch_vdso_data {
    u64 boot_ticks;         /* the counter when CLOCK_MONOTONIC was 0 */
    u64 ns_per_tick;        /* 32.32 fixed-point */
    u64 realtime_offset;    /* CLOCK_REALTIME - CLOCK_MONOTONIC in ns; atomic */
};
extern const u8 arch_vdso_image[], arch_vdso_image_end[];
extern const u8 arch_vdso_sigreturn[];      /* inside: li a7; ecall */

/* --- the machine as a whole --- */

/* Output that works from the first instruction on. */
void arch_early_putc(char c);

/* Through the emulator's semihosting channel; only if it was started so. */
void arch_semihost_write(const char *text);

noreturn void arch_poweroff(void);
noreturn void arch_reboot(void);

/* Stop this hart for good (the machine has panicked elsewhere). */
noreturn void arch_halt(void);

/* --- doors upward: what the machine calls --- */

struct arch_hart *arch_hart_of(unsigned id);            /* kernel/hart.c */
noreturn void kmain(u64 hartid, paddr_t device_tree);   /* kernel/main.c */
noreturn void hart_main(void);                          /* kernel/main.c */
void trap_timer(void);                                  /* kernel/time.c */
void trap_ipi(void);                                    /* kernel/hart.c */
void trap_external(void);                               /* kernel/irq.c */
void trap_exit_kernel(void);                            /* kernel/sched.c */
void trap_thread_begin(void);                           /* kernel/sched.c */
/* lwp/: a fault or exception of user mode, interrupts enabled. */
void trap_user(struct trapframe *tf);
/* lwp/: flags are set; called before every return to user mode with them,
 * interrupts enabled.  tf is whole. */
void trap_user_work(struct trapframe *tf);
/*
 * lwp/syscall.c: the system calls.  syscall_table[syscall_slot(a7)] is called
 * with a0-a5; syscall_unknown for numbers that have no slot, with the number in
 * a7 (argument 7).  syscall_traced replaces both for threads with TF_TRACE;
 * it finds all registers in the user frame.  Interrupts enabled.
 */
extern long (*const syscall_table[SYSCALL_SLOTS])(u64, u64, u64, u64, u64, u64);
long syscall_unknown(u64 a0, u64 a1, u64 a2, u64 a3, u64 a4, u64 a5, u64 a6,
                     u64 number);
long syscall_traced(u64 a0);
/* kernel/panic.c: a trap in the kernel that nothing expects. */
noreturn void trap_fatal(struct trapframe *tf, const char *what);

#include "kernel/riscv/switch.h"
