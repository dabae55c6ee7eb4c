/* panic.c - a broken promise ends the program, so that a fuzzer notices. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "kernel/lib/assert.h"

void panic(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    abort();
}
