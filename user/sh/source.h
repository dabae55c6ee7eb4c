#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "user/sh/mem.h"

#define END_OF_INPUT (-1)

struct redir;
struct alias;

/* Text put in front of the input in an alias's place. */
struct insertion {
    struct insertion *under;
    struct alias *alias;
    const char *at;
};

/*
 * Where characters come from: a string, a file, or the terminal. Files and
 * terminals are read a line at a time, so that a command that reads the
 * script's own input gets what follows its line.
 */
struct source {
    const char *at;
    const char *end;
    int line;                   /* number of the line being read, from 1 */
    struct insertion *insertions;
    bool after_alias;           /* one that ended in a blank was just read */
    struct redir *pending;      /* here-documents due at the next newline */

    /* Puts the next line into at..end; false at the end. NULL: a string. */
    bool (*fill)(struct source *source);
    bool interrupted;           /* ^C at a prompt; the end follows */
    bool ended;                 /* fill said so; not asked again */
    bool continued;             /* the next prompt is PS2 */

    /* files */
    int fd;
    bool bytewise;              /* others read the same descriptor */
    char *text;                 /* the line, malloc'ed */
    size_t capacity;
    char block[1024];
    size_t block_at, block_length;

    /* what was typed since source_begin(), for the names of jobs */
    struct buf typed;
};

void source_init_string(struct source *source, const char *text);
/* The descriptor is closed by source_close() unless it is 0. */
void source_init_file(struct source *source, int fd);
void source_close(struct source *source);
/* The fill of a file: its next line. */
bool source_fill_from_file(struct source *source);

/* Starts a command: forgets what was typed, prompts with PS1. */
void source_begin(struct source *source, struct arena *arena);
/* Drops the rest of the line, after a syntax error. */
void source_drop_line(struct source *source);

/* The next character, without and with taking it. Raw ones see the
 * backslash-newline pairs that the others join lines by. */
int source_peek_raw(struct source *source);
int source_take_raw(struct source *source);
int source_peek(struct source *source);
int source_take(struct source *source);

/* Puts an alias's text in front of what comes next. */
void source_insert(struct source *source, struct arena *arena,
                   struct alias *alias);
/* Whether the text of an alias that ends in a blank was read to its end since
 * the last call: then the next word may be an alias too. */
bool source_after_alias(struct source *source);
/* Whether the alias's text is being read: it does not expand again then. */
bool source_inside(const struct source *source, const struct alias *alias);
