/*
 * assert.h - stopping on our own bugs.  Nothing that a user program, a disk,
 * a packet or a device tree can contain may reach panic().
 */
#pragma once

#include "kernel/lib/types.h"

/*
 * Print the message, registers, backtrace and held locks, and end the machine
 * with a failing status.  On the host it jumps back to the test that expects
 * it.  Any context.
 */
noreturn void panic(const char *format, ...) printf_like(1, 2);

#define assert(cond) \
    do { \
        if (unlikely(!(cond))) \
            panic("%s:%d: %s: assertion failed: %s", __FILE__, __LINE__, \
                  __func__, #cond); \
    } while (0)
