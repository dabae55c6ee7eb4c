/* uname: show what the system is (POSIX). */

#include <sys/utsname.h>

#include "user/bin/lib/util.h"

const char usage[] =
    "usage: uname [-amnorsv]\n"
    "Show the name of the system.\n"
    "  -s  the kernel (default)  -n  the host  -r  release  -v  version\n"
    "  -m  machine  -o  system  -a  all of that\n";

static bool flag[128];
static const char *blank = "";

static void show(char letter, const char *text)
{
    if (!flag['a'] && !flag[(int)letter])
        return;
    print("%s%s", blank, text);
    blank = " ";
}

int main(int argc, char **argv)
{
    struct utsname name;
    int option;

    (void)argc;
    while ((option = next_option(argv, "amnorsv")))
        flag[option] = true;
    operands(argv, 0, 0);
    if (opt_next == 1)
        flag['s'] = true;
    if (uname(&name) < 0)
        die_file("uname");
    show('s', name.sysname);
    show('n', name.nodename);
    show('r', name.release);
    show('v', name.version);
    show('m', name.machine);
    show('o', name.sysname);
    putchar('\n');
    return finish();
}
