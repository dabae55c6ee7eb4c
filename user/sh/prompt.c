/* The prompt, and the lines that are typed after it. */
#include "user/sh/prompt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/sh/edit.h"
#include "user/sh/expand.h"
#include "user/sh/history.h"
#include "user/sh/out.h"
#include "user/sh/shell.h"
#include "user/sh/source.h"
#include "user/sh/vars.h"

/* $PWD, with ~ for the home directory. */
static void add_directory(struct buf *out)
{
    const char *pwd = var_get("PWD"), *home = var_get("HOME");
    size_t length = home ? strlen(home) : 0;

    if (!pwd)
        return;
    if (length > 1 && strncmp(pwd, home, length) == 0
        && (pwd[length] == '/' || !pwd[length])) {
        buf_put(out, '~');
        pwd += length;
    }
    buf_add_string(out, pwd);
}

static void add_escape(struct buf *out, char letter)
{
    const char *user = var_get("USER");
    char host[65] = "";

    switch (letter) {
    case 'w':
        add_directory(out);
        break;
    case 'u':
        buf_add_string(out, user ? user : geteuid() == 0 ? "root" : "user");
        break;
    case 'h':
        gethostname(host, sizeof(host) - 1);
        buf_add(out, host, strcspn(host, "."));
        break;
    case 'e':
        buf_put(out, '\033');
        break;
    case 'n':
        buf_put(out, '\n');
        break;
    case '[':                   /* bash's marks around what has no width */
    case ']':
        break;
    default:
        buf_put(out, '\\');
        buf_put(out, letter);
    }
}

/* Replaces \$, before parameters are expanded: it is no dollar sign then. */
static char *mark_user(const char *text)
{
    struct buf out;

    buf_init(&out, sh.scratch);
    for (; *text; text++) {
        if (text[0] == '\\' && text[1] == '$' && geteuid() == 0) {
            buf_put(&out, '#');
            text++;
        } else {
            buf_put(&out, *text);
        }
    }
    return buf_string(&out);
}

/* PS1 or PS2: first $x, then \w \u \h \e \n. A directory's name is never
 * itself expanded. */
static char *prompt_text(const char *variable, const char *otherwise)
{
    const char *text = var_get(variable);
    struct buf out;

    text = expand_text(mark_user(text ? text : otherwise));
    buf_init(&out, sh.scratch);
    while (*text) {
        if (text[0] == '\\' && text[1]) {
            add_escape(&out, text[1]);
            text += 2;
        } else {
            buf_put(&out, *text++);
        }
    }
    return buf_string(&out);
}

static char *next_prompt(const struct source *source)
{
    if (source->continued)
        return prompt_text("PS2", "> ");
    return prompt_text("PS1", geteuid() == 0 ? "larch:$PWD# " : "$ ");
}

/* Where editing is not possible the terminal itself edits the line. */
static bool fill_plainly(struct source *source, const char *prompt)
{
    write_all(STDERR_FILENO, prompt, strlen(prompt));
    bool filled = source_fill_from_file(source);

    source->interrupted = sh.flow == FLOW_INTERRUPT;
    if (!filled && !source->interrupted)
        write_all(STDERR_FILENO, "\n", 1);
    return filled;
}

/* The source's next line: edited, remembered, and ended by a newline. */
static bool fill(struct source *source)
{
    static struct line line;
    struct mark mark = arena_mark(sh.scratch);
    char *prompt = next_prompt(source);
    enum edit_result result = edit_line(prompt, &line);
    bool filled = result == EDIT_LINE;

    if (result == EDIT_IMPOSSIBLE)
        filled = fill_plainly(source, prompt);
    arena_release(sh.scratch, mark);
    source->interrupted |= result == EDIT_INTERRUPTED;
    if (result != EDIT_LINE)
        return filled;
    history_add(line.text);
    line.cursor = line.length;
    line_insert(&line, "\n", 1);
    source->at = line.text;
    source->end = line.text + line.length;
    if (sh.opt[OPT_VERBOSE])
        write_all(STDERR_FILENO, line.text, line.length);
    return true;
}

void prompt_init_source(struct source *source)
{
    source_init_file(source, STDIN_FILENO);
    source->fill = fill;
}
