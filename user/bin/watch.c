/* watch: run a command again and again. */

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "user/bin/lib/exec.h"
#include "user/bin/lib/times.h"
#include "user/bin/lib/util.h"

const char usage[] =
    "usage: watch [-t] [-n TIME] COMMAND [ARGUMENT]...\n"
    "Show what the shell command prints, anew every 2 seconds, until ^C.\n"
    "  -n  every TIME  -t  without a title\n";

static char *join(char **words)
{
    size_t size = 1;
    size_t used = 0;
    char *text;

    for (char **word = words; *word; word++)
        size += strlen(*word) + 1;
    text = grow(NULL, size);
    for (; *words; words++)
        used += snprint(text + used, size - used, "%s%s", used ? " " : "",
                        *words);
    return text;
}

int main(int argc, char **argv)
{
    struct timespec period = { .tv_sec = 2 };
    const char *period_text = "2";
    bool title = true;
    char *shell[] = { "sh", "-c", NULL, NULL };
    char now[20];
    int option;

    while ((option = next_option(argv, "+n:t"))) {
        if (option == 't')
            title = false;
        else
            period = duration_arg(period_text = opt_value);
    }
    shell[2] = join(operands(argv, 1, argc));
    for (;;) {
        print("\033[H\033[J");
        if (title) {
            time_text(time(NULL), now);
            print("Every %s s: %s\t%s\n\n", period_text, shell[2], now);
        }
        wait_for(spawn(shell));
        nanosleep(&period, NULL);
    }
}
