/* grep: print the lines that match a pattern (POSIX; -r -o -w -h -H as GNU). */

#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "user/bin/lib/util.h"
#include "user/bin/lib/walk.h"

const char usage[] =
    "usage: grep [-EFHLchilnoqrsvwx] PATTERN [FILE]...\n"
    "       grep [-EFHLchilnoqrsvwx] -e PATTERN... -f FILE... [FILE]...\n"
    "Print lines that match; 0 if there were any, 1 if none, 2 on errors.\n"
    "  -E  extended regular expressions  -F  plain text  -i  any case\n"
    "  -v  lines that do not match  -w  whole words  -x  whole lines\n"
    "  -c  only count them  -l, -L  only name files with, without  -q  nothing\n"
    "  -n  line numbers  -o  only what matched  -h  no file names  -H  always\n"
    "  -m NUMBER  stop after so many  -r  directories  -s  silent on errors\n"
    "  -A, -B, -C NUMBER  with so many lines after, before, around a match\n";

struct match {
    size_t start;
    size_t end;
};

static bool flag[128];
static bool show_names;
static struct strings patterns;
static regex_t *regexes;
static long long most = -1;
static bool any_match;

/* Context: how many lines are wanted, and what is known of the file's. */
static long long lines_before, lines_after;
static struct strings held;             /* the last ones not printed */
static long long last_printed;
static bool any_printed;

static void add_patterns(const char *text)
{
    size_t length;

    do {
        length = strcspn(text, "\n");
        strings_add(&patterns, need(strndup(text, length)));
        text += length;
    } while (*text++);
}

static void add_pattern_file(const char *name)
{
    FILE *file = open_input(name);
    char *line = NULL;
    size_t room = 0;

    if (!file)
        exit(2);
    while (read_line(file, &line, &room) >= 0)
        strings_add(&patterns, copy_string(line));
    free(line);
    close_input(file, name);
}

static void compile_patterns(void)
{
    int flags = (flag['E'] ? REG_EXTENDED : 0) | (flag['i'] ? REG_ICASE : 0);
    char reason[128];
    int error;

    if (flag['F'])
        return;
    regexes = grow(NULL, (patterns.count + 1) * sizeof(*regexes));
    for (size_t i = 0; i < patterns.count; i++) {
        error = regcomp(&regexes[i], patterns.item[i], flags);
        if (error) {
            regerror(error, &regexes[i], reason, sizeof(reason));
            die("%s: %s", patterns.item[i], reason);
        }
    }
}

/* Where pattern `i` matches first in line at or behind `from`. */
static bool find_one(size_t i, const char *line, size_t from,
                     struct match *match)
{
    const char *text = line + from;
    const char *found;
    regmatch_t place;

    if (flag['F']) {
        found = (flag['i'] ? strcasestr : strstr)(text, patterns.item[i]);
        if (!found)
            return false;
        match->start = found - line;
        match->end = match->start + strlen(patterns.item[i]);
        return true;
    }
    if (regexec(&regexes[i], text, 1, &place, from ? REG_NOTBOL : 0) != 0)
        return false;
    match->start = from + place.rm_so;
    match->end = from + place.rm_eo;
    return true;
}

static bool is_word_character(char c)
{
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
           (c >= 'A' && c <= 'Z');
}

static bool is_acceptable(const char *line, const struct match *match)
{
    if (flag['x'] && (match->start > 0 || line[match->end]))
        return false;
    if (!flag['w'])
        return true;
    return (match->start == 0 || !is_word_character(line[match->start - 1])) &&
           !is_word_character(line[match->end]);
}

/* As find_one(), but -w and -x are obeyed: later places are tried, too. */
static bool find_acceptable(size_t i, const char *line, size_t from,
                            struct match *match)
{
    while (find_one(i, line, from, match)) {
        if (is_acceptable(line, match))
            return true;
        from = match->start + 1;
        if (!line[match->start])
            break;
    }
    return false;
}

/* The leftmost match of all patterns, the longest of those. */
static bool find(const char *line, size_t from, struct match *best)
{
    struct match match;
    bool found = false;

    for (size_t i = 0; i < patterns.count; i++) {
        if (!find_acceptable(i, line, from, &match))
            continue;
        if (!found || match.start < best->start ||
            (match.start == best->start && match.end > best->end))
            *best = match;
        found = true;
    }
    return found;
}

/* The mark behind both is : for lines that match, and - for others. */
static void print_prefix(const char *name, long long number, char mark)
{
    if (show_names)
        print("%s%c", name, mark);
    if (flag['n'])
        print("%lld%c", number, mark);
}

static void print_matches(const char *name, long long number, const char *line)
{
    struct match match;
    size_t from = 0;

    while (find(line, from, &match)) {
        if (match.end > match.start) {
            print_prefix(name, number, ':');
            print("%.*s\n", (int)(match.end - match.start),
                  line + match.start);
        }
        from = match.end > match.start ? match.end : match.start + 1;
        if (!line[match.start] || !line[from])
            break;
    }
}

static void print_line(const char *name, long long number, const char *line)
{
    if (flag['o']) {
        if (!flag['v'])
            print_matches(name, number, line);
        return;
    }
    print_prefix(name, number, ':');
    print("%s\n", line);
}

static void print_context(const char *name, long long number, const char *line)
{
    if (flag['o'])
        return;
    print_prefix(name, number, '-');
    print("%s\n", line);
}

/* A line that does not match is printed now, or kept for a match to come. */
static void pass_line(const char *name, long long number, const char *line)
{
    if (last_printed && number <= last_printed + lines_after) {
        print_context(name, number, line);
        return;
    }
    if (!lines_before)
        return;
    strings_add(&held, copy_string(line));
    if ((long long)held.count > lines_before) {
        free(held.item[0]);
        held.count--;
        memmove(held.item, held.item + 1, held.count * sizeof(*held.item));
    }
}

/* Prints the lines held; gaps between them and what is above show as --. */
static void print_before(const char *name, long long number)
{
    long long first = number - (long long)held.count;
    bool gap = last_printed ? first > last_printed + lines_after + 1
                            : any_printed;

    if ((flag['A'] || flag['B'] || flag['C']) && gap)
        print("--\n");
    for (size_t i = 0; i < held.count; i++)
        print_context(name, first + (long long)i, held.item[i]);
    strings_free(&held);
    last_printed = number;
    any_printed = true;
}

static void take_match(const char *name, long long number, const char *line)
{
    any_match = true;
    /* POSIX: what is wrong with later files does not count. */
    if (flag['q'])
        exit(0);
    if (flag['c'] || flag['l'])
        return;
    print_before(name, number);
    print_line(name, number, line);
}

/* Returns how many lines matched; stops at -m, but for context behind. */
static long long search_lines(FILE *file, const char *name)
{
    struct match match;
    long long found = 0;
    char *line = NULL;
    size_t room = 0;

    for (long long number = 1; found != most ||
         (last_printed && number <= last_printed + lines_after); number++) {
        if (read_line(file, &line, &room) < 0)
            break;
        if (found != most && find(line, 0, &match) != flag['v']) {
            found++;
            take_match(name, number, line);
            if (flag['l'])
                break;
        } else if (!flag['c']) {
            pass_line(name, number, line);
        }
    }
    free(line);
    strings_free(&held);
    last_printed = 0;
    return found;
}

static void search(FILE *file, const char *name)
{
    long long found = search_lines(file, name);

    if (flag['l']) {
        if (!found == flag['L'])
            print("%s\n", name);
    } else if (flag['c']) {
        if (show_names)
            print("%s:", name);
        print("%lld\n", found);
    }
}

static void search_named(const char *path)
{
    FILE *file = open_input(path);

    if (!file)
        return;
    search(file, file == stdin ? "(standard input)" : path);
    close_input(file, path);
}

static enum walk_next search_item(const struct walk_item *item, void *unused)
{
    (void)unused;
    if (item->when == WALK_FILE &&
        (S_ISREG(item->st->st_mode) || item->depth == 0))
        search_named(item->path);
    return WALK_ON;
}

static void search_all(char **names, int count)
{
    static char *standard_input[] = { "-", NULL };
    static char *here[] = { ".", NULL };
    bool recursive = flag['r'] || flag['R'];

    show_names = (count > 1 || recursive || flag['H']) && !flag['h'];
    if (!count)
        names = recursive ? here : standard_input;
    for (; *names; names++) {
        if (recursive && strcmp(*names, "-") != 0)
            walk(*names, true, search_item, NULL);
        else
            search_named(*names);
    }
}

int main(int argc, char **argv)
{
    int option;

    error_status = 2;
    while ((option = next_option(argv, "A:B:C:EFGHLRce:f:hilm:noqrsvwxy"))) {
        flag[option] = true;
        if (option == 'A' || option == 'C')
            lines_after = number_arg(opt_value, 0, 1 << 30);
        if (option == 'B' || option == 'C')
            lines_before = number_arg(opt_value, 0, 1 << 30);
        if (option == 'e')
            add_patterns(opt_value);
        else if (option == 'f')
            add_pattern_file(opt_value);
        else if (option == 'm')
            most = number_arg(opt_value, 0, 0x7fffffff);
    }
    flag['i'] |= flag['y'];
    flag['l'] |= flag['L'];
    if (!flag['e'] && !flag['f']) {
        add_patterns(operands(argv, 1, argc)[0]);
        opt_next++;
    }
    compile_patterns();
    if (flag['s'] && !freopen("/dev/null", "w", stderr))
        return 2;
    search_all(argv + opt_next, argc - opt_next);
    if (!any_match && !exit_status)
        exit_status = 1;
    return finish();
}
