/* console.c - between the serial port's driver and the terminal. */
#include "kernel/console.h"

#include "arch.h"
#include "kernel/spinlock.h"

/* Until a driver comes, the firmware prints. */
static void early_write(const char *buf, size_t n)
{
    while (n--)
        arch_early_putc(*buf++);
}

static const struct console_ops early_ops = {
    .write = early_write,
    .write_polled = early_write,
};

static const struct console_ops *ops = &early_ops;
static console_receiver receiver;
static void (*break_receiver)(void);
static struct spinlock lock = SPINLOCK_INIT(RANK_CONSOLE);

void console_set_ops(const struct console_ops *driver)
{
    ops = driver;
}

void console_write(const char *buf, size_t n)
{
    spin_lock(&lock);
    ops->write(buf, n);
    spin_unlock(&lock);
}

void console_write_polled(const char *buf, size_t n)
{
    ops->write_polled(buf, n);
}

void console_set_receiver(console_receiver fn, void (*on_break)(void))
{
    receiver = fn;
    break_receiver = on_break;
}

void console_receive_break(void)
{
    if (break_receiver)
        break_receiver();
}

void console_set_break(bool on)
{
    spin_lock(&lock);
    if (ops->set_break)
        ops->set_break(on);
    spin_unlock(&lock);
}

size_t console_receive(const char *buf, size_t n)
{
    return receiver ? receiver(buf, n) : n;
}

void console_resume(void)
{
    if (ops->resume)
        ops->resume();
}
