/* sort: sort lines of text (POSIX; merges in memory, so all must fit). */

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "user/bin/lib/util.h"

const char usage[] =
    "usage: sort [-bcdfhnrsu] [-k FIELD[.CHAR][bdfnr][,FIELD[.CHAR]]]...\n"
    "            [-t CHAR] [-o FILE] [FILE]...\n"
    "Sort the lines of all files together, by byte values.\n"
    "  -n  by number  -h  by number with K, M, G  -f  any case  -r  reverse\n"
    "  -b  skip leading blanks  -d  only letters, digits and blanks count\n"
    "  -u  one of equal lines only  -c  only check: 1 if not sorted\n"
    "  -k  by these fields  -t  what parts fields (default: blanks)\n"
    "  -s  leave equal lines in their order  -o  write to FILE\n";

/* Positions count from 0 here; end_field -1 is the end of the line. */
struct key {
    long long field;
    long long byte;
    long long end_field;
    long long end_byte;         /* behind it; 0: the field's end */
    bool skip_start;            /* blanks before these do not count */
    bool skip_end;
    bool flag[128];
};

static struct key *keys;
static size_t key_count;
static bool flag[128];
static int separator = -1;

static struct strings lines;

static void take_key_flags(const char **p, struct key *key, bool *skip)
{
    for (; **p && **p != ','; ++*p) {
        if (!strchr("bdfhnr", **p))
            die("invalid key option '%c'", **p);
        if (**p == 'b')
            *skip = true;
        key->flag[(unsigned char)**p] = true;
    }
}

static void take_position(const char **p, long long *field, long long *byte)
{
    if (!scan_number(p, 10, field) || !*field)
        die("invalid field in a key");
    if (**p == '.') {
        ++*p;
        if (!scan_number(p, 10, byte))
            die("invalid character in a key");
    }
    --*field;
}

static void add_key(const char *text)
{
    struct key key = { .byte = 1, .end_field = -1 };

    take_position(&text, &key.field, &key.byte);
    key.byte -= key.byte > 0;
    take_key_flags(&text, &key, &key.skip_start);
    if (*text == ',') {
        text++;
        take_position(&text, &key.end_field, &key.end_byte);
        take_key_flags(&text, &key, &key.skip_end);
    }
    if (*text)
        die("invalid key: '%s'", text);
    keys = grow(keys, (key_count + 1) * sizeof(*keys));
    keys[key_count++] = key;
}

/* Where field `n` of the line begins; blanks belong to the field behind. */
static const char *field_start(const char *p, long long n)
{
    if (separator < 0)
        return skip_fields(p, n);
    for (; n > 0 && *p; n--) {
        p = strchrnul(p, separator);
        p += *p != '\0';
    }
    return p;
}

static const char *field_end(const char *line, long long n)
{
    const char *p;

    if (separator < 0)
        return field_start(line, n + 1);
    p = field_start(line, n);
    return strchrnul(p, separator);
}

static const char *skip_bytes(const char *p, long long count)
{
    return p + strnlen(p, count);
}

/* The part of the line that the key names, in fresh memory. */
static char *key_text(const char *line, const struct key *key)
{
    const char *start = field_start(line, key->field);
    const char *end;

    if (key->skip_start)
        start = skip_blanks(start);
    start = skip_bytes(start, key->byte);
    if (key->end_field < 0) {
        end = start + strlen(start);
    } else if (key->end_byte == 0) {
        end = field_end(line, key->end_field);
    } else {
        end = field_start(line, key->end_field);
        if (key->skip_end)
            end = skip_blanks(end);
        end = skip_bytes(end, key->end_byte);
    }
    return need(strndup(start, end > start ? end - start : 0));
}

/* -1, 0 or 1; the digits may be more than any integer type can hold. */
static int compare_digits(const char **a, const char **b)
{
    size_t length_a, length_b;
    int order;

    *a += strspn(*a, "0");
    *b += strspn(*b, "0");
    length_a = strspn(*a, "0123456789");
    length_b = strspn(*b, "0123456789");
    if (length_a != length_b) {
        order = length_a < length_b ? -1 : 1;
    } else {
        order = memcmp(*a, *b, length_a);
        order = (order > 0) - (order < 0);
    }
    *a += length_a;
    *b += length_b;
    return order;
}

static int compare_fractions(const char *a, const char *b)
{
    bool digit_a, digit_b;

    a += *a == '.';
    b += *b == '.';
    for (;; a++, b++) {
        digit_a = isdigit((unsigned char)*a);
        digit_b = isdigit((unsigned char)*b);
        if (!digit_a && !digit_b)
            return 0;
        if ((digit_a ? *a : '0') != (digit_b ? *b : '0'))
            return (digit_a ? *a : '0') < (digit_b ? *b : '0') ? -1 : 1;
        a -= !digit_a;
        b -= !digit_b;
    }
}

static bool is_zero(const char *p)
{
    p += strspn(p, "0");
    p += *p == '.';
    p += strspn(p, "0");
    return !isdigit((unsigned char)*p);
}

static int unit_rank(const char *p)
{
    const char *found;

    p += strspn(p, "0123456789.");
    found = *p ? strchr("kKMGTPE", *p) : NULL;
    return !found ? 0 : *found == 'k' ? 2 : (int)(found - "kKMGTPE" + 1);
}

static int compare_magnitudes(const char *a, const char *b)
{
    const char *whole_a = a;
    const char *whole_b = b;
    int order = compare_digits(&whole_a, &whole_b);

    if (order)
        return order;
    return compare_fractions(*whole_a == '.' ? whole_a : "",
                             *whole_b == '.' ? whole_b : "");
}

static int compare_numbers(const char *a, const char *b, bool units)
{
    bool minus_a, minus_b;
    int order;

    a = skip_blanks(a);
    b = skip_blanks(b);
    minus_a = *a == '-';
    minus_b = *b == '-';
    a += minus_a;
    b += minus_b;
    minus_a = minus_a && !is_zero(a);
    minus_b = minus_b && !is_zero(b);
    if (minus_a != minus_b)
        return minus_a ? -1 : 1;
    order = units ? unit_rank(a) - unit_rank(b) : 0;
    if (!order)
        order = compare_magnitudes(a, b);
    return minus_a ? -order : order;
}

static bool counts(char c, const bool *how)
{
    return !how['d'] || isalnum((unsigned char)c) || isblank((unsigned char)c);
}

static int compare_texts(const char *a, const char *b, const bool *how)
{
    int x, y;

    for (;; a++, b++) {
        while (*a && !counts(*a, how))
            a++;
        while (*b && !counts(*b, how))
            b++;
        x = how['f'] ? toupper((unsigned char)*a) : (unsigned char)*a;
        y = how['f'] ? toupper((unsigned char)*b) : (unsigned char)*b;
        if (x != y || !x)
            return x - y;
    }
}

static int compare_how(const char *a, const char *b, const bool *how)
{
    int order;

    if (how['n'] || how['h'])
        order = compare_numbers(a, b, how['h']);
    else
        order = compare_texts(a, b, how);
    return how['r'] ? -order : order;
}

/* A key without options of its own has those of the whole command. */
static void inherit_flags(struct key *key)
{
    for (const char *p = "bdfhnr"; *p; p++) {
        if (key->flag[(int)*p])
            return;
    }
    memcpy(key->flag, flag, sizeof(flag));
    key->skip_start = key->skip_end = flag['b'];
}

static int compare_keys(const char *a, const char *b)
{
    char *text_a, *text_b;
    int order = 0;

    if (!key_count && flag['b'])
        return compare_how(skip_blanks(a), skip_blanks(b), flag);
    if (!key_count)
        return compare_how(a, b, flag);
    for (size_t i = 0; i < key_count && !order; i++) {
        text_a = key_text(a, &keys[i]);
        text_b = key_text(b, &keys[i]);
        order = compare_how(text_a, text_b, keys[i].flag);
        free(text_a);
        free(text_b);
    }
    return order;
}

/* Lines whose keys are equal are put in order by all their bytes. */
static int compare_lines(const char *a, const char *b)
{
    int order = compare_keys(a, b);

    if (order || flag['s'] || flag['u'])
        return order;
    order = strcmp(a, b);
    return flag['r'] ? -order : order;
}

/* Merge sort, because it is stable: -s and -u keep the first of equals. */
static void sort_range(char **item, char **spare, size_t count)
{
    size_t half = count / 2;
    size_t left = 0;
    size_t right = half;

    if (count < 2)
        return;
    sort_range(item, spare, half);
    sort_range(item + half, spare, count - half);
    memcpy(spare, item, count * sizeof(*item));
    for (size_t i = 0; i < count; i++) {
        if (right == count || (left < half &&
                               compare_lines(spare[left], spare[right]) <= 0))
            item[i] = spare[left++];
        else
            item[i] = spare[right++];
    }
}

static void read_lines(FILE *file, const char *name)
{
    char *line = NULL;
    size_t room = 0;

    (void)name;
    while (read_line(file, &line, &room) >= 0)
        strings_add(&lines, copy_string(line));
    free(line);
}

static bool is_sorted(void)
{
    int order;

    for (size_t i = 1; i < lines.count; i++) {
        order = compare_lines(lines.item[i - 1], lines.item[i]);
        if (order > 0 || (order == 0 && flag['u'])) {
            warn("not sorted at line %zu: %s", i + 1, lines.item[i]);
            return false;
        }
    }
    return true;
}

static void print_lines(void)
{
    for (size_t i = 0; i < lines.count; i++) {
        if (flag['u'] && i > 0 &&
            compare_keys(lines.item[i - 1], lines.item[i]) == 0)
            continue;
        print("%s\n", lines.item[i]);
    }
}

static void take_option(int option)
{
    if (option == 'k')
        add_key(opt_value);
    else if (option == 't' && strlen(opt_value) == 1)
        separator = (unsigned char)*opt_value;
    else if (option == 't' && strcmp(opt_value, "\\0") != 0)
        die("-t takes one character: '%s'", opt_value);
    else
        flag[option] = true;
}

int main(int argc, char **argv)
{
    const char *output = NULL;
    int option;

    (void)argc;
    error_status = 2;
    while ((option = next_option(argv, "bcCdfhk:no:rst:u"))) {
        take_option(option);
        if (option == 'o')
            output = opt_value;
    }
    for (size_t i = 0; i < key_count; i++)
        inherit_flags(&keys[i]);
    for_each_input(argv + opt_next, read_lines);
    if (flag['c'] || flag['C'])
        return is_sorted() ? finish() : 1;
    sort_range(lines.item, grow(NULL, (lines.count + 1) * sizeof(char *)),
               lines.count);
    if (output && !freopen(output, "we", stdout))
        die_file(output);
    print_lines();
    return finish();
}
