/* Tokens: operators, words, newlines. */
#include "user/sh/lex.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/sh/ast.h"
#include "user/sh/out.h"
#include "user/sh/shell.h"

static const struct operator {
    const char *text;
    enum token_kind kind;
} operators[] = {
    { "&&", TOKEN_AND_AND },    { "||", TOKEN_OR_OR },
    { ";", TOKEN_SEMICOLON },   { ";;", TOKEN_CASE_END },
    { "&", TOKEN_BACKGROUND },  { "|", TOKEN_PIPE },
    { "(", TOKEN_OPEN },        { ")", TOKEN_CLOSE },
    { "<", TOKEN_LESS },        { ">", TOKEN_GREAT },
    { ">>", TOKEN_APPEND },     { ">|", TOKEN_CLOBBER },
    { "<>", TOKEN_READ_WRITE }, { "<&", TOKEN_DUP_IN },
    { ">&", TOKEN_DUP_OUT },    { "<<", TOKEN_HERE },
    { "<<-", TOKEN_HERE_TABS }, { "\n", TOKEN_NEWLINE },
};

void parse_fail(struct parser *parser, const char *format, ...)
{
    char text[200];
    va_list args;

    if (parser->failed)
        return;
    parser->failed = true;
    if (parser->source->interrupted)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    sh.line = parser->source->line;
    sh_warn("syntax error: %s", text);
}

bool lex_ends_word(int c)
{
    return c == END_OF_INPUT || (c != '\0' && strchr(" \t\n;&|<>()", c));
}

/* The operator that is the characters so far and one more, or NULL. */
static const struct operator *find_operator(const char *text, size_t length)
{
    for (size_t i = 0; i < sizeof(operators) / sizeof(*operators); i++)
        if (strncmp(operators[i].text, text, length) == 0
            && operators[i].text[length] == '\0')
            return &operators[i];
    return NULL;
}

/* Never looks past a newline: at a prompt that would ask for more. */
static void lex_operator(struct parser *parser, struct token *token)
{
    char text[4] = { source_take(parser->source) };
    const struct operator *operator = find_operator(text, 1);
    size_t length = 1;

    while (operator->kind != TOKEN_NEWLINE && length < 3) {
        int c = source_peek(parser->source);
        if (c == END_OF_INPUT)
            break;
        text[length] = c;
        const struct operator *longer = find_operator(text, length + 1);
        if (!longer)
            break;
        operator = longer;
        length++;
        source_take(parser->source);
    }
    token->kind = operator->kind;
    token->text = operator->kind == TOKEN_NEWLINE ? "newline" : operator->text;
}

/* White space and a comment. A backslash does not continue a comment. */
static void skip_blanks(struct source *source)
{
    int c = source_peek(source);

    while (c == ' ' || c == '\t') {
        source_take(source);
        c = source_peek(source);
    }
    if (c != '#')
        return;
    while (c != '\n' && c != END_OF_INPUT) {
        source_take_raw(source);
        c = source_peek_raw(source);
    }
}

/* Text that is one unquoted piece, as reserved words and names are. */
static const char *plain_text(const struct word *word)
{
    const struct part *part = word->parts;

    if (!part || part->next || part->kind != PART_TEXT || part->quoted)
        return NULL;
    return part->text;
}

static bool is_io_number(const char *text, int next)
{
    size_t length = strlen(text);

    return (next == '<' || next == '>') && length <= 4
           && strspn(text, "0123456789") == length;
}

/* A number right before < or > is no word but a descriptor. */
static void lex_word_token(struct parser *parser, struct token *token)
{
    token->kind = TOKEN_WORD;
    token->word = lex_word(parser);
    token->text = plain_text(token->word);
    if (token->text && is_io_number(token->text, source_peek(parser->source))) {
        token->kind = TOKEN_IO_NUMBER;
        token->number = atoi(token->text);
    }
}

void lex_token(struct parser *parser, struct token *token)
{
    struct source *source = parser->source;

    skip_blanks(source);
    *token = (struct token){ .line = source->line };
    token->begin = source->typed.length;
    int c = source_peek(source);
    if (c == END_OF_INPUT)
        token->text = "end of file";
    else if (lex_ends_word(c))
        lex_operator(parser, token);
    else
        lex_word_token(parser, token);
    token->end = source->typed.length;
    if (token->kind == TOKEN_NEWLINE && source->pending)
        lex_here_bodies(parser);
    if (parser->failed)
        *token = (struct token){ .text = "end of file" };
}
