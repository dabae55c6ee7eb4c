/* echo: print the operands (options as in the BSDs, GNU and BusyBox). */

#include <string.h>

#include "user/bin/lib/escape.h"
#include "user/bin/lib/util.h"

const char usage[] =
    "usage: echo [-neE] [WORD]...\n"
    "Print the words with a blank between them, and a newline.\n"
    "  -n  no newline  -e  know \\n, \\t, \\0NNN...  -E  do not (default)\n";

/* False if \c ended all output. */
static bool print_escaped(const char *text)
{
    while (*text) {
        if (text[0] == '\\' && text[1] == 'c')
            return false;
        putchar(take_echo_escaped(&text));
    }
    return true;
}

int main(int argc, char **argv)
{
    bool newline = true;
    bool escapes = false;
    int i;

    help_option(argv);
    for (i = 1; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
        if (argv[i][1 + strspn(argv[i] + 1, "neE")])
            break;
        newline = newline && !strchr(argv[i], 'n');
        if (strpbrk(argv[i], "eE"))
            escapes = strchr(argv[i], 'e') != NULL;
    }
    for (; i < argc; i++) {
        if (!escapes)
            print("%s", argv[i]);
        else if (!print_escaped(argv[i]))
            return finish();
        if (i + 1 < argc)
            putchar(' ');
    }
    if (newline)
        putchar('\n');
    return finish();
}
