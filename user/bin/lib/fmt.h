#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

/*
 * Formatted output without floating point.  musl's printf brings 30 KiB of
 * 128-bit floating point into every static program; a root file system held
 * in RAM cannot afford that a hundred times.  The names are Plan 9's.
 *
 * Conversions: %d %i %u %x %o %c %s %%, with the flags - 0 + , a width and a
 * precision (numbers or *), and the sizes l ll z j.
 */
#define PRINTS(fmt, first) __attribute__((format(printf, fmt, first)))

/* To standard output.  Errors are sticky and found by finish(). */
void print(const char *fmt, ...) PRINTS(1, 2);

void fprint(FILE *file, const char *fmt, ...) PRINTS(2, 3);
void vfprint(FILE *file, const char *fmt, va_list ap) PRINTS(2, 0);

/* Returns the length the whole text has; at most size - 1 bytes are stored. */
size_t snprint(char *buf, size_t size, const char *fmt, ...) PRINTS(3, 4);
size_t vsnprint(char *buf, size_t size, const char *fmt, va_list ap)
    PRINTS(3, 0);
