/* env: show the environment, or run a program in a changed one (POSIX). */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/bin/lib/exec.h"
#include "user/bin/lib/util.h"

const char usage[] =
    "usage: env [-i] [-u NAME]... [NAME=VALUE]... [PROGRAM [ARGUMENT]...]\n"
    "Set variables and run the program, or show all variables.\n"
    "  -i  begin with none  -u  remove this one\n";

int main(int argc, char **argv)
{
    int option;
    char **operand;

    (void)argc;
    while ((option = next_option(argv, "+iu:"))) {
        if (option == 'i')
            clearenv();
        else if (unsetenv(opt_value) < 0)
            die_file(opt_value);
    }
    for (operand = argv + opt_next; *operand; operand++) {
        if (!strchr(*operand, '='))
            exec_or_die(operand);
        if (putenv(*operand) != 0)
            die_file(*operand);
    }
    for (char **variable = environ; variable && *variable; variable++)
        print("%s\n", *variable);
    return finish();
}
