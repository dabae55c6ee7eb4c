#include "user/bin/lib/fmt.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Where the text goes: a file, or memory when file is NULL. */
struct sink {
    FILE *file;
    char *at;
    char *end;
    size_t total;
};

struct spec {
    bool left;
    bool zero;
    bool plus;
    int width;
    int precision;      /* -1 when none was given */
    int longs;          /* 0: int, 1 or more: 64 bits */
};

static void put(struct sink *sink, char c)
{
    sink->total++;
    if (sink->file)
        putc(c, sink->file);
    else if (sink->at < sink->end)
        *sink->at++ = c;
}

static void put_many(struct sink *sink, char c, int count)
{
    while (count-- > 0)
        put(sink, c);
}

static void put_text(struct sink *sink, const struct spec *spec,
                     const char *text, int length)
{
    int padding = spec->width - length;

    if (!spec->left)
        put_many(sink, ' ', padding);
    for (int i = 0; i < length; i++)
        put(sink, text[i]);
    if (spec->left)
        put_many(sink, ' ', padding);
}

static void put_string(struct sink *sink, const struct spec *spec,
                       const char *text)
{
    size_t limit = spec->precision < 0 ? SIZE_MAX : (size_t)spec->precision;

    if (!text)
        text = "(null)";
    put_text(sink, spec, text, (int)strnlen(text, limit));
}

static void put_number(struct sink *sink, const struct spec *spec,
                       uint64_t value, int base, const char *sign)
{
    char digits[96];
    char *p = digits + sizeof(digits);
    char *end = p;
    int least = spec->precision < 0 ? 1 : spec->precision;

    if (spec->zero && !spec->left && spec->precision < 0)
        least = spec->width - (int)strlen(sign);
    if (least > 64)
        least = 64;
    while (value || end - p < least) {
        *--p = "0123456789abcdef"[value % base];
        value /= base;
    }
    if (*sign)
        *--p = *sign;
    put_text(sink, spec, p, (int)(end - p));
}

static uint64_t take_unsigned(const struct spec *spec, va_list *ap)
{
    return spec->longs ? va_arg(*ap, uint64_t) : va_arg(*ap, unsigned);
}

static void put_signed(struct sink *sink, const struct spec *spec, va_list *ap)
{
    int64_t value = spec->longs ? va_arg(*ap, int64_t) : va_arg(*ap, int);

    if (value < 0)
        put_number(sink, spec, -(uint64_t)value, 10, "-");
    else
        put_number(sink, spec, (uint64_t)value, 10, spec->plus ? "+" : "");
}

static int take_count(const char **fmt, va_list *ap)
{
    int count = 0;

    if (**fmt == '*') {
        ++*fmt;
        return va_arg(*ap, int);
    }
    while (**fmt >= '0' && **fmt <= '9')
        count = count * 10 + *(*fmt)++ - '0';
    return count;
}

static struct spec take_spec(const char **fmt, va_list *ap)
{
    struct spec spec = { .precision = -1 };

    for (;; ++*fmt) {
        if (**fmt == '-')
            spec.left = true;
        else if (**fmt == '0')
            spec.zero = true;
        else if (**fmt == '+')
            spec.plus = true;
        else
            break;
    }
    spec.width = take_count(fmt, ap);
    if (**fmt == '.') {
        ++*fmt;
        spec.precision = take_count(fmt, ap);
    }
    while (**fmt == 'l' || **fmt == 'z' || **fmt == 'j') {
        spec.longs++;
        ++*fmt;
    }
    return spec;
}

static void convert(struct sink *sink, const struct spec *spec, char type,
                    va_list *ap)
{
    char c;

    switch (type) {
    case 'd':
    case 'i':
        put_signed(sink, spec, ap);
        break;
    case 'u':
        put_number(sink, spec, take_unsigned(spec, ap), 10, "");
        break;
    case 'x':
        put_number(sink, spec, take_unsigned(spec, ap), 16, "");
        break;
    case 'o':
        put_number(sink, spec, take_unsigned(spec, ap), 8, "");
        break;
    case 's':
        put_string(sink, spec, va_arg(*ap, const char *));
        break;
    case 'c':
        c = (char)va_arg(*ap, int);
        put_text(sink, spec, &c, 1);
        break;
    default:
        put(sink, type);
    }
}

static void format(struct sink *sink, const char *fmt, va_list *ap)
{
    struct spec spec;

    for (; *fmt; fmt++) {
        if (*fmt != '%') {
            put(sink, *fmt);
            continue;
        }
        fmt++;
        spec = take_spec(&fmt, ap);
        if (!*fmt)
            return;
        convert(sink, &spec, *fmt, ap);
    }
}

void vfprint(FILE *file, const char *fmt, va_list ap)
{
    struct sink sink = { .file = file };
    va_list copy;

    va_copy(copy, ap);
    format(&sink, fmt, &copy);
    va_end(copy);
}

void fprint(FILE *file, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vfprint(file, fmt, ap);
    va_end(ap);
}

void print(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vfprint(stdout, fmt, ap);
    va_end(ap);
}

size_t vsnprint(char *buf, size_t size, const char *fmt, va_list ap)
{
    struct sink sink = { .at = buf, .end = buf + size - 1 };
    va_list copy;

    va_copy(copy, ap);
    format(&sink, fmt, &copy);
    va_end(copy);
    *sink.at = '\0';
    return sink.total;
}

size_t snprint(char *buf, size_t size, const char *fmt, ...)
{
    size_t total;
    va_list ap;

    va_start(ap, fmt);
    total = vsnprint(buf, size, fmt, ap);
    va_end(ap);
    return total;
}
