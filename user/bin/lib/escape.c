#include "user/bin/lib/escape.h"

#include <string.h>

#include "user/bin/lib/util.h"

/* Reads at most `most` digits. */
static int take_digits(const char **text, int base, int most)
{
    char digits[4] = { 0 };
    const char *p = digits;
    long long value = 0;

    memcpy(digits, *text, strnlen(*text, most));
    if (scan_number(&p, base, &value))
        *text += p - digits;
    return value & 0xff;
}

int take_escaped(const char **text)
{
    static const char letters[] = "abefnrtv\\";
    static const char values[] = "\a\b\033\f\n\r\t\v\\";
    const char *p = *text;
    const char *found;

    ++*text;
    if (*p != '\\' || !p[1])
        return (unsigned char)*p;
    if (p[1] >= '0' && p[1] <= '7')
        return take_digits(text, 8, 3);
    if (p[1] == 'x') {
        ++*text;
        return take_digits(text, 16, 2);
    }
    found = strchr(letters, p[1]);
    if (!found)
        return '\\';
    ++*text;
    return values[found - letters];
}

int take_echo_escaped(const char **text)
{
    const char *p = *text;

    if (p[0] == '\\' && p[1] == '0' && p[2] >= '0' && p[2] <= '7') {
        *text += 2;
        return take_digits(text, 8, 3);
    }
    return take_escaped(text);
}
