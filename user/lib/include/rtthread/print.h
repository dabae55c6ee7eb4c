/*
 * print.h - output and assertions (lwp.md row K-14).  None of
 * these functions but rt_kprintf(), rt_kputs() and a failed assertion blocks.
 */
#pragma once

#include <rtdef.h>

/*
 * Print as printf(3), to standard output, and send it on its way.  Blocks as a
 * write there does.  Bytes printed, or below 0: an error, with errno.
 */
int rt_kprintf(const char *format, ...);

/* Print a string as it is, likewise. */
void rt_kputs(const char *s);

/* Print into `buf`, as sprintf(3): bytes printed, or below 0 for an error. */
int rt_sprintf(char *buf, const char *format, ...);

/* Print into `size` bytes at most, as snprintf(3): bytes that a longer buffer would
 * have got, or below 0 for an error. */
int rt_snprintf(char *buf, rt_size_t size, const char *format, ...);

/* The same two with their arguments in a va_list. */
int rt_vsprintf(char *buf, const char *format, va_list args);
int rt_vsnprintf(char *buf, rt_size_t size, const char *format, va_list args);

/* What an assertion calls that does not hold: print it, or call the hook that is
 * set, then abort(3). */
void rt_assert_handler(const char *condition, const char *function,
                       rt_size_t line);

/* Set the hook that takes the place of the message and of abort(). */
void rt_assert_set_hook(void (*hook)(const char *condition,
                                     const char *function, rt_size_t line));

#define RT_ASSERT(condition) \
    do { \
        if (!(condition)) \
            rt_assert_handler(#condition, __func__, __LINE__); \
    } while (0)
