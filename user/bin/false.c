/* false: fail (POSIX). */

#include "user/bin/lib/util.h"

const char usage[] = "usage: false\nDo nothing, unsuccessfully.\n";

int main(int argc, char **argv)
{
    (void)argc;
    help_option(argv);
    return 1;
}
