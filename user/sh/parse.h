#pragma once

#include "user/sh/ast.h"
#include "user/sh/lex.h"

/*
 * Parses one complete command: all up to a newline outside of any construct.
 * NULL with parser->failed after an error that was said; NULL without it for
 * an empty line, or at the end of input, when parser->token is TOKEN_END.
 */
struct node *parse_command(struct parser *parser);

/* The inside of $(...), after "$(", and its closing parenthesis. */
struct node *parse_substitution(struct parser *parser);

/* All of a text, as inside `...`; line is the number of its first line. */
struct node *parse_text(struct parser *parser, char *text, int line);

/* Whether the words of a simple command are reserved: `if`, `}`, ... */
bool parse_is_reserved(const char *text);

/* Between parse.c and compound.c. */
struct node *node_create(struct parser *parser, enum node_kind kind);
struct token *parse_peek(struct parser *parser);
/* Takes the next token if it is of that kind, or that unquoted word. */
bool parse_accept(struct parser *parser, enum token_kind kind);
bool parse_accept_word(struct parser *parser, const char *text);
void parse_expect_word(struct parser *parser, const char *text);
void parse_skip_newlines(struct parser *parser);
void parse_unexpected(struct parser *parser);
/* Commands up to a word or token that ends a list; at least one. */
struct node *parse_compound_list(struct parser *parser);
/* A compound command, or NULL if the next token does not begin one. */
struct node *parse_compound(struct parser *parser);
struct redir *parse_redirs(struct parser *parser);
