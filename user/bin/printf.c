/* printf: print by a format (POSIX). */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "user/bin/lib/escape.h"
#include "user/bin/lib/util.h"

const char usage[] =
    "usage: printf FORMAT [ARGUMENT]...\n"
    "Print the arguments as FORMAT says, again and again until none is left.\n"
    "  %d %i %u %o %x %X %c %s %e %f %g with flags, width and precision as\n"
    "  in C; %b is %s with escapes: \\n \\t \\\\ \\NNN \\xHH \\c...\n";

static char **argument;

static const char *take_argument(void)
{
    return *argument ? *argument++ : NULL;
}

/* Bad numbers are warned about, but printed as far as they are good. */
static void check(const char *text, const char *end)
{
    if (errno == ERANGE)
        warn("%s: %s", text, strerror(errno));
    else if (*end)
        warn("%s: not a number", text);
}

/*
 * Returns the text of a number; or NULL and the value, if there are no more
 * arguments or it is like 'x, which stands for the character's code.
 */
static const char *take_number(long long *value)
{
    const char *text = take_argument();

    *value = 0;
    if (text && (*text == '\'' || *text == '"')) {
        *value = (unsigned char)text[1];
        return NULL;
    }
    return text;
}

static long long integer_argument(bool is_signed)
{
    long long value;
    const char *text = take_number(&value);
    char *end;

    if (!text)
        return value;
    errno = 0;
    if (is_signed || *text == '-')
        value = strtoll(text, &end, 0);
    else
        value = (long long)strtoull(text, &end, 0);
    check(text, end);
    return value;
}

static double real_argument(void)
{
    long long simple;
    const char *text = take_number(&simple);
    double value;
    char *end;

    if (!text)
        return (double)simple;
    errno = 0;
    value = strtod(text, &end);
    check(text, end);
    return value;
}

/* A conversion: its flags, width and precision, with every * replaced. */
struct spec {
    char text[64];
    size_t used;
};

static void add(struct spec *spec, const char *text)
{
    size_t length = strlen(text);

    if (spec->used + length + 4 > sizeof(spec->text))
        die("conversion too long");
    memcpy(spec->text + spec->used, text, length + 1);
    spec->used += length;
}

/* Copies the characters of that kind. */
static void take_any(const char **format, struct spec *spec, const char *kind)
{
    char piece[2] = "";

    for (; **format && strchr(kind, **format); ++*format) {
        piece[0] = **format;
        add(spec, piece);
    }
}

/* A width or precision: digits, or * for an argument. */
static void take_count(const char **format, struct spec *spec)
{
    char text[24];

    if (**format != '*') {
        take_any(format, spec, "0123456789");
        return;
    }
    ++*format;
    snprint(text, sizeof(text), "%d", (int)integer_argument(true));
    add(spec, text);
}

static void take_spec(const char **format, struct spec *spec)
{
    take_any(format, spec, "-+ #0");
    take_count(format, spec);
    if (**format == '.') {
        add(spec, ".");
        ++*format;
        take_count(format, spec);
    }
    while (**format && strchr("hlLjzt", **format))
        ++*format;
}

/* \c ends everything. */
static size_t unescape(const char *text, char *out, bool *stop)
{
    size_t used = 0;

    while (*text && !*stop) {
        if (text[0] == '\\' && text[1] == 'c') {
            *stop = true;
            break;
        }
        out[used++] = (char)take_echo_escaped(&text);
    }
    out[used] = '\0';
    return used;
}

static void print_unescaped(struct spec *spec, bool *stop)
{
    const char *text = take_argument();
    char *out;
    size_t length;

    if (!text)
        text = "";
    out = grow(NULL, strlen(text) + 1);
    length = unescape(text, out, stop);
    if (spec->used == 1) {
        fwrite(out, 1, length, stdout);
    } else {
        add(spec, "s");
        printf(spec->text, out);
    }
    free(out);
}

static void print_character(struct spec *spec)
{
    const char *text = take_argument();

    add(spec, "c");
    printf(spec->text, text ? *text : '\0');
}

static void convert(struct spec *spec, char type, bool *stop)
{
    char letter[4] = { 'l', 'l', type };
    const char *text;

    if (type == 'b') {
        print_unescaped(spec, stop);
    } else if (type == 'c') {
        print_character(spec);
    } else if (type == 's') {
        text = take_argument();
        add(spec, "s");
        printf(spec->text, text ? text : "");
    } else if (type && strchr("diouxX", type)) {
        add(spec, letter);
        printf(spec->text, integer_argument(type == 'd' || type == 'i'));
    } else if (type && strchr("aAeEfFgG", type)) {
        add(spec, letter + 2);
        printf(spec->text, real_argument());
    } else {
        die("%s%c: unknown conversion", spec->text, type ? type : ' ');
    }
}

/* Once through the format; false if \c ended it all. */
static bool print_once(const char *format)
{
    struct spec spec;
    bool stop = false;

    while (*format && !stop) {
        if (*format == '\\') {
            if (format[1] == 'c')
                return false;
            putchar(take_escaped(&format));
        } else if (*format != '%') {
            putchar(*format++);
        } else if (format[1] == '%') {
            putchar('%');
            format += 2;
        } else {
            format++;
            spec = (struct spec){ .text = "%", .used = 1 };
            take_spec(&format, &spec);
            convert(&spec, *format, &stop);
            format += *format != '\0';
        }
    }
    return !stop;
}

int main(int argc, char **argv)
{
    char **before;

    help_option(argv);
    argument = argv + 1;
    if (argc > 1)
        argument += strcmp(argv[1], "--") == 0;
    if (argc < 2 || !*argument)
        usage_error("missing operand");
    argv = argument++;
    do {
        before = argument;
        if (!print_once(*argv))
            break;
    } while (*argument && argument > before);
    return finish();
}
