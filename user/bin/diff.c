/* diff: show how files differ (POSIX: normal and unified form). */

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "user/bin/lib/lines.h"
#include "user/bin/lib/times.h"
#include "user/bin/lib/util.h"
#include "user/bin/lib/walk.h"

const char usage[] =
    "usage: diff [-Nbiqrsuw] [-U LINES] FILE1 FILE2\n"
    "Show which lines must change to make FILE2 of FILE1; 0 if none, 1 if\n"
    "some, 2 on errors. Of directories, files of the same names are compared.\n"
    "  -u  unified form  -U  with so many lines around (3)\n"
    "  -q  only whether they differ  -s  or are the same  -i  any case\n"
    "  -b  blanks are alike  -w  blanks do not count\n"
    "  -r  directories below, too  -N  missing files are empty\n";

struct input {
    const char *name;
    struct stat st;
    struct line_list lines;
    bool binary;
};

/* Lines a0 to a1 - 1 of the first file become b0 to b1 - 1 of the second. */
struct change {
    long a0, a1;
    long b0, b1;
};

static bool flag[128];
static long around = 3;
static bool any_difference;

/* ---- Reading. */

/* The line as -b, -i and -w see it. */
static char *make_key(char *text)
{
    char *key, *out;

    if (!flag['b'] && !flag['i'] && !flag['w'])
        return text;
    key = out = copy_string(text);
    for (const char *p = text; *p; p++) {
        if ((flag['b'] || flag['w']) && isspace((unsigned char)*p)) {
            while (isspace((unsigned char)p[1]))
                p++;
            if (flag['b'] && !flag['w'] && p[1])
                *out++ = ' ';
            continue;
        }
        *out++ = (char)(flag['i'] ? tolower((unsigned char)*p) : *p);
    }
    *out = '\0';
    return key;
}

static void add_line(struct input *input, char *text, size_t length)
{
    struct line_list *lines = &input->lines;

    /* Twice the room at each power of two. */
    if ((lines->count & (lines->count - 1)) == 0)
        lines->item = grow(lines->item, (lines->count ? lines->count * 2 : 1) *
                                        sizeof(*lines->item));
    lines->item[lines->count++] = (struct line){
        .text = text, .length = length, .key = make_key(text),
    };
    input->binary |= strlen(text) != length;
}

static bool read_input(struct input *input)
{
    FILE *file = open_input(input->name);
    char *line = NULL;
    size_t room = 0;
    ssize_t length;

    if (!file)
        return false;
    while ((length = getline(&line, &room, file)) >= 0) {
        add_line(input, line, length);
        line = NULL;
        room = 0;
    }
    free(line);
    close_input(file, input->name);
    return true;
}

static void free_input(struct input *input)
{
    struct line *item = input->lines.item;

    for (long i = 0; i < input->lines.count; i++) {
        if (item[i].key != item[i].text)
            free(item[i].key);
        free((char *)item[i].text);
    }
    free(item);
}

/* ---- Changes. */

/* Finds the next change at or behind a, b; false if there is none. */
static bool next_change(const struct line_list *a, const struct line_list *b,
                        struct change *change)
{
    long i = change->a1;
    long j = change->b1;

    while (i < a->count && j < b->count && !a->item[i].changed &&
           !b->item[j].changed) {
        i++;
        j++;
    }
    change->a0 = i;
    change->b0 = j;
    while (i < a->count && a->item[i].changed)
        i++;
    while (j < b->count && b->item[j].changed)
        j++;
    change->a1 = i;
    change->b1 = j;
    return i > change->a0 || j > change->b0;
}

static void show_line(const char *prefix, const struct line *line)
{
    print("%s%s", prefix, line->text);
    if (!line->length || line->text[line->length - 1] != '\n')
        print("\n\\ No newline at end of file\n");
}

static void show_lines(const char *prefix, const struct line_list *lines,
                       long from, long to)
{
    for (long i = from; i < to; i++)
        show_line(prefix, &lines->item[i]);
}

/* "3" or "3,5"; an empty range is the line before it. */
static void show_range(long from, long to)
{
    print("%ld", from == to ? from : from + 1);
    if (to > from + 1)
        print(",%ld", to);
}

static void show_normal(const struct line_list *a, const struct line_list *b)
{
    struct change change = { 0 };

    while (next_change(a, b, &change)) {
        show_range(change.a0, change.a1);
        putchar(change.a0 == change.a1 ? 'a'
                                       : change.b0 == change.b1 ? 'd' : 'c');
        show_range(change.b0, change.b1);
        putchar('\n');
        show_lines("< ", a, change.a0, change.a1);
        if (change.a0 < change.a1 && change.b0 < change.b1)
            print("---\n");
        show_lines("> ", b, change.b0, change.b1);
    }
}

/* "-3,5": first line and count, which is left out if it is 1. */
static void show_span(char sign, long from, long to)
{
    print(" %c%ld", sign, from == to ? from : from + 1);
    if (to - from != 1)
        print(",%ld", to - from);
}

static void show_hunk(const struct line_list *a, const struct line_list *b,
                      const struct change *hunk)
{
    struct change change = { .a1 = hunk->a0, .b1 = hunk->b0 };
    long at = hunk->a0;

    print("@@");
    show_span('-', hunk->a0, hunk->a1);
    show_span('+', hunk->b0, hunk->b1);
    print(" @@\n");
    while (next_change(a, b, &change) && change.a0 <= hunk->a1 &&
           change.b0 <= hunk->b1) {
        show_lines(" ", a, at, change.a0);
        show_lines("-", a, change.a0, change.a1);
        show_lines("+", b, change.b0, change.b1);
        at = change.a1;
    }
    show_lines(" ", a, at, hunk->a1);
}

static long least(long a, long b)
{
    return a < b ? a : b;
}

/* A hunk is made of changes with at most 2 * around equal lines between. */
static void show_unified(const struct line_list *a, const struct line_list *b)
{
    struct change change = { 0 };
    struct change hunk;
    bool more = next_change(a, b, &change);
    long before, behind;

    while (more) {
        before = least(around, change.a0);
        hunk = (struct change){ .a0 = change.a0 - before,
                                .b0 = change.b0 - before };
        do {
            hunk.a1 = change.a1;
            hunk.b1 = change.b1;
            more = next_change(a, b, &change);
        } while (more && change.a0 - hunk.a1 <= 2 * around);
        behind = least(around, a->count - hunk.a1);
        hunk.a1 += behind;
        hunk.b1 += behind;
        show_hunk(a, b, &hunk);
    }
}

static void show_title(const char *sign, const struct input *input)
{
    char when[20];

    time_text(input->st.st_mtime, when);
    print("%s %s\t%s\n", sign, input->name, when);
}

/* ---- Files. */

static bool is_different(const struct line_list *a, const struct line_list *b)
{
    if (a->count != b->count)
        return true;
    for (long i = 0; i < a->count; i++) {
        if (flag['b'] || flag['i'] || flag['w'] ?
            strcmp(a->item[i].key, b->item[i].key) != 0 :
            a->item[i].length != b->item[i].length ||
            memcmp(a->item[i].text, b->item[i].text, a->item[i].length) != 0)
            return true;
    }
    return false;
}

static void show_difference(struct input *a, struct input *b)
{
    any_difference = true;
    if (flag['q']) {
        print("Files %s and %s differ\n", a->name, b->name);
        return;
    }
    if (a->binary || b->binary) {
        print("Binary files %s and %s differ\n", a->name, b->name);
        return;
    }
    lines_compare(&a->lines, &b->lines);
    if (flag['u']) {
        show_title("---", a);
        show_title("+++", b);
        show_unified(&a->lines, &b->lines);
    } else {
        if (flag['r'])
            print("diff %s %s\n", a->name, b->name);
        show_normal(&a->lines, &b->lines);
    }
}

static void compare_files(struct input *a, struct input *b)
{
    if (read_input(a) && read_input(b)) {
        if (is_different(&a->lines, &b->lines))
            show_difference(a, b);
        else if (flag['s'])
            print("Files %s and %s are identical\n", a->name, b->name);
    }
    free_input(a);
    free_input(b);
}

/* ---- Directories. */

static void compare(const char *first, const char *second);

static void read_names(const char *path, struct strings *names)
{
    if (read_directory(path, names) < 0)
        warn_file(path);
    if (names->count)
        qsort(names->item, names->count, sizeof(char *), compare_strings);
}

static void only_in(const char *dir, const char *name)
{
    any_difference = true;
    print("Only in %s: %s\n", dir, name);
}

static void compare_both(const char *a, const char *b, const char *name)
{
    char *path_a = join_path(a, name);
    char *path_b = join_path(b, name);

    compare(path_a, path_b);
    free(path_a);
    free(path_b);
}

static void compare_directories(const char *a, const char *b)
{
    struct strings names_a = { 0 };
    struct strings names_b = { 0 };
    size_t i = 0, j = 0;
    const char *name;
    int order;

    read_names(a, &names_a);
    read_names(b, &names_b);
    while (i < names_a.count || j < names_b.count) {
        order = i == names_a.count ? 1 : j == names_b.count ? -1 :
                strcmp(names_a.item[i], names_b.item[j]);
        name = order <= 0 ? names_a.item[i] : names_b.item[j];
        if (order == 0 || flag['N'])
            compare_both(a, b, name);
        else
            only_in(order < 0 ? a : b, name);
        i += order <= 0;
        j += order >= 0;
    }
    strings_free(&names_a);
    strings_free(&names_b);
}

/* A file and a directory: the file of that name in it is meant. */
static void compare_inside(const char *dir, const char *file, bool swapped)
{
    char *copy = copy_string(file);
    char *path = join_path(dir, last_component(copy));

    compare(swapped ? file : path, swapped ? path : file);
    free(path);
    free(copy);
}

static bool look_at(struct input *input)
{
    if (strcmp(input->name, "-") == 0 || stat(input->name, &input->st) == 0)
        return true;
    if (flag['N']) {
        input->name = "/dev/null";
        return true;
    }
    warn_file(input->name);
    return false;
}

static void compare(const char *first, const char *second)
{
    static int depth;
    struct input a = { .name = first };
    struct input b = { .name = second };
    bool dir_a, dir_b;

    if (!look_at(&a) || !look_at(&b))
        return;
    dir_a = S_ISDIR(a.st.st_mode);
    dir_b = S_ISDIR(b.st.st_mode);
    depth++;
    if (!dir_a && !dir_b)
        compare_files(&a, &b);
    else if (dir_a != dir_b)
        compare_inside(dir_a ? first : second, dir_a ? second : first, dir_b);
    else if (depth == 1 || flag['r'])
        compare_directories(first, second);
    else
        print("Common subdirectories: %s and %s\n", first, second);
    depth--;
}

int main(int argc, char **argv)
{
    char **names;
    int option;

    (void)argc;
    error_status = 2;
    while ((option = next_option(argv, "NbiqrsuU:w"))) {
        flag[option] = true;
        if (option == 'U')
            around = number_arg(opt_value, 0, 1 << 30);
    }
    flag['u'] |= flag['U'];
    names = operands(argv, 2, 2);
    compare(names[0], names[1]);
    if (!exit_status)
        exit_status = any_difference;
    return finish();
}
