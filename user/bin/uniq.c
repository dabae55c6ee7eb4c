/* uniq: drop lines that repeat the one before (POSIX). */

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "user/bin/lib/util.h"

const char usage[] =
    "usage: uniq [-cdiu] [-f FIELDS] [-s CHARS] [-w CHARS] [FILE [OUTPUT]]\n"
    "Print each line once however often it is repeated in a row.\n"
    "  -c  with the count  -d  only repeated ones  -u  only others\n"
    "  -f, -s  compare without so many fields and characters at the start\n"
    "  -w  only so many characters  -i  any case\n";

static bool flag[128];
static long long fields_skipped;
static long long chars_skipped;
static size_t width = -1;

static const char *compared_part(const char *line)
{
    line = skip_fields(line, fields_skipped);
    return line + strnlen(line, chars_skipped);
}

static bool is_same(const char *a, const char *b)
{
    a = compared_part(a);
    b = compared_part(b);
    return (flag['i'] ? strncasecmp : strncmp)(a, b, width) == 0;
}

static void show(const char *line, unsigned long long count)
{
    if ((flag['d'] && count == 1) || (flag['u'] && count > 1))
        return;
    if (flag['c'])
        print("%7llu ", count);
    print("%s\n", line);
}

static void filter(FILE *file)
{
    unsigned long long count = 0;
    char *line = NULL;
    char *kept = NULL;
    size_t room = 0;

    while (read_line(file, &line, &room) >= 0) {
        if (kept && is_same(kept, line)) {
            count++;
            continue;
        }
        if (kept)
            show(kept, count);
        free(kept);
        kept = copy_string(line);
        count = 1;
    }
    if (kept)
        show(kept, count);
    free(kept);
    free(line);
}

int main(int argc, char **argv)
{
    const char *name = "-";
    char **files;
    FILE *file;
    int option;

    (void)argc;
    while ((option = next_option(argv, "cdif:s:uw:"))) {
        flag[option] = true;
        if (option == 'f')
            fields_skipped = number_arg(opt_value, 0, 1 << 30);
        else if (option == 's')
            chars_skipped = number_arg(opt_value, 0, 1 << 30);
        else if (option == 'w')
            width = number_arg(opt_value, 0, 1 << 30);
    }
    files = operands(argv, 0, 2);
    if (files[0])
        name = files[0];
    file = open_input(name);
    if (!file)
        return finish();
    if (files[0] && files[1] && !freopen(files[1], "we", stdout))
        die_file(files[1]);
    filter(file);
    close_input(file, name);
    return finish();
}
