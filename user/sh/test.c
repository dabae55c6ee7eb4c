/* test and [: conditions. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/sh/builtin.h"
#include "user/sh/out.h"
#include "user/sh/shell.h"

/* The arguments left to look at. */
struct condition {
    char **at;
    int left;
    bool bad;                   /* an error was said: the status is 2 */
};

static bool any_of(struct condition *c);

static bool fail(struct condition *c, const char *what, const char *text)
{
    if (!c->bad)
        sh_warn("test: %s%s", text, what);
    c->bad = true;
    return false;
}

/* White space around a number is allowed, anything else is an error. */
static long long integer(struct condition *c, const char *text)
{
    char *end;

    errno = 0;
    long long value = strtoll(text, &end, 10);
    while (*end == ' ' || *end == '\t' || *end == '\n')
        end++;
    if (end == text || *end || errno)
        fail(c, ": not a number", text);
    return value;
}

static bool test_mode(char letter, const struct stat *st)
{
    switch (letter) {
    case 'b':
        return S_ISBLK(st->st_mode);
    case 'c':
        return S_ISCHR(st->st_mode);
    case 'd':
        return S_ISDIR(st->st_mode);
    case 'f':
        return S_ISREG(st->st_mode);
    case 'p':
        return S_ISFIFO(st->st_mode);
    case 'S':
        return S_ISSOCK(st->st_mode);
    case 'g':
        return st->st_mode & S_ISGID;
    case 'u':
        return st->st_mode & S_ISUID;
    case 'k':
        return st->st_mode & S_ISVTX;
    case 's':
        return st->st_size > 0;
    default:                    /* e */
        return true;
    }
}

static bool unary(struct condition *c, char letter, const char *arg)
{
    struct stat st;

    switch (letter) {
    case 'n':
        return *arg;
    case 'z':
        return !*arg;
    case 't':
        return isatty(integer(c, arg));
    case 'r':
        return access(arg, R_OK) == 0;
    case 'w':
        return access(arg, W_OK) == 0;
    case 'x':
        return access(arg, X_OK) == 0;
    case 'h':
    case 'L':
        return lstat(arg, &st) == 0 && S_ISLNK(st.st_mode);
    default:
        return stat(arg, &st) == 0 && test_mode(letter, &st);
    }
}

enum comparison {
    NONE, SAME, DIFFERENT, BEFORE, AFTER, EQ, NE, LT, LE, GT, GE, NEWER,
    OLDER, SAME_FILE,
};

/* NONE if the text is no binary operator. */
static enum comparison comparison(const char *text)
{
    static const struct {
        const char *text;
        enum comparison comparison;
    } all[] = {
        { "=", SAME },    { "==", SAME }, { "!=", DIFFERENT }, { "<", BEFORE },
        { ">", AFTER },   { "-eq", EQ },  { "-ne", NE },       { "-lt", LT },
        { "-le", LE },    { "-gt", GT },  { "-ge", GE },
        { "-nt", NEWER }, { "-ot", OLDER }, { "-ef", SAME_FILE },
    };

    for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
        if (strcmp(all[i].text, text) == 0)
            return all[i].comparison;
    return NONE;
}

static bool compare_numbers(struct condition *c, enum comparison op,
                            const char *left, const char *right)
{
    long long a = integer(c, left), b = integer(c, right);

    switch (op) {
    case EQ:
        return a == b;
    case NE:
        return a != b;
    case LT:
        return a < b;
    case LE:
        return a <= b;
    case GT:
        return a > b;
    default:
        return a >= b;
    }
}

static bool is_newer(const struct stat *a, const struct stat *b)
{
    if (a->st_mtim.tv_sec != b->st_mtim.tv_sec)
        return a->st_mtim.tv_sec > b->st_mtim.tv_sec;
    return a->st_mtim.tv_nsec > b->st_mtim.tv_nsec;
}

/* A file that is there is newer than one that is not. */
static bool compare_files(enum comparison op, const char *left,
                          const char *right)
{
    struct stat a, b;
    bool has_a = stat(left, &a) == 0, has_b = stat(right, &b) == 0;

    if (op == NEWER)
        return has_a && (!has_b || is_newer(&a, &b));
    if (op == OLDER)
        return has_b && (!has_a || is_newer(&b, &a));
    return has_a && has_b && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static bool binary(struct condition *c, enum comparison op, const char *left,
                   const char *right)
{
    switch (op) {
    case SAME:
        return strcmp(left, right) == 0;
    case DIFFERENT:
        return strcmp(left, right) != 0;
    case BEFORE:
        return strcmp(left, right) < 0;
    case AFTER:
        return strcmp(left, right) > 0;
    case NEWER:
    case OLDER:
    case SAME_FILE:
        return compare_files(op, left, right);
    default:
        return compare_numbers(c, op, left, right);
    }
}

static bool is_unary(const char *text)
{
    return text[0] == '-' && text[1] && !text[2]
           && strchr("bcdefghknprstuwxzLS", text[1]);
}

static void skip(struct condition *c, int count)
{
    c->at += count;
    c->left -= count;
}

static bool next_is(const struct condition *c, const char *text)
{
    return c->left > 0 && strcmp(c->at[0], text) == 0;
}

/* Operators are told from operands by how many arguments there are: what
 * stands before a binary operator is an operand, even if it is -f or (. */
static bool primary(struct condition *c)
{
    if (c->left == 0 || too_deep())
        return fail(c, "argument expected", "");
    if (c->left >= 3 && comparison(c->at[1])) {
        skip(c, 3);
        return binary(c, comparison(c->at[-2]), c->at[-3], c->at[-1]);
    }
    if (c->left >= 2 && next_is(c, "!")) {
        skip(c, 1);
        return !primary(c);
    }
    if (c->left >= 2 && is_unary(c->at[0])) {
        skip(c, 2);
        return unary(c, c->at[-2][1], c->at[-1]);
    }
    if (c->left >= 3 && next_is(c, "(")) {
        skip(c, 1);
        bool result = any_of(c);
        if (!next_is(c, ")"))
            return fail(c, "missing )", "");
        skip(c, 1);
        return result;
    }
    skip(c, 1);
    return *c->at[-1];
}

static bool all_of(struct condition *c)
{
    bool result = primary(c);

    while (!c->bad && next_is(c, "-a")) {
        skip(c, 1);
        result &= primary(c);
    }
    return result;
}

static bool any_of(struct condition *c)
{
    bool result = all_of(c);

    while (!c->bad && next_is(c, "-o")) {
        skip(c, 1);
        result |= all_of(c);
    }
    return result;
}

int builtin_test(int argc, char **argv)
{
    struct condition c = { .at = argv + 1, .left = argc - 1 };

    if (strcmp(argv[0], "[") == 0) {
        if (argc < 2 || strcmp(argv[argc - 1], "]") != 0) {
            sh_warn("[: missing ]");
            return 2;
        }
        c.left--;
    }
    if (c.left == 0)
        return 1;
    bool result = any_of(&c);
    if (!c.bad && c.left > 0)
        fail(&c, ": unexpected", c.at[0]);
    return c.bad ? 2 : !result;
}
