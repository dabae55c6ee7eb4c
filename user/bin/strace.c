/* strace: show the system calls of a program, by Larch's kernel trace. */

#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "user/bin/lib/exec.h"
#include "user/bin/lib/util.h"

const char usage[] =
    "usage: strace [-f] [-o FILE] PROGRAM [ARGUMENT]...\n"
    "Run the program and write a line for each system call that it or one of\n"
    "its children makes, to standard error or FILE: name(arguments) = result\n"
    "  -f  accepted: children are always traced\n";

/*
 * prctl(PR_LARCH_TRACE, 1, fd): from now on the kernel writes a line to this
 * file for each system call of this process and the children it will have.
 */
#define PR_LARCH_TRACE 0x4c54

int main(int argc, char **argv)
{
    int fd = STDERR_FILENO;
    const char *file = NULL;
    char **program;
    int option;
    pid_t pid;

    while ((option = next_option(argv, "+fo:"))) {
        if (option == 'o')
            file = opt_value;
    }
    program = operands(argv, 1, argc);
    if (file)
        fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0)
        die_file(file);
    pid = fork();
    if (pid < 0)
        die_file("fork");
    if (pid == 0) {
        if (prctl(PR_LARCH_TRACE, 1, fd) < 0) {
            warn_file("this kernel does not trace");
            _exit(125);
        }
        exec_or_die(program);
    }
    exit_status = wait_for(pid);
    return finish();
}
