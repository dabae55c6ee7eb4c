/* wc: count lines, words, characters and bytes (POSIX). */

#include <ctype.h>

#include "user/bin/lib/util.h"

const char usage[] =
    "usage: wc [-clmwL] [FILE]...\n"
    "Count the lines, words and bytes of files or standard input.\n"
    "  -l  lines  -w  words  -m  characters (UTF-8)  -c  bytes\n"
    "  -L  columns of the longest line\n";

struct counts {
    unsigned long long lines;
    unsigned long long words;
    unsigned long long chars;
    unsigned long long bytes;
    unsigned long long longest;
};

static bool flag[128];
static struct counts total;
/* A single figure stands alone; more are lined up in columns. */
static int column;

static void show(const struct counts *counts, const char *name)
{
    const struct { char letter; unsigned long long value; } fields[] = {
        { 'l', counts->lines }, { 'w', counts->words },
        { 'm', counts->chars }, { 'c', counts->bytes },
        { 'L', counts->longest },
    };
    const char *blank = "";

    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        if (!flag[(int)fields[i].letter])
            continue;
        print("%s%*llu", blank, column, fields[i].value);
        blank = " ";
    }
    print("%s%s\n", name ? " " : "", name ? name : "");
}

static void count_file(FILE *file, const char *name)
{
    struct counts counts = { 0 };
    size_t length = 0;
    bool in_word = false;
    int c;

    while ((c = getc(file)) != EOF) {
        counts.bytes++;
        /* Bytes 10xxxxxx continue a character of UTF-8. */
        counts.chars += (c & 0xc0) != 0x80;
        counts.lines += c == '\n';
        length = column_after(length, c);
        if (length > counts.longest)
            counts.longest = length;
        counts.words += !isspace(c) && !in_word;
        in_word = !isspace(c);
    }
    total.bytes += counts.bytes;
    total.chars += counts.chars;
    total.lines += counts.lines;
    total.words += counts.words;
    if (counts.longest > total.longest)
        total.longest = counts.longest;
    show(&counts, file == stdin && name[0] == '-' && !flag['-'] ? NULL : name);
}

int main(int argc, char **argv)
{
    int chosen = 0;
    int option;

    while ((option = next_option(argv, "clmwL"))) {
        chosen += !flag[option];
        flag[option] = true;
    }
    if (!chosen)
        flag['l'] = flag['w'] = flag['c'] = true;
    flag['-'] = argc > opt_next;
    column = chosen == 1 && argc - opt_next < 2 ? 1 : 7;
    for_each_input(argv + opt_next, count_file);
    if (argc - opt_next > 1)
        show(&total, "total");
    return finish();
}
