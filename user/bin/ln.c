/* ln: make links (POSIX, with -n and -v). */

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/bin/lib/util.h"

const char usage[] =
    "usage: ln [-fnsv] SOURCE... TARGET\n"
    "       ln [-fnsv] SOURCE\n"
    "Make TARGET, or a file of the same name in it or here, a link.\n"
    "  -s  symbolic  -f  remove what is there first\n"
    "  -n  a TARGET that is a link is not looked into  -v  say what is done\n";

static bool flag[128];

static bool is_same_file(const char *a, const char *b)
{
    struct stat st_a;
    struct stat st_b;

    return lstat(a, &st_a) == 0 && lstat(b, &st_b) == 0 &&
           st_a.st_dev == st_b.st_dev && st_a.st_ino == st_b.st_ino;
}

static void make_link(const char *from, const char *to)
{
    if (flag['f'] && is_same_file(from, to)) {
        warn("'%s' and '%s' are the same file", from, to);
        return;
    }
    if (flag['f'])
        unlink(to);
    if ((flag['s'] ? symlink : link)(from, to) < 0)
        warn_file(to);
    else if (flag['v'])
        print("'%s' -> '%s'\n", to, from);
}

static bool is_link(const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
}

int main(int argc, char **argv)
{
    int option;
    char **paths;
    int count;

    while ((option = next_option(argv, "fnsv")))
        flag[option] = true;
    paths = operands(argv, 1, argc);
    count = argc - opt_next;
    if (count == 1)
        make_link(paths[0], last_component(copy_string(paths[0])));
    else if (count == 2 && flag['n'] && is_link(paths[1]))
        make_link(paths[0], paths[1]);
    else
        for_each_target(paths, count, make_link);
    return finish();
}
