#pragma once

#include <stdbool.h>
#include <stddef.h>

/* A line being typed. The text is malloc'ed and NUL-terminated. */
struct line {
    char *text;
    size_t length;
    size_t capacity;
    size_t cursor;              /* a byte offset, between characters */
};

void line_insert(struct line *line, const char *text, size_t length);
/* Removes bytes and leaves the cursor there. */
void line_remove(struct line *line, size_t from, size_t to);
void line_set(struct line *line, const char *text);

/* A line on the screen. */
struct screen {
    const char *prompt;
    int columns;
    int row;                    /* of the cursor, from the prompt's first */
};

/* Draws prompt and line anew, from the row where they are. */
void screen_draw(struct screen *screen, const struct line *line);
/* Moves the cursor to where the line's is. */
void screen_move(struct screen *screen, const struct line *line);
/* Shows text that was inserted before the cursor, cheaply if it can. */
void screen_show_inserted(struct screen *screen, const struct line *line,
                          size_t inserted);
/* Puts the cursor behind the line and on a row of its own. */
void screen_leave(struct screen *screen, const struct line *line);

enum edit_result {
    EDIT_LINE,
    EDIT_END,                   /* ^D on an empty line, or no terminal */
    EDIT_INTERRUPTED,           /* ^C */
    EDIT_IMPOSSIBLE,            /* the terminal cannot; read plainly */
};

/* Lets the user type a line after the prompt. */
enum edit_result edit_line(const char *prompt, struct line *line);
