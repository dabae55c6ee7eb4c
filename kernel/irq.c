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
    u32 counts[MAX_HARTS];      /* each hart's own */
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
    lines[irq] = (struct irq_line){ .name = name, .fn = fn, .arg = arg };
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
            lines[irq].counts[this_hart()->arch.id]++;
            lines[irq].fn(lines[irq].arg);
        } else {
            log_limited(LOG_WARNING, "interrupt %u: nobody handles it", irq);
        }
        chip->complete(irq);
    }
}

const char *irq_name(unsigned irq)
{
    return lines[irq].name;
}

u32 irq_count(unsigned irq, unsigned hart)
{
    return READ_ONCE(lines[irq].counts[hart]);
}
