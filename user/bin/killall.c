/* killall: send a signal to all processes of a name, from /proc. */

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "user/bin/lib/proc.h"
#include "user/bin/lib/signals.h"
#include "user/bin/lib/util.h"

const char usage[] =
    "usage: killall [-s SIGNAL | -SIGNAL] NAME...\n"
    "Send a signal (TERM by default) to all processes of that name.\n"
    "  -l  name the signals  -q  be silent when there is no such process\n";

struct target {
    const char *name;
    int signal;
    int found;
};

static void send(const struct process *process, void *arg)
{
    struct target *target = arg;

    if (process->pid == getpid() || !process_is(process, target->name))
        return;
    target->found++;
    if (kill(process->pid, target->signal) < 0)
        warn_file(target->name);
}

/* -KILL and -9 come first if at all; next_option() sees the rest. */
static int take_signal(char ***argv)
{
    const char *arg = (*argv)[1];
    int signal;

    if (!arg || arg[0] != '-' || !arg[1] || strchr("-slq", arg[1]))
        return SIGTERM;
    signal = signal_arg(arg + 1);
    (*argv)[1] = (*argv)[0];
    ++*argv;
    return signal;
}

int main(int argc, char **argv)
{
    struct target target = { .signal = take_signal(&argv) };
    bool quiet = false;
    int option;

    while ((option = next_option(argv, "+lqs:"))) {
        quiet |= option == 'q';
        if (option == 's')
            target.signal = signal_arg(opt_value);
        if (option == 'l') {
            signal_list();
            return finish();
        }
    }
    for (char **name = operands(argv, 1, argc); *name; name++) {
        target.name = *name;
        target.found = 0;
        for_each_process(send, &target);
        if (!target.found && !quiet)
            warn("%s: no such process", *name);
        else if (!target.found)
            exit_status = error_status;
    }
    return finish();
}
