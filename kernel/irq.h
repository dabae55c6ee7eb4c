/* irq.h - interrupts of devices. */
#pragma once

#include "kernel/lib/types.h"

#define IRQ_MAX 128

/* Called with interrupts disabled, on whichever hart took the interrupt. */
typedef void (*irq_handler)(void *arg);

/* What an interrupt controller offers. */
struct irq_chip {
    void (*enable)(unsigned irq);
    unsigned (*claim)(void);            /* 0: none pending */
    void (*complete)(unsigned irq);
    void (*init_hart)(void);
};

/* Called once by the controller's driver. */
void irq_set_chip(const struct irq_chip *chip);

/* -EINVAL for a number out of range, -EBUSY if it has a handler. */
int irq_register(unsigned irq, const char *name, irq_handler fn, void *arg);
void irq_init_hart(void);

/* For /proc/interrupts, irq < IRQ_MAX: the driver's name for it, NULL if it has
 * no handler; how often a hart took it. */
const char *irq_name(unsigned irq);
u32 irq_count(unsigned irq, unsigned hart);
