/* sync: write everything to the disks. */

#include <unistd.h>

#include "user/bin/lib/util.h"

const char usage[] =
    "usage: sync\n"
    "Wait until all that was written is on the disks.\n";

int main(int argc, char **argv)
{
    (void)argc;
    plain_operands(argv, 0, 0);
    sync();
    return finish();
}
