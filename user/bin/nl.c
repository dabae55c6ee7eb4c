/* nl: number lines (POSIX, without sections and patterns). */

#include <stdlib.h>
#include <string.h>

#include "user/bin/lib/util.h"

const char usage[] =
    "usage: nl [-b a|t|n] [-i STEP] [-s TEXT] [-v FIRST] [-w WIDTH] [FILE]...\n"
    "Print the lines with numbers in front.\n"
    "  -b  number all lines, those with text (default), or none\n"
    "  -v, -i  the first number and the step  -w  their width (6)\n"
    "  -s  TEXT between number and line (a tab)\n";

static char which = 't';
static long long number = 1;
static long long step = 1;
static int width = 6;
static const char *between = "\t";

static void number_lines(FILE *file, const char *name)
{
    char *line = NULL;
    size_t room = 0;

    (void)name;
    while (read_line(file, &line, &room) >= 0) {
        if (which == 'a' || (which == 't' && *line)) {
            print("%*lld%s%s\n", width, number, between, line);
            number += step;
        } else {
            print("%*s%s\n", width + (int)strlen(between), "", line);
        }
    }
    free(line);
}

int main(int argc, char **argv)
{
    int option;

    (void)argc;
    while ((option = next_option(argv, "b:i:s:v:w:"))) {
        if (option == 'b' && strlen(opt_value) == 1 &&
            strchr("atn", *opt_value))
            which = *opt_value;
        else if (option == 'b')
            usage_error("-b takes a, t or n");
        else if (option == 'i')
            step = number_arg(opt_value, -1000000, 1000000);
        else if (option == 's')
            between = opt_value;
        else if (option == 'v')
            number = number_arg(opt_value, -1000000000, 1000000000);
        else
            width = number_arg(opt_value, 1, 60);
    }
    for_each_input(argv + opt_next, number_lines);
    return finish();
}
