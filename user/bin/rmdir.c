/* rmdir: remove empty directories (POSIX). */

#include <string.h>
#include <unistd.h>

#include "user/bin/lib/util.h"

const char usage[] =
    "usage: rmdir [-p] DIRECTORY...\n"
    "Remove empty directories.\n"
    "  -p  and those above them that are then empty\n";

static void remove_upwards(char *path, bool parents)
{
    char *slash;

    do {
        if (rmdir(path) < 0) {
            warn_file(path);
            return;
        }
        last_component(path);
        slash = strrchr(path, '/');
        if (slash)
            *slash = '\0';
    } while (parents && slash && *path);
}

int main(int argc, char **argv)
{
    bool parents = false;

    while (next_option(argv, "p"))
        parents = true;
    for (char **path = operands(argv, 1, argc); *path; path++)
        remove_upwards(*path, parents);
    return finish();
}
