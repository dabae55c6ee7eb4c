/* echo and printf. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/sh/builtin.h"
#include "user/sh/mem.h"
#include "user/sh/out.h"
#include "user/sh/shell.h"

/*
 * Prints what follows a backslash and returns what comes after it. Octal
 * numbers are \NNN in a format, and \0NNN in the arguments of echo -e and %b.
 * NULL for \c: no more output.
 */
static const char *print_escape(const char *text, bool in_format)
{
    static const char letters[] = "abfnrtv\\\"'e";
    static const char codes[] = "\a\b\f\n\r\t\v\\\"'\033";
    const char *letter;

    if (*text >= '0' && *text <= '7') {
        int value = 0;
        int digits = *text == '0' && !in_format ? 4 : 3;

        for (; digits > 0 && *text >= '0' && *text <= '7'; digits--)
            value = value * 8 + (*text++ - '0');
        out_char(value);
        return text;
    }
    if (*text == 'c' && !in_format)
        return NULL;
    letter = *text ? strchr(letters, *text) : NULL;
    if (!letter) {
        out_char('\\');
        return text;
    }
    out_char(codes[letter - letters]);
    return text + 1;
}

/* False if a \c says to stop. */
static bool print_escaped(const char *text)
{
    while (text && *text) {
        if (*text == '\\')
            text = print_escape(text + 1, false);
        else
            out_char(*text++);
    }
    return text != NULL;
}

int builtin_echo(int argc, char **argv)
{
    bool newline = true, escapes = false;
    int i = 1;

    for (; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
        if (argv[i][1 + strspn(argv[i] + 1, "neE")])
            break;
        for (const char *letter = argv[i] + 1; *letter; letter++) {
            if (*letter == 'n')
                newline = false;
            else
                escapes = *letter == 'e';
        }
    }
    for (; i < argc; i++) {
        if (!escapes)
            out_string(argv[i]);
        else if (!print_escaped(argv[i]))
            return 0;
        if (i + 1 < argc)
            out_char(' ');
    }
    if (newline)
        out_char('\n');
    return 0;
}

/* What printf works on. */
struct printing {
    char **args;                /* the next argument */
    int status;
    bool stop;                  /* \c was seen in a %b */
};

static const char *take_string(struct printing *printing)
{
    return *printing->args ? *printing->args++ : "";
}

/* What is not all number still counts as far as it goes; the status tells. */
static void check_number(struct printing *printing, const char *text,
                         const char *end)
{
    if (end != text && !*end && errno == 0)
        return;
    sh_warn("printf: %s: %s", text,
            errno ? strerror(errno) : "expected a number");
    printing->status = 1;
}

/* 'x is the code of x. */
static long long take_integer(struct printing *printing)
{
    const char *text = *printing->args;
    char *end;

    if (!text)
        return 0;
    printing->args++;
    if (*text == '\'' || *text == '"')
        return (unsigned char)text[1];
    errno = 0;
    long long value = strtoll(text, &end, 0);
    if (errno == ERANGE && *text != '-') {
        errno = 0;
        value = strtoull(text, &end, 0);
    }
    check_number(printing, text, end);
    return value;
}

static double take_double(struct printing *printing)
{
    const char *text = *printing->args;
    char *end;

    if (!text)
        return 0;
    printing->args++;
    errno = 0;
    double value = strtod(text, &end);
    check_number(printing, text, end);
    return value;
}

/* A conversion specification: flags, width, precision, then the letter. */
struct conversion {
    char flags[8];
    int width;
    int precision;              /* -1: none */
};

/* A width or precision above this is cut off. */
#define WIDTH_MAX 65536
/* More digits than any number has without width and precision. */
#define DIGITS_MAX 512

/* A decimal number, or * for the next argument. */
static const char *parse_number(const char *at, int *number,
                                struct printing *printing)
{
    if (*at == '*') {
        long long value = take_integer(printing);
        *number = value > WIDTH_MAX ? WIDTH_MAX
                  : value < -WIDTH_MAX ? -WIDTH_MAX : (int)value;
        return at + 1;
    }
    for (*number = 0; isdigit((unsigned char)*at); at++)
        if (*number < WIDTH_MAX)
            *number = *number * 10 + (*at - '0');
    return at;
}

/* From after the % to its letter. Repeated flags are dropped, so that the
 * format for the C library stays short. */
static const char *parse_conversion(const char *at, struct conversion *c,
                                    struct printing *printing)
{
    size_t n = 0;

    for (; *at && strchr("-+ 0#", *at); at++)
        if (n < sizeof(c->flags) - 1 && !memchr(c->flags, *at, n))
            c->flags[n++] = *at;
    c->flags[n] = '\0';
    at = parse_number(at, &c->width, printing);
    c->precision = -1;
    if (*at == '.')
        at = parse_number(at + 1, &c->precision, printing);
    return at;
}

static void format_of(const struct conversion *c, const char *type,
                      char *format, size_t size)
{
    snprintf(format, size, "%%%s*.*%s", c->flags, type);
}

/* Not by the C library: text of any length goes straight to the output. */
static void print_string(const struct conversion *c, const char *text)
{
    int length = strlen(text);
    bool left = strchr(c->flags, '-') || c->width < 0;
    int width = abs(c->width);

    if (c->precision >= 0 && c->precision < length)
        length = c->precision;
    for (int i = length; !left && i < width; i++)
        out_char(' ');
    out_add(text, length);
    for (int i = length; left && i < width; i++)
        out_char(' ');
}

/* Bytes that a converted number takes at most. */
static size_t room_for(const struct conversion *c)
{
    return abs(c->width) + abs(c->precision) + DIGITS_MAX;
}

static void print_integer(const struct conversion *c, char letter,
                          long long value)
{
    char format[24], type[4] = { 'l', 'l', letter };
    size_t size = room_for(c);
    char *text = arena_alloc(sh.scratch, size);

    format_of(c, type, format, sizeof(format));
    snprintf(text, size, format, c->width, c->precision, value);
    out_string(text);
}

static void print_double(const struct conversion *c, char letter, double value)
{
    char format[24], type[2] = { letter };
    size_t size = room_for(c);
    char *text = arena_alloc(sh.scratch, size);

    format_of(c, type, format, sizeof(format));
    snprintf(text, size, format, c->width, c->precision, value);
    out_string(text);
}

/* The letter was checked: all that is left are floating-point ones. */
static void convert(const struct conversion *c, char letter,
                    struct printing *printing)
{
    char one[2] = { 0 };

    switch (letter) {
    case 'c':
        one[0] = *take_string(printing);
        print_string(c, one);
        break;
    case 's':
        print_string(c, take_string(printing));
        break;
    case 'b':
        printing->stop = !print_escaped(take_string(printing));
        break;
    case 'd':
    case 'i':
    case 'o':
    case 'u':
    case 'x':
    case 'X':
        print_integer(c, letter, take_integer(printing));
        break;
    default:
        print_double(c, letter, take_double(printing));
    }
}

/* One pass over the format. */
static void print_format(const char *at, struct printing *printing)
{
    while (*at && !printing->stop) {
        struct conversion c;

        if (*at == '\\') {
            at = print_escape(at + 1, true);
        } else if (*at != '%') {
            out_char(*at++);
        } else if (at[1] == '%') {
            out_char('%');
            at += 2;
        } else {
            at = parse_conversion(at + 1, &c, printing);
            if (!*at || !strchr("csbdiouxXeEfFgGaA", *at)) {
                sh_warn("printf: bad conversion %%%c", *at ? *at : ' ');
                printing->status = 1;
                return;
            }
            struct mark mark = arena_mark(sh.scratch);
            convert(&c, *at++, printing);
            arena_release(sh.scratch, mark);
        }
    }
}

int builtin_printf(int argc, char **argv)
{
    struct printing printing = { 0 };
    int i = argc > 1 && strcmp(argv[1], "--") == 0 ? 2 : 1;
    char **before;

    if (i >= argc) {
        sh_warn("printf: FORMAT [ARG...]");
        return 2;
    }
    printing.args = argv + i + 1;
    do {
        before = printing.args;
        print_format(argv[i], &printing);
    } while (*printing.args && printing.args != before && !printing.stop
             && printing.status == 0);
    return printing.status;
}
