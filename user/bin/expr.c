/* expr: evaluate an expression (POSIX; match, substr, index, length as GNU). */

#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "user/bin/lib/util.h"

const char usage[] =
    "usage: expr EXPRESSION\n"
    "Print the value; status 1 if it is 0 or empty. By rising precedence:\n"
    "  a | b   a & b   a = b  == != < <= > >=   a + b  a - b\n"
    "  a * b  a / b  a % b   text : regex   ( a )\n"
    "  match TEXT REGEX  substr TEXT POS LENGTH  index TEXT CHARS\n"
    "  length TEXT  + TOKEN\n";

/* Values are texts; all of them live until the end. */
static char **token;

/* Above 0 in an operand that | or & does not need: nothing fails there. */
static int skipped;

static char *parse_or(void);

static bool read_integer(const char *text, long long *value)
{
    const char *p = text + (*text == '-');

    if (!scan_number(&p, 10, value) || *p)
        return false;
    if (*text == '-')
        *value = -*value;
    return true;
}

static char *number_value(long long value)
{
    char text[24];

    snprint(text, sizeof(text), "%lld", value);
    return copy_string(text);
}

static bool is_null(const char *text)
{
    long long value;

    return !*text || (read_integer(text, &value) && value == 0);
}

static bool accept(const char *text)
{
    if (!*token || strcmp(*token, text) != 0)
        return false;
    token++;
    return true;
}

static char *take_token(void)
{
    if (!*token)
        die("syntax error: something is missing at the end");
    return *token++;
}

/* text : regex.  The first group's text if there is one, else the length. */
static char *match(const char *text, const char *pattern)
{
    regmatch_t places[2];
    regex_t regex;
    char *anchored;
    size_t size = strlen(pattern) + 2;
    bool found;

    anchored = grow(NULL, size);
    snprint(anchored, size, "%s%s", *pattern == '^' ? "" : "^", pattern);
    if (regcomp(&regex, anchored, 0) != 0)
        die("invalid regular expression '%s'", pattern);
    free(anchored);
    found = regexec(&regex, text, 2, places, 0) == 0;
    if (regex.re_nsub == 0)
        return number_value(found ? places[0].rm_eo : 0);
    if (!found || places[1].rm_so < 0)
        return copy_string("");
    return need(strndup(text + places[1].rm_so,
                        places[1].rm_eo - places[1].rm_so));
}

static char *substring(const char *text, const char *from, const char *count)
{
    long long length = (long long)strlen(text);
    long long first, wanted;

    if (!read_integer(from, &first) || !read_integer(count, &wanted) ||
        first < 1 || first > length || wanted < 1)
        return copy_string("");
    return need(strndup(text + first - 1, wanted));
}

static char *parse_primary(void)
{
    char *a, *b;

    if (accept("(")) {
        a = parse_or();
        if (!accept(")"))
            die("syntax error: no )");
        return a;
    }
    if (accept("+"))
        return take_token();
    if (!token[0] || !token[1])
        return take_token();
    if (accept("length"))
        return number_value(strlen(parse_primary()));
    if (accept("match")) {
        a = parse_primary();
        return match(a, parse_primary());
    }
    if (accept("index")) {
        a = parse_primary();
        b = strpbrk(a, parse_primary());
        return number_value(b ? b - a + 1 : 0);
    }
    if (accept("substr")) {
        a = parse_primary();
        b = parse_primary();
        return substring(a, b, parse_primary());
    }
    return take_token();
}

static char *parse_match(void)
{
    char *value = parse_primary();

    while (accept(":"))
        value = match(value, parse_primary());
    return value;
}

static bool calculate(char op, long long a, long long b, long long *result)
{
    if ((op == '/' || op == '%') && b == 0)
        die("division by zero");
    switch (op) {
    case '+':
        return !__builtin_add_overflow(a, b, result);
    case '-':
        return !__builtin_sub_overflow(a, b, result);
    case '*':
        return !__builtin_mul_overflow(a, b, result);
    }
    /* The one quotient that does not fit is -2^63 / -1. */
    if (b == -1) {
        *result = 0;
        return op == '%' || !__builtin_sub_overflow(0, a, result);
    }
    *result = op == '/' ? a / b : a % b;
    return true;
}

static char *apply(char op, const char *left, const char *right)
{
    long long a, b, result;

    if (skipped)
        return copy_string("0");
    if (!read_integer(left, &a) || !read_integer(right, &b))
        die("not a number: '%s'", read_integer(left, &a) ? right : left);
    if (!calculate(op, a, b, &result))
        die("result too large");
    return number_value(result);
}

static char *parse_product(void)
{
    char *value = parse_match();

    for (;;) {
        if (accept("*"))
            value = apply('*', value, parse_match());
        else if (accept("/"))
            value = apply('/', value, parse_match());
        else if (accept("%"))
            value = apply('%', value, parse_match());
        else
            return value;
    }
}

static char *parse_sum(void)
{
    char *value = parse_product();

    for (;;) {
        if (accept("+"))
            value = apply('+', value, parse_product());
        else if (accept("-"))
            value = apply('-', value, parse_product());
        else
            return value;
    }
}

/* By value if both are numbers, else as texts. */
static int compare(const char *left, const char *right)
{
    long long a, b;

    if (read_integer(left, &a) && read_integer(right, &b))
        return (a > b) - (a < b);
    return strcmp(left, right);
}

static char *parse_comparison(void)
{
    char *value = parse_sum();

    for (;;) {
        if (accept("=") || accept("=="))
            value = number_value(compare(value, parse_sum()) == 0);
        else if (accept("!="))
            value = number_value(compare(value, parse_sum()) != 0);
        else if (accept("<"))
            value = number_value(compare(value, parse_sum()) < 0);
        else if (accept("<="))
            value = number_value(compare(value, parse_sum()) <= 0);
        else if (accept(">"))
            value = number_value(compare(value, parse_sum()) > 0);
        else if (accept(">="))
            value = number_value(compare(value, parse_sum()) >= 0);
        else
            return value;
    }
}

static char *parse_and(void)
{
    char *value = parse_comparison();
    char *right;

    while (accept("&")) {
        skipped += is_null(value);
        right = parse_comparison();
        skipped -= is_null(value);
        if (is_null(value) || is_null(right))
            value = copy_string("0");
    }
    return value;
}

static char *parse_or(void)
{
    char *value = parse_and();
    char *right;

    while (accept("|")) {
        skipped += !is_null(value);
        right = parse_and();
        skipped -= !is_null(value);
        if (is_null(value))
            value = is_null(right) ? copy_string("0") : right;
    }
    return value;
}

int main(int argc, char **argv)
{
    char *value;

    help_option(argv);
    error_status = 2;
    token = argv + 1;
    if (argc > 1)
        token += strcmp(argv[1], "--") == 0;
    if (argc < 2 || !*token)
        usage_error("missing operand");
    value = parse_or();
    if (*token)
        die("syntax error: unexpected '%s'", *token);
    print("%s\n", value);
    exit_status = is_null(value);
    return finish();
}
