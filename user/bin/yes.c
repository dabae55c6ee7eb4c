/* yes: print a line for ever. */

#include "user/bin/lib/util.h"

const char usage[] =
    "usage: yes [WORD]...\n"
    "Print the words, or y, until somebody stops it.\n";

int main(int argc, char **argv)
{
    static char *answer[] = { "y", NULL };
    char **words = argv + 1;

    help_option(argv);
    if (argc < 2)
        words = answer;
    while (!ferror(stdout)) {
        for (char **word = words; *word; word++)
            print("%s%c", *word, word[1] ? ' ' : '\n');
    }
    return finish();
}
