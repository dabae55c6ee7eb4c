/* read: a line of input into variables. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "user/sh/builtin.h"
#include "user/sh/mem.h"
#include "user/sh/out.h"
#include "user/sh/shell.h"
#include "user/sh/trap.h"
#include "user/sh/vars.h"

/* What read took from its input. A character that a backslash protected is
 * no separator, which `quoted` notes at the same place. */
struct line {
    struct buf text;
    struct buf quoted;
};

static void line_put(struct line *line, char c, bool quoted)
{
    buf_put(&line->text, c);
    buf_put(&line->quoted, quoted);
}

/* One byte at a time: what follows the line is for others to read. 1, or 0
 * at the end of input, or -1 when a signal put an end to it. */
static int read_byte(char *c)
{
    for (;;) {
        ssize_t n = read(STDIN_FILENO, c, 1);

        if (n >= 0)
            return n;
        if (errno != EINTR) {
            sh_warn("read: %s", strerror(errno));
            return 0;
        }
        trap_run_pending();
        if (sh.flow)
            return -1;
    }
}

/* False at the end of input without a newline. */
static bool read_line(struct line *line, bool raw)
{
    char c;

    for (;;) {
        if (read_byte(&c) <= 0)
            return false;
        if (c == '\n')
            return true;
        if (c != '\\' || raw) {
            if (c)
                line_put(line, c, false);
            continue;
        }
        if (read_byte(&c) <= 0)
            return false;
        if (c && c != '\n')
            line_put(line, c, true);
    }
}

static bool is_separator(const struct line *line, size_t at, const char *ifs)
{
    return !line->quoted.data[at] && strchr(ifs, line->text.data[at]);
}

static bool is_space(const struct line *line, size_t at, const char *ifs)
{
    return is_separator(line, at, ifs) && strchr(" \t\n", line->text.data[at]);
}

static size_t skip_spaces(const struct line *line, size_t at, const char *ifs)
{
    while (at < line->text.length && is_space(line, at, ifs))
        at++;
    return at;
}

/* Where the field that begins here ends. */
static size_t field_end(const struct line *line, size_t at, const char *ifs)
{
    while (at < line->text.length && !is_separator(line, at, ifs))
        at++;
    return at;
}

/* Past the one separator that ends a field, and the white space around. */
static size_t skip_separator(const struct line *line, size_t at,
                             const char *ifs)
{
    at = skip_spaces(line, at, ifs);
    if (at < line->text.length && is_separator(line, at, ifs))
        at = skip_spaces(line, at + 1, ifs);
    return at;
}

/* The end of what the last variable gets: all of the rest, but for white
 * space, or one separator after a single field. */
static size_t rest_end(const struct line *line, size_t at, const char *ifs)
{
    size_t end = line->text.length;
    size_t single = field_end(line, at, ifs);

    if (skip_separator(line, single, ifs) == end)
        return single;
    while (end > at && is_space(line, end - 1, ifs))
        end--;
    return end;
}

/* Gives each variable a field, and the last one the rest. */
static void assign(const struct line *line, char **names)
{
    const char *ifs = var_get("IFS");
    size_t at;

    ifs = arena_strdup(sh.scratch, ifs ? ifs : " \t\n");
    at = skip_spaces(line, 0, ifs);
    for (; *names && !sh.flow; names++) {
        size_t end = names[1] ? field_end(line, at, ifs)
                              : rest_end(line, at, ifs);
        var_set(*names,
                end > at ? arena_strndup(sh.scratch, line->text.data + at,
                                         end - at)
                         : "", 0);
        at = skip_separator(line, end, ifs);
    }
}

int builtin_read(int argc, char **argv)
{
    struct line line;
    bool raw = false;
    int i = 1;

    for (; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
        if (strcmp(argv[i], "-r") == 0) {
            raw = true;
        } else if (strcmp(argv[i], "-p") == 0 && i + 1 < argc) {
            i++;
            write_all(STDERR_FILENO, argv[i], strlen(argv[i]));
        } else if (strcmp(argv[i], "--") != 0) {
            sh_warn("read: bad option %s", argv[i]);
            return 2;
        }
    }
    for (int name = i; name < argc; name++) {
        if (!name_ok(argv[name])) {
            sh_warn("read: %s: bad variable name", argv[name]);
            return 2;
        }
    }
    if (i == argc) {
        sh_warn("read: into which variable?");
        return 2;
    }
    buf_init(&line.text, sh.scratch);
    buf_init(&line.quoted, sh.scratch);
    bool complete = read_line(&line, raw);
    if (!sh.flow)
        assign(&line, argv + i);
    return complete ? 0 : 1;
}
