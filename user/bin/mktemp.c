/* mktemp: make a file or directory with a name of its own. */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/bin/lib/util.h"

const char usage[] =
    "usage: mktemp [-dqu] [-p DIRECTORY | -t] [TEMPLATE]\n"
    "Make an empty file and print its name, which is TEMPLATE with random\n"
    "characters for the XXXXXX at its end (/tmp/tmp.XXXXXX by default).\n"
    "  -d  a directory  -p  in this directory  -t  in $TMPDIR or /tmp\n"
    "  -u  only a name  -q  say nothing when it fails\n";

static const char *temporary_directory(void)
{
    const char *dir = getenv("TMPDIR");

    return dir && *dir ? dir : "/tmp";
}

static bool make(char *path, bool directory)
{
    int fd;

    if (directory)
        return mkdtemp(path) != NULL;
    fd = mkstemp(path);
    return fd >= 0 && close(fd) == 0;
}

int main(int argc, char **argv)
{
    const char *dir = NULL;
    bool flag[128] = { false };
    char **operand;
    char *path;
    int option;

    (void)argc;
    while ((option = next_option(argv, "dp:qtu"))) {
        flag[option] = true;
        if (option == 'p')
            dir = opt_value;
    }
    operand = operands(argv, 0, 1);
    if (!dir && (flag['t'] || !*operand))
        dir = temporary_directory();
    path = copy_string(*operand ? *operand : "tmp.XXXXXX");
    if (dir)
        path = join_path(dir, path);
    if (!make(path, flag['d'])) {
        if (!flag['q'])
            warn_file(path);
        return error_status;
    }
    if (flag['u'] && remove(path) < 0)
        die_file(path);
    print("%s\n", path);
    return finish();
}
