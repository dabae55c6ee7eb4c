/*
 * string.h - the part of C's <string.h> that the kernel uses (ISO C, POSIX),
 * word-wise where it pays, and a few conversions.
 */
#pragma once

#include "kernel/lib/types.h"

void *memcpy(void *restrict dst, const void *restrict src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
void *memchr(const void *s, int c, size_t n);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);

/*
 * Copy at most size - 1 bytes and terminate.  Returns strlen(src), so a
 * result >= size says that it was cut (BSD strlcpy).
 */
size_t str_copy(char *dst, const char *src, size_t size);

/*
 * Parse an unsigned number at *s (decimal, 0x hexadecimal, 0 octal), move *s
 * behind it.  -EINVAL if there is no digit, -ERANGE if it overflows.
 */
int str_to_u64(const char **s, u64 *value);

/* The same with an optional K, M, G suffix (binary multiples). */
int str_to_size(const char **s, u64 *value);
