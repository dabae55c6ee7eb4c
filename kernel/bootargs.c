/* bootargs.c - words of the boot command line. */
#include "kernel/lib/string.h"
#include "kernel/params.h"

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n';
}

/* The next word at or after *p: its start and length; moves *p behind it. */
static const char *next_word(const char **p, size_t *length)
{
    while (is_space(**p))
        (*p)++;
    const char *start = *p;
    while (**p && !is_space(**p))
        (*p)++;
    *length = *p - start;
    return *length ? start : NULL;
}

const char *bootarg_word(unsigned i, char *buf, size_t size)
{
    const char *p = machine.bootargs, *word;
    size_t length;

    while ((word = next_word(&p, &length))) {
        if (i-- == 0) {
            length = MIN(length, size - 1);
            memcpy(buf, word, length);
            buf[length] = '\0';
            return buf;
        }
    }
    return NULL;
}

bool bootarg(const char *name, char *value, size_t size)
{
    const char *p = machine.bootargs, *word;
    size_t length, n = strlen(name);

    while ((word = next_word(&p, &length))) {
        if (length < n || strncmp(word, name, n))
            continue;
        if (length > n && word[n] != '=')
            continue;
        size_t skip = length > n ? n + 1 : n;
        size_t copy = MIN(length - skip, size - 1);
        memcpy(value, word + skip, copy);
        value[copy] = '\0';
        return true;
    }
    return false;
}

bool bootarg_u64(const char *name, u64 *value)
{
    char text[32];
    const char *p = text;

    return bootarg(name, text, sizeof(text)) && !str_to_u64(&p, value) && !*p;
}
