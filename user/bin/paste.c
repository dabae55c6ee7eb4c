/* paste: put lines of several files side by side (POSIX). */

#include <stdlib.h>
#include <string.h>

#include "user/bin/lib/escape.h"
#include "user/bin/lib/util.h"

const char usage[] =
    "usage: paste [-s] [-d CHARACTERS] FILE...\n"
    "Join the first lines of all files with a tab, then the second ones...\n"
    "  -d  these CHARACTERS in turn instead of tabs (\\0 is none)\n"
    "  -s  join all lines of one file instead\n";

/* -1 stands for no separator at all. */
static int *separators;
static size_t separator_count;

static void parse_separators(const char *text)
{
    bool none;

    separators = grow(NULL, (strlen(text) + 1) * sizeof(*separators));
    while (*text) {
        none = strncmp(text, "\\0", 2) == 0;
        separators[separator_count++] = take_escaped(&text);
        if (none)
            separators[separator_count - 1] = -1;
    }
    if (!separator_count)
        separators[separator_count++] = -1;
}

static void put_separator(size_t i)
{
    int c = separators[i % separator_count];

    if (c >= 0)
        putchar(c);
}

static void join_lines(FILE *file, const char *name)
{
    char *line = NULL;
    size_t room = 0;

    (void)name;
    for (size_t i = 0; read_line(file, &line, &room) >= 0; i++) {
        if (i > 0)
            put_separator(i - 1);
        print("%s", line);
    }
    putchar('\n');
    free(line);
}

/* One line of each; false when all files are at their ends. */
static bool paste_once(FILE **files, size_t count)
{
    static char *line;
    static size_t room;
    size_t behind = 0;          /* separators printed so far */
    bool any = false;

    for (size_t i = 0; i < count; i++) {
        if (files[i] && read_line(files[i], &line, &room) >= 0) {
            for (; behind < i; behind++)
                put_separator(behind);
            print("%s", line);
            any = true;
        }
    }
    if (!any)
        return false;
    for (; behind + 1 < count; behind++)
        put_separator(behind);
    putchar('\n');
    return true;
}

static void paste(char **names)
{
    FILE **files = NULL;
    size_t count = 0;

    for (; names[count]; count++) {
        files = grow(files, (count + 1) * sizeof(*files));
        files[count] = open_input(names[count]);
        if (!files[count])
            return;
    }
    while (paste_once(files, count))
        continue;
    for (size_t i = 0; i < count; i++)
        close_input(files[i], names[i]);
    free(files);
}

int main(int argc, char **argv)
{
    static char *standard_input[] = { "-", NULL };
    const char *list = "\t";
    bool serial = false;
    char **names;
    int option;

    (void)argc;
    while ((option = next_option(argv, "d:s"))) {
        if (option == 'd')
            list = opt_value;
        else
            serial = true;
    }
    parse_separators(list);
    names = operands(argv, 0, argc);
    if (serial)
        for_each_input(names, join_lines);
    else
        paste(*names ? names : standard_input);
    return finish();
}
