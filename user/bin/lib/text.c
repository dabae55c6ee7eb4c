#include "user/bin/lib/util.h"

#include <ctype.h>
#include <string.h>

char *replace_all(const char *text, const char *what, const char *value)
{
    size_t skip = strlen(what);
    size_t size = strlen(text) + 1;
    size_t used = 0;
    const char *found;
    char *result;

    for (const char *p = text; (p = strstr(p, what)); p += skip)
        size += strlen(value);
    result = grow(NULL, size);
    for (; (found = strstr(text, what)); text = found + skip)
        used += snprint(result + used, size - used, "%.*s%s",
                        (int)(found - text), text, value);
    snprint(result + used, size - used, "%s", text);
    return result;
}

size_t column_after(size_t column, int c)
{
    switch (c) {
    case '\n':
    case '\r':
    case '\f':
        return 0;
    case '\b':
        return column - (column > 0);
    case '\t':
        return (column / 8 + 1) * 8;
    default:
        return column + 1;
    }
}

const char *skip_blanks(const char *text)
{
    while (isblank((unsigned char)*text))
        text++;
    return text;
}

const char *skip_fields(const char *text, long long count)
{
    for (; count > 0 && *text; count--) {
        text = skip_blanks(text);
        while (*text && !isblank((unsigned char)*text))
            text++;
    }
    return text;
}
