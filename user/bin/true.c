/* true: succeed (POSIX). */

#include "user/bin/lib/util.h"

const char usage[] = "usage: true\nDo nothing, successfully.\n";

int main(int argc, char **argv)
{
    (void)argc;
    help_option(argv);
    return 0;
}
