/* mkfifo: make named pipes (POSIX). */

#include <sys/stat.h>

#include "user/bin/lib/mode.h"
#include "user/bin/lib/util.h"

const char usage[] =
    "usage: mkfifo [-m MODE] NAME...\n"
    "Make named pipes.\n"
    "  -m  with this mode\n";

int main(int argc, char **argv)
{
    mode_t mode = 0666;

    while (next_option(argv, "m:")) {
        umask(0);
        mode = mode_apply(opt_value, 0666, false);
    }
    for (char **path = operands(argv, 1, argc); *path; path++) {
        if (mkfifo(*path, mode) < 0)
            warn_file(*path);
    }
    return finish();
}
