/* strings: find text in binary files (POSIX). */

#include "user/bin/lib/util.h"

const char usage[] =
    "usage: strings [-a] [-n LENGTH] [-t d|o|x] [FILE]...\n"
    "Print all runs of at least 4 printable characters.\n"
    "  -n  of at least LENGTH  -t  with where they are  -a  accepted\n";

enum { LONGEST_MINIMUM = 256 };

static int least = 4;
static char radix;

static void show_offset(unsigned long long offset)
{
    if (radix == 'd')
        print("%7llu ", offset);
    else if (radix == 'o')
        print("%7llo ", offset);
    else if (radix == 'x')
        print("%7llx ", offset);
}

/* The first characters are held back until there are enough of them. */
static void search(FILE *file, const char *name)
{
    char start[LONGEST_MINIMUM];
    int length = 0;
    int c;

    (void)name;
    for (unsigned long long at = 0; (c = getc(file)) != EOF; at++) {
        if (c != '\t' && (c < ' ' || c > '~')) {
            if (length >= least)
                putchar('\n');
            length = 0;
            continue;
        }
        if (length < least)
            start[length] = (char)c;
        length++;
        if (length == least) {
            show_offset(at + 1 - least);
            print("%.*s", least, start);
        } else if (length > least) {
            putchar(c);
            length = least + 1;
        }
    }
    if (length >= least)
        putchar('\n');
}

int main(int argc, char **argv)
{
    int option;

    (void)argc;
    while ((option = next_option(argv, "an:t:#"))) {
        if (option == 'n' || option == '#')
            least = number_arg(opt_value, 1, LONGEST_MINIMUM);
        else if (option == 't')
            radix = *opt_value;
    }
    if (radix && radix != 'd' && radix != 'o' && radix != 'x')
        usage_error("-t takes d, o or x");
    for_each_input(argv + opt_next, search);
    return finish();
}
