/*
 * string.h - memory and strings (lwp.md row K-14): the C library's functions of
 * the same names.  Sizes are bytes.  None of them blocks or fails.
 */
#pragma once

#include <rtdef.h>

/* Fill with a byte. Gives `to`. */
void *rt_memset(void *to, int byte, rt_ubase_t size);

/* Copy; the two may not overlap. Gives `to`. */
void *rt_memcpy(void *to, const void *from, rt_ubase_t size);

/* Copy; the two may overlap. Gives `to`. */
void *rt_memmove(void *to, const void *from, rt_size_t size);

/* Below 0, 0 or above 0, as the first byte that differs. */
rt_int32_t rt_memcmp(const void *a, const void *b, rt_size_t size);

/* Bytes before the 0. */
rt_size_t rt_strlen(const char *s);

/* The same, but `max` at most: it looks no farther. */
rt_size_t rt_strnlen(const char *s, rt_ubase_t max);

/* Copy with the 0. Gives `to`. */
char *rt_strcpy(char *to, const char *from);

/* Fill `size` bytes with a string and zeros; a long one is not ended. */
char *rt_strncpy(char *to, const char *from, rt_size_t size);

/* Below 0, 0 or above 0: order of two strings. */
rt_int32_t rt_strcmp(const char *a, const char *b);

/* The same of their first `count` bytes at most. */
rt_int32_t rt_strncmp(const char *a, const char *b, rt_size_t count);

/* The same, whether letters are large or small. */
rt_int32_t rt_strcasecmp(const char *a, const char *b);

/* Where `part` begins in `s`, or RT_NULL. */
char *rt_strstr(const char *s, const char *part);
