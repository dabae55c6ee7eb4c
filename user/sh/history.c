/* The lines that were typed: history. */
#include "user/sh/history.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "user/sh/builtin.h"
#include "user/sh/mem.h"
#include "user/sh/out.h"

#define HISTORY_MAX 500

static char *lines[HISTORY_MAX];
static int count;
static int dropped;             /* so many came before lines[0] */

int history_count(void)
{
    return count;
}

const char *history_get(int i)
{
    return i >= 0 && i < count ? lines[i] : NULL;
}

/* Neither empty lines nor repetitions are kept. */
void history_add(const char *text)
{
    if (!text[strspn(text, " \t")])
        return;
    if (count > 0 && strcmp(lines[count - 1], text) == 0)
        return;
    if (count == HISTORY_MAX) {
        free(lines[0]);
        memmove(lines, lines + 1, (HISTORY_MAX - 1) * sizeof(*lines));
        count--;
        dropped++;
    }
    lines[count++] = xstrdup(text);
}

int history_search(const char *text, int before)
{
    int i = (before < count ? before : count) - 1;

    while (i >= 0 && !strstr(lines[i], text))
        i--;
    return i;
}

int builtin_history(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "-c") == 0) {
        while (count > 0)
            free(lines[--count]);
        return 0;
    }
    for (int i = 0; i < count; i++) {
        out_printf("%5d  ", dropped + i + 1);
        out_string(lines[i]);
        out_char('\n');
    }
    return 0;
}
