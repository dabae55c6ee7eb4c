/* basename: print the last part of a path (POSIX). */

#include <string.h>

#include "user/bin/lib/util.h"

const char usage[] =
    "usage: basename PATH [SUFFIX]\n"
    "Print the last component of the path, without the suffix.\n";

int main(int argc, char **argv)
{
    char **operand = plain_operands(argv, 1, 2);
    char *name = last_component(operand[0]);
    size_t length = strlen(name);
    size_t suffix = argc - opt_next > 1 ? strlen(operand[1]) : 0;

    if (suffix < length && strcmp(name + length - suffix,
                                  suffix ? operand[1] : "") == 0)
        name[length - suffix] = '\0';
    print("%s\n", name);
    return finish();
}
