#include "user/bin/lib/util.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char *opt_value;
int opt_next = 1;

/* Operands passed over so far: they lie in argv before opt_scan. */
static int opt_held;
static int opt_scan = 1;
static const char *opt_cluster = "";

/*
 * Full buffering from the start, but for terminals: musl would send the first
 * line off at once, and the reason of its failure would be lost.
 */
static void prepare_output(void)
{
    static bool done;

    if (!done && !isatty(STDOUT_FILENO))
        setvbuf(stdout, NULL, _IOFBF, 0);
    done = true;
}

static void print_help(void)
{
    fputs(usage, stdout);
    exit(finish());
}

/* Moves argv[opt_scan] in front of the operands passed over. */
static char *bring_forward(char **argv)
{
    char *arg = argv[opt_scan];
    char **first_held = &argv[opt_scan - opt_held];

    memmove(first_held + 1, first_held, opt_held * sizeof(*argv));
    *first_held = arg;
    opt_scan++;
    return arg;
}

/* Finds the next argument with options in it; NULL when there is none. */
static const char *next_cluster(char **argv, const char *letters)
{
    char *arg;

    while ((arg = argv[opt_scan]) && (arg[0] != '-' || !arg[1])) {
        if (*letters == '+')
            return NULL;
        opt_scan++;
        opt_held++;
    }
    if (!arg)
        return NULL;
    bring_forward(argv);
    if (strcmp(arg, "--") == 0)
        return NULL;
    if (strcmp(arg, "--help") == 0)
        print_help();
    if (arg[1] == '-')
        usage_error("unknown option %s", arg);
    return arg + 1;
}

/* -NUMBER, where the program takes it. */
static bool take_digits(const char *letters)
{
    char c = *opt_cluster;

    if (c < '0' || c > '9' || strchr(letters, c) || !strchr(letters, '#'))
        return false;
    opt_value = (char *)opt_cluster;
    opt_cluster = "";
    return true;
}

static void take_value(char **argv, char letter)
{
    if (*opt_cluster) {
        opt_value = (char *)opt_cluster;
        opt_cluster = "";
    } else if (argv[opt_scan]) {
        opt_value = bring_forward(argv);
    } else {
        usage_error("option -%c needs a value", letter);
    }
}

int next_option(char **argv, const char *letters)
{
    const char *found;
    char letter;

    prepare_output();
    if (!*opt_cluster) {
        if (!argv[0])
            usage_error("no arguments at all");
        opt_cluster = next_cluster(argv, letters);
        if (!opt_cluster) {
            opt_cluster = "";
            opt_next = opt_scan - opt_held;
            return 0;
        }
    }
    if (take_digits(letters))
        return '#';
    letter = *opt_cluster++;
    found = strchr(letters, letter);
    if (!found || strchr(":+#", letter))
        usage_error("unknown option -%c", letter);
    if (found[1] == ':')
        take_value(argv, letter);
    return letter;
}

char **operands(char **argv, int least, int most)
{
    int count = 0;

    while (argv[opt_next + count])
        count++;
    if (count < least)
        usage_error("missing operand");
    if (count > most)
        usage_error("extra operand '%s'", argv[opt_next + most]);
    return argv + opt_next;
}

char **plain_operands(char **argv, int least, int most)
{
    next_option(argv, "");
    return operands(argv, least, most);
}

void help_option(char **argv)
{
    prepare_output();
    if (argv[0] && argv[1] && !argv[2] && strcmp(argv[1], "--help") == 0)
        print_help();
}
