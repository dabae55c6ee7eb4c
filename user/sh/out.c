/* What the shell prints: builtins' output and error messages. */
#include "user/sh/out.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "user/sh/shell.h"

static char pending[1024];
static size_t used;
static int first_error;

int write_all(int fd, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t n = write(fd, data, size);

        if (n < 0 && errno != EINTR)
            return -errno;
        if (n > 0) {
            data += n;
            size -= n;
        }
    }
    return 0;
}

static void write_pending(void)
{
    int error = write_all(STDOUT_FILENO, pending, used);

    if (!first_error)
        first_error = error;
    used = 0;
}

int out_flush(void)
{
    write_pending();
    int error = first_error;
    first_error = 0;
    return error;
}

void out_add(const char *text, size_t length)
{
    while (length > 0) {
        if (used == sizeof(pending))
            write_pending();
        size_t room = sizeof(pending) - used;
        size_t n = length < room ? length : room;

        memcpy(pending + used, text, n);
        used += n;
        text += n;
        length -= n;
    }
}

void out_char(char c)
{
    out_add(&c, 1);
}

void out_string(const char *text)
{
    out_add(text, strlen(text));
}

void out_printf(const char *format, ...)
{
    char text[512];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    out_string(text);
}

void out_quoted(const char *text)
{
    out_char('\'');
    for (; *text; text++) {
        if (*text == '\'')
            out_string("'\\''");
        else
            out_char(*text);
    }
    out_char('\'');
}

static void warn(const char *format, va_list args)
{
    char text[512];
    size_t n = snprintf(text, sizeof(text), "%.100s: ", sh.name);

    if (!sh.at_prompt && sh.line > 0)
        n += snprintf(text + n, sizeof(text) - n, "line %d: ", sh.line);
    n += vsnprintf(text + n, sizeof(text) - n, format, args);
    if (n > sizeof(text) - 2)
        n = sizeof(text) - 2;
    text[n++] = '\n';
    write_all(STDERR_FILENO, text, n);
}

void sh_warn(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    warn(format, args);
    va_end(args);
}

void sh_fail(int status, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    warn(format, args);
    va_end(args);
    sh.status = status;
    sh.flow = FLOW_ERROR;
}
