/* cut: print selected parts of each line (POSIX; characters are bytes). */

#include <stdlib.h>
#include <string.h>

#include "user/bin/lib/util.h"

const char usage[] =
    "usage: cut -b LIST | -c LIST | -f LIST [-d CHAR] [-s] [FILE]...\n"
    "Print these bytes, characters or fields of each line.\n"
    "  LIST is like 1,3-5,7- or -2  -d  what parts fields (default: tab)\n"
    "  -s  no lines without it  -n  accepted\n";

struct range {
    long long first;
    long long last;
};

static struct range *ranges;
static size_t range_count;
static char kind;
static char separator = '\t';
static bool only_separated;

static void take_range(const char **p)
{
    struct range range = { 1, 0x7fffffffffffffff };
    bool open_start = **p == '-';
    bool good = open_start || scan_number(p, 10, &range.first);
    bool open_end = **p == '-' && ((*p)[1] < '0' || (*p)[1] > '9');

    if (**p != '-') {
        range.last = range.first;
    } else {
        ++*p;
        good &= open_end ? !open_start : scan_number(p, 10, &range.last);
    }
    if (!good || range.first < 1 || range.last < range.first)
        die("invalid list");
    ranges = grow(ranges, (range_count + 1) * sizeof(*ranges));
    ranges[range_count++] = range;
}

static void parse_list(const char *list)
{
    const char *p = list;

    take_range(&p);
    while (*p == ',') {
        p++;
        take_range(&p);
    }
    if (*p)
        die("invalid list '%s'", list);
}

static bool is_selected(long long position)
{
    for (size_t i = 0; i < range_count; i++) {
        if (position >= ranges[i].first && position <= ranges[i].last)
            return true;
    }
    return false;
}

static void cut_bytes(const char *line)
{
    for (long long i = 1; *line; i++, line++) {
        if (is_selected(i))
            putchar(*line);
    }
    putchar('\n');
}

static void cut_fields(const char *line)
{
    const char *end;
    bool first = true;

    if (!strchr(line, separator)) {
        if (!only_separated)
            print("%s\n", line);
        return;
    }
    for (long long i = 1;; i++, line = end + 1) {
        end = strchrnul(line, separator);
        if (is_selected(i)) {
            if (!first)
                putchar(separator);
            fwrite(line, 1, end - line, stdout);
            first = false;
        }
        if (!*end)
            break;
    }
    putchar('\n');
}

static void cut(FILE *file, const char *name)
{
    char *line = NULL;
    size_t room = 0;

    (void)name;
    while (read_line(file, &line, &room) >= 0) {
        if (kind == 'f')
            cut_fields(line);
        else
            cut_bytes(line);
    }
    free(line);
}

int main(int argc, char **argv)
{
    int option;

    (void)argc;
    while ((option = next_option(argv, "b:c:d:f:ns"))) {
        if (option == 'd') {
            if (strlen(opt_value) != 1)
                usage_error("-d takes one character");
            separator = *opt_value;
        } else if (option == 's') {
            only_separated = true;
        } else if (option != 'n') {
            if (kind)
                usage_error("only one of -b, -c and -f");
            kind = (char)option;
            parse_list(opt_value);
        }
    }
    if (!kind)
        usage_error("one of -b, -c and -f is needed");
    for_each_input(argv + opt_next, cut);
    return finish();
}
