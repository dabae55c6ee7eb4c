/* What the process may do: umask, ulimit. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "user/sh/builtin.h"
#include "user/sh/out.h"
#include "user/sh/shell.h"

static void print_symbolic(mode_t mask)
{
    for (int i = 0; i < 3; i++) {
        mode_t allowed = ~mask >> (6 - 3 * i);

        if (i)
            out_char(',');
        out_char("ugo"[i]);
        out_char('=');
        for (int bit = 0; bit < 3; bit++)
            if (allowed & (4 >> bit))
                out_char("rwx"[bit]);
    }
    out_char('\n');
}

/* The bits of u, g, o or a that one clause is about. */
static const char *parse_who(const char *at, mode_t *who)
{
    *who = 0;
    for (; *at && strchr("ugoa", *at); at++)
        *who |= *at == 'u' ? 0700 : *at == 'g' ? 0070 : *at == 'o' ? 0007
                : 0777;
    if (!*who)
        *who = 0777;
    return at;
}

/* u=rwx,g-w: changes what is allowed. False if it is no such text. */
static bool parse_symbolic(const char *at, mode_t *allowed)
{
    do {
        mode_t who, bits = 0;
        char op;

        at = parse_who(at, &who);
        op = *at;
        if (op != '=' && op != '+' && op != '-')
            return false;
        for (at++; *at && strchr("rwx", *at); at++)
            bits |= *at == 'r' ? 0444 : *at == 'w' ? 0222 : 0111;
        bits &= who;
        if (op == '=')
            *allowed &= ~who;
        *allowed = op == '-' ? *allowed & ~bits : *allowed | bits;
    } while (*at++ == ',');
    return at[-1] == '\0';
}

/* An octal number is what is taken away; a symbolic mode what is allowed. */
static int set_umask(const char *text, mode_t old)
{
    mode_t allowed = ~old & 0777;
    char *end;
    long mask = strtol(text, &end, 8);

    if (*text >= '0' && *text <= '7' && !*end && mask <= 0777) {
        umask(mask);
    } else if (parse_symbolic(text, &allowed)) {
        umask(~allowed & 0777);
    } else {
        sh_warn("umask: bad mode %s", text);
        return 1;
    }
    return 0;
}

int builtin_umask(int argc, char **argv)
{
    mode_t old = umask(0);

    umask(old);
    if (argc > 1 && strcmp(argv[1], "-S") == 0) {
        print_symbolic(old);
        return 0;
    }
    if (argc > 1)
        return set_umask(argv[1], old);
    out_printf("%04o\n", (unsigned)old);
    return 0;
}

static const struct limit {
    char letter;
    int resource;
    int unit;                   /* bytes, or whatever, in 1 of the number */
    const char *text;
} limits[] = {
    { 't', RLIMIT_CPU, 1, "cpu time (seconds)" },
    { 'f', RLIMIT_FSIZE, 512, "file size (blocks)" },
    { 'd', RLIMIT_DATA, 1024, "data (kbytes)" },
    { 's', RLIMIT_STACK, 1024, "stack (kbytes)" },
    { 'c', RLIMIT_CORE, 512, "core file (blocks)" },
    { 'n', RLIMIT_NOFILE, 1, "open files" },
    { 'u', RLIMIT_NPROC, 1, "processes" },
    { 'v', RLIMIT_AS, 1024, "address space (kbytes)" },
};

#define LIMITS (sizeof(limits) / sizeof(*limits))

static const struct limit *limit_find(char letter)
{
    for (size_t i = 0; i < LIMITS; i++)
        if (limits[i].letter == letter)
            return &limits[i];
    return NULL;
}

static int limit_print(const struct limit *limit, bool hard)
{
    struct rlimit value;

    if (getrlimit(limit->resource, &value) < 0) {
        sh_warn("ulimit: %s: %s", limit->text, strerror(errno));
        return 1;
    }
    rlim_t shown = hard ? value.rlim_max : value.rlim_cur;
    if (shown == RLIM_INFINITY)
        out_string("unlimited\n");
    else
        out_printf("%llu\n", (unsigned long long)shown / limit->unit);
    return 0;
}

/* The number is in the units that limit_print() prints. */
static int limit_set(const struct limit *limit, const char *text, bool hard,
                     bool soft)
{
    struct rlimit value;
    rlim_t wanted = RLIM_INFINITY;
    char *end = "";

    if (strcmp(text, "unlimited") != 0)
        wanted = (rlim_t)strtoull(text, &end, 10) * limit->unit;
    if (*end || end == text) {
        sh_warn("ulimit: bad number %s", text);
        return 2;
    }
    if (getrlimit(limit->resource, &value) == 0) {
        if (hard)
            value.rlim_max = wanted;
        if (soft)
            value.rlim_cur = wanted;
        if (setrlimit(limit->resource, &value) == 0)
            return 0;
    }
    sh_warn("ulimit: %s: %s", limit->text, strerror(errno));
    return 1;
}

static int print_all(bool hard)
{
    int status = 0;

    for (size_t i = 0; i < LIMITS; i++) {
        out_printf("-%c  %-24s ", limits[i].letter, limits[i].text);
        status |= limit_print(&limits[i], hard);
    }
    return status;
}

int builtin_ulimit(int argc, char **argv)
{
    const struct limit *limit = limit_find('f');
    bool hard = false, soft = false, all = false;
    int i = 1;

    for (; i < argc && argv[i][0] == '-'; i++) {
        for (const char *letter = argv[i] + 1; *letter && limit; letter++) {
            if (*letter == 'H')
                hard = true;
            else if (*letter == 'S')
                soft = true;
            else if (*letter == 'a')
                all = true;
            else
                limit = limit_find(*letter);
        }
    }
    if (!limit) {
        sh_warn("ulimit: bad option %s", argv[i - 1]);
        return 2;
    }
    if (all)
        return print_all(hard);
    if (i == argc)
        return limit_print(limit, hard);
    return limit_set(limit, argv[i], hard || !soft, soft || !hard);
}
