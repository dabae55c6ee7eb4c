#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "user/sh/source.h"

enum token_kind {
    TOKEN_END,
    TOKEN_NEWLINE,
    TOKEN_WORD,
    TOKEN_IO_NUMBER,            /* the 2 of 2> */
    TOKEN_AND_AND,
    TOKEN_OR_OR,
    TOKEN_SEMICOLON,
    TOKEN_CASE_END,             /* ;; */
    TOKEN_BACKGROUND,
    TOKEN_PIPE,
    TOKEN_OPEN,
    TOKEN_CLOSE,
    TOKEN_LESS,
    TOKEN_GREAT,
    TOKEN_APPEND,
    TOKEN_CLOBBER,
    TOKEN_READ_WRITE,
    TOKEN_DUP_IN,
    TOKEN_DUP_OUT,
    TOKEN_HERE,
    TOKEN_HERE_TABS,            /* <<- */
};

struct token {
    enum token_kind kind;
    int line;
    size_t begin, end;          /* in source->typed */
    const char *text;           /* an operator; a word that is all one piece
                                 * of unquoted text; else NULL */
    struct word *word;
    int number;
};

/* One program text being parsed. Command substitutions get a parser of their
 * own on the same source, with their own look-ahead. */
struct parser {
    struct source *source;
    struct arena *arena;        /* owns all that is made */
    struct token token;
    bool peeked;                /* token is the next one, not yet taken */
    bool failed;                /* an error was said; only TOKEN_END follows */
};

/* Says what is wrong, once, with the line number; sets failed. */
void parse_fail(struct parser *parser, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Reads the next token. A newline also reads the here-documents due. */
void lex_token(struct parser *parser, struct token *token);

/* Reads one word, which has at least one part. */
struct word *lex_word(struct parser *parser);
/* The parts of a text that is quoted as a here-document is: a prompt, say. */
struct word *lex_here_text(struct parser *parser, const char *text, int line);
/* Reads the bodies of the here-documents that the line asked for. */
void lex_here_bodies(struct parser *parser);

/* Whether an unquoted character ends a word. */
bool lex_ends_word(int c);
