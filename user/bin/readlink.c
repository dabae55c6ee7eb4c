/* readlink, realpath: print where links lead (POSIX realpath; -f as GNU). */

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/bin/lib/util.h"

const char usage[] =
    "usage: readlink [-efnm] FILE...\n"
    "       realpath [-em] FILE...\n"
    "Print what a link holds, or the path of FILE without any links.\n"
    "  -f  the whole path; its last part may be missing (as realpath does)\n"
    "  -e  nothing may be missing  -m  anything may  -n  no newline\n";

/* The path with all but the last component resolved, if that is missing. */
static bool resolve_parent(const char *path, char *result)
{
    char parent[PATH_MAX];
    char *copy = copy_string(path);
    char *name = last_component(copy);
    bool found;

    if (name == copy) {
        found = realpath(".", parent) != NULL;
    } else {
        name[-1] = '\0';
        found = realpath(*copy ? copy : "/", parent) != NULL;
    }
    if (found)
        snprint(result, PATH_MAX, "%s%s%s", parent,
                parent[1] ? "/" : "", name);
    free(copy);
    return found;
}

/* With -m what is missing stays as it is written. */
static bool resolve(const char *path, char mode, char *result)
{
    if (realpath(path, result))
        return true;
    if (errno != ENOENT || mode == 'e')
        return false;
    if (resolve_parent(path, result))
        return true;
    if (mode != 'm')
        return false;
    snprint(result, PATH_MAX, "%s", path);
    return true;
}

static bool read_link(const char *path, char *result)
{
    ssize_t length = readlink(path, result, PATH_MAX - 1);

    if (length >= 0)
        result[length] = '\0';
    return length >= 0;
}

int main(int argc, char **argv)
{
    bool real = strcmp(program_invocation_short_name, "realpath") == 0;
    char mode = real ? 'f' : 'l';
    const char *end = "\n";
    char result[PATH_MAX];
    int option;

    (void)argc;
    while ((option = next_option(argv, "efmn"))) {
        if (option == 'n')
            end = "";
        else
            mode = (char)option;
    }
    for (char **path = operands(argv, 1, argc); *path; path++) {
        if (mode == 'l' ? read_link(*path, result)
                        : resolve(*path, mode, result))
            print("%s%s", result, end);
        else if (real)
            warn_file(*path);
        else
            exit_status = 1;
    }
    return finish();
}
