/* Matching of shell patterns. */
#include "user/sh/pattern.h"

#include <ctype.h>
#include <string.h>

#include "user/sh/utf8.h"

bool pattern_is_magic(const char *text)
{
    for (; *text; text++) {
        if (*text == '\\' && text[1])
            text++;
        else if (*text == '*' || *text == '?')
            return true;
        else if (*text == '[' && strchr(text, ']'))
            return true;
    }
    return false;
}

char *pattern_unescape(char *text)
{
    char *out = text;

    for (const char *in = text; *in; *out++ = *in++)
        if (*in == '\\' && in[1])
            in++;
    *out = '\0';
    return text;
}

/* Classes are C's for ASCII; all other characters count as letters. */
static const struct {
    const char *name;
    int (*contains)(int c);
    bool letters;
} classes[] = {
    { "[:alnum:]", isalnum, true },   { "[:alpha:]", isalpha, true },
    { "[:blank:]", isblank, false },  { "[:cntrl:]", iscntrl, false },
    { "[:digit:]", isdigit, false },  { "[:graph:]", isgraph, true },
    { "[:lower:]", islower, false },  { "[:print:]", isprint, true },
    { "[:punct:]", ispunct, false },  { "[:space:]", isspace, false },
    { "[:upper:]", isupper, false },  { "[:xdigit:]", isxdigit, false },
};

/* [:name:] at the pattern: its end, or NULL if it is none. */
static const char *match_class(const char *pattern, int c, bool *found)
{
    for (size_t i = 0; i < sizeof(classes) / sizeof(*classes); i++) {
        size_t length = strlen(classes[i].name);

        if (strncmp(pattern, classes[i].name, length) != 0)
            continue;
        *found |= c < 128 ? classes[i].contains(c) != 0 : classes[i].letters;
        return pattern + length;
    }
    return NULL;
}

/* One character of a bracket expression, escaped or not. */
static const char *take_member(const char *pattern, int *c)
{
    if (*pattern == '\\' && pattern[1])
        pattern++;
    return pattern + utf8_decode(pattern, strlen(pattern), c);
}

/*
 * Matches c against the bracket expression that begins after '['. Returns
 * where it ends, or NULL if it does not, and is therefore no expression.
 */
static const char *match_bracket(const char *pattern, int c, bool *matched)
{
    bool negated = *pattern == '!' || *pattern == '^';
    bool found = false;
    const char *first = pattern += negated;

    while (*pattern && (*pattern != ']' || pattern == first)) {
        const char *end = match_class(pattern, c, &found);
        int low, high;

        if (end) {
            pattern = end;
            continue;
        }
        pattern = take_member(pattern, &low);
        high = low;
        if (pattern[0] == '-' && pattern[1] && pattern[1] != ']')
            pattern = take_member(pattern + 1, &high);
        found |= low <= c && c <= high;
    }
    if (!*pattern)
        return NULL;
    *matched = found != negated;
    return pattern + 1;
}

/*
 * Matches one character of text against the head of the pattern, which is
 * not '*'. Returns the rest of the pattern, or NULL.
 */
static const char *match_one(const char *pattern, int c)
{
    int wanted;
    bool matched;

    if (*pattern == '?')
        return pattern + 1;
    if (*pattern == '[') {
        const char *end = match_bracket(pattern + 1, c, &matched);
        if (end)
            return matched ? end : NULL;
    }
    pattern = take_member(pattern, &wanted);
    return wanted == c ? pattern : NULL;
}

/*
 * On a mismatch, goes back to the last star and lets it take one character
 * more; earlier stars never need another try.
 */
bool pattern_match(const char *pattern, const char *text, size_t length)
{
    const char *end = text + length;
    const char *star = NULL, *retry = NULL;

    for (;;) {
        const char *rest = NULL;
        int c = 0;
        size_t size = text < end ? utf8_decode(text, end - text, &c) : 0;

        if (*pattern == '*') {
            star = ++pattern;
            retry = text;
            continue;
        }
        if (text == end && !*pattern)
            return true;
        if (size && *pattern)
            rest = match_one(pattern, c);
        if (rest) {
            pattern = rest;
            text += size;
        } else if (star && retry < end) {
            retry += utf8_decode(retry, end - retry, &c);
            pattern = star;
            text = retry;
        } else {
            return false;
        }
    }
}
