#include "user/bin/lib/dump.h"

#include <string.h>

#include "user/bin/lib/util.h"

struct dump dump = { .limit = -1ULL };

/* The line being filled, and the one before it. */
static unsigned char line[DUMP_LINE];
static unsigned char last[DUMP_LINE];
static int used;
static unsigned long long offset;
static enum { FIRST, SHOWN, STARRED } state;

static void end_line(void)
{
    bool same = state != FIRST && used == DUMP_LINE &&
                memcmp(line, last, DUMP_LINE) == 0;

    if (same && !dump.verbose) {
        if (state == SHOWN)
            print("*\n");
        state = STARRED;
    } else {
        memset(line + used, 0, DUMP_LINE - used);
        dump.show(offset, line, used);
        state = SHOWN;
        memcpy(last, line, DUMP_LINE);
    }
    offset += used;
    used = 0;
}

static void dump_file(FILE *file, const char *name)
{
    int c;

    (void)name;
    while (dump.limit > 0 && (c = getc(file)) != EOF) {
        if (dump.skip) {
            dump.skip--;
            offset++;
            continue;
        }
        dump.limit--;
        line[used++] = (unsigned char)c;
        if (used == DUMP_LINE)
            end_line();
    }
}

unsigned long long dump_files(char **names)
{
    for_each_input(names, dump_file);
    if (used)
        end_line();
    return offset;
}
