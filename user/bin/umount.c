/* umount: take file systems off their directories. */

#include <sys/mount.h>

#include "user/bin/lib/util.h"

const char usage[] =
    "usage: umount [-fl] DIRECTORY...\n"
    "Unmount what is mounted on each directory.\n"
    "  -f  even if it does not answer  -l  now, even if it is in use\n";

int main(int argc, char **argv)
{
    int flags = 0;
    int option;

    while ((option = next_option(argv, "fl")))
        flags |= option == 'f' ? MNT_FORCE : MNT_DETACH;
    for (char **path = operands(argv, 1, argc); *path; path++) {
        if (umount2(*path, flags) < 0)
            warn_file(*path);
    }
    return finish();
}
