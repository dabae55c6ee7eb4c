/* hexdump: show the bytes of files (formats of the BSDs' hexdump). */

#include "user/bin/lib/dump.h"
#include "user/bin/lib/util.h"

const char usage[] =
    "usage: hexdump [-Cv] [-n BYTES] [-s SKIP] [FILE]...\n"
    "Show bytes in hexadecimal; lines that repeat are shown as one *.\n"
    "  -C  single bytes, and the characters (default: 16-bit words)\n"
    "  -v  repeated lines, too  -n  so many bytes  -s  from this one on\n";

static void show_bytes(unsigned long long offset, const unsigned char *line,
                       int used)
{
    print("%08llx ", offset);
    for (int i = 0; i < DUMP_LINE; i++) {
        print("%s", i == DUMP_LINE / 2 ? "  " : " ");
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

static void show_words(unsigned long long offset, const unsigned char *line,
                       int used)
{
    print("%07llx", offset);
    for (int i = 0; i < DUMP_LINE; i += 2) {
        if (i < used)
            print(" %02x%02x", line[i + 1], line[i]);
        else
            print("     ");
    }
    putchar('\n');
}

int main(int argc, char **argv)
{
    unsigned long long end;
    int option;

    (void)argc;
    dump.show = show_words;
    while ((option = next_option(argv, "Cn:s:v"))) {
        if (option == 'C')
            dump.show = show_bytes;
        else if (option == 'n')
            dump.limit = size_arg(opt_value);
        else if (option == 's')
            dump.skip = size_arg(opt_value);
        else
            dump.verbose = true;
    }
    end = dump_files(argv + opt_next);
    if (end)
        print(dump.show == show_bytes ? "%08llx\n" : "%07llx\n", end);
    return finish();
}
