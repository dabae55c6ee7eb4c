/* nproc: print how many harts there are for this process. */

#include <sched.h>
#include <unistd.h>

#include "user/bin/lib/util.h"

const char usage[] =
    "usage: nproc [-a]\n"
    "Print how many harts may run this process.\n"
    "  -a  how many there are\n";

int main(int argc, char **argv)
{
    bool all = false;
    cpu_set_t set;

    (void)argc;
    while (next_option(argv, "a"))
        all = true;
    operands(argv, 0, 0);
    if (all)
        print("%ld\n", sysconf(_SC_NPROCESSORS_CONF));
    else if (sched_getaffinity(0, sizeof(set), &set) < 0)
        die_file("affinity");
    else
        print("%d\n", CPU_COUNT(&set));
    return finish();
}
