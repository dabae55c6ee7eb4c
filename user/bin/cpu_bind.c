/* cpu_bind: on which harts a thread may run, by sched_setaffinity(2). */

#include <sched.h>
#include <string.h>

#include "user/bin/lib/util.h"

const char usage[] =
    "usage: cpu_bind TID [HART|all]\n"
    "Let a thread run on one hart only, or on all again. Without a hart, show\n"
    "on which ones it may run. The children that it makes follow it.\n";

static void show(int tid, const char *text)
{
    const char *gap = "";
    cpu_set_t set;

    if (sched_getaffinity(tid, sizeof(set), &set) < 0)
        die_file(text);
    for (int i = 0; i < CPU_SETSIZE; i++) {
        if (CPU_ISSET(i, &set)) {
            print("%s%d", gap, i);
            gap = " ";
        }
    }
    print("\n");
}

int main(int argc, char **argv)
{
    char **operand = plain_operands(argv, 1, 2);
    cpu_set_t set;
    int tid;

    (void)argc;
    tid = (int)number_arg(operand[0], 1, 1 << 22);
    if (!operand[1]) {
        show(tid, operand[0]);
        return finish();
    }
    CPU_ZERO(&set);
    if (strcmp(operand[1], "all") == 0)
        memset(&set, 0xff, sizeof(set));
    else
        CPU_SET(number_arg(operand[1], 0, CPU_SETSIZE - 1), &set);
    if (sched_setaffinity(tid, sizeof(set), &set) < 0)
        die_file(operand[0]);
    return finish();
}
