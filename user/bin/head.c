/* head: the first lines or bytes of files (POSIX, with -c). */

#include <limits.h>
#include <stdlib.h>

#include "user/bin/lib/util.h"

const char usage[] =
    "usage: head [-n LINES | -c BYTES | -LINES] [-qv] [FILE]...\n"
    "Print the first 10 lines of files or standard input.\n"
    "  -n, -c  this many; -NUMBER: all but the last NUMBER\n"
    "  -q  never file names above  -v  always\n";

static long long count = 10;
static bool all_but;
static bool bytes;
static bool titles;
static bool later;

/* All but the last lines or bytes: so many lag behind in a ring. */
static void print_all_but(FILE *file, long long keep)
{
    struct strings ring = { 0 };
    char *line = NULL;
    size_t room = 0;
    ssize_t length;
    size_t slot = 0;

    while ((length = getline(&line, &room, file)) >= 0) {
        if ((long long)ring.count < keep) {
            strings_add(&ring, copy_string(line));
            continue;
        }
        if (!keep) {
            fputs(line, stdout);
            continue;
        }
        fputs(ring.item[slot], stdout);
        free(ring.item[slot]);
        ring.item[slot] = copy_string(line);
        slot = (slot + 1) % keep;
    }
    free(line);
    strings_free(&ring);
}

static void print_all_but_bytes(FILE *file, size_t keep)
{
    char *ring = grow(NULL, keep + 1);
    size_t used = 0;
    int c;

    while ((c = getc(file)) != EOF) {
        if (used >= keep)
            putchar(keep ? (unsigned char)ring[used % keep] : c);
        if (keep)
            ring[used % keep] = (char)c;
        used++;
    }
    free(ring);
}

static void print_first(FILE *file)
{
    long long left = count;
    int c;

    while (left > 0 && (c = getc(file)) != EOF) {
        putchar(c);
        left -= bytes || c == '\n';
    }
}

static void print_head(FILE *file, const char *name)
{
    if (titles)
        print("%s==> %s <==\n", later ? "\n" : "",
              file == stdin ? "standard input" : name);
    later = true;
    if (!all_but)
        print_first(file);
    else if (bytes)
        print_all_but_bytes(file, count);
    else
        print_all_but(file, count);
}

static void take_count(const char *text)
{
    all_but = *text == '-';
    count = size_arg(text + all_but);
}

int main(int argc, char **argv)
{
    bool quiet = false;
    int option;

    while ((option = next_option(argv, "c:n:qv#"))) {
        if (option == 'n' || option == 'c' || option == '#') {
            take_count(opt_value);
            bytes = option == 'c';
        }
        quiet |= option == 'q';
        titles |= option == 'v';
    }
    titles = (titles || argc - opt_next > 1) && !quiet;
    for_each_input(argv + opt_next, print_head);
    return finish();
}
