/* dmesg: show the kernel's log, by syslog(2). */

#include <string.h>
#include <sys/klog.h>

#include "user/bin/lib/util.h"

const char usage[] =
    "usage: dmesg [-cCr] [-n LEVEL]\n"
    "Show the kernel's messages.\n"
    "  -c  and clear them  -C  only clear them  -r  with levels\n"
    "  -n  only messages below LEVEL (1 to 8) go to the console\n";

/* The actions of syslog(2). */
enum {
    LOG_READ_ALL = 3,
    LOG_READ_CLEAR = 4,
    LOG_CLEAR = 5,
    LOG_CONSOLE_LEVEL = 8,
    LOG_SIZE = 10,
};

static int call(int action, char *buf, int size)
{
    int result = klogctl(action, buf, size);

    if (result < 0)
        die_file("syslog");
    return result;
}

/* Each line begins with <level>. */
static void show(char *text, bool raw)
{
    char *line;
    char *end;

    while ((line = strsep(&text, "\n"))) {
        end = *line == '<' && !raw ? strchr(line, '>') : NULL;
        if (end)
            line = end + 1;
        if (*line || text)
            print("%s\n", line);
    }
}

int main(int argc, char **argv)
{
    int action = LOG_READ_ALL;
    bool raw = false;
    int option;
    int size;
    char *buf;

    (void)argc;
    while ((option = next_option(argv, "cCrn:"))) {
        if (option == 'n') {
            call(LOG_CONSOLE_LEVEL, NULL, number_arg(opt_value, 1, 8));
            return finish();
        }
        if (option == 'r')
            raw = true;
        else
            action = option == 'c' ? LOG_READ_CLEAR : LOG_CLEAR;
    }
    operands(argv, 0, 0);
    if (action == LOG_CLEAR) {
        call(action, NULL, 0);
        return finish();
    }
    size = call(LOG_SIZE, NULL, 0);
    buf = grow(NULL, size + 1);
    buf[call(action, buf, size)] = '\0';
    show(buf, raw);
    return finish();
}
