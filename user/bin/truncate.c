/* truncate: set the length of files (as in GNU). */

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/bin/lib/util.h"

const char usage[] =
    "usage: truncate [-c] -s [+-]SIZE FILE...\n"
    "Cut files off or fill them up with zeros to SIZE bytes; + and - are by\n"
    "how many. Files that are not there are made.\n"
    "  -c  no, they are not\n";

static void set_length(const char *path, char sign, long long size, int flags)
{
    int fd = open(path, flags, 0666);
    struct stat st;

    if (fd < 0) {
        if (errno != ENOENT || (flags & O_CREAT))
            warn_file(path);
        return;
    }
    if (fstat(fd, &st) < 0)
        die_file(path);
    if (sign == '+')
        size += st.st_size;
    else if (sign == '-')
        size = st.st_size > size ? st.st_size - size : 0;
    if (ftruncate(fd, size) < 0)
        warn_file(path);
    close(fd);
}

int main(int argc, char **argv)
{
    int flags = O_WRONLY | O_CLOEXEC | O_CREAT;
    long long size = -1;
    char sign = '\0';
    int option;

    while ((option = next_option(argv, "cs:"))) {
        if (option == 'c') {
            flags &= ~O_CREAT;
            continue;
        }
        if (*opt_value == '+' || *opt_value == '-')
            sign = *opt_value++;
        size = size_arg(opt_value);
    }
    if (size < 0)
        usage_error("-s is needed");
    for (char **path = operands(argv, 1, argc); *path; path++)
        set_length(*path, sign, size, flags);
    return finish();
}
