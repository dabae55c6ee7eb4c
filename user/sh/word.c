/* Words: quotes and what follows a dollar sign. */
#include "user/sh/lex.h"

#include <ctype.h>
#include <string.h>

#include "user/sh/ast.h"
#include "user/sh/parse.h"
#include "user/sh/shell.h"

/* What is around the text being read: it decides which characters are
 * special and which one ends it. */
enum context {
    IN_WORD,
    IN_QUOTES,                  /* "..." */
    IN_HERE,                    /* a here-document */
    IN_BRACE,                   /* ${x:-...} */
    IN_QUOTED_BRACE,            /* the same inside "..." */
    IN_ARITH,                   /* $((...)) */
};

/* A list of parts under construction. */
struct builder {
    struct parser *parser;
    enum context context;
    struct part *first;
    struct part **tail;
    struct buf text;            /* characters that will be one text part */
    bool text_quoted;
    int parens;                 /* open in arithmetic */
};

static struct part *lex_parts(struct parser *parser, enum context context);

static bool context_quotes(enum context context)
{
    return context != IN_WORD && context != IN_BRACE;
}

static struct part *append(struct builder *builder, enum part_kind kind)
{
    struct part *part = arena_alloc(builder->parser->arena, sizeof(*part));

    part->kind = kind;
    part->quoted = context_quotes(builder->context);
    *builder->tail = part;
    builder->tail = &part->next;
    return part;
}

/* Makes a part of the characters collected; an empty one if it must be. */
static void flush_text(struct builder *builder, bool even_empty)
{
    if (builder->text.length == 0 && !even_empty)
        return;
    struct part *part = append(builder, PART_TEXT);
    part->text = buf_string(&builder->text);
    part->quoted = builder->text_quoted;
    buf_init(&builder->text, builder->parser->arena);
}

static void add_char(struct builder *builder, int c, bool quoted)
{
    if (builder->text_quoted != quoted)
        flush_text(builder, false);
    builder->text_quoted = quoted;
    buf_put(&builder->text, c);
}

/* Up to the next one; nothing in between is special, not even a backslash. */
static void lex_single_quotes(struct builder *builder)
{
    struct source *source = builder->parser->source;

    flush_text(builder, false);
    builder->text_quoted = true;
    source_take(source);
    int c = source_take_raw(source);
    while (c != '\'' && c != END_OF_INPUT) {
        buf_put(&builder->text, c);
        c = source_take_raw(source);
    }
    if (c == END_OF_INPUT)
        parse_fail(builder->parser, "unterminated quote '");
    flush_text(builder, true);
}

/* The parts inside join the word's. Without any, an empty one says that there
 * was a word. */
static void lex_double_quotes(struct builder *builder)
{
    struct parser *parser = builder->parser;

    flush_text(builder, false);
    source_take(parser->source);
    struct part *inner = lex_parts(parser, IN_QUOTES);
    source_take(parser->source);
    if (!inner) {
        builder->text_quoted = true;
        flush_text(builder, true);
        return;
    }
    *builder->tail = inner;
    while (inner->next)
        inner = inner->next;
    builder->tail = &inner->next;
}

/* Whether a backslash in this context takes away c's meaning. */
static bool is_escapable(enum context context, int c)
{
    if (!context_quotes(context))
        return true;
    if (c == '"')
        return context == IN_QUOTES || context == IN_QUOTED_BRACE;
    if (c == '}')
        return context == IN_QUOTED_BRACE;
    return c == '$' || c == '`' || c == '\\';
}

/* Where the character is not special the backslash is an ordinary one. */
static void lex_backslash(struct builder *builder)
{
    struct source *source = builder->parser->source;

    source_take(source);
    int c = source_peek_raw(source);
    if (c == END_OF_INPUT) {
        add_char(builder, '\\', true);
    } else if (is_escapable(builder->context, c)) {
        add_char(builder, source_take_raw(source), true);
    } else {
        add_char(builder, '\\', true);
    }
}

static enum param_op lex_prefix_suffix(struct source *source, int c)
{
    bool twice = source_peek(source) == c;

    if (twice)
        source_take(source);
    if (c == '#')
        return twice ? OP_LONG_PREFIX : OP_SHORT_PREFIX;
    return twice ? OP_LONG_SUFFIX : OP_SHORT_SUFFIX;
}

/* The operator after the name in ${name...}, and the word after it. */
static void lex_param_op(struct builder *builder, struct part *part)
{
    static const char letters[] = "-=?+";
    struct parser *parser = builder->parser;
    struct source *source = parser->source;
    enum context inside = part->quoted ? IN_QUOTED_BRACE : IN_BRACE;
    int c = source_take(source);
    const char *letter;

    if (c == ':') {
        part->colon = true;
        c = source_take(source);
    }
    if (c > 0 && (letter = strchr(letters, c))) {
        part->op = OP_DEFAULT + (letter - letters);
    } else if ((c == '#' || c == '%') && !part->colon) {
        part->op = lex_prefix_suffix(source, c);
        inside = IN_BRACE;
    } else {
        parse_fail(parser, "bad substitution");
        return;
    }
    part->word = arena_alloc(parser->arena, sizeof(*part->word));
    part->word->parts = lex_parts(parser, inside);
}

static bool is_special_param(int c)
{
    return c > 0 && strchr("@*#?-$!", c);
}

/* Takes a name, a number or one special character. Empty if there is none. */
static char *lex_param_name(struct parser *parser, bool braced)
{
    struct source *source = parser->source;
    struct buf name;
    int c = source_peek(source);

    buf_init(&name, parser->arena);
    if (isalpha(c) || c == '_') {
        for (; isalnum(c) || c == '_'; c = source_peek(source))
            buf_put(&name, source_take(source));
    } else if (isdigit(c)) {
        do
            buf_put(&name, source_take(source));
        while (braced && isdigit(source_peek(source)));
    } else if (is_special_param(c)) {
        buf_put(&name, source_take(source));
    }
    return buf_string(&name);
}

/* ${...}, from the brace on. */
static void lex_brace(struct builder *builder)
{
    struct parser *parser = builder->parser;
    struct source *source = parser->source;
    struct part *part = append(builder, PART_PARAM);

    source_take(source);
    part->text = lex_param_name(parser, true);
    int c = source_peek(source);
    if (strcmp(part->text, "#") == 0
        && (isalnum(c) || c == '_' || is_special_param(c))) {
        /* ${#-x} is $# with a default, ${#x} and ${#-} are lengths */
        part->text = lex_param_name(parser, true);
        part->op = OP_LENGTH;
        c = source_peek(source);
    }
    if (!*part->text || (part->op == OP_LENGTH && c != '}'))
        parse_fail(parser, "bad substitution");
    else if (c != '}')
        lex_param_op(builder, part);
    if (!parser->failed && source_take(source) != '}')
        parse_fail(parser, "missing }");
}

/* $(...), from the parenthesis on; or $((...)) if a second one follows. */
static void lex_paren(struct builder *builder)
{
    struct parser *parser = builder->parser;
    struct source *source = parser->source;
    struct part *part;

    source_take(source);
    if (source_peek(source) != '(') {
        part = append(builder, PART_COMMAND);
        part->body = parse_substitution(parser);
        return;
    }
    source_take(source);
    part = append(builder, PART_ARITH);
    part->word = arena_alloc(parser->arena, sizeof(*part->word));
    part->word->parts = lex_parts(parser, IN_ARITH);
    source_take(source);
    if (source_take(source) != ')')
        parse_fail(parser, "missing ))");
}

/* A dollar sign that begins nothing stands for itself. */
static void lex_dollar(struct builder *builder)
{
    struct parser *parser = builder->parser;
    bool quoted = context_quotes(builder->context);

    source_take(parser->source);
    int c = source_peek(parser->source);
    if (c != '{' && c != '(' && !isalnum(c) && c != '_'
        && !is_special_param(c)) {
        add_char(builder, '$', quoted);
        return;
    }
    flush_text(builder, false);
    if (c == '{')
        lex_brace(builder);
    else if (c == '(')
        lex_paren(builder);
    else
        append(builder, PART_PARAM)->text = lex_param_name(parser, false);
}

/* `...`: one level of backslashes goes, the rest is a program. */
static void lex_backquotes(struct builder *builder)
{
    struct parser *parser = builder->parser;
    struct source *source = parser->source;
    const char *special = builder->context == IN_QUOTES ? "$`\\\"" : "$`\\";
    int line = source->line;
    struct buf text;

    flush_text(builder, false);
    buf_init(&text, parser->arena);
    source_take(source);
    int c = source_take(source);
    while (c != '`' && c != END_OF_INPUT) {
        int next = source_peek_raw(source);

        if (c == '\\' && next > 0 && strchr(special, next))
            c = source_take_raw(source);
        buf_put(&text, c);
        c = source_take(source);
    }
    if (c == END_OF_INPUT)
        parse_fail(parser, "unterminated quote `");
    else
        append(builder, PART_COMMAND)->body =
            parse_text(parser, buf_string(&text), line);
}

/* Whether c ends the context. Arithmetic ends at the parenthesis that it did
 * not open. */
static bool at_end(struct builder *builder, int c)
{
    switch (builder->context) {
    case IN_WORD:
        return lex_ends_word(c);
    case IN_QUOTES:
        return c == '"';
    case IN_HERE:
        return false;
    case IN_BRACE:
    case IN_QUOTED_BRACE:
        return c == '}';
    case IN_ARITH:
        builder->parens += c == '(' ? 1 : c == ')' ? -1 : 0;
        return builder->parens < 0;
    }
    return true;
}

/* Takes one quoted piece, one substitution or one character. */
static void lex_piece(struct builder *builder, int c)
{
    enum context context = builder->context;
    bool quoted = context_quotes(context);

    if (c == '\\')
        lex_backslash(builder);
    else if (c == '$')
        lex_dollar(builder);
    else if (c == '`')
        lex_backquotes(builder);
    else if (c == '\'' && !quoted)
        lex_single_quotes(builder);
    else if (c == '"' && (!quoted || context == IN_QUOTED_BRACE))
        lex_double_quotes(builder);
    else
        add_char(builder, source_take(builder->parser->source), quoted);
}

/* Reads up to, and without, what ends the context. */
static struct part *lex_parts(struct parser *parser, enum context context)
{
    struct builder builder = { .parser = parser, .context = context };

    builder.tail = &builder.first;
    buf_init(&builder.text, parser->arena);
    if (too_deep())
        parse_fail(parser, "nested too deeply");
    while (!parser->failed) {
        int c = source_peek(parser->source);

        if (c == END_OF_INPUT && context != IN_WORD && context != IN_HERE)
            parse_fail(parser, "unexpected end of file in a %s",
                       context == IN_QUOTES ? "quoted string" : "substitution");
        if (c == END_OF_INPUT || at_end(&builder, c))
            break;
        lex_piece(&builder, c);
    }
    flush_text(&builder, false);
    return builder.first;
}

struct word *lex_word(struct parser *parser)
{
    struct word *word = arena_alloc(parser->arena, sizeof(*word));

    word->parts = lex_parts(parser, IN_WORD);
    return word;
}

struct word *lex_here_text(struct parser *parser, const char *text, int line)
{
    struct source source;
    struct parser inner = { .source = &source, .arena = parser->arena };
    struct word *word = arena_alloc(parser->arena, sizeof(*word));

    source_init_string(&source, text);
    source.line = line;
    word->parts = lex_parts(&inner, IN_HERE);
    parser->failed |= inner.failed;
    return word;
}
