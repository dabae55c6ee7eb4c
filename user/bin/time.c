/* time: run a program and say how long it took (POSIX). */

#include <sys/resource.h>
#include <time.h>

#include "user/bin/lib/exec.h"
#include "user/bin/lib/util.h"

const char usage[] =
    "usage: time [-p] PROGRAM [ARGUMENT]...\n"
    "Run the program; then print, to standard error, the seconds that passed\n"
    "and those its user and system parts took.\n";

static void show(const char *name, long long seconds, long nanoseconds)
{
    fprint(stderr, "%s %lld.%03ld\n", name, seconds, nanoseconds / 1000000);
}

int main(int argc, char **argv)
{
    struct timespec started, ended;
    struct rusage used;
    char **program;

    while (next_option(argv, "+p"))
        continue;
    program = operands(argv, 1, argc);
    clock_gettime(CLOCK_MONOTONIC, &started);
    exit_status = wait_for(spawn(program));
    clock_gettime(CLOCK_MONOTONIC, &ended);
    if (getrusage(RUSAGE_CHILDREN, &used) < 0)
        die_file("usage of the program");
    if (ended.tv_nsec < started.tv_nsec) {
        ended.tv_nsec += 1000000000;
        ended.tv_sec--;
    }
    show("real", ended.tv_sec - started.tv_sec,
         ended.tv_nsec - started.tv_nsec);
    show("user", used.ru_utime.tv_sec, used.ru_utime.tv_usec * 1000);
    show("sys", used.ru_stime.tv_sec, used.ru_stime.tv_usec * 1000);
    return finish();
}
