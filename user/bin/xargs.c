/* xargs: run a program with arguments from standard input (POSIX, with -0). */

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/bin/lib/exec.h"
#include "user/bin/lib/util.h"

const char usage[] =
    "usage: xargs [-0prt] [-n NUMBER | -L LINES | -I TEXT] [-s SIZE]\n"
    "             [PROGRAM [ARGUMENT]...]\n"
    "Run the program (echo) with words from standard input behind its own\n"
    "arguments, as often as needed; quotes and \\ keep blanks in a word.\n"
    "  -n  at most NUMBER words each  -L  at most so many lines each\n"
    "  -I  once for each line, which stands for TEXT in the arguments\n"
    "  -0  words end with NUL, nothing is special  -r  not without words\n"
    "  -t  say what is run  -p  and ask  -s  at most SIZE bytes each\n";

static bool flag[128];
static long long most_words = LLONG_MAX;
static long long most_lines;
static const char *placeholder;
static long long most_bytes = 128 * 1024;

static struct strings command;
static struct strings words;
static size_t bytes;
static bool ever_ran;

/* POSIX: 123 when a run failed, 124 for 255, 125 for a signal. */
static void judge(int status)
{
    if (status == 126 || status == 127)
        exit(status);
    if (status == 255) {
        warn("%s: exited with status 255", command.item[0]);
        exit(124);
    }
    if (status > 128) {
        warn("%s: killed by signal %d", command.item[0], status - 128);
        exit(125);
    }
    if (status)
        exit_status = 123;
}

static void run(char **argv)
{
    ever_ran = true;
    if (flag['t'] || flag['p']) {
        for (char **word = argv; *word; word++)
            fprint(stderr, "%s%s", word > argv ? " " : "", *word);
        fprint(stderr, "\n");
    }
    if (flag['p'] && !confirm("run it? "))
        return;
    judge(wait_for(spawn(argv)));
}

static void run_words(void)
{
    char **argv = grow(NULL, (command.count + words.count + 1) *
                             sizeof(*argv));

    memcpy(argv, command.item, command.count * sizeof(*argv));
    if (words.count)
        memcpy(argv + command.count, words.item, words.count * sizeof(*argv));
    argv[command.count + words.count] = NULL;
    run(argv);
    free(argv);
    strings_free(&words);
    bytes = 0;
}

static void run_replaced(const char *line)
{
    struct strings argv = { 0 };

    for (size_t i = 0; i < command.count; i++)
        strings_add(&argv, replace_all(command.item[i], placeholder, line));
    strings_add(&argv, NULL);
    run(argv.item);
    strings_free(&argv);
}

static void add_word(const char *word)
{
    size_t size = strlen(word) + 1 + sizeof(char *);

    if (placeholder) {
        run_replaced(word);
        return;
    }
    if (words.count && bytes + size > (size_t)most_bytes)
        run_words();
    strings_add(&words, copy_string(word));
    bytes += size;
    if ((long long)words.count >= most_words)
        run_words();
}

/* The word being read. */
static char *buf;
static size_t used;
static size_t room;

static void put(int c)
{
    if (used + 1 >= room) {
        room = room ? room * 2 : 256;
        buf = grow(buf, room);
    }
    buf[used++] = (char)c;
    buf[used] = '\0';
}

/* Reads up to the quote that closes. */
static void take_quoted(int quote)
{
    int c;

    while ((c = getchar()) != quote) {
        if (c == EOF || c == '\n')
            die("no closing %c", quote);
        put(c);
    }
}

static bool is_end(int c)
{
    if (c == EOF || flag['0'])
        return c == EOF || c == '\0';
    return c == '\n' || (!placeholder && (c == ' ' || c == '\t'));
}

/*
 * Reads a word, or with -I a line, into buf.  Returns what ended it; *any
 * tells an empty word in quotes from none.
 */
static int take_word(bool *any)
{
    int c;

    used = 0;
    *any = false;
    put('\0');
    used = 0;
    while (!is_end(c = getchar())) {
        if (placeholder && !used && (c == ' ' || c == '\t'))
            continue;
        *any = true;
        if (flag['0'])
            put(c);
        else if (c == '\'' || c == '"')
            take_quoted(c);
        else if (c == '\\' && (c = getchar()) == EOF)
            return EOF;
        else
            put(c);
    }
    return c;
}

static void take_all(void)
{
    long long lines = 0;
    bool any;
    int end;

    do {
        end = take_word(&any);
        if (any || (flag['0'] && end != EOF))
            add_word(buf);
        lines += end == '\n' && words.count;
        if (most_lines && lines >= most_lines) {
            run_words();
            lines = 0;
        }
    } while (end != EOF);
    if (ferror(stdin))
        die_file("standard input");
    if (words.count || (!ever_ran && !flag['r'] && !placeholder))
        run_words();
}

int main(int argc, char **argv)
{
    int option;

    (void)argc;
    while ((option = next_option(argv, "+0I:L:n:prs:t"))) {
        flag[option] = true;
        if (option == 'n')
            most_words = number_arg(opt_value, 1, 1 << 30);
        else if (option == 'L')
            most_lines = number_arg(opt_value, 1, 1 << 30);
        else if (option == 's')
            most_bytes = number_arg(opt_value, 1, 1 << 30);
        else if (option == 'I' && *opt_value)
            placeholder = opt_value;
        else if (option == 'I')
            usage_error("-I needs some text");
    }
    if (!argv[opt_next])
        strings_add(&command, copy_string("echo"));
    for (char **word = argv + opt_next; *word; word++)
        strings_add(&command, *word);
    take_all();
    return finish();
}
