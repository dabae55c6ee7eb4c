/* syscalls.h - names and arguments of system calls (lwp/syscalls.def). */
#pragma once

#include "lwp/syscall_format.h"

/* The format of a call; NULL: there is none of that number, or name. */
const struct syscall_format *syscall_format(unsigned long number);
const struct syscall_format *syscall_by_name(const char *name);
