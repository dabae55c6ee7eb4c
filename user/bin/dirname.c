/* dirname: print a path without its last part (POSIX). */

#include <string.h>

#include "user/bin/lib/util.h"

const char usage[] =
    "usage: dirname PATH\n"
    "Print the path without its last component; \".\" if it has but one.\n";

int main(int argc, char **argv)
{
    char *path = *plain_operands(argv, 1, 1);
    char *name = last_component(path);

    (void)argc;
    if (name == path) {
        print("%s\n", *path == '/' ? "/" : ".");
        return finish();
    }
    *name = '\0';
    last_component(path);
    print("%s\n", path);
    return finish();
}
