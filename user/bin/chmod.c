/* chmod: change file modes (POSIX). */

#include <string.h>
#include <sys/stat.h>

#include "user/bin/lib/mode.h"
#include "user/bin/lib/util.h"
#include "user/bin/lib/walk.h"

const char usage[] =
    "usage: chmod [-R] MODE FILE...\n"
    "Set file modes: octal, or like u+x, go-w, a=rX, with commas between.\n"
    "  -R  directories with all that is in them\n";

static enum walk_next change(const struct walk_item *item, void *mode)
{
    const struct stat *st = item->st;

    if (item->when == WALK_LEAVE || S_ISLNK(st->st_mode))
        return WALK_ON;
    if (chmod(item->path, mode_apply(mode, st->st_mode,
                                     S_ISDIR(st->st_mode))) < 0)
        warn_file(item->path);
    return WALK_ON;
}

static enum walk_next change_only(const struct walk_item *item, void *mode)
{
    change(item, mode);
    return WALK_SKIP;
}

/* -w, -rx and the like are modes, not options. */
static bool is_mode(const char *arg)
{
    return arg[0] == '-' && arg[1] && strchr("rwxXst", arg[1]);
}

int main(int argc, char **argv)
{
    bool recursive = false;
    char **paths;

    if (argc < 3 || !is_mode(argv[1]))
        while (next_option(argv, "+R"))
            recursive = true;
    paths = operands(argv, 2, argc);
    for (char **path = paths + 1; *path; path++)
        walk(*path, true, recursive ? change : change_only, paths[0]);
    return finish();
}
