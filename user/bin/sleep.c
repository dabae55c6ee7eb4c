/* sleep: do nothing for a while (POSIX; fractions and units as in GNU). */

#include <errno.h>
#include <time.h>

#include "user/bin/lib/times.h"
#include "user/bin/lib/util.h"

const char usage[] =
    "usage: sleep TIME...\n"
    "Wait for the sum of the times: 2, 0.25, 3s, 1.5m, 1h, 1d.\n";

int main(int argc, char **argv)
{
    struct timespec left;

    for (char **time = plain_operands(argv, 1, argc); *time; time++) {
        left = duration_arg(*time);
        while (nanosleep(&left, &left) < 0 && errno == EINTR)
            continue;
    }
    return finish();
}
