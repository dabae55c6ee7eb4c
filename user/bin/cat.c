/* cat: copy files to standard output (POSIX, with -n). */

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "user/bin/lib/util.h"

const char usage[] =
    "usage: cat [-nu] [FILE]...\n"
    "Copy the files, or standard input (also \"-\"), to standard output.\n"
    "  -n  number the lines\n";

static void copy_numbered(FILE *file, const char *name)
{
    static int line;
    static bool inside;
    int c;

    (void)name;
    while ((c = getc(file)) != EOF) {
        if (!inside)
            print("%6d\t", ++line);
        inside = c != '\n';
        putchar(c);
    }
}

static void copy_plain(const char *name)
{
    int fd = STDIN_FILENO;

    if (strcmp(name, "-") != 0)
        fd = open(name, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        warn_file(name);
        return;
    }
    copy_data(fd, name, STDOUT_FILENO, "standard output");
    if (fd != STDIN_FILENO)
        close(fd);
}

int main(int argc, char **argv)
{
    bool numbered = false;
    int option;

    while ((option = next_option(argv, "nu")))
        numbered = numbered || option == 'n';
    if (numbered)
        for_each_input(argv + opt_next, copy_numbered);
    else if (opt_next == argc)
        copy_plain("-");
    else
        for (int i = opt_next; i < argc; i++)
            copy_plain(argv[i]);
    return finish();
}
