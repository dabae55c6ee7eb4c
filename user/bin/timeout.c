/* timeout: run a program and end it after some time (as in GNU). */

#include <errno.h>
#include <signal.h>
#include <time.h>

#include "user/bin/lib/exec.h"
#include "user/bin/lib/signals.h"
#include "user/bin/lib/times.h"
#include "user/bin/lib/util.h"

const char usage[] =
    "usage: timeout [-s SIGNAL] [-k TIME] TIME PROGRAM [ARGUMENT]...\n"
    "Run the program; after TIME end it with a signal, and status 124.\n"
    "  -s  this signal instead of TERM  -k  and after so much more with KILL\n";

/*
 * Waits for the child at most so long.  SIGCHLD is blocked, so that it waits
 * for us if it comes before we wait for it.
 */
static bool ends_within(struct timespec time)
{
    struct timespec end, now;
    sigset_t child;

    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += time.tv_sec;
    end.tv_nsec += time.tv_nsec;
    while (sigtimedwait(&child, NULL, &time) < 0) {
        if (errno == EAGAIN)
            return false;
        if (errno != EINTR)
            die_file("wait");
        clock_gettime(CLOCK_MONOTONIC, &now);
        time.tv_sec = end.tv_sec - now.tv_sec;
        time.tv_nsec = end.tv_nsec - now.tv_nsec;
        for (; time.tv_nsec < 0; time.tv_sec--)
            time.tv_nsec += 1000000000;
        for (; time.tv_nsec >= 1000000000; time.tv_sec++)
            time.tv_nsec -= 1000000000;
        if (time.tv_sec < 0)
            return false;
    }
    return true;
}

static void note_child(int signal)
{
    (void)signal;
}

static pid_t start(char **program)
{
    sigset_t child;

    /* An ignored signal would not be kept for sigtimedwait(). */
    signal(SIGCHLD, note_child);
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, NULL);
    return spawn(program);
}

int main(int argc, char **argv)
{
    struct timespec grace = { 0 };
    struct timespec time;
    int kind = SIGTERM;
    char **operand;
    int option;
    pid_t pid;

    error_status = 125;
    while ((option = next_option(argv, "+k:s:"))) {
        if (option == 'k')
            grace = duration_arg(opt_value);
        else
            kind = signal_arg(opt_value);
    }
    operand = operands(argv, 2, argc);
    time = duration_arg(operand[0]);
    pid = start(operand + 1);
    if ((!time.tv_sec && !time.tv_nsec) || ends_within(time)) {
        exit_status = wait_for(pid);
        return finish();
    }
    kill(pid, kind);
    kill(pid, SIGCONT);
    exit_status = 124;
    if ((grace.tv_sec || grace.tv_nsec) && !ends_within(grace)) {
        kill(pid, SIGKILL);
        exit_status = 128 + SIGKILL;
    }
    wait_for(pid);
    return finish();
}
