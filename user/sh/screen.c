/* How a line that is edited looks on the screen. */
#include "user/sh/edit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "user/sh/mem.h"
#include "user/sh/out.h"
#include "user/sh/shell.h"
#include "user/sh/utf8.h"

/* Where the next character goes, from where the prompt began. */
struct place {
    int row;
    int column;
};

/* Moves on over a terminal's control sequence such as a colour. */
static size_t sequence_length(const char *text, size_t length)
{
    size_t i = 2;

    if (length < 2 || text[1] != '[')
        return 1;
    while (i < length && (text[i] < '@' || text[i] > '~'))
        i++;
    return i < length ? i + 1 : length;
}

/* A character that does not fit goes to the next row; a full row moves on at
 * once, which is where the cursor will be after screen_draw(). */
static void advance(struct place *place, int width, int columns)
{
    if (place->column + width > columns) {
        place->row++;
        place->column = 0;
    }
    place->column += width;
    if (place->column == columns) {
        place->row++;
        place->column = 0;
    }
}

static void pass_over(struct place *place, const char *text, size_t length,
                      int columns)
{
    while (length > 0) {
        int code;
        size_t size = utf8_decode(text, length, &code);

        if (code == '\n') {
            place->row++;
            place->column = 0;
        } else if (code == '\033') {
            size = sequence_length(text, length);
        } else {
            advance(place, utf8_width(code), columns);
        }
        text += size;
        length -= size;
    }
}

/* Where the cursor is when it is before text[offset]. */
static struct place place_of(const struct screen *screen,
                             const struct line *line, size_t offset)
{
    struct place place = { 0, 0 };

    pass_over(&place, screen->prompt, strlen(screen->prompt),
              screen->columns);
    pass_over(&place, line->text, offset, screen->columns);
    return place;
}

static void add_move(struct buf *out, int count, char direction)
{
    char text[24];

    if (count > 0) {
        snprintf(text, sizeof(text), "\033[%d%c", count, direction);
        buf_add_string(out, text);
    }
}

/* Moves by rows, down if the count is negative, and to a column. */
static void add_moves(struct buf *out, int up, int column)
{
    add_move(out, up, 'A');
    add_move(out, -up, 'B');
    buf_put(out, '\r');
    add_move(out, column, 'C');
}

void screen_move(struct screen *screen, const struct line *line)
{
    struct mark mark = arena_mark(sh.scratch);
    struct place cursor = place_of(screen, line, line->cursor);
    struct buf out;

    buf_init(&out, sh.scratch);
    add_moves(&out, screen->row - cursor.row, cursor.column);
    write_all(STDERR_FILENO, out.data, out.length);
    screen->row = cursor.row;
    arena_release(sh.scratch, mark);
}

void screen_draw(struct screen *screen, const struct line *line)
{
    struct mark mark = arena_mark(sh.scratch);
    struct place end = place_of(screen, line, line->length);
    struct place cursor = place_of(screen, line, line->cursor);
    struct buf out;

    buf_init(&out, sh.scratch);
    add_move(&out, screen->row, 'A');
    buf_add_string(&out, "\r\033[J");
    buf_add_string(&out, screen->prompt);
    buf_add(&out, line->text, line->length);
    /* a terminal wraps only when more comes after the last column */
    if (end.column == 0 && end.row > 0)
        buf_add_string(&out, "\r\n");
    add_moves(&out, end.row - cursor.row, cursor.column);
    write_all(STDERR_FILENO, out.data, out.length);
    screen->row = cursor.row;
    arena_release(sh.scratch, mark);
}

void screen_show_inserted(struct screen *screen, const struct line *line,
                          size_t inserted)
{
    struct place now = place_of(screen, line, line->cursor);

    if (line->cursor == line->length && now.row == screen->row
        && now.column > 0)
        write_all(STDERR_FILENO, line->text + line->length - inserted,
                  inserted);
    else
        screen_draw(screen, line);
}

void screen_leave(struct screen *screen, const struct line *line)
{
    struct place end = place_of(screen, line, line->length);
    struct line all = *line;

    all.cursor = line->length;
    if (line->cursor != line->length)
        screen_move(screen, &all);
    if (end.column > 0 || end.row == 0)
        write_all(STDERR_FILENO, "\n", 1);
    screen->row = 0;
}
