/*
 * result.h - from the kernel's errors to what programs expect.
 */
#pragma once

#include <rtdef.h>

/*
 * `result` of a system call: as it is if >= 0; else the code -RT_Exxx for that
 * error, with errno and the thread's RT-Thread error set.
 */
rt_err_t __lwp_result(long result);

/* Likewise, but -1 for every error. */
long __lwp_posix_result(long result);
