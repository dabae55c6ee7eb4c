/*
 * plic.c - the platform-level interrupt controller (RISC-V PLIC 1.0.0).  Each
 * hart has a context for its supervisor mode; all enable all interrupts, and
 * whoever claims one first handles it.
 */
#include "kernel/drivers/drivers.h"
#include "kernel/hart.h"
#include "kernel/irq.h"
#include "kernel/log.h"
#include "kernel/params.h"
#include "kernel/spinlock.h"

#define PRIORITY        0x000000        /* 4 bytes an interrupt */
#define ENABLE          0x002000        /* 0x80 bytes a context */
#define CONTEXT         0x200000        /* 0x1000 bytes a context: */
#define THRESHOLD       0
#define CLAIM           4

static volatile u8 *base;               /* set once at boot */
static u32 enabled[IRQ_MAX / 32];       /* guarded by lock */
static struct spinlock lock = SPINLOCK_INIT(RANK_DEVICE);

static volatile u32 *reg(u64 offset)
{
    return (volatile u32 *)(base + offset);
}

/* The PLIC's context of a hart: the tree's order is by hart id. */
static u32 context_of(const struct hart *h)
{
    for (unsigned i = 0; i < machine.hart_count; i++)
        if (machine.hartids[i] == h->arch.hartid)
            return machine.plic_context[i];
    return ~0u;
}

static void write_enables(const struct hart *h)
{
    u32 context = context_of(h);

    if (context == ~0u)
        return;
    for (unsigned i = 0; i < ARRAY_SIZE(enabled); i++)
        *reg(ENABLE + context * 0x80 + i * 4) = enabled[i];
}

static void plic_enable(unsigned irq)
{
    spin_lock(&lock);
    *reg(PRIORITY + irq * 4) = 1;
    enabled[irq / 32] |= 1u << irq % 32;
    for (unsigned i = 0; i < hart_count; i++)
        write_enables(&harts[i]);
    spin_unlock(&lock);
}

static unsigned plic_claim(void)
{
    u32 context = context_of(this_hart());

    return context == ~0u ? 0 : *reg(CONTEXT + context * 0x1000 + CLAIM);
}

static void plic_complete(unsigned irq)
{
    *reg(CONTEXT + context_of(this_hart()) * 0x1000 + CLAIM) = irq;
}

static void plic_init_hart(void)
{
    u32 context = context_of(this_hart());

    if (context == ~0u)
        return;
    spin_lock(&lock);
    write_enables(this_hart());
    spin_unlock(&lock);
    *reg(CONTEXT + context * 0x1000 + THRESHOLD) = 0;
}

static const struct irq_chip plic = {
    .enable = plic_enable,
    .claim = plic_claim,
    .complete = plic_complete,
    .init_hart = plic_init_hart,
};

/* The registers of all contexts that our harts use. */
static size_t used_size(void)
{
    u32 last = 0;

    for (unsigned i = 0; i < machine.hart_count; i++)
        if (machine.plic_context[i] != ~0u)
            last = MAX(last, machine.plic_context[i]);
    return CONTEXT + (last + 1) * 0x1000;
}

void plic_init(void)
{
    if (!machine.plic)
        return;
    if (used_size() <= machine.plic_size)
        base = arch_map_device(machine.plic, used_size());
    if (!base) {
        log_error("plic: its registers are out of reach");
        return;
    }
    irq_set_chip(&plic);
    irq_init_hart();
}
