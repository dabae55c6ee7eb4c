/* rm: remove files and directory trees (POSIX, with -v). */

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/bin/lib/copy.h"
#include "user/bin/lib/util.h"

const char usage[] =
    "usage: rm [-firRv] FILE...\n"
    "Remove files.\n"
    "  -r  directories too, with all that is in them\n"
    "  -f  be silent about files that are not there, never ask\n"
    "  -i  ask for each  -v  say what is done\n";

static struct remove_options options;
static bool recursive;
static bool force;

/* POSIX forbids these: . and .. at the end, and the root. */
static bool is_forbidden(const char *path)
{
    char *copy = copy_string(path);
    const char *last = last_component(copy);

    return strcmp(last, ".") == 0 || strcmp(last, "..") == 0 ||
           strcmp(last, "/") == 0;
}

static void remove_named(const char *path)
{
    struct stat st;

    if (lstat(path, &st) < 0) {
        if (!force || (errno != ENOENT && errno != ENOTDIR))
            warn_file(path);
    } else if (S_ISDIR(st.st_mode) && !recursive) {
        warn("%s: %s (-r removes directories)", path, strerror(EISDIR));
    } else if (is_forbidden(path)) {
        warn("%s: refusing to remove it", path);
    } else {
        remove_tree(path, &options);
    }
}

int main(int argc, char **argv)
{
    int option;

    while ((option = next_option(argv, "firRv"))) {
        if (option == 'f' || option == 'i') {
            force = option == 'f';
            options.ask = option == 'i';
        }
        recursive |= option == 'r' || option == 'R';
        options.verbose |= option == 'v';
    }
    for (char **path = operands(argv, force ? 0 : 1, argc); *path; path++)
        remove_named(*path);
    return finish();
}
