/*
 * error.h - the last error of each thread (lwp.md row K-11).  None of
 * these functions fails or blocks.
 */
#pragma once

#include <rtdef.h>

/* The caller's last error: what it set, or the function that failed. */
rt_err_t rt_get_errno(void);

/* Set it. */
void rt_set_errno(rt_err_t error);

/* Where it lies, as an int for each thread. */
int *_rt_errno(void);

/* The name of an error, such as "EIO", whatever its sign; "EUNKNOW" if none. */
const char *rt_strerror(rt_err_t error);
