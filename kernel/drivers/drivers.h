/*
 * drivers.h - the drivers that boot calls, in this order.  Each does nothing if
 * the device tree (kernel/params.h) has no such device.
 */
#pragma once

void uart16550_init(void);      /* output; from now on the log uses it */
void plic_init(void);
void uart16550_init_irq(void);  /* input */
void rtc_init(void);            /* sets CLOCK_REALTIME */
