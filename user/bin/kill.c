/* kill: send a signal to processes or process groups (POSIX). */

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "user/bin/lib/signals.h"
#include "user/bin/lib/util.h"

const char usage[] =
    "usage: kill [-s SIGNAL | -SIGNAL] PID...\n"
    "       kill -l [NUMBER]...\n"
    "Send a signal (TERM by default), by name or number, to processes; a\n"
    "negative PID is a process group, -1 all. -l names the signals.\n";

/* An exit status above 128 stands for the signal that ended the process. */
static void list(char **numbers)
{
    char buf[16];
    const char *name;
    long long number;

    if (!*numbers)
        signal_list();
    for (; *numbers; numbers++) {
        if ((*numbers)[0] < '0' || (*numbers)[0] > '9') {
            print("%d\n", signal_arg(*numbers));
            continue;
        }
        number = number_arg(*numbers, 0, 255);
        name = signal_name(number > 128 ? number - 128 : number, buf);
        if (!name)
            die("unknown signal '%s'", *numbers);
        print("%s\n", name);
    }
}

static void send(char **pids, int signal)
{
    long long pid;

    if (!*pids)
        usage_error("missing operand");
    for (; *pids; pids++) {
        pid = number_arg(*pids, -0x7fffffff, 0x7fffffff);
        if (kill((pid_t)pid, signal) < 0)
            warn_file(*pids);
    }
}

int main(int argc, char **argv)
{
    int signal = SIGTERM;

    help_option(argv);
    argv += argc > 0;
    if (*argv && strcmp(*argv, "-l") == 0) {
        list(argv + 1);
        return finish();
    }
    if (*argv && strcmp(*argv, "-s") == 0) {
        if (!argv[1])
            usage_error("option -s needs a value");
        signal = signal_arg(argv[1]);
        argv += 2;
    } else if (*argv && **argv == '-' && strcmp(*argv, "--") != 0) {
        signal = signal_arg(*argv + 1);
        argv++;
    }
    if (*argv && strcmp(*argv, "--") == 0)
        argv++;
    send(argv, signal);
    return finish();
}
