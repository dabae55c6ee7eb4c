/* setsid: run a program in a session of its own. */

#include <sys/ioctl.h>
#include <unistd.h>

#include "user/bin/lib/exec.h"
#include "user/bin/lib/util.h"

const char usage[] =
    "usage: setsid [-cw] PROGRAM [ARGUMENT]...\n"
    "Run the program in a new session, in the background.\n"
    "  -c  with the terminal on standard input as its own  -w  wait for it\n";

int main(int argc, char **argv)
{
    bool flag[128] = { false };
    char **program;
    int option;
    pid_t pid;

    while ((option = next_option(argv, "+cw")))
        flag[option] = true;
    program = operands(argv, 1, argc);
    /* A leader of a process group cannot begin a session: fork. */
    pid = fork();
    if (pid < 0)
        die_file("fork");
    if (pid > 0) {
        if (flag['w'])
            exit_status = wait_for(pid);
        return finish();
    }
    if (setsid() < 0)
        die_file("session");
    if (flag['c'] && ioctl(STDIN_FILENO, TIOCSCTTY, 1) < 0)
        die_file("terminal");
    exec_or_die(program);
}
