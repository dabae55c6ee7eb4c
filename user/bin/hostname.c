/* hostname: show or set the name of this machine. */

#include <string.h>
#include <unistd.h>

#include "user/bin/lib/util.h"

const char usage[] =
    "usage: hostname [NAME]\n"
    "Show the name of this machine, or set it.\n";

int main(int argc, char **argv)
{
    char name[256];
    char **operand = plain_operands(argv, 0, 1);

    (void)argc;
    if (*operand) {
        if (sethostname(*operand, strlen(*operand)) < 0)
            die_file(*operand);
        return finish();
    }
    if (gethostname(name, sizeof(name)) < 0)
        die_file("hostname");
    print("%s\n", name);
    return finish();
}
