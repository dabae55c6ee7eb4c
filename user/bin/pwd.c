/* pwd: print the current directory (POSIX). */

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/bin/lib/util.h"

const char usage[] =
    "usage: pwd [-LP]\n"
    "Print the path of the current directory.\n"
    "  -L  as $PWD has it, links and all, if that is true  -P  without\n";

static bool is_here(const char *path)
{
    struct stat there, here;

    return path && *path == '/' && !strstr(path, "/.") &&
           stat(path, &there) == 0 && stat(".", &here) == 0 &&
           there.st_dev == here.st_dev && there.st_ino == here.st_ino;
}

int main(int argc, char **argv)
{
    char path[PATH_MAX];
    int how = 'P';
    int option;

    (void)argc;
    while ((option = next_option(argv, "LP")))
        how = option;
    if (how == 'L' && is_here(getenv("PWD"))) {
        print("%s\n", getenv("PWD"));
        return finish();
    }
    if (!getcwd(path, sizeof(path)))
        die_file("current directory");
    print("%s\n", path);
    return finish();
}
