/* mv: rename files, or copy and remove them between file systems (POSIX). */

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/bin/lib/copy.h"
#include "user/bin/lib/util.h"

const char usage[] =
    "usage: mv [-finv] SOURCE... TARGET\n"
    "Rename a file to TARGET, or move one or more into that directory.\n"
    "  -i  ask before overwriting  -n  never overwrite  -f  always\n"
    "  -v  say what is done\n";

static char overwrite = 'f';
static bool verbose;

/* Removes the source only if every part of it arrived. */
static void move_between(const char *from, const char *to)
{
    static const struct copy_options copy = {
        .recursive = true, .preserve = true, .force = true, .keep_links = true,
    };
    static const struct remove_options quietly;
    int before = exit_status;

    exit_status = 0;
    copy_tree(from, to, &copy);
    if (exit_status == 0)
        remove_tree(from, &quietly);
    if (before)
        exit_status = before;
}

static bool shall_move(const char *to)
{
    struct stat st;

    if (overwrite == 'f' || lstat(to, &st) < 0)
        return true;
    return overwrite == 'i' && confirm("overwrite '%s'? ", to);
}

static void move(const char *from, const char *to)
{
    if (!shall_move(to))
        return;
    if (rename(from, to) < 0) {
        if (errno == EXDEV) {
            move_between(from, to);
        } else {
            warn_file(access(from, F_OK) < 0 ? from : to);
            return;
        }
    }
    if (verbose)
        print("'%s' -> '%s'\n", from, to);
}

int main(int argc, char **argv)
{
    int option;

    while ((option = next_option(argv, "finv"))) {
        if (option == 'v')
            verbose = true;
        else
            overwrite = (char)option;
    }
    for_each_target(operands(argv, 2, argc), argc - opt_next, move);
    return finish();
}
