/* test, [: evaluate a condition (POSIX). */

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/bin/lib/util.h"

const char usage[] =
    "usage: test EXPRESSION\n"
    "       [ EXPRESSION ]\n"
    "Status 0 if it is true, 1 if it is false, 2 on errors.\n"
    "  -n TEXT, -z TEXT  not empty, empty    A = B, A != B, A < B, A > B\n"
    "  A -eq B  -ne -lt -le -gt -ge  numbers\n"
    "  -e FILE  exists; -f file -d directory -h -L link -p fifo -S socket\n"
    "           -b -c device -s not empty -r -w -x allowed -u -g -k bits\n"
    "           -O -G own  A -nt B newer  A -ot B older  A -ef B the same\n"
    "  -t FD  terminal    ! A    A -a B    A -o B    ( A )\n";

static char **token;
static int left;

static bool parse_or(void);

static const char *take(void)
{
    if (!left)
        die("something is missing at the end");
    left--;
    return *token++;
}

static bool accept(const char *text)
{
    if (!left || strcmp(*token, text) != 0)
        return false;
    take();
    return true;
}

static long long integer(const char *text)
{
    const char *p = text;
    bool negative;
    long long value;

    p += strspn(p, " \t\n");
    negative = *p == '-';
    p += *p == '-' || *p == '+';
    if (!scan_number(&p, 10, &value) || p[strspn(p, " \t\n")])
        die("not a number: '%s'", text);
    return negative ? -value : value;
}

static bool test_kind(char op, mode_t mode)
{
    switch (op) {
    case 'b':
        return S_ISBLK(mode);
    case 'c':
        return S_ISCHR(mode);
    case 'd':
        return S_ISDIR(mode);
    case 'f':
        return S_ISREG(mode);
    case 'p':
        return S_ISFIFO(mode);
    case 'S':
        return S_ISSOCK(mode);
    case 'u':
        return mode & S_ISUID;
    case 'g':
        return mode & S_ISGID;
    case 'k':
        return mode & S_ISVTX;
    default:
        return true;    /* e: it exists */
    }
}

static bool test_file(char op, const char *path)
{
    struct stat st;

    if (op == 'h' || op == 'L')
        return lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
    if (op == 'r' || op == 'w' || op == 'x')
        return access(path, op == 'r' ? R_OK : op == 'w' ? W_OK : X_OK) == 0;
    if (stat(path, &st) < 0)
        return false;
    if (op == 's')
        return st.st_size > 0;
    if (op == 'O')
        return st.st_uid == geteuid();
    if (op == 'G')
        return st.st_gid == getegid();
    return test_kind(op, st.st_mode);
}

static bool test_unary(char op, const char *operand)
{
    if (op == 'n' || op == 'z')
        return !*operand == (op == 'z');
    if (op == 't')
        return isatty((int)integer(operand));
    return test_file(op, operand);
}

static bool is_unary(const char *text)
{
    return text[0] == '-' && text[1] && !text[2] &&
           strchr("bcdefghkLnOGprSstuwxz", text[1]);
}

static int compare_times(const char *a, const char *b)
{
    struct timespec none = { .tv_sec = -1 };
    struct timespec ta, tb;
    struct stat st;

    ta = stat(a, &st) == 0 ? st.st_mtim : none;
    tb = stat(b, &st) == 0 ? st.st_mtim : none;
    if (ta.tv_sec != tb.tv_sec)
        return ta.tv_sec < tb.tv_sec ? -1 : 1;
    return (ta.tv_nsec > tb.tv_nsec) - (ta.tv_nsec < tb.tv_nsec);
}

static bool is_same(const char *a, const char *b)
{
    struct stat st_a, st_b;

    return stat(a, &st_a) == 0 && stat(b, &st_b) == 0 &&
           st_a.st_dev == st_b.st_dev && st_a.st_ino == st_b.st_ino;
}

/* How each binary operator decides, by the sign of a comparison. */
enum comparison { TEXTS, NUMBERS, TIMES, SAME_FILE };

static const struct binary {
    const char *name;
    enum comparison what;
    bool less, equal, greater;
} binaries[] = {
    { "=", TEXTS, false, true, false },
    { "==", TEXTS, false, true, false },
    { "!=", TEXTS, true, false, true },
    { "<", TEXTS, true, false, false },
    { ">", TEXTS, false, false, true },
    { "-eq", NUMBERS, false, true, false },
    { "-ne", NUMBERS, true, false, true },
    { "-lt", NUMBERS, true, false, false },
    { "-le", NUMBERS, true, true, false },
    { "-gt", NUMBERS, false, false, true },
    { "-ge", NUMBERS, false, true, true },
    { "-ot", TIMES, true, false, false },
    { "-nt", TIMES, false, false, true },
    { "-ef", SAME_FILE, false, true, false },
};

static const struct binary *find_binary(const char *text)
{
    for (size_t i = 0; i < sizeof(binaries) / sizeof(binaries[0]); i++) {
        if (strcmp(text, binaries[i].name) == 0)
            return &binaries[i];
    }
    return NULL;
}

static int compare(enum comparison what, const char *a, const char *b)
{
    long long x, y;

    switch (what) {
    case TEXTS:
        return strcmp(a, b);
    case NUMBERS:
        x = integer(a);
        y = integer(b);
        return (x > y) - (x < y);
    case TIMES:
        return compare_times(a, b);
    default:
        return is_same(a, b) ? 0 : 1;
    }
}

static bool test_binary(const struct binary *binary, const char *a,
                        const char *b)
{
    int order = compare(binary->what, a, b);

    return order < 0 ? binary->less : order > 0 ? binary->greater
                                                : binary->equal;
}

/* What the words are is decided by how many there are: see POSIX. */
static bool parse_primary(void)
{
    const struct binary *binary = left >= 3 ? find_binary(token[1]) : NULL;
    const char *a;
    bool value;

    if (binary) {
        a = take();
        take();
        return test_binary(binary, a, take());
    }
    if (left >= 2 && accept("!"))
        return !parse_primary();
    if (left >= 3 && accept("(")) {
        value = parse_or();
        if (!accept(")"))
            die("no )");
        return value;
    }
    if (left >= 2 && is_unary(*token)) {
        a = take();
        return test_unary(a[1], take());
    }
    return *take() != '\0';
}

static bool parse_and(void)
{
    bool value = parse_primary();

    while (accept("-a"))
        value = parse_primary() && value;
    return value;
}

static bool parse_or(void)
{
    bool value = parse_and();

    while (accept("-o"))
        value = parse_and() || value;
    return value;
}

int main(int argc, char **argv)
{
    size_t length = strlen(argv[0]);
    bool value;

    help_option(argv);
    error_status = 2;
    token = argv + 1;
    left = argc - 1;
    if (length && argv[0][length - 1] == '[') {
        if (!left || strcmp(argv[argc - 1], "]") != 0)
            die("no ] at the end");
        left--;
    }
    value = left > 0 && parse_or();
    if (left > 0)
        die("unexpected '%s'", *token);
    return !value;
}
