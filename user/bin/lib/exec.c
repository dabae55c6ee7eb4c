#include "user/bin/lib/exec.h"

#include <errno.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "user/bin/lib/util.h"

void exec_or_die(char **argv)
{
    execvp(argv[0], argv);
    error_status = errno == ENOENT || errno == ENOTDIR ? 127 : 126;
    warn_file(argv[0]);
    /* Not exit(): a child must not write out its parent's buffers again. */
    _exit(error_status);
}

pid_t spawn(char **argv)
{
    pid_t pid;

    fflush(stdout);
    pid = fork();
    if (pid < 0)
        die_file("fork");
    if (pid == 0)
        exec_or_die(argv);
    return pid;
}

int wait_for(pid_t pid)
{
    int status;

    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR)
            die_file("wait");
    }
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
