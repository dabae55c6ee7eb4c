/* Arithmetic: recursive descent, with one level for all binary operators. */
#include "user/sh/arith.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "user/sh/mem.h"
#include "user/sh/out.h"
#include "user/sh/shell.h"
#include "user/sh/vars.h"

typedef long long number;

struct expression {
    const char *text;
    const char *at;
    int skip;                   /* > 0: parsed but without effect */
};

enum operation {
    OR_ELSE, AND_THEN, OR, XOR, AND, EQUAL, UNEQUAL, AT_MOST, AT_LEAST, LESS,
    GREATER, SHIFT_LEFT, SHIFT_RIGHT, ADD, SUBTRACT, MULTIPLY, DIVIDE, MODULO,
    ASSIGN,
};

/* Binary operators, the longer of those that begin alike first. */
static const struct binary {
    const char *text;
    enum operation operation;
    int precedence;
} binaries[] = {
    { "||", OR_ELSE, 1 },   { "&&", AND_THEN, 2 },  { "|", OR, 3 },
    { "^", XOR, 4 },        { "&", AND, 5 },        { "==", EQUAL, 6 },
    { "!=", UNEQUAL, 6 },   { "<<", SHIFT_LEFT, 8 }, { ">>", SHIFT_RIGHT, 8 },
    { "<=", AT_MOST, 7 },   { ">=", AT_LEAST, 7 },  { "<", LESS, 7 },
    { ">", GREATER, 7 },    { "+", ADD, 9 },        { "-", SUBTRACT, 9 },
    { "*", MULTIPLY, 10 },  { "/", DIVIDE, 10 },    { "%", MODULO, 10 },
};

/* Assignments: these operators with = after them, and = alone. */
static const char *const assigning[] = {
    "|", "^", "&", "<<", ">>", "+", "-", "*", "/", "%",
};

static number assignment(struct expression *e);

static number fail(const struct expression *e, const char *why)
{
    if (!sh.flow)
        sh_fail(2, "arithmetic: %s in \"%.100s\"", why, e->text);
    return 0;
}

static void skip_space(struct expression *e)
{
    while (isspace((unsigned char)*e->at))
        e->at++;
}

/* Takes the text if it comes next, after white space. */
static bool accept(struct expression *e, const char *text)
{
    size_t length = strlen(text);

    skip_space(e);
    if (strncmp(e->at, text, length) != 0)
        return false;
    e->at += length;
    return true;
}

static number divide(const struct expression *e, number a, number b, bool rest)
{
    if (b == 0)
        return e->skip ? 0 : fail(e, "division by zero");
    if (b == -1)                /* LLONG_MIN / -1 traps or is undefined */
        return rest ? 0 : (number)(0 - (unsigned long long)a);
    return rest ? a % b : a / b;
}

/* Unsigned arithmetic wraps around; signed overflow would be undefined. */
static number apply(const struct expression *e, enum operation operation,
                    number a, number b)
{
    unsigned long long ua = a, ub = b;

    switch (operation) {
    case OR_ELSE:
        return a || b;
    case AND_THEN:
        return a && b;
    case OR:
        return a | b;
    case XOR:
        return a ^ b;
    case AND:
        return a & b;
    case EQUAL:
        return a == b;
    case UNEQUAL:
        return a != b;
    case AT_MOST:
        return a <= b;
    case AT_LEAST:
        return a >= b;
    case LESS:
        return a < b;
    case GREATER:
        return a > b;
    case SHIFT_LEFT:
        return ua << (b & 63);
    case SHIFT_RIGHT:
        return a >> (b & 63);
    case ADD:
        return ua + ub;
    case SUBTRACT:
        return ua - ub;
    case MULTIPLY:
        return ua * ub;
    case DIVIDE:
        return divide(e, a, b, false);
    case MODULO:
        return divide(e, a, b, true);
    case ASSIGN:
        return b;
    }
    return 0;
}

/* A C constant: decimal, octal or hexadecimal. */
static number constant(struct expression *e)
{
    char *end;

    errno = 0;
    unsigned long long value = strtoull(e->at, &end, 0);
    if (errno == ERANGE)
        value = LLONG_MAX;
    if (isalnum((unsigned char)*end) || *end == '_')
        return fail(e, "bad number");
    e->at = end;
    return value;
}

/* The value of a variable, which must be a number; unset and empty are 0. */
static number variable(const struct expression *e, const char *name)
{
    const char *value = var_get(name);

    if (!value && sh.opt[OPT_NOUNSET] && !e->skip)
        sh_fail(2, "%s: parameter not set", name);
    if (!value || e->skip)
        return 0;
    struct expression inner = { .text = value, .at = value };
    skip_space(&inner);
    if (!*inner.at)
        return 0;
    bool negative = accept(&inner, "-");
    if (!negative)
        accept(&inner, "+");
    if (!isdigit((unsigned char)*inner.at))
        return fail(&inner, "no number");
    number n = constant(&inner);
    skip_space(&inner);
    if (*inner.at)
        return fail(&inner, "no number");
    return negative ? (number)(0 - (unsigned long long)n) : n;
}

static number store(const struct expression *e, const char *name, number value)
{
    if (!e->skip && !sh.flow)
        var_set_number(name, value);
    return value;
}

static char *take_name(struct expression *e)
{
    size_t length = name_length(e->at);
    char *name = arena_strndup(sh.scratch, e->at, length);

    e->at += length;
    return name;
}

/* The operation of `op=` or `=` at the text; -1 if there is none. */
static int accept_assignment(struct expression *e)
{
    skip_space(e);
    if (e->at[0] == '=' && e->at[1] != '=') {
        e->at++;
        return ASSIGN;
    }
    for (size_t i = 0; i < sizeof(assigning) / sizeof(*assigning); i++) {
        size_t length = strlen(assigning[i]);

        if (strncmp(e->at, assigning[i], length) != 0 || e->at[length] != '=')
            continue;
        e->at += length + 1;
        for (const struct binary *b = binaries;; b++)
            if (strcmp(b->text, assigning[i]) == 0)
                return b->operation;
    }
    return -1;
}

/* A variable and what is done to it: x, x++, x--, x = 1, x += 1. */
static number named(struct expression *e)
{
    const char *name = take_name(e);
    int operation = accept_assignment(e);

    if (operation == ASSIGN)
        return store(e, name, assignment(e));
    number value = variable(e, name);
    if (operation >= 0)
        return store(e, name, apply(e, operation, value, assignment(e)));
    if (accept(e, "++"))
        store(e, name, apply(e, ADD, value, 1));
    else if (accept(e, "--"))
        store(e, name, apply(e, SUBTRACT, value, 1));
    return value;
}

/* ++x and --x, after the operator. */
static number step(struct expression *e, enum operation operation)
{
    skip_space(e);
    const char *name = take_name(e);
    return store(e, name, apply(e, operation, variable(e, name), 1));
}

/* Whether the operator is there with a variable after it, as in ++x. */
static bool accept_step(struct expression *e, const char *text)
{
    const char *before = e->at;

    if (accept(e, text)) {
        skip_space(e);
        if (name_length(e->at))
            return true;
    }
    e->at = before;
    return false;
}

/* Prefix operators, parentheses, numbers and variables. */
static number unary(struct expression *e)
{
    if (too_deep())
        return fail(e, "too much nesting");
    if (accept_step(e, "++"))
        return step(e, ADD);
    if (accept_step(e, "--"))
        return step(e, SUBTRACT);
    if (accept(e, "+"))
        return unary(e);
    if (accept(e, "-"))
        return apply(e, SUBTRACT, 0, unary(e));
    if (accept(e, "!"))
        return !unary(e);
    if (accept(e, "~"))
        return ~unary(e);
    if (accept(e, "(")) {
        number value = assignment(e);
        return accept(e, ")") ? value : fail(e, "missing )");
    }
    if (isdigit((unsigned char)*e->at))
        return constant(e);
    return name_length(e->at) ? named(e) : fail(e, "operand expected");
}

static const struct binary *find_binary(struct expression *e)
{
    skip_space(e);
    for (size_t i = 0; i < sizeof(binaries) / sizeof(*binaries); i++)
        if (strncmp(e->at, binaries[i].text, strlen(binaries[i].text)) == 0)
            return &binaries[i];
    return NULL;
}

/* Operators of at least this precedence, from left to right. */
static number binary(struct expression *e, int precedence)
{
    number left = unary(e);
    const struct binary *op;

    while (!sh.flow && (op = find_binary(e)) && op->precedence >= precedence) {
        bool decided = (op->operation == AND_THEN && !left)
                       || (op->operation == OR_ELSE && left);

        e->at += strlen(op->text);
        e->skip += decided;
        number right = binary(e, op->precedence + 1);
        left = apply(e, op->operation, left, right);
        e->skip -= decided;
    }
    return left;
}

/* The lowest level: a ?: expression, in whose operands named() assigns. */
static number assignment(struct expression *e)
{
    number test = binary(e, 1);

    if (sh.flow || !accept(e, "?"))
        return test;
    e->skip += !test;
    number yes = assignment(e);
    e->skip += (test != 0) - !test;
    if (!accept(e, ":"))
        return fail(e, "missing :");
    number no = assignment(e);
    e->skip -= test != 0;
    return test ? yes : no;
}

bool arith_evaluate(const char *text, long long *result)
{
    struct expression e = { .text = text, .at = text };

    skip_space(&e);
    *result = *e.at ? assignment(&e) : 0;
    while (!sh.flow && accept(&e, ","))
        *result = assignment(&e);
    skip_space(&e);
    if (*e.at)
        fail(&e, "unexpected text");
    return !sh.flow;
}
