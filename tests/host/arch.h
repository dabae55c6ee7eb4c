/*
 * arch.h - the machine as host tests see it: one hart, interrupts that are
 * only a flag, and a direct map onto an arena of ordinary memory.  It takes
 * the place of kernel/riscv/arch.h; names and meanings are the same.
 */
#pragma once

#include "kernel/lib/types.h"
#include "kernel/riscv/layout.h"
#include "kernel/riscv/pgtable.h"


/* --- addresses ---------------------------------------------------------- */

/*
 * "Physical" memory: HOST_RAM_SIZE bytes that begin at HOST_RAM_BASE, as on
 * the emulated board.  An address outside of it panics.
 */
#define HOST_RAM_BASE 0x80000000ul
#define HOST_RAM_SIZE (64ul << 20)

extern u8 *const host_ram;

void *phys_to_virt(paddr_t pa);
paddr_t virt_to_phys(const void *va);

static inline void *pfn_to_virt(pfn_t pfn)
{
    return phys_to_virt(pfn << PAGE_SHIFT);
}

static inline pfn_t virt_to_pfn(const void *va)
{
    return virt_to_phys(va) >> PAGE_SHIFT;
}

/* --- interrupts of this hart -------------------------------------------- */

extern bool host_irqs_on;

static inline bool irq_enabled(void)
{
    return host_irqs_on;
}

static inline void irq_enable(void)
{
    host_irqs_on = true;
}

#define IRQS_ON 1ul

static inline u64 irq_disable(void)
{
    u64 were_on = host_irqs_on;

    host_irqs_on = false;
    return were_on;
}

static inline void irq_restore(u64 were_on)
{
    host_irqs_on = were_on;
}

static inline void arch_idle(void)
{
}

static inline void arch_call_rare(void (*fn)(void *), void *arg)
{
    fn(arg);
}

static inline void arch_relax(void)
{
}

/* --- harts and threads --------------------------------------------------- */

struct arch_hart {
    u64 kstack;
    struct arch_thread *thread;
    u64 user_ticks;
    u64 hartid;
    u64 id;
};

extern struct arch_hart *arch_this_hart;

struct trapframe {
    u64 x[32];
    u64 status, cause, tval;
    u64 whole;
    u64 orig_a0;
    u64 reserved;
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

struct arch_call;               /* nothing here looks into one */

struct arch_thread {
    u64 sp;
    u32 flags;
    u32 fpu_used;
    u64 kstack;
    struct arch_space *space;
    struct fpu_state fpu;
};

/* --- address spaces ------------------------------------------------------ */

struct arch_space {
    paddr_t root;
    u64 asid;
    u64 harts;
};

/* These are in stand-ins/mmu.c. */
int arch_space_init(struct arch_space *s);
void arch_space_destroy(struct arch_space *s);
void arch_space_activate(struct arch_space *s);
void arch_tlb_flush(struct arch_space *s, vaddr_t start, vaddr_t end);
void arch_tlb_flush_local(vaddr_t va);
void arch_icache_flush_all(void);
void arch_icache_flush(struct arch_space *s);
int arch_map_kernel(vaddr_t va, size_t pages);

/* What was flushed since the counters were last set to 0, for tests. */
struct host_flushes {
    unsigned calls;             /* of arch_tlb_flush() */
    vaddr_t start, end;         /* the last one's range */
    unsigned local;
    unsigned icache;
};
extern struct host_flushes host_flushes;

/* Called at each arch_tlb_flush() if set: what the tables say at that moment. */
extern void (*host_on_flush)(struct arch_space *s, vaddr_t start, vaddr_t end);

/* --- time ---------------------------------------------------------------- */

extern u64 host_ticks;          /* what arch_ticks() returns, set by tests */

static inline u64 arch_ticks(void)
{
    return host_ticks;
}
