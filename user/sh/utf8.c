/* UTF-8: sizes and widths of characters. */
#define _GNU_SOURCE             /* wcwidth */
#include "user/sh/utf8.h"

#include <string.h>
#include <wchar.h>

#define NOT_UTF8 0x200000

size_t utf8_decode(const char *text, size_t length, int *code)
{
    static const unsigned char lead[] = { 0x00, 0xc0, 0xe0, 0xf0 };
    static const int least[] = { 0, 0x80, 0x800, 0x10000 };
    unsigned char first = text[0];
    size_t more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : first >= 0xc0;

    if (first < 0x80) {
        *code = first;
        return 1;
    }
    *code = NOT_UTF8 + first;
    if (more == 0 || first >= 0xf8 || more >= length)
        return 1;
    int value = first - lead[more];
    for (size_t i = 1; i <= more; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 1;
        value = value << 6 | (text[i] & 0x3f);
    }
    if (value < least[more])
        return 1;
    *code = value;
    return more + 1;
}

size_t utf8_before(const char *text, size_t at)
{
    int code;

    for (size_t size = 2; size <= 4 && size <= at; size++)
        if (utf8_decode(text + at - size, size, &code) == size)
            return size;
    return 1;
}

size_t utf8_length(const char *text)
{
    size_t rest = strlen(text), count = 0;
    int code;

    for (; rest > 0; count++) {
        size_t size = utf8_decode(text, rest, &code);
        text += size;
        rest -= size;
    }
    return count;
}

int utf8_width(int code)
{
    int width = code < NOT_UTF8 ? wcwidth(code) : 1;

    return width < 0 ? 1 : width;
}
