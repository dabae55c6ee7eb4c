/* date: show or set the time (POSIX; -d -r -s as in GNU). */

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "user/bin/lib/times.h"
#include "user/bin/lib/util.h"

const char usage[] =
    "usage: date [-uRI] [-d TIME | -r FILE] [+FORMAT]\n"
    "       date [-u] -s TIME\n"
    "Show the time in FORMAT, which is that of strftime(3).\n"
    "  -u  in UTC  -d  show TIME: @SECONDS or [YYYY-MM-DD][ HH:MM[:SS]]\n"
    "  -r  when FILE was modified  -s  set the clock to TIME\n"
    "  -R  like Mon, 02 Jan 2006 15:04:05 +0000  -I  like 2006-01-02\n";

static time_t file_time(const char *path)
{
    struct stat st;

    if (stat(path, &st) < 0)
        die_file(path);
    return st.st_mtime;
}

static void set_clock(time_t when)
{
    struct timespec now = { .tv_sec = when };

    if (clock_settime(CLOCK_REALTIME, &now) < 0)
        die_file("cannot set the clock");
}

static void show(const char *format, time_t when)
{
    static char text[4096];
    size_t length;

    if (!*format) {
        putchar('\n');
        return;
    }
    length = strftime(text, sizeof(text), format, localtime(&when));
    if (!length)
        die("the result of '%s' is empty or too long", format);
    print("%s\n", text);
}

int main(int argc, char **argv)
{
    const char *format = "%a %b %e %H:%M:%S %Z %Y";
    time_t when = time(NULL);
    bool set = false;
    int option;
    char **operand;

    /* First -u: it decides how -d and -s are read. */
    for (int i = 1; i < argc && argv[i][0] == '-'; i++) {
        if (strcmp(argv[i], "-u") == 0)
            setenv("TZ", "UTC0", 1);
    }
    while ((option = next_option(argv, "d:Ir:Rs:u"))) {
        if (option == 'd' || option == 's')
            when = time_arg(opt_value);
        else if (option == 'r')
            when = file_time(opt_value);
        else if (option == 'R')
            format = "%a, %d %b %Y %H:%M:%S %z";
        else if (option == 'I')
            format = "%Y-%m-%d";
        else
            setenv("TZ", "UTC0", 1);
        set |= option == 's';
    }
    operand = operands(argv, 0, 1);
    if (*operand) {
        if (**operand != '+')
            usage_error("a format begins with +: '%s'", *operand);
        format = *operand + 1;
    }
    if (set)
        set_clock(when);
    show(format, when);
    return finish();
}
