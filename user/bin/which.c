/* which: find programs along $PATH. */

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/bin/lib/util.h"

const char usage[] =
    "usage: which [-a] NAME...\n"
    "Print the path of each program; 1 if one is not found.\n"
    "  -a  all of that name, not only the first\n";

static bool all;

static bool is_program(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
           access(path, X_OK) == 0;
}

static bool show(const char *path)
{
    bool found = is_program(path);

    if (found)
        print("%s\n", path);
    return found;
}

static bool search(const char *name, const char *list)
{
    char *copy = copy_string(list);
    char *rest = copy;
    char *dir;
    char *path;
    bool found = false;

    while ((all || !found) && (dir = strsep(&rest, ":"))) {
        path = join_path(*dir ? dir : ".", name);
        found |= show(path);
        free(path);
    }
    free(copy);
    return found;
}

int main(int argc, char **argv)
{
    const char *list = getenv("PATH");

    (void)argc;
    while (next_option(argv, "a"))
        all = true;
    for (char **name = operands(argv, 1, argc); *name; name++) {
        if (!(strchr(*name, '/') ? show(*name)
                                 : search(*name, list ? list : "/bin")))
            exit_status = 1;
    }
    return finish();
}
