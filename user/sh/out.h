#pragma once

#include <stddef.h>

/*
 * Output of the builtins. It is collected and written by out_flush(), which
 * runs after each builtin and before each fork, so that a builtin costs one
 * write and no byte is written twice.
 */
void out_add(const char *text, size_t length);
void out_char(char c);
void out_string(const char *text);
void out_printf(const char *format, ...)
    __attribute__((format(printf, 1, 2)));
/* Text in quotes that the shell would read back as the same word. */
void out_quoted(const char *text);

/* Writes what was collected to descriptor 1. 0, or -errno of the first
 * write that failed since the last flush. */
int out_flush(void);

/* Writes all of the bytes. 0 or -errno. Goes on after a signal. */
int write_all(int fd, const char *data, size_t size);

/* "sh: line 3: message" on standard error, in one write. */
void sh_warn(const char *format, ...)
    __attribute__((format(printf, 1, 2)));
/* The same, and then unwinds to the prompt, or out of the script, with the
 * given status. */
void sh_fail(int status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
