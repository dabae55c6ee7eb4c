/* tty: print the name of the terminal on standard input (POSIX). */

#include <unistd.h>

#include "user/bin/lib/util.h"

const char usage[] =
    "usage: tty [-s]\n"
    "Print the terminal's name; status 1 if standard input is none.\n"
    "  -s  print nothing\n";

int main(int argc, char **argv)
{
    bool silent = false;
    const char *name;

    (void)argc;
    error_status = 2;
    while (next_option(argv, "s"))
        silent = true;
    operands(argv, 0, 0);
    name = isatty(STDIN_FILENO) ? ttyname(STDIN_FILENO) : NULL;
    if (!silent)
        print("%s\n", name ? name : "not a tty");
    exit_status = !isatty(STDIN_FILENO);
    return finish();
}
