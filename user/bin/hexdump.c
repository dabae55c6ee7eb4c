/* hexdump: show the bytes of files (formats of the BSDs' hexdump). */

#include <string.h>

#include "user/bin/lib/util.h"

const char usage[] =
    "usage: hexdump [-Cv] [-n BYTES] [-s SKIP] [FILE]...\n"
    "Show bytes in hexadecimal; lines that repeat are shown as one *.\n"
    "  -C  single bytes, and the characters (default: 16-bit words)\n"
    "  -v  repeated lines, too  -n  so many bytes  -s  from this one on\n";

enum { LINE = 16 };

static bool canonical;
static bool verbose;
static unsigned long long skip;
static unsigned long long limit = -1ULL;

/* The line being filled, and the one before it. */
static unsigned char line[LINE];
static unsigned char last[LINE];
static int used;
static unsigned long long offset;
static enum { FIRST, SHOWN, STARRED } state;

static void show_bytes(void)
{
    for (int i = 0; i < LINE; i++) {
        print("%s", i == LINE / 2 ? "  " : " ");
        if (i < used)
            print("%02x", line[i]);
        else
            print("  ");
    }
    print("  |");
    for (int i = 0; i < used; i++)
        putchar(line[i] >= ' ' && line[i] < 0x7f ? line[i] : '.');
    print("|\n");
}

static void show_words(void)
{
    if (used % 2)
        line[used] = 0;
    for (int i = 0; i < LINE; i += 2) {
        if (i < used)
            print(" %02x%02x", line[i + 1], line[i]);
        else
            print("     ");
    }
    putchar('\n');
}

static void show_line(void)
{
    bool same = state != FIRST && used == LINE &&
                memcmp(line, last, LINE) == 0;

    if (same && !verbose) {
        if (state == SHOWN)
            print("*\n");
        state = STARRED;
    } else {
        if (canonical) {
            print("%08llx ", offset);
            show_bytes();
        } else {
            print("%07llx", offset);
            show_words();
        }
        state = SHOWN;
        memcpy(last, line, LINE);
    }
    offset += used;
    used = 0;
}

static void dump(FILE *file, const char *name)
{
    int c;

    (void)name;
    while (limit > 0 && (c = getc(file)) != EOF) {
        if (skip) {
            skip--;
            continue;
        }
        limit--;
        line[used++] = (unsigned char)c;
        if (used == LINE)
            show_line();
    }
}

int main(int argc, char **argv)
{
    int option;

    (void)argc;
    while ((option = next_option(argv, "Cn:s:v"))) {
        canonical |= option == 'C';
        verbose |= option == 'v';
        if (option == 'n')
            limit = size_arg(opt_value);
        if (option == 's')
            offset = skip = size_arg(opt_value);
    }
    for_each_input(argv + opt_next, dump);
    if (used)
        show_line();
    if (state != FIRST)
        print(canonical ? "%08llx\n" : "%07llx\n", offset);
    return finish();
}
