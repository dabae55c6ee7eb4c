/* fold: break long lines (POSIX). */

#include <stdlib.h>

#include "user/bin/lib/util.h"

const char usage[] =
    "usage: fold [-bs] [-w WIDTH] [FILE]...\n"
    "Break lines that are wider than 80 columns.\n"
    "  -w  than WIDTH  -s  after a blank if there is one  -b  count bytes\n";

static size_t width = 80;
static bool at_blanks;
static bool bytes;

/* How much of the text fits into one line; at least one character. */
static size_t part_length(const char *text, size_t length)
{
    size_t column = 0;
    size_t after_blank = 0;

    for (size_t i = 0; i < length; i++) {
        column = bytes ? column + 1 : column_after(column, text[i]);
        if (column > width)
            return at_blanks && after_blank ? after_blank : i + !i;
        if (text[i] == ' ' || text[i] == '\t')
            after_blank = i + 1;
    }
    return length;
}

static void fold(FILE *file, const char *name)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t length;

    (void)name;
    while ((length = getline(&line, &room, file)) > 0) {
        size_t left = length - (line[length - 1] == '\n');
        char *p = line;

        for (size_t part; (part = part_length(p, left)) < left; p += part) {
            fwrite(p, 1, part, stdout);
            putchar('\n');
            left -= part;
        }
        fwrite(p, 1, line + length - p, stdout);
    }
    free(line);
}

int main(int argc, char **argv)
{
    int option;

    (void)argc;
    while ((option = next_option(argv, "bsw:"))) {
        at_blanks |= option == 's';
        bytes |= option == 'b';
        if (option == 'w')
            width = number_arg(opt_value, 1, 1 << 20);
    }
    for_each_input(argv + opt_next, fold);
    return finish();
}
