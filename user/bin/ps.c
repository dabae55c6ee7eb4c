/* ps: show the processes of the system, from /proc. */

#include <string.h>
#include <sys/sysmacros.h>

#include "user/bin/lib/names.h"
#include "user/bin/lib/proc.h"
#include "user/bin/lib/util.h"

const char usage[] =
    "usage: ps [-Aaefl]\n"
    "Show all processes: pid, parent, state, terminal, time, command.\n"
    "State: R runs, S sleeps, D waits for a device, T stopped, Z zombie.\n"
    "  -f  with the user  -l  with group, session, priority and memory\n"
    "  -A, -a, -e  accepted: all processes are always shown\n";

static bool flag[128];

static void tty_text(int device, char buf[16])
{
    unsigned high = major(device);
    unsigned low = minor(device);

    if (!device)
        snprint(buf, 16, "?");
    else if (high == 136)
        snprint(buf, 16, "pts/%u", low);
    else if (high == 5 && low == 1)
        snprint(buf, 16, "console");
    else if (high == 4 && low >= 64)
        snprint(buf, 16, "ttyS%u", low - 64);
    else
        snprint(buf, 16, "%u:%u", high, low);
}

static void show(const struct process *process, void *unused)
{
    char command[1024];
    char text[64];
    char tty[16];

    (void)unused;
    if (flag['f'] || flag['l'])
        print("%-8s ", name_of(NAME_USER, process->uid, text, sizeof(text)));
    print("%5d %5d ", process->pid, process->ppid);
    if (flag['l'])
        print("%5d %5d %3d %3d %6llu %6llu ", process->pgrp,
              process->session, process->priority, process->nice,
              process->size / 1024, process->memory / 1024);
    tty_text(process->tty, tty);
    print("%c %-8s %6s ", process->state, tty,
          ticks_text(process->ticks, text));
    print("%s\n", process_command(process, command, sizeof(command)));
}

int main(int argc, char **argv)
{
    int option;

    (void)argc;
    while ((option = next_option(argv, "Aaefl")))
        flag[option] = true;
    operands(argv, 0, 0);
    if (flag['f'] || flag['l'])
        print("%-8s ", "USER");
    print("%5s %5s ", "PID", "PPID");
    if (flag['l'])
        print("%5s %5s %3s %3s %6s %6s ", "PGID", "SID", "PRI", "NI", "KIB",
              "RSS");
    print("%s %-8s %6s %s\n", "S", "TTY", "TIME", "CMD");
    for_each_process(show, NULL);
    return finish();
}
