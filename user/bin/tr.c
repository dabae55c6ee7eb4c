/* tr: replace, delete or squeeze characters (POSIX, on bytes). */

#include <ctype.h>
#include <string.h>

#include "user/bin/lib/escape.h"
#include "user/bin/lib/util.h"

const char usage[] =
    "usage: tr [-c] [-s] SET1 SET2\n"
    "       tr [-c] -d SET1 | -s SET1 | -ds SET1 SET2\n"
    "Copy standard input to standard output with the characters of SET1\n"
    "replaced by those of SET2.\n"
    "  -d  delete those of SET1 instead  -c  all others are meant\n"
    "  -s  print repeated characters of the last set only once\n"
    "Sets: abc a-z \\n \\101 [:alpha:] [:digit:] ... [x*5] [x*]\n";

/* A set keeps its order: that is what characters are mapped by. */
struct set {
    unsigned char item[4096];
    size_t count;
    size_t fill_at;             /* where [x*] stands, count if nowhere */
    int fill;
};

static const struct { const char *name; int (*is)(int); } classes[] = {
    { "alnum", isalnum }, { "alpha", isalpha }, { "blank", isblank },
    { "cntrl", iscntrl }, { "digit", isdigit }, { "graph", isgraph },
    { "lower", islower }, { "print", isprint }, { "punct", ispunct },
    { "space", isspace }, { "upper", isupper }, { "xdigit", isxdigit },
};

static void add(struct set *set, int c)
{
    if (set->count == sizeof(set->item))
        die("set too large");
    set->item[set->count++] = (unsigned char)c;
}

/* [:name:]; false if it is not one. */
static bool add_class(struct set *set, const char **p)
{
    const char *end = strncmp(*p, "[:", 2) == 0 ? strstr(*p, ":]") : NULL;
    size_t length = end ? end - *p - 2 : 0;

    if (!end)
        return false;
    for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
        if (strlen(classes[i].name) != length ||
            strncmp(*p + 2, classes[i].name, length) != 0)
            continue;
        for (int c = 0; c < 256; c++) {
            if (classes[i].is(c))
                add(set, c);
        }
        *p = end + 2;
        return true;
    }
    die("unknown class '%.*s'", (int)length, *p + 2);
}

/* [x*n], or [x*] for as many as needed; false if it is not one. */
static bool add_repeated(struct set *set, const char **p)
{
    const char *q = *p + 1;
    long long times = 0;
    int c;

    if (**p != '[' || !*q)
        return false;
    c = take_escaped(&q);
    if (*q++ != '*')
        return false;
    if (*q != ']' && !scan_number(&q, *q == '0' ? 8 : 10, &times))
        return false;
    if (*q != ']')
        return false;
    if (!times) {
        set->fill_at = set->count;
        set->fill = c;
    }
    while (times-- > 0)
        add(set, c);
    *p = q + 1;
    return true;
}

static void add_range(struct set *set, const char **p)
{
    int first = take_escaped(p);
    int last = first;

    if (**p == '-' && (*p)[1]) {
        ++*p;
        last = take_escaped(p);
        if (last < first)
            die("range ends before it begins");
    }
    for (int c = first; c <= last; c++)
        add(set, c);
}

static void parse_set(const char *text, struct set *set)
{
    set->fill_at = -1;
    while (*text) {
        if (strncmp(text, "[=", 2) == 0 && strncmp(text + 3, "=]", 2) == 0) {
            add(set, text[2]);
            text += 5;
        } else if (!add_class(set, &text) && !add_repeated(set, &text)) {
            add_range(set, &text);
        }
    }
}

static void complement(struct set *set)
{
    bool member[256] = { false };

    for (size_t i = 0; i < set->count; i++)
        member[set->item[i]] = true;
    set->count = 0;
    for (int c = 0; c < 256; c++) {
        if (!member[c])
            add(set, c);
    }
}

/* Makes the second set as long as the first: by [x*], or its last member. */
static void extend(struct set *set, size_t count)
{
    size_t more = count > set->count ? count - set->count : 0;
    size_t at = set->fill_at;
    int fill = set->fill;

    if (at > set->count) {
        if (!set->count)
            die("the second set is empty");
        at = set->count;
        fill = set->item[set->count - 1];
    }
    memmove(set->item + at + more, set->item + at, set->count - at);
    memset(set->item + at, fill, more);
    set->count += more;
}

static void make_members(const struct set *set, bool member[256])
{
    for (size_t i = 0; i < set->count; i++)
        member[set->item[i]] = true;
}

struct filter {
    unsigned char map[256];
    bool deleted[256];
    bool squeezed[256];
};

static void run(const struct filter *filter)
{
    int last = EOF;
    int c;

    while ((c = getchar()) != EOF) {
        if (filter->deleted[c])
            continue;
        c = filter->map[c];
        if (c == last && filter->squeezed[c])
            continue;
        last = c;
        putchar(c);
    }
    if (ferror(stdin))
        die_file("standard input");
}

int main(int argc, char **argv)
{
    static struct set sets[2];
    static struct filter filter;
    bool flag[128] = { false };
    char **operand;
    int option;
    int count;

    while ((option = next_option(argv, "+cCds")))
        flag[option] = true;
    flag['c'] |= flag['C'];
    count = flag['d'] == flag['s'] ? 2 : 1;
    operand = operands(argv, count, flag['s'] ? 2 : count);
    count = argc - opt_next;
    for (int i = 0; i < count; i++)
        parse_set(operand[i], &sets[i]);
    if (flag['c'])
        complement(&sets[0]);
    for (int c = 0; c < 256; c++)
        filter.map[c] = (unsigned char)c;
    if (count == 2 && !flag['d']) {
        extend(&sets[1], sets[0].count);
        for (size_t i = 0; i < sets[0].count; i++)
            filter.map[sets[0].item[i]] = sets[1].item[i];
    }
    if (flag['d'])
        make_members(&sets[0], filter.deleted);
    if (flag['s'])
        make_members(&sets[count - 1], filter.squeezed);
    run(&filter);
    return finish();
}
