/* whoami: print one's user name. */

#include <unistd.h>

#include "user/bin/lib/names.h"
#include "user/bin/lib/util.h"

const char usage[] =
    "usage: whoami\n"
    "Print the name of the effective user.\n";

int main(int argc, char **argv)
{
    char name[64];

    (void)argc;
    plain_operands(argv, 0, 0);
    print("%s\n", name_of(NAME_USER, geteuid(), name, sizeof(name)));
    return finish();
}
