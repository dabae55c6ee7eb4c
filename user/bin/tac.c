/* tac: print files with their last line first. */

#include <stdlib.h>

#include "user/bin/lib/util.h"

const char usage[] =
    "usage: tac [FILE]...\n"
    "Print the lines of each file, or of standard input, from last to first.\n";

static void reverse(FILE *file, const char *name)
{
    struct strings lines = { 0 };
    char *line = NULL;
    size_t room = 0;

    (void)name;
    while (getline(&line, &room, file) > 0)
        strings_add(&lines, copy_string(line));
    for (size_t i = lines.count; i > 0; i--)
        print("%s", lines.item[i - 1]);
    free(line);
    strings_free(&lines);
}

int main(int argc, char **argv)
{
    for_each_input(plain_operands(argv, 0, argc), reverse);
    return finish();
}
