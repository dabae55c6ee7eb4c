/* uptime: show the time of day, the time since boot and the load. */

#include <sys/sysinfo.h>
#include <time.h>

#include "user/bin/lib/times.h"
#include "user/bin/lib/util.h"

const char usage[] =
    "usage: uptime\n"
    "Show the time, how long the system runs, its processes and its load\n"
    "(ready processes, averaged over 1, 5 and 15 minutes).\n";

/* The kernel's averages are fixed-point numbers with 16 bits behind. */
static void print_load(const char *before, unsigned long load)
{
    unsigned long hundredths = (load * 100 + 32768) >> SI_LOAD_SHIFT;

    print("%s%lu.%02lu", before, hundredths / 100, hundredths % 100);
}

int main(int argc, char **argv)
{
    struct sysinfo info;
    char now[20];
    long minutes;

    (void)argc;
    plain_operands(argv, 0, 0);
    if (sysinfo(&info) < 0)
        die_file("sysinfo");
    time_text(time(NULL), now);
    minutes = info.uptime / 60;
    print(" %s up ", now + 11);
    if (minutes >= 24 * 60)
        print("%ld days, ", minutes / (24 * 60));
    print("%02ld:%02ld:%02ld, %u processes, load average: ",
          minutes / 60 % 24, minutes % 60, (long)info.uptime % 60, info.procs);
    print_load("", info.loads[0]);
    print_load(", ", info.loads[1]);
    print_load(", ", info.loads[2]);
    putchar('\n');
    return finish();
}
