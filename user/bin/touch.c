/* touch: set the times of files, making them if need be (POSIX; -d as GNU). */

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/bin/lib/times.h"
#include "user/bin/lib/util.h"

const char usage[] =
    "usage: touch [-acm] [-d TIME | -r FILE] FILE...\n"
    "Set the files' times to now; make those that are not there.\n"
    "  -a  access time only  -m  modification time only  -c  make nothing\n"
    "  -d  TIME is @SECONDS or [YYYY-MM-DD][ HH:MM[:SS]]  -r  of that FILE\n";

static bool flag[128];
static struct timespec times[2] = {
    { .tv_nsec = UTIME_NOW }, { .tv_nsec = UTIME_NOW },
};

static void times_of_file(const char *path)
{
    struct stat st;

    if (stat(path, &st) < 0)
        die_file(path);
    times[0] = st.st_atim;
    times[1] = st.st_mtim;
}

static void touch(const char *path)
{
    int fd;

    if (utimensat(AT_FDCWD, path, times, 0) == 0)
        return;
    if (errno == ENOENT && flag['c'])
        return;
    if (errno != ENOENT) {
        warn_file(path);
        return;
    }
    fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0 || futimens(fd, times) < 0)
        warn_file(path);
    if (fd >= 0)
        close(fd);
}

int main(int argc, char **argv)
{
    int option;

    while ((option = next_option(argv, "acd:mr:"))) {
        flag[option] = true;
        if (option == 'd')
            times[0] = times[1] = (struct timespec){ time_arg(opt_value), 0 };
        if (option == 'r')
            times_of_file(opt_value);
    }
    if (flag['a'] && !flag['m'])
        times[1].tv_nsec = UTIME_OMIT;
    if (flag['m'] && !flag['a'])
        times[0].tv_nsec = UTIME_OMIT;
    for (char **path = operands(argv, 1, argc); *path; path++)
        touch(*path);
    return finish();
}
