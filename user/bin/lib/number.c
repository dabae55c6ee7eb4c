#include "user/bin/lib/util.h"

#include <limits.h>
#include <string.h>

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return 16;
}

bool scan_number(const char **text, int base, long long *value)
{
    const char *p = *text;
    long long sum = 0;

    for (; digit_value(*p) < base; p++) {
        if (__builtin_mul_overflow(sum, base, &sum) ||
            __builtin_add_overflow(sum, digit_value(*p), &sum))
            return false;
    }
    if (p == *text)
        return false;
    *text = p;
    *value = sum;
    return true;
}

long long number_arg(const char *text, long long least, long long most)
{
    const char *p = text;
    bool negative = *p == '-';
    long long value;

    if (*p == '-' || *p == '+')
        p++;
    if (!scan_number(&p, 10, &value) || *p)
        die("invalid number '%s'", text);
    if (negative)
        value = -value;
    if (value < least || value > most)
        die("number out of range '%s'", text);
    return value;
}

long long size_arg(const char *text)
{
    static const char units[] = "kMGT";
    const char *p = text;
    const char *unit;
    long long scale = 1;
    long long value;

    if (!scan_number(&p, 10, &value))
        die("invalid size '%s'", text);
    if (*p == 'b' || *p == 'c') {
        scale = *p == 'b' ? 512 : 1;
        p++;
    } else if (*p) {
        unit = strchr(units, *p == 'K' ? 'k' : *p == 'm' ? 'M' : *p);
        if (unit)
            p++;
        for (; unit && unit >= units; unit--)
            scale *= 1024;
    }
    if (*p || __builtin_mul_overflow(value, scale, &value))
        die("invalid size '%s'", text);
    return value;
}

const char *human_size(unsigned long long bytes, char text[8])
{
    static const char units[] = "KMGTPE";
    unsigned long long tenths = bytes;
    int unit = -1;

    if (bytes < 1024) {
        snprint(text, 8, "%llu", bytes);
        return text;
    }
    /* Round up, as a file needs all of its last block. */
    do {
        bytes = tenths;
        tenths = (tenths + 1023) / 1024;
        unit++;
    } while (tenths >= 1024);
    if (tenths < 10 && (bytes * 10 + 1023) / 1024 < 100) {
        tenths = (bytes * 10 + 1023) / 1024;
        snprint(text, 8, "%llu.%llu%c", tenths / 10, tenths % 10, units[unit]);
    } else {
        snprint(text, 8, "%llu%c", tenths, units[unit]);
    }
    return text;
}
