/*
 * printf.c - the formatter behind the console, the log and /proc.
 *
 * A conversion is parsed into a spec, turned into text, and put out as
 * padding, prefix, zeros and body; nothing is buffered here.
 */
#include "kernel/lib/printf.h"

#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"

struct sink {
    printf_put_fn put;
    void *arg;
    size_t total;           /* bytes put out so far */
};

struct spec {
    bool left, zero, plus, space, alternate;
    int width;
    int precision;          /* -1 if there is none */
    int bytes;              /* size of an integer argument */
    char conversion;
};

/* A number as text: sign or 0x in front, then zeros, then digits. */
struct number {
    const char *prefix;
    const char *digits;
    int count;
};

static void put_text(struct sink *sink, const char *text, size_t length)
{
    if (length > 0)
        sink->put(sink->arg, text, length);
    sink->total += length;
}

static void put_repeated(struct sink *sink, char c, int count)
{
    char chunk[16];

    memset(chunk, c, sizeof(chunk));
    for (; count > 0; count -= (int)sizeof(chunk))
        put_text(sink, chunk, MIN(count, (int)sizeof(chunk)));
}

static void put_padded(struct sink *sink, const struct spec *spec,
                       const char *text, int length)
{
    if (!spec->left)
        put_repeated(sink, ' ', spec->width - length);
    put_text(sink, text, length);
    if (spec->left)
        put_repeated(sink, ' ', spec->width - length);
}

static void put_number(struct sink *sink, const struct spec *spec,
                       const struct number *number)
{
    int prefix = strlen(number->prefix);
    int zeros = MAX(spec->precision - number->count, 0);
    int blanks = spec->width - prefix - zeros - number->count;

    /* The 0 flag fills the width with zeros, unless a precision is given. */
    if (spec->zero && !spec->left && spec->precision < 0) {
        zeros = blanks;
        blanks = 0;
    }
    if (!spec->left)
        put_repeated(sink, ' ', blanks);
    put_text(sink, number->prefix, prefix);
    put_repeated(sink, '0', zeros);
    put_text(sink, number->digits, number->count);
    if (spec->left)
        put_repeated(sink, ' ', blanks);
}

/* Write the digits of value backwards from end; where they begin. */
static char *write_digits(char *end, u64 value, unsigned base,
                          const char *digits)
{
    for (; value != 0; value /= base)
        *--end = digits[value % base];
    return end;
}

static void put_unsigned(struct sink *sink, const struct spec *spec, u64 value)
{
    bool upper = spec->conversion == 'X';
    unsigned base = spec->conversion == 'u' ? 10
                  : spec->conversion == 'o' ? 8 : 16;
    char buf[24], *end = buf + sizeof(buf);
    char *start = write_digits(end, value, base,
                               upper ? "0123456789ABCDEF" : "0123456789abcdef");
    struct number number = { "", start, end - start };

    if (value == 0 && spec->precision != 0)
        *--start = '0';
    if (spec->alternate && base == 16 && value != 0)
        number.prefix = upper ? "0X" : "0x";
    /* %#o asks for one leading zero, which a precision may have given. */
    if (spec->alternate && base == 8 && spec->precision <= end - start &&
        (start == end || *start != '0'))
        *--start = '0';
    number.digits = start;
    number.count = end - start;
    put_number(sink, spec, &number);
}

static void put_signed(struct sink *sink, const struct spec *spec, s64 value)
{
    /* Negating as unsigned is right for the least number, too. */
    u64 magnitude = value < 0 ? -(u64)value : (u64)value;
    char buf[24], *end = buf + sizeof(buf);
    char *start = write_digits(end, magnitude, 10, "0123456789");

    if (value == 0 && spec->precision != 0)
        *--start = '0';
    struct number number = {
        value < 0 ? "-" : spec->plus ? "+" : spec->space ? " " : "",
        start, end - start,
    };
    put_number(sink, spec, &number);
}

static void put_string(struct sink *sink, const struct spec *spec,
                       const char *text)
{
    if (text == NULL)
        text = "(null)";
    size_t length = spec->precision < 0 ? strlen(text)
                                        : strnlen(text, spec->precision);
    put_padded(sink, spec, text, length);
}

static s64 next_signed(va_list *args, int bytes)
{
    switch (bytes) {
    case 1: return (s8)va_arg(*args, int);
    case 2: return (s16)va_arg(*args, int);
    case 4: return va_arg(*args, int);
    default: return va_arg(*args, s64);
    }
}

static u64 next_unsigned(va_list *args, int bytes)
{
    switch (bytes) {
    case 1: return (u8)va_arg(*args, unsigned);
    case 2: return (u16)va_arg(*args, unsigned);
    case 4: return va_arg(*args, unsigned);
    default: return va_arg(*args, u64);
    }
}

static const char *parse_flags(const char *p, struct spec *spec)
{
    for (;; p++) {
        switch (*p) {
        case '-': spec->left = true; break;
        case '0': spec->zero = true; break;
        case '+': spec->plus = true; break;
        case ' ': spec->space = true; break;
        case '#': spec->alternate = true; break;
        default: return p;
        }
    }
}

static const char *parse_count(const char *p, int *count, va_list *args)
{
    if (*p == '*') {
        *count = va_arg(*args, int);
        return p + 1;
    }
    for (*count = 0; *p >= '0' && *p <= '9'; p++)
        *count = *count * 10 + (*p - '0');
    return p;
}

static const char *parse_length(const char *p, struct spec *spec)
{
    spec->bytes = 4;
    switch (*p) {
    case 'h':
        spec->bytes = p[1] == 'h' ? 1 : 2;
        return p + (p[1] == 'h' ? 2 : 1);
    case 'l':
        spec->bytes = 8;
        return p + (p[1] == 'l' ? 2 : 1);
    case 'z': case 'j': case 't':
        spec->bytes = 8;
        return p + 1;
    default:
        return p;
    }
}

/* p is behind the %; returns the place of the conversion character. */
static const char *parse_spec(const char *p, struct spec *spec, va_list *args)
{
    *spec = (struct spec){ .precision = -1 };
    p = parse_flags(p, spec);
    p = parse_count(p, &spec->width, args);
    if (spec->width < 0) {
        spec->left = true;
        spec->width = -spec->width;
    }
    if (*p == '.')
        p = parse_count(p + 1, &spec->precision, args);
    p = parse_length(p, spec);
    spec->conversion = *p;
    return p;
}

/* %p and %pe; returns the last character of the conversion. */
static const char *put_pointer(struct sink *sink, struct spec *spec,
                               const char *p, void *pointer)
{
    long value = (long)pointer;

    if (p[1] == 'e') {
        p++;
        if (value < 0 && value >= -ERESTART_BLOCK) {
            put_string(sink, spec, errno_name(-value));
            return p;
        }
    }
    spec->conversion = 'x';
    spec->alternate = true;
    put_unsigned(sink, spec, value);
    return p;
}

/* Returns the last character of the conversion. */
static const char *put_conversion(struct sink *sink, struct spec *spec,
                                  const char *p, va_list *args)
{
    char c;

    switch (spec->conversion) {
    case 'd': case 'i':
        put_signed(sink, spec, next_signed(args, spec->bytes));
        return p;
    case 'u': case 'x': case 'X': case 'o':
        put_unsigned(sink, spec, next_unsigned(args, spec->bytes));
        return p;
    case 's':
        put_string(sink, spec, va_arg(*args, const char *));
        return p;
    case 'c':
        c = va_arg(*args, int);
        put_padded(sink, spec, &c, 1);
        return p;
    case 'p':
        return put_pointer(sink, spec, p, va_arg(*args, void *));
    case '\0':
        return p - 1;       /* a lone % at the end prints nothing */
    default:
        put_text(sink, p, 1);
        return p;
    }
}

int kvprintf_to(printf_put_fn put, void *arg, const char *format, va_list args)
{
    struct sink sink = { put, arg, 0 };
    struct spec spec;
    va_list rest;

    va_copy(rest, args);
    for (const char *p = format; *p != '\0'; p++) {
        const char *text = p;
        while (*p != '\0' && *p != '%')
            p++;
        put_text(&sink, text, p - text);
        if (*p == '\0')
            break;
        p = parse_spec(p + 1, &spec, &rest);
        p = put_conversion(&sink, &spec, p, &rest);
    }
    va_end(rest);
    return MIN(sink.total, (size_t)INT_MAX);
}

/* A buffer that keeps what fits and leaves room for the NUL. */
struct buffer {
    char *next, *last;
};

static void put_to_buffer(void *arg, const char *text, size_t length)
{
    struct buffer *buffer = arg;
    size_t kept = MIN(length, (size_t)(buffer->last - buffer->next));

    memcpy(buffer->next, text, kept);
    buffer->next += kept;
}

static void put_nowhere(void *arg unused_arg, const char *text unused_arg,
                        size_t length unused_arg)
{
}

int kvsnprintf(char *buf, size_t size, const char *format, va_list args)
{
    if (size == 0)
        return kvprintf_to(put_nowhere, NULL, format, args);
    struct buffer buffer = { buf, buf + size - 1 };
    int length = kvprintf_to(put_to_buffer, &buffer, format, args);
    *buffer.next = '\0';
    return length;
}

int ksnprintf(char *buf, size_t size, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    int length = kvsnprintf(buf, size, format, args);
    va_end(args);
    return length;
}

int kscnprintf(char *buf, size_t size, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    size_t length = kvsnprintf(buf, size, format, args);
    va_end(args);
    return size == 0 ? 0 : MIN(length, size - 1);
}
