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

#define MAX_HARTS 8

/* --- addresses ---------------------------------------------------------- */

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

/* --- interrupts of this hart -------------------------------------------- */

static inline bool irq_enabled(void)
{
    return csr_read(sstatus) & SSTATUS_SIE;
}

static inline void irq_enable(void)
{
    csr_set(sstatus, SSTATUS_SIE);
}

/* Disable; says whether they were enabled. */
static inline bool irq_disable(void)
{
    unsigned long old;
    asm volatile("csrrci %0, sstatus, 2" : "=r"(old) : : "memory");
    return old & SSTATUS_SIE;
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

/* --- harts --------------------------------------------------------------- */

/* The first member of struct hart; tp points to it in the kernel. */
struct arch_hart {
    u64 user_sp;            /* scratch of the trap entry */
    u64 kstack;             /* top of the running thread's kernel stack */
    struct arch_thread *thread;
    u64 overflow_stack;     /* top of the stack for reporting overflows */
    u64 scratch[2];
    u64 satp;               /* what the register holds */
    u64 hartid;             /* the machine's name of this hart */
};

register struct arch_hart *arch_this_hart asm("tp");

/*
 * Start a stopped hart: it enters hart_main() on the given stack with tp set
 * to `hart`.  -errno if SBI refuses.
 */
int arch_hart_start(struct arch_hart *hart, void *stack_top);

/* Raise a software interrupt on the harts of the mask (bit = hart number). */
void arch_ipi(u64 hart_mask);

/* --- threads ------------------------------------------------------------- */

/* The registers of a trap from user or kernel mode, at the stack's top. */
struct trapframe {
    u64 x[32];              /* x[0] holds pc: x0 needs no place of its own */
    u64 status, cause, tval;
    u64 whole;              /* s0-s11 are in x[] (system calls save them late) */
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
    u64 sp;                 /* while switched out: the saved context */
    u32 flags;              /* atomic: the TF_* bits of kernel/thread.h */
    u32 fpu_live;           /* fpu holds this thread's state */
    u64 kstack;             /* top of the kernel stack */
    struct arch_space *space;   /* user half, NULL for kernel threads */
    struct fpu_state fpu;
};

/* Where a thread's user registers are: the top of its kernel stack. */
static inline struct trapframe *arch_user_frame(const struct arch_thread *t)
{
    return (struct trapframe *)(t->kstack - TF_SIZE);
}

/*
 * Prepare a thread's first switch: it will call entry(arg) in the kernel, with
 * the run-queue lock held by the switch (kernel/sched.h).
 */
void arch_thread_init(struct arch_thread *t, void (*entry)(void *), void *arg);

/*
 * Save `from`, continue `to`; returns when `from` is switched to again.
 * Interrupts disabled.  Loads to->space if it is another one.
 */
void arch_switch(struct arch_thread *from, struct arch_thread *to);

/* Leave for user mode with the registers of the user frame; for first runs. */
noreturn void arch_enter_user(struct trapframe *tf);

/* User frame of a new program: pc, sp, all else zero, FP initial. */
void arch_user_frame_init(struct trapframe *tf, vaddr_t pc, vaddr_t sp);

/* The running thread's FP registers into / from t->fpu (fork, signals). */
void arch_fpu_save(struct arch_thread *t);
void arch_fpu_discard(struct arch_thread *t);
void arch_fpu_reload(struct arch_thread *t);

/* Frames of a backtrace: give each return address to emit, innermost first. */
void arch_backtrace(const struct trapframe *tf,
                    void (*emit)(void *arg, u64 pc), void *arg);

/* --- address spaces ------------------------------------------------------ */

/* The user half of an address space as the MMU sees it; lives in struct vm. */
struct arch_space {
    paddr_t root;
    u64 asid;               /* generation << 16 | number; guarded by mmu.c */
    u64 harts;              /* atomic: bit per hart that may hold entries */
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

/* Map device registers (any alignment); NULL if out of memory.  Boot only. */
void *arch_map_device(paddr_t pa, size_t size);

/*
 * Map `pages` fresh pages at va in the kernel half, read-write.  -ENOMEM
 * undoes what was mapped.  Used for kernel stacks and the page array.
 */
int arch_map_kernel(vaddr_t va, size_t pages);

/* Walk all leaf entries of a table and panic on one both writable and
 * executable, or of user kind in the kernel half.  Returns the leaves seen. */
size_t arch_check_wx(paddr_t root);
paddr_t arch_kernel_root(void);

/* --- time ---------------------------------------------------------------- */

static inline u64 arch_ticks(void)
{
    u64 t;
    asm volatile("rdtime %0" : "=r"(t));
    return t;
}

/* Raise the timer interrupt when arch_ticks() >= when; ~0 for never. */
void arch_timer_set(u64 when);

/* --- the machine as a whole ----------------------------------------------- */

/* Output that works from the first instruction on. */
void arch_early_putc(char c);

/* Through the emulator's semihosting channel; only if it was started so. */
void arch_semihost_write(const char *text);

/* What the ISA string of the device tree says; sets the timer's kind. */
void arch_set_isa(const char *isa);

noreturn void arch_poweroff(void);
noreturn void arch_reboot(void);

/* --- doors upward: what the machine calls ---------------------------------- */

struct hart;

void kmain(u64 hartid, paddr_t device_tree);            /* kernel/main.c */
void hart_main(void);                                   /* kernel/main.c */
void trap_timer(void);                                  /* kernel/time.c */
void trap_ipi(void);                                    /* kernel/hart.c */
void trap_external(void);                               /* kernel/irq.c */
void trap_exit_kernel(void);                            /* kernel/sched.c */
/* lwp/: a fault or exception of user mode, interrupts enabled. */
void trap_user(struct trapframe *tf);
/* lwp/: flags are set; called before every return to user mode with them,
 * interrupts enabled.  tf is whole. */
void trap_user_work(struct trapframe *tf);
/* lwp/: system calls, indexed by a7, and those with TF_TRACE. */
long syscall_traced(u64 a0, u64 a1, u64 a2, u64 a3, u64 a4, u64 a5, u64 a6,
                    u64 nr);
/* kernel/panic.c: a trap in the kernel that nothing expects. */
noreturn void trap_fatal(struct trapframe *tf, const char *what);
