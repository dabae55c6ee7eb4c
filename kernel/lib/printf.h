/*
 * printf.h - formatted output into buffers.
 *
 * Conversions: d i u x X o c s p %, lengths hh h l ll z j t, flags 0 - + space
 * #, width and precision, both also as *.  Extensions: %pe prints an errno
 * number passed as (void *)(long)-EXXX by name.  No floating point.
 */
#pragma once

#include <stdarg.h>

#include "kernel/lib/types.h"

/* As ISO C's snprintf: the length it would have, always terminated. */
int ksnprintf(char *buf, size_t size, const char *format, ...)
    printf_like(3, 4);
int kvsnprintf(char *buf, size_t size, const char *format, va_list args);

/* As above, but returns what was really stored (without the NUL). */
int kscnprintf(char *buf, size_t size, const char *format, ...)
    printf_like(3, 4);

/* The engine: give each piece of output to put(arg, text, length). */
typedef void (*printf_put_fn)(void *arg, const char *text, size_t length);
int kvprintf_to(printf_put_fn put, void *arg, const char *format,
                va_list args);
