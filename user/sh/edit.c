/* Editing of a line: what the keys do. */
#include "user/sh/edit.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/sh/complete.h"
#include "user/sh/history.h"
#include "user/sh/mem.h"
#include "user/sh/out.h"
#include "user/sh/shell.h"
#include "user/sh/term.h"
#include "user/sh/utf8.h"

/* One call of edit_line(). */
struct editor {
    struct line *line;
    struct screen screen;
    int entry;                  /* of the history; its count: the new line */
    char *unfinished;           /* the new line while another is shown */
    int tabs;                   /* Tabs in a row that found nothing to add */
};

static char *killed;            /* what ^K, ^U and ^W cut, for ^Y */

static void line_reserve(struct line *line, size_t more)
{
    if (line->length + more < line->capacity)
        return;
    line->capacity = 2 * (line->length + more) + 64;
    line->text = xrealloc(line->text, line->capacity);
}

void line_insert(struct line *line, const char *text, size_t length)
{
    char *at;

    line_reserve(line, length);
    at = line->text + line->cursor;
    memmove(at + length, at, line->length - line->cursor);
    memcpy(at, text, length);
    line->cursor += length;
    line->length += length;
    line->text[line->length] = '\0';
}

void line_remove(struct line *line, size_t from, size_t to)
{
    memmove(line->text + from, line->text + to, line->length - to);
    line->length -= to - from;
    line->text[line->length] = '\0';
    line->cursor = from;
}

void line_set(struct line *line, const char *text)
{
    line->length = line->cursor = 0;
    line_insert(line, text, strlen(text));
}

static void redraw(struct editor *editor)
{
    screen_draw(&editor->screen, editor->line);
}

static void move(struct editor *editor, size_t cursor)
{
    if (cursor == editor->line->cursor)
        return;
    editor->line->cursor = cursor;
    screen_move(&editor->screen, editor->line);
}

static void insert(struct editor *editor, const char *text, size_t length)
{
    line_insert(editor->line, text, length);
    screen_show_inserted(&editor->screen, editor->line, length);
}

static size_t before_cursor(const struct line *line)
{
    return line->cursor ? line->cursor - utf8_before(line->text, line->cursor)
                        : 0;
}

/* Where the character under the cursor ends. */
static size_t after_cursor(const struct line *line)
{
    size_t rest = line->length - line->cursor;
    int code;

    return rest ? line->cursor + utf8_decode(line->text + line->cursor, rest,
                                             &code)
                : line->length;
}

/* Bytes of UTF-8 are parts of words. */
static bool in_word(char c)
{
    return isalnum((unsigned char)c) || (c & 0x80) || c == '_';
}

static size_t word_left(const struct line *line)
{
    size_t at = line->cursor;

    while (at > 0 && !in_word(line->text[at - 1]))
        at--;
    while (at > 0 && in_word(line->text[at - 1]))
        at--;
    return at;
}

static size_t word_right(const struct line *line)
{
    size_t at = line->cursor;

    while (at < line->length && !in_word(line->text[at]))
        at++;
    while (at < line->length && in_word(line->text[at]))
        at++;
    return at;
}

/* For ^W: back to a blank. */
static size_t blank_left(const struct line *line)
{
    size_t at = line->cursor;

    while (at > 0 && line->text[at - 1] == ' ')
        at--;
    while (at > 0 && line->text[at - 1] != ' ')
        at--;
    return at;
}

static void delete(struct editor *editor, size_t from, size_t to)
{
    if (from == to)
        return;
    line_remove(editor->line, from, to);
    redraw(editor);
}

/* Deletes, and keeps the text for ^Y. */
static void cut(struct editor *editor, size_t from, size_t to)
{
    if (from == to)
        return;
    free(killed);
    killed = xmalloc(to - from + 1);
    memcpy(killed, editor->line->text + from, to - from);
    killed[to - from] = '\0';
    delete(editor, from, to);
}

/* ^T: the two characters before the cursor, or around it, change places. */
static void transpose(struct editor *editor)
{
    struct line *line = editor->line;
    size_t end = line->cursor == line->length ? line->length
                                              : after_cursor(line);
    if (end == 0)
        return;
    size_t middle = end - utf8_before(line->text, end);
    if (middle == 0)
        return;
    size_t start = middle - utf8_before(line->text, middle);
    char *first = xmalloc(middle - start);
    memcpy(first, line->text + start, middle - start);
    memmove(line->text + start, line->text + middle, end - middle);
    memcpy(line->text + start + (end - middle), first, middle - start);
    free(first);
    line->cursor = end;
    redraw(editor);
}

/* Shows another line of the history. */
static void show_entry(struct editor *editor, int entry)
{
    if (entry < 0 || entry > history_count())
        return;
    if (editor->entry == history_count()) {
        free(editor->unfinished);
        editor->unfinished = xstrdup(editor->line->text);
    }
    editor->entry = entry;
    if (entry == history_count())
        line_set(editor->line, editor->unfinished);
    else
        line_set(editor->line, history_get(entry));
    redraw(editor);
}

/* Shows a search's text and what it found. */
static void draw_search(struct editor *editor, const struct line *wanted,
                        bool found)
{
    const char *prompt = editor->screen.prompt;
    struct mark mark = arena_mark(sh.scratch);
    struct buf text;

    buf_init(&text, sh.scratch);
    buf_add_string(&text, found ? "(search '" : "(search fails '");
    buf_add_string(&text, wanted->text);
    buf_add_string(&text, "') ");
    editor->screen.prompt = buf_string(&text);
    redraw(editor);
    editor->screen.prompt = prompt;
    arena_release(sh.scratch, mark);
}

/* ^R: finds older lines while their part is typed. Returns the key that
 * ended the search, which then does what it always does. */
static int search(struct editor *editor)
{
    struct line wanted = { 0 };
    int entry = history_count();
    int key = KEY_UNKNOWN;
    bool found = true;

    line_set(&wanted, "");
    for (;;) {
        if (found && entry < history_count())
            line_set(editor->line, history_get(entry));
        draw_search(editor, &wanted, found);
        key = term_read_key();
        int before = entry + 1;
        if (key == CTRL('R')) {
            before = entry;
        } else if (key == KEY_BACKSPACE || key == CTRL('H')) {
            line_remove(&wanted, before_cursor(&wanted), wanted.length);
            before = history_count();
        } else if (key >= ' ' && key < 256) {
            char byte = key;
            line_insert(&wanted, &byte, 1);
        } else {
            break;
        }
        int next = history_search(wanted.text, before);
        found = next >= 0;
        entry = found ? next : entry;
    }
    free(wanted.text);
    redraw(editor);
    return key == CTRL('G') ? KEY_UNKNOWN : key;
}

/* Tab: completes; the second one in a row without progress lists. */
static void complete_word(struct editor *editor)
{
    struct mark mark = arena_mark(sh.scratch);
    struct completion completion = complete(editor->line);
    bool changed = complete_apply(&completion, editor->line);

    if (changed) {
        editor->tabs = 0;
        redraw(editor);
    } else if (++editor->tabs < 2 || completion.names.count == 0) {
        write_all(STDERR_FILENO, "\a", 1);
    } else {
        screen_leave(&editor->screen, editor->line);
        complete_list(&completion, editor->screen.columns);
        redraw(editor);
    }
    arena_release(sh.scratch, mark);
}

/* Keys that only move, in the line or in the history. */
static void do_move(struct editor *editor, int key)
{
    struct line *line = editor->line;

    switch (key) {
    case KEY_LEFT:
    case CTRL('B'):
        move(editor, before_cursor(line));
        break;
    case KEY_RIGHT:
    case CTRL('F'):
        move(editor, after_cursor(line));
        break;
    case KEY_HOME:
    case CTRL('A'):
        move(editor, 0);
        break;
    case KEY_END:
    case CTRL('E'):
        move(editor, line->length);
        break;
    case KEY_WORD_LEFT:
        move(editor, word_left(line));
        break;
    case KEY_WORD_RIGHT:
        move(editor, word_right(line));
        break;
    case KEY_UP:
    case CTRL('P'):
        show_entry(editor, editor->entry - 1);
        break;
    case KEY_DOWN:
    case CTRL('N'):
        show_entry(editor, editor->entry + 1);
        break;
    }
}

/* Keys that change the text. */
static void do_edit(struct editor *editor, int key)
{
    struct line *line = editor->line;

    switch (key) {
    case KEY_BACKSPACE:
    case CTRL('H'):
        delete(editor, before_cursor(line), line->cursor);
        break;
    case KEY_DELETE:
    case CTRL('D'):
        delete(editor, line->cursor, after_cursor(line));
        break;
    case KEY_WORD_DELETE:
        cut(editor, line->cursor, word_right(line));
        break;
    case KEY_WORD_RUBOUT:
        cut(editor, word_left(line), line->cursor);
        break;
    case CTRL('W'):
        cut(editor, blank_left(line), line->cursor);
        break;
    case CTRL('K'):
        cut(editor, line->cursor, line->length);
        break;
    case CTRL('U'):
        cut(editor, 0, line->cursor);
        break;
    case CTRL('Y'):
        if (killed)
            insert(editor, killed, strlen(killed));
        break;
    case CTRL('T'):
        transpose(editor);
        break;
    }
}

static void do_key(struct editor *editor, int key)
{
    char byte = key;

    if (key != '\t')
        editor->tabs = 0;
    if (key == '\t') {
        complete_word(editor);
    } else if (key == CTRL('L')) {
        write_all(STDERR_FILENO, "\033[H\033[2J", 7);
        editor->screen.row = 0;
        redraw(editor);
    } else if (key >= ' ' && key < 256 && key != KEY_BACKSPACE) {
        insert(editor, &byte, 1);
    } else {
        do_move(editor, key);
        do_edit(editor, key);
    }
}

/* Until a key ends the line. The width is asked for at each key: windows
 * change, and consoles do not say when. */
static enum edit_result run_editor(struct editor *editor)
{
    struct line *line = editor->line;

    for (;;) {
        int key = term_read_key();

        editor->screen.columns = term_columns();
        if (key == CTRL('R'))
            key = search(editor);
        if (key == '\r' || key == '\n')
            return EDIT_LINE;
        if (key == CTRL('C') || key == KEY_SIGNAL)
            return EDIT_INTERRUPTED;
        if (key == KEY_CLOSED || (key == CTRL('D') && line->length == 0))
            return EDIT_END;
        do_key(editor, key);
    }
}

enum edit_result edit_line(const char *prompt, struct line *line)
{
    struct editor editor = { .line = line, .entry = history_count() };
    enum edit_result result;

    if (!term_raw())
        return EDIT_IMPOSSIBLE;
    line_set(line, "");
    editor.screen = (struct screen){ prompt, term_columns(), 0 };
    write_all(STDERR_FILENO, prompt, strlen(prompt));
    result = run_editor(&editor);
    if (result == EDIT_INTERRUPTED)
        write_all(STDERR_FILENO, "^C", 2);
    screen_leave(&editor.screen, line);
    term_cooked();
    free(editor.unfinished);
    return result;
}
