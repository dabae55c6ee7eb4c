/* log.c - the kernel's log goes to stderr if HOST_LOG is set. */
#include <stdio.h>
#include <stdlib.h>

#include "kernel/log.h"

void klog(enum log_level level unused_arg, const char *format, ...)
{
    va_list args;

    if (getenv("HOST_LOG") == NULL)
        return;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
}

bool log_limit_pass(struct log_limit *l)
{
    l->count++;
    return true;
}
