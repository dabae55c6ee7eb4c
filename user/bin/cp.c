/* cp: copy files and directory trees (POSIX, with -a and -v). */

#include "user/bin/lib/copy.h"
#include "user/bin/lib/util.h"

const char usage[] =
    "usage: cp [-adfiPpRrv] SOURCE... TARGET\n"
    "Copy a file to TARGET, or one or more into the directory TARGET.\n"
    "  -r  directories with all that is in them  -a  the same as -rpP\n"
    "  -p  keep mode, owner and times  -P  copy links as links\n"
    "  -f  remove a target that cannot be written  -i  ask first\n"
    "  -v  say what is done\n";

static struct copy_options options;

static void copy(const char *from, const char *to)
{
    copy_tree(from, to, &options);
}

int main(int argc, char **argv)
{
    int option;

    while ((option = next_option(argv, "adfiPpRrv"))) {
        options.recursive |= option == 'a' || option == 'r' || option == 'R';
        options.preserve |= option == 'a' || option == 'p';
        options.keep_links |= option == 'a' || option == 'd' || option == 'P';
        options.force |= option == 'f';
        options.ask |= option == 'i';
        options.verbose |= option == 'v';
    }
    options.keep_links |= options.recursive;
    for_each_target(operands(argv, 2, argc), argc - opt_next, copy);
    return finish();
}
