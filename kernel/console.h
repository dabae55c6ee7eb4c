/*
 * console.h - the one serial console: bytes out and bytes in.  What makes a
 * terminal of it (echo, lines, ^C) is kernel/fs/tty.
 */
#pragma once

#include "kernel/lib/types.h"

/* What a serial port driver offers. */
struct console_ops {
    /* Queue or write bytes; never sleeps. */
    void (*write)(const char *buf, size_t n);
    /* For panics: polled, ignores locks. */
    void (*write_polled)(const char *buf, size_t n);
    /* The receiver, which had not taken all, has room again; NULL: it is never
     * refused anything.  Not from an interrupt. */
    void (*resume)(void);
    /* Hold the line in the state of a break; NULL: there is none. */
    void (*set_break)(bool on);
};

void console_set_ops(const struct console_ops *ops);

/*
 * Write n bytes as one piece: no other hart's bytes come between them.  Any
 * context.
 */
void console_write(const char *buf, size_t n);
void console_write_polled(const char *buf, size_t n);

/*
 * Bytes that arrived: the driver calls console_receive() from its interrupt;
 * the terminal registers where they go.  How many were taken: the driver keeps
 * the rest and offers it again, with what follows, or when it is resumed.  The
 * driver holds no lock.
 */
typedef size_t (*console_receiver)(const char *buf, size_t n);
void console_set_receiver(console_receiver fn, void (*on_break)(void));
size_t console_receive(const char *buf, size_t n);

/* A break arrived, in the same way. */
void console_receive_break(void);

/* Send one: it lasts from on to off. */
void console_set_break(bool on);

/* The receiver has room again. */
void console_resume(void);
