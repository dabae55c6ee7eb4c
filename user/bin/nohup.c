/* nohup: run a program that survives the end of the session (POSIX). */

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "user/bin/lib/exec.h"
#include "user/bin/lib/util.h"

const char usage[] =
    "usage: nohup PROGRAM [ARGUMENT]...\n"
    "Run the program with hang-ups ignored, and with nohup.out in place of a\n"
    "terminal.\n";

static void redirect_output(void)
{
    int fd;

    if (isatty(STDOUT_FILENO)) {
        fd = open("nohup.out", O_WRONLY | O_CREAT | O_APPEND, 0600);
        if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0)
            die_file("nohup.out");
        close(fd);
        fprint(stderr, "nohup: output goes to nohup.out\n");
    }
    if (isatty(STDERR_FILENO) && dup2(STDOUT_FILENO, STDERR_FILENO) < 0)
        die_file("standard error");
}

int main(int argc, char **argv)
{
    char **program;

    error_status = 127;
    while (next_option(argv, "+"))
        continue;
    program = operands(argv, 1, argc);
    redirect_output();
    signal(SIGHUP, SIG_IGN);
    exec_or_die(program);
}
