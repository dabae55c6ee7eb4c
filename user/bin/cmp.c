/* cmp: compare two files byte by byte (POSIX). */

#include "user/bin/lib/util.h"

const char usage[] =
    "usage: cmp [-ls] [-n BYTES] FILE1 FILE2\n"
    "Say where the files differ first; 0 if nowhere, 1 if so, 2 on errors.\n"
    "  -l  all differences: position and both bytes in octal  -s  say nothing\n"
    "  -n  compare so many bytes only\n";

static char mode;
static long long limit = 0x7fffffffffffffff;

/* Returns whether they differ. */
static bool compare(FILE *a, FILE *b, char **names)
{
    long long line = 1;
    bool differ = false;

    for (long long at = 1; at <= limit; at++) {
        int x = getc(a);
        int y = getc(b);

        if (x == EOF && y == EOF)
            break;
        if (x == EOF || y == EOF) {
            if (mode != 's')
                fprint(stderr, "cmp: EOF on %s after byte %lld\n",
                       names[x != EOF], at - 1);
            return true;
        }
        if (x != y) {
            differ = true;
            if (mode == 'l')
                print("%lld %3o %3o\n", at, x, y);
            else if (mode != 's')
                print("%s %s differ: byte %lld, line %lld\n", names[0],
                      names[1], at, line);
            if (mode != 'l')
                break;
        }
        line += x == '\n';
    }
    return differ;
}

int main(int argc, char **argv)
{
    FILE *files[2];
    char **names;
    bool differ;
    int option;

    (void)argc;
    error_status = 2;
    while ((option = next_option(argv, "lsn:"))) {
        if (option == 'n')
            limit = size_arg(opt_value);
        else
            mode = (char)option;
    }
    names = operands(argv, 2, 2);
    for (int i = 0; i < 2; i++) {
        files[i] = open_input(names[i]);
        if (!files[i])
            return finish();
    }
    differ = compare(files[0], files[1], names);
    for (int i = 0; i < 2; i++)
        close_input(files[i], names[i]);
    if (!exit_status)
        exit_status = differ;
    return finish();
}
