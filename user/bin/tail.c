/* tail: the last lines or bytes of files (POSIX). */

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "user/bin/lib/util.h"

const char usage[] =
    "usage: tail [-n LINES | -c BYTES | -LINES] [-fqv] [FILE]...\n"
    "Print the last 10 lines of files or standard input.\n"
    "  -n, -c  this many; +NUMBER: from that line or byte on\n"
    "  -f  wait for more at the end  -q  never file names  -v  always\n";

static long long count = 10;
static bool from_start;
static bool bytes;
static bool follow;
static bool titles;
static bool later;

static void print_from(FILE *file, long long first)
{
    long long at = 1;
    int c;

    while ((c = getc(file)) != EOF) {
        if (at >= first)
            putchar(c);
        at += bytes || c == '\n';
    }
}

/* The last `count` bytes are enough for either; lines are sought in them. */
struct tail {
    char *data;
    size_t used;
    size_t room;
};

/* Where the last `count` lines begin. */
static size_t find_lines(const struct tail *tail)
{
    long long left = count;
    size_t at = tail->used;

    if (at > 0 && tail->data[at - 1] == '\n')
        at--;
    while (at > 0) {
        if (tail->data[at - 1] == '\n' && --left == 0)
            return at;
        at--;
    }
    return 0;
}

static size_t find_start(const struct tail *tail)
{
    if (count == 0)
        return tail->used;
    if (bytes)
        return tail->used > (size_t)count ? tail->used - count : 0;
    return find_lines(tail);
}

static void print_last(FILE *file)
{
    struct tail tail = { 0 };
    size_t got;
    size_t start;

    do {
        if (tail.room - tail.used < 8192) {
            /* Forget what cannot be part of the end any more. */
            start = find_start(&tail);
            tail.used -= start;
            if (start)
                memmove(tail.data, tail.data + start, tail.used);
            tail.room = tail.used + 65536;
            tail.data = grow(tail.data, tail.room);
        }
        got = fread(tail.data + tail.used, 1, 8192, file);
        tail.used += got;
    } while (got > 0);
    start = find_start(&tail);
    fwrite(tail.data + start, 1, tail.used - start, stdout);
    free(tail.data);
}

/* Copies what is appended, for ever; looks four times a second. */
static void print_growth(FILE *file)
{
    const struct timespec pause = { .tv_nsec = 250000000 };
    int c;

    for (;;) {
        clearerr(file);
        while ((c = getc(file)) != EOF)
            putchar(c);
        if (fflush(stdout) == EOF)
            die_file("standard output");
        nanosleep(&pause, NULL);
    }
}

static void print_tail(FILE *file, const char *name)
{
    if (titles)
        print("%s==> %s <==\n", later ? "\n" : "",
              file == stdin ? "standard input" : name);
    later = true;
    if (from_start)
        print_from(file, count);
    else
        print_last(file);
    if (follow && !ferror(file))
        print_growth(file);
}

static void take_count(const char *text)
{
    from_start = *text == '+';
    count = size_arg(text + (*text == '+' || *text == '-'));
}

int main(int argc, char **argv)
{
    bool quiet = false;
    int option;

    /* The traditional "tail +5". */
    if (argc > 1 && argv[1][0] == '+' && argv[1][1]) {
        take_count(*++argv);
        argc--;
    }
    while ((option = next_option(argv, "c:fn:qv#"))) {
        if (option == 'n' || option == 'c' || option == '#')
            take_count(opt_value);
        bytes = option == 'c' || (bytes && option != 'n');
        follow |= option == 'f';
        quiet |= option == 'q';
        titles |= option == 'v';
    }
    if (follow && argc - opt_next > 1)
        usage_error("-f follows one file only");
    titles = (titles || argc - opt_next > 1) && !quiet;
    for_each_input(argv + opt_next, print_tail);
    return finish();
}
