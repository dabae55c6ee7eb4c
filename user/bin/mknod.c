/* mknod: make device files and named pipes. */

#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "user/bin/lib/mode.h"
#include "user/bin/lib/util.h"

const char usage[] =
    "usage: mknod [-m MODE] NAME b|c MAJOR MINOR\n"
    "       mknod [-m MODE] NAME p\n"
    "Make a block or character device file, or a named pipe.\n"
    "  -m  with this mode\n";

static mode_t kind_of(const char *text)
{
    if (strcmp(text, "b") == 0)
        return S_IFBLK;
    if (strcmp(text, "c") == 0 || strcmp(text, "u") == 0)
        return S_IFCHR;
    if (strcmp(text, "p") == 0)
        return S_IFIFO;
    usage_error("unknown kind '%s'", text);
}

int main(int argc, char **argv)
{
    mode_t mode = 0666;
    mode_t kind;
    dev_t device = 0;
    char **operand;

    while (next_option(argv, "m:")) {
        umask(0);
        mode = mode_apply(opt_value, 0666, false);
    }
    operand = operands(argv, 2, 4);
    kind = kind_of(operand[1]);
    if (argc - opt_next != (kind == S_IFIFO ? 2 : 4))
        usage_error("a device has a major and a minor number");
    if (kind != S_IFIFO)
        device = makedev(number_arg(operand[2], 0, 0xfffff),
                         number_arg(operand[3], 0, 0xfffff));
    if (mknod(operand[0], mode | kind, device) < 0)
        die_file(operand[0]);
    return finish();
}
