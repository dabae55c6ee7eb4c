/* console_tty.c - the terminal on the serial console: /dev/console, /dev/tty,
 * /dev/ttyS0. */
#include "kernel/fs/tty_private.h"

#include "kernel/console.h"
#include "kernel/fs/devfs.h"
#include "kernel/lib/errno.h"

static struct tty *console;

static size_t console_output(struct tty *tty, const char *buf, size_t n)
{
    (void)tty;
    console_write(buf, n);
    return n;
}

static size_t console_room(struct tty *tty)
{
    (void)tty;
    return LDISC_SIZE;                  /* the driver waits if it must */
}

static void resume_console(struct tty *tty)
{
    (void)tty;
    console_resume();
}

static void set_console_break(struct tty *tty, bool on)
{
    (void)tty;
    console_set_break(on);
}

static const struct tty_ops console_ops = {
    .set_break = set_console_break,
    .output = console_output,
    .room = console_room,
    .resume = resume_console,
};

static size_t console_input(const char *buf, size_t n)
{
    return tty_input(console, buf, n);
}

/* /dev/console controls a session only when asked to (TIOCSCTTY). */
static int open_console(struct inode *inode, struct file *f)
{
    if (inode->rdev == DEV_CONSOLE)
        f->flags |= O_NOCTTY;
    return tty_open_file(console, f);
}

static const struct file_ops console_file_ops = { .open = open_console };

/* /dev/tty is the opener's controlling terminal. */
static int open_controlling(struct inode *inode, struct file *f)
{
    struct tty *tty = tty_doors->controlling();
    int error;

    (void)inode;
    if (!tty)
        return -ENXIO;
    error = tty_open_file(tty, f);
    tty_put(tty);
    return error;
}

static const struct file_ops controlling_ops = { .open = open_controlling };

static void console_broken_off(void)
{
    tty_break(console);
}

void tty_init(void)
{
    console = tty_create(&console_ops, DEV_CONSOLE, NULL);
    if (!console ||
        devfs_add("console", 0600, DEV_CONSOLE, &console_file_ops, NULL) ||
        devfs_add("ttyS0", 0600, DEV_TTYS0, &console_file_ops, NULL) ||
        devfs_add("tty", 0666, DEV_TTY, &controlling_ops, NULL))
        panic("no memory for the console's terminal");
    console->size = (struct winsize){ .rows = 24, .columns = 80 };
    console_set_receiver(console_input, console_broken_off);
}
