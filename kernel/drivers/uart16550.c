/*
 * uart16550.c - the 16550 serial port: output by waiting for the transmitter,
 * input by interrupt.
 */
#include "kernel/console.h"
#include "kernel/drivers/drivers.h"
#include "kernel/irq.h"
#include "kernel/log.h"
#include "kernel/params.h"
#include "kernel/spinlock.h"

/* Registers, in units of 1 << reg-shift bytes. */
#define RX          0
#define TX          0
#define IER         1
#define IER_RX      1
#define FCR         2
#define FCR_ENABLE  7           /* with both FIFOs cleared */
#define LSR         5
#define LSR_DATA    0x01
#define LSR_THRE    0x20        /* transmitter takes another byte */

static volatile u8 *base;       /* set once at boot */

static u8 read_reg(unsigned reg)
{
    volatile u8 *p = base + (reg << machine.uart_shift);

    return machine.uart_width == 4 ? *(volatile u32 *)p : *p;
}

static void write_reg(unsigned reg, u8 value)
{
    volatile u8 *p = base + (reg << machine.uart_shift);

    if (machine.uart_width == 4)
        *(volatile u32 *)p = value;
    else
        *p = value;
}

static void uart_write(const char *buf, size_t n)
{
    while (n--) {
        while (!(read_reg(LSR) & LSR_THRE))
            arch_relax();
        write_reg(TX, *buf++);
    }
}

static const struct console_ops uart_ops = {
    .write = uart_write,
    .write_polled = uart_write,
};

static void uart_interrupt(void *arg)
{
    char buf[32];
    size_t n;

    (void)arg;
    do {
        for (n = 0; n < sizeof(buf) && (read_reg(LSR) & LSR_DATA); n++)
            buf[n] = read_reg(RX);
        if (n)
            console_receive(buf, n);
    } while (n == sizeof(buf));
}

void uart16550_init(void)
{
    if (!machine.uart)
        return;
    base = arch_map_device(machine.uart, PAGE_SIZE);
    if (!base)
        return;
    write_reg(FCR, FCR_ENABLE);
    console_set_ops(&uart_ops);
}

void uart16550_init_irq(void)
{
    if (!base || irq_register(machine.uart_irq, "uart", uart_interrupt, NULL)) {
        log_error("uart: no interrupt, so no console input");
        return;
    }
    write_reg(IER, IER_RX);
}
