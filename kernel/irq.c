/* irq.c - from interrupt numbers to handlers. */
#include "kernel/irq.h"

#include "kernel/hart.h"
#include "kernel/lib/errno.h"
#include "kernel/log.h"
#include "kernel/spinlock.h"

struct irq_line {
    const char *name;
    irq_handler fn;
    void *arg;
    u64 count;                  /* atomic */
};

/* Registered at boot, before harts run threads; then only read. */
static const struct irq_chip *chip;
static struct irq_line lines[IRQ_MAX];

void irq_set_chip(const struct irq_chip *c)
{
    chip = c;
}

int irq_register(unsigned irq, const char *name, irq_handler fn, void *arg)
{
    if (!irq || irq >= IRQ_MAX || !chip)
        return -EINVAL;
    if (lines[irq].fn)
        return -EBUSY;
    lines[irq] = (struct irq_line){ name, fn, arg, 0 };
    chip->enable(irq);
    return 0;
}

void irq_init_hart(void)
{
    if (chip)
        chip->init_hart();
}

void trap_external(void)
{
    unsigned irq;

    this_hart()->interrupts[HART_IRQ_EXTERNAL]++;
    while (chip && (irq = chip->claim())) {
        if (irq < IRQ_MAX && lines[irq].fn) {
            __atomic_add_fetch(&lines[irq].count, 1, __ATOMIC_RELAXED);
            lines[irq].fn(lines[irq].arg);
        } else {
            log_limited(LOG_WARNING, "interrupt %u: nobody handles it", irq);
        }
        chip->complete(irq);
    }
}

bool irq_stat(unsigned irq, struct irq_counts *out)
{
    if (irq >= IRQ_MAX)
        return false;
    out->name = lines[irq].name;
    out->count = READ_ONCE(lines[irq].count);
    return true;
}
