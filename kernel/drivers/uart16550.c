/*
 * uart16550.c - the 16550 serial port: output by waiting for the transmitter,
 * input by interrupt.  What the console's receiver does not take stays here, and
 * when there is no more place for it, in the port and with the sender.
 */
#include "kernel/console.h"
#include "kernel/drivers/drivers.h"
#include "kernel/irq.h"
#include "kernel/lib/string.h"
#include "kernel/log.h"
#include "kernel/params.h"
#include "kernel/spinlock.h"

/* Registers, in units of 1 << reg-shift bytes. */
#define RX          0
#define TX          0
#define IER         1
#define IER_RX      1
#define FCR         2
#define FCR_ENABLE  0xc7        /* with both FIFOs cleared; interrupt at 14
                                 * bytes, or when no more come */
#define LCR         3
#define LCR_BREAK   0x40
#define LSR         5
#define LSR_DATA    0x01
#define LSR_BREAK   0x10        /* the next byte is none, but a break */
#define LSR_THRE    0x20        /* transmitter takes another byte */

static volatile u8 *base;       /* set once at boot */

/* So many bytes a terminal that is full can look ahead, for a ^C. */
#define HELD_MAX    256

static struct spinlock lock = SPINLOCK_INIT(RANK_DEVICE);
/* guarded by lock */
static bool passing;            /* somebody passes bytes on ... */
static bool again;              /* ... and shall look once more */
/* the passing one's own */
static char held[HELD_MAX];
static size_t held_count;

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

/* From the port into held, and from there on.  true: there may be more. */
static bool pass_some(void)
{
    size_t before = held_count, taken;
    u8 status;

    while (held_count < HELD_MAX && ((status = read_reg(LSR)) & LSR_DATA)) {
        held[held_count] = read_reg(RX);
        if (status & LSR_BREAK)
            console_receive_break();
        else
            held_count++;
    }
    if (held_count == 0)
        return false;
    taken = console_receive(held, held_count);
    held_count -= taken;
    memmove(held, held + taken, held_count);
    return taken || held_count != before;
}

/*
 * Pass on what there is.  One at a time, and without the lock: the receiver's
 * locks come before it.  Whoever finds it being done silences the port until
 * the other is through.
 */
static void pass_input(void)
{
    spin_lock(&lock);
    again = true;
    if (passing) {
        write_reg(IER, 0);
        spin_unlock(&lock);
        return;
    }
    passing = true;
    while (again) {
        again = false;
        spin_unlock(&lock);
        while (pass_some())
            ;
        spin_lock(&lock);
    }
    passing = false;
    write_reg(IER, held_count < HELD_MAX ? IER_RX : 0);
    spin_unlock(&lock);
}

static void uart_interrupt(void *arg)
{
    (void)arg;
    pass_input();
}

static void set_break(bool on)
{
    u8 lcr = read_reg(LCR);

    write_reg(LCR, on ? lcr | LCR_BREAK : lcr & ~LCR_BREAK);
}

static const struct console_ops uart_ops = {
    .write = uart_write,
    .write_polled = uart_write,
    .resume = pass_input,
    .set_break = set_break,
};

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
