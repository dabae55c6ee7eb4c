/* stdio.h - for programs compiled into the kernel: output goes to its log. */
#pragma once

#include "kernel/lib/printf.h"

/* As ISO C's: a line to the log, without its newline. */
int printf(const char *format, ...) printf_like(1, 2);

#define snprintf ksnprintf
