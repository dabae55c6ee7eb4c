/* nice: run a program with a changed scheduling priority (POSIX). */

#include <errno.h>
#include <unistd.h>

#include "user/bin/lib/exec.h"
#include "user/bin/lib/util.h"

const char usage[] =
    "usage: nice [-n NUMBER] [PROGRAM [ARGUMENT]...]\n"
    "Run the program with its niceness raised by 10, or NUMBER: the nicer,\n"
    "the less it runs. Without a program, print the niceness.\n";

int main(int argc, char **argv)
{
    int change = 10;
    char **program;
    int option;

    (void)argc;
    error_status = 125;
    while ((option = next_option(argv, "+n:#")))
        change = (int)number_arg(opt_value, -40, 40);
    program = argv + opt_next;
    if (!*program) {
        print("%d\n", nice(0));
        return finish();
    }
    errno = 0;
    if (nice(change) == -1 && errno)
        warn_file("niceness");
    exec_or_die(program);
}
