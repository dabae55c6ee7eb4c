/* seq: print a sequence of numbers (as in GNU, by decimal fractions). */

#include <stdlib.h>
#include <string.h>

#include "user/bin/lib/util.h"

const char usage[] =
    "usage: seq [-w] [-s TEXT] [FIRST [STEP]] LAST\n"
    "Print the numbers from FIRST (1) to LAST by STEP (1).\n"
    "  -w  all as wide as the widest  -s  TEXT between them, not newlines\n";

/* value / 10^digits: exact, where floating point would not be. */
struct decimal {
    long long value;
    int digits;
};

static struct decimal decimal_arg(const char *text)
{
    const char *p = text + (*text == '-' || *text == '+');
    struct decimal number = { 0 };
    long long fraction = 0;
    const char *start;

    if (!scan_number(&p, 10, &number.value) && *p != '.')
        die("invalid number '%s'", text);
    if (*p == '.') {
        start = ++p;
        if (*p && !scan_number(&p, 10, &fraction))
            die("invalid number '%s'", text);
        number.digits = (int)(p - start);
    }
    if (*p || number.digits > 9)
        die("invalid number '%s'", text);
    for (int i = 0; i < number.digits; i++) {
        if (__builtin_mul_overflow(number.value, 10, &number.value))
            die("number too large '%s'", text);
    }
    number.value += fraction;
    if (*text == '-')
        number.value = -number.value;
    return number;
}

static long long scaled(struct decimal number, int digits)
{
    for (; number.digits < digits; number.digits++) {
        if (__builtin_mul_overflow(number.value, 10, &number.value))
            die("number too large");
    }
    return number.value;
}

static size_t number_text(long long value, int digits, char text[48])
{
    unsigned long long bits = value;
    unsigned long long size = value < 0 ? -bits : bits;
    unsigned long long scale = 1;

    for (int i = 0; i < digits; i++)
        scale *= 10;
    if (digits == 0)
        return snprint(text, 48, "%lld", value);
    return snprint(text, 48, "%s%llu.%0*llu", value < 0 ? "-" : "",
                   size / scale, digits, size % scale);
}

static void print_padded(const char *text, size_t width)
{
    size_t length = strlen(text);

    if (*text == '-' && length < width) {
        putchar('-');
        text++;
    }
    for (; length < width; length++)
        putchar('0');
    print("%s", text);
}

static void count(const struct decimal range[3], const char *between,
                  bool same_width)
{
    int digits = range[0].digits > range[1].digits ? range[0].digits
                                                   : range[1].digits;
    long long value = scaled(range[0], digits);
    long long step = scaled(range[1], digits);
    /* The last number's own digits do not count for the others. */
    int last_digits = range[2].digits > digits ? range[2].digits : digits;
    long long last = scaled(range[2], last_digits);
    const char *before = "";
    char text[48];
    size_t width = 0, other;

    for (; last_digits > digits; last_digits--)
        last = last / 10 + (step < 0 && last % 10 > 0) -
               (step > 0 && last % 10 < 0);
    if (same_width) {
        width = number_text(value, digits, text);
        other = number_text(last, digits, text);
        width = other > width ? other : width;
    }
    while (step > 0 ? value <= last : value >= last) {
        number_text(value, digits, text);
        print("%s", before);
        print_padded(text, width);
        before = between;
        if (__builtin_add_overflow(value, step, &value))
            break;
    }
    if (before == between)
        putchar('\n');
}

int main(int argc, char **argv)
{
    struct decimal range[3] = { { .value = 1 }, { .value = 1 } };
    const char *between = "\n";
    bool same_width = false;
    int i = 1;

    /* Not next_option(): -1 is a number. */
    help_option(argv);
    for (; i < argc && argv[i][0] == '-'; i++) {
        if (strcmp(argv[i], "-w") == 0)
            same_width = true;
        else if (strcmp(argv[i], "-s") == 0 && argv[i + 1])
            between = argv[++i];
        else if (argv[i][1] == 's')
            between = argv[i] + 2;
        else
            break;
    }
    i += i < argc && strcmp(argv[i], "--") == 0;
    if (argc - i < 1 || argc - i > 3)
        usage_error("wants one to three numbers");
    range[2] = decimal_arg(argv[argc - 1]);
    if (argc - i > 1)
        range[0] = decimal_arg(argv[i]);
    if (argc - i > 2)
        range[1] = decimal_arg(argv[i + 1]);
    if (range[1].value == 0)
        die("the step must not be zero");
    count(range, between, same_width);
    return finish();
}
