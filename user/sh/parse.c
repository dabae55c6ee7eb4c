/* The grammar: lists, pipelines, simple commands, redirections. */
#include "user/sh/parse.h"

#include <ctype.h>
#include <string.h>

#include "user/sh/alias.h"
#include "user/sh/shell.h"
#include "user/sh/vars.h"

/* How much of a command's text is kept for `jobs`. */
#define SOURCE_TEXT_MAX 60

struct node *node_create(struct parser *parser, enum node_kind kind)
{
    struct node *node = arena_alloc(parser->arena, sizeof(*node));

    node->kind = kind;
    node->line = parser->source->line;
    return node;
}

struct token *parse_peek(struct parser *parser)
{
    if (!parser->peeked)
        lex_token(parser, &parser->token);
    parser->peeked = true;
    return &parser->token;
}

bool parse_accept(struct parser *parser, enum token_kind kind)
{
    if (parse_peek(parser)->kind != kind)
        return false;
    parser->peeked = false;
    return true;
}

static bool is_word(const struct token *token, const char *text)
{
    return token->kind == TOKEN_WORD && token->text
           && strcmp(token->text, text) == 0;
}

bool parse_accept_word(struct parser *parser, const char *text)
{
    if (!is_word(parse_peek(parser), text))
        return false;
    parser->peeked = false;
    return true;
}

void parse_unexpected(struct parser *parser)
{
    const char *text = parse_peek(parser)->text;

    parse_fail(parser, "unexpected %.60s", text ? text : "word");
}

void parse_expect_word(struct parser *parser, const char *text)
{
    if (!parse_accept_word(parser, text))
        parse_unexpected(parser);
}

void parse_skip_newlines(struct parser *parser)
{
    while (parse_accept(parser, TOKEN_NEWLINE))
        continue;
}

bool parse_is_reserved(const char *text)
{
    static const char *const words[] = {
        "!", "case", "do", "done", "elif", "else", "esac", "fi", "for", "if",
        "in", "then", "until", "while", "{", "}",
    };

    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (strcmp(words[i], text) == 0)
            return true;
    return false;
}

/* Puts an alias's text in the command's place, as often as there is one. */
static void expand_alias(struct parser *parser)
{
    for (;;) {
        const struct token *token = parse_peek(parser);
        struct alias *alias;

        if (token->kind != TOKEN_WORD || !token->text
            || !(alias = alias_find(token->text))
            || source_inside(parser->source, alias))
            return;
        source_insert(parser->source, parser->arena, alias);
        parser->peeked = false;
    }
}

/* Whether the next token, which may be an alias, ends a list inside a
 * compound command. */
static bool at_list_end(struct parser *parser)
{
    static const char *const words[] = {
        "then", "do", "done", "elif", "else", "fi", "esac", "}",
    };

    expand_alias(parser);
    const struct token *token = parse_peek(parser);
    if (token->kind == TOKEN_END || token->kind == TOKEN_CLOSE
        || token->kind == TOKEN_CASE_END)
        return true;
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (is_word(token, words[i]))
            return true;
    return false;
}

static enum redir_kind redir_kind(enum token_kind token)
{
    switch (token) {
    case TOKEN_LESS:
        return REDIR_READ;
    case TOKEN_GREAT:
        return REDIR_WRITE;
    case TOKEN_CLOBBER:
        return REDIR_CLOBBER;
    case TOKEN_APPEND:
        return REDIR_APPEND;
    case TOKEN_READ_WRITE:
        return REDIR_BOTH;
    case TOKEN_DUP_IN:
    case TOKEN_DUP_OUT:
        return REDIR_DUP;
    default:
        return REDIR_HERE;
    }
}

/* Takes the delimiter apart and puts the document on the source's list. */
static void add_here(struct parser *parser, struct redir *redir)
{
    struct redir **link = &parser->source->pending;
    struct buf delimiter;

    buf_init(&delimiter, parser->arena);
    for (struct part *part = redir->target->parts; part; part = part->next) {
        if (part->kind != PART_TEXT) {
            parse_fail(parser, "substitution in a here-document's delimiter");
            return;
        }
        redir->literal |= part->quoted;
        buf_add_string(&delimiter, part->text);
    }
    redir->delimiter = buf_string(&delimiter);
    while (*link)
        link = &(*link)->next_pending;
    *link = redir;
}

/* One redirection, or NULL if the next token does not begin one. */
static struct redir *parse_redir(struct parser *parser)
{
    struct token token = *parse_peek(parser);
    int fd = -1;

    if (token.kind == TOKEN_IO_NUMBER) {
        fd = token.number;
        parser->peeked = false;
        token = *parse_peek(parser);
    }
    if (token.kind < TOKEN_LESS)
        return NULL;
    parser->peeked = false;
    struct token target = *parse_peek(parser);
    if (target.kind != TOKEN_WORD && target.kind != TOKEN_IO_NUMBER) {
        parse_unexpected(parser);
        return NULL;
    }
    parser->peeked = false;
    struct redir *redir = arena_alloc(parser->arena, sizeof(*redir));
    redir->kind = redir_kind(token.kind);
    redir->fd = fd >= 0 ? fd : redir->kind != REDIR_READ
                && redir->kind != REDIR_BOTH && redir->kind != REDIR_HERE
                && token.kind != TOKEN_DUP_IN;
    redir->target = target.word;
    redir->strip_tabs = token.kind == TOKEN_HERE_TABS;
    if (redir->kind == REDIR_HERE)
        add_here(parser, redir);
    return redir;
}

struct redir *parse_redirs(struct parser *parser)
{
    struct redir *first = NULL;
    struct redir **tail = &first;

    while ((*tail = parse_redir(parser)))
        tail = &(*tail)->next;
    return first;
}

/* If the word begins with NAME=, makes it an assignment and takes that off
 * the word. */
static struct assign *split_assignment(struct parser *parser,
                                       struct word *word)
{
    struct part *part = word->parts;

    if (!part || part->kind != PART_TEXT || part->quoted)
        return NULL;
    size_t length = name_length(part->text);
    if (length == 0 || part->text[length] != '=')
        return NULL;
    struct assign *assign = arena_alloc(parser->arena, sizeof(*assign));
    assign->name = arena_strndup(parser->arena, part->text, length);
    part->text += length + 1;
    assign->value = word;
    return assign;
}

static bool looks_like_assignment(const struct word *word)
{
    const struct part *part = word->parts;

    if (!part || part->kind != PART_TEXT || part->quoted)
        return false;
    size_t length = name_length(part->text);
    return length > 0 && part->text[length] == '=';
}

/* Commands whose arguments are expanded as assignments are. */
static bool is_declaration(const char *text)
{
    return text && (strcmp(text, "export") == 0 || strcmp(text, "local") == 0
                    || strcmp(text, "readonly") == 0);
}

/* name() { ...; }, after the name. */
static struct node *parse_function(struct parser *parser, const char *name)
{
    struct node *node = node_create(parser, NODE_FUNCTION);

    parser->peeked = false;
    if (!parse_accept(parser, TOKEN_CLOSE)) {
        parse_unexpected(parser);
        return node;
    }
    parse_skip_newlines(parser);
    node->name = arena_strdup(parser->arena, name);
    node->home = parser->arena;
    node->body = parse_compound(parser);
    if (!node->body)
        parse_unexpected(parser);
    return node;
}

/* Takes a word of a simple command. Where it goes depends on what came
 * before. */
static void add_word(struct parser *parser, struct node *node,
                     struct word ***words, struct assign ***assigns)
{
    struct word *word = parser->token.word;
    struct assign *assign = NULL;

    parser->peeked = false;
    if (!node->words)
        assign = split_assignment(parser, word);
    if (assign) {
        **assigns = assign;
        *assigns = &assign->next;
        return;
    }
    if (node->words && is_declaration(node->words->parts->text))
        word->assignment = looks_like_assignment(word);
    **words = word;
    *words = &word->next;
}

/* Assignments, words and redirections in any order; a name followed by ( is
 * a function's definition instead. */
static struct node *parse_simple(struct parser *parser)
{
    struct node *node = node_create(parser, NODE_SIMPLE);
    struct redir **redirs = &node->redirs;
    struct word **words = &node->words;
    struct assign **assigns = &node->assigns;
    const char *name = parse_peek(parser)->text;

    node->line = parser->token.line;
    for (;;) {
        *redirs = parse_redirs(parser);
        while (*redirs)
            redirs = &(*redirs)->next;
        if ((!node->words && (node->assigns || node->redirs))
            || source_after_alias(parser->source))
            expand_alias(parser);
        if (parse_peek(parser)->kind != TOKEN_WORD)
            break;
        bool first = !node->words && !node->assigns && !node->redirs;
        add_word(parser, node, &words, &assigns);
        if (first && node->words && name
            && parse_peek(parser)->kind == TOKEN_OPEN)
            return parse_function(parser, name);
    }
    if (!node->words && !node->assigns && !node->redirs)
        parse_unexpected(parser);
    return node;
}

/* One command of a pipeline. */
static struct node *parse_element(struct parser *parser)
{
    if (at_list_end(parser)) {
        parse_unexpected(parser);
        return NULL;
    }
    struct node *node = parse_compound(parser);
    return node ? node : parse_simple(parser);
}

/* Keeps the beginning of what was typed for a node. */
static void keep_source(struct parser *parser, struct node *node, size_t begin)
{
    const struct buf *typed = &parser->source->typed;
    size_t end = parser->peeked ? parser->token.begin : typed->length;

    if (!typed->arena || end < begin)
        return;
    while (end > begin && isspace((unsigned char)typed->data[end - 1]))
        end--;
    size_t length = end - begin;
    if (length > SOURCE_TEXT_MAX)
        length = SOURCE_TEXT_MAX;
    node->source = arena_strndup(parser->arena, typed->data + begin, length);
}

/* [!] COMMAND | COMMAND ...; one command alone stays itself. */
static struct node *parse_pipeline(struct parser *parser)
{
    size_t begin = parse_peek(parser)->begin;

    if (too_deep())
        parse_fail(parser, "nested too deeply");
    if (parse_accept_word(parser, "!")) {
        struct node *not = node_create(parser, NODE_NOT);
        not->body = parse_pipeline(parser);
        return not;
    }
    struct node *first = parse_element(parser);
    if (!first || parse_peek(parser)->kind != TOKEN_PIPE) {
        if (first)
            keep_source(parser, first, begin);
        return first;
    }
    struct node *pipe = node_create(parser, NODE_PIPE);
    struct node **tail = &first->next;
    pipe->body = first;
    while (parse_accept(parser, TOKEN_PIPE)) {
        parse_skip_newlines(parser);
        *tail = parse_element(parser);
        if (!*tail)
            break;
        tail = &(*tail)->next;
    }
    keep_source(parser, pipe, begin);
    return pipe;
}

/* && and || bind alike, from left to right. */
static struct node *parse_and_or(struct parser *parser)
{
    size_t begin = parse_peek(parser)->begin;
    struct node *left = parse_pipeline(parser);

    for (;;) {
        enum token_kind kind = parse_peek(parser)->kind;

        if (kind != TOKEN_AND_AND && kind != TOKEN_OR_OR)
            return left;
        parser->peeked = false;
        parse_skip_newlines(parser);
        struct node *node = node_create(
            parser, kind == TOKEN_AND_AND ? NODE_AND : NODE_OR);
        node->left = left;
        node->right = parse_pipeline(parser);
        keep_source(parser, node, begin);
        left = node;
    }
}

/* Takes the ; or & after a command, and makes it a background one if so. */
static struct node *parse_separator(struct parser *parser, struct node *node)
{
    if (parse_accept(parser, TOKEN_BACKGROUND)) {
        struct node *background = node_create(parser, NODE_BACKGROUND);
        background->body = node;
        background->source = node ? node->source : NULL;
        return background;
    }
    parse_accept(parser, TOKEN_SEMICOLON);
    return node;
}

static bool at_separator(struct parser *parser)
{
    enum token_kind kind = parse_peek(parser)->kind;

    return kind == TOKEN_SEMICOLON || kind == TOKEN_BACKGROUND;
}

/* One command alone stays itself; more of them become a sequence. */
static struct node *sequence(struct parser *parser, struct node *first)
{
    if (!first || !first->next)
        return first;
    struct node *node = node_create(parser, NODE_SEQUENCE);
    node->line = first->line;
    node->body = first;
    return node;
}

struct node *parse_compound_list(struct parser *parser)
{
    struct node *first = NULL;
    struct node **tail = &first;

    parse_skip_newlines(parser);
    do {
        struct node *node = parse_and_or(parser);
        bool more = at_separator(parser)
                    || parse_peek(parser)->kind == TOKEN_NEWLINE;

        *tail = parse_separator(parser, node);
        if (!*tail || !more)
            break;
        tail = &(*tail)->next;
        parse_skip_newlines(parser);
    } while (!at_list_end(parser));
    return sequence(parser, first);
}

struct node *parse_command(struct parser *parser)
{
    struct node *first = NULL;
    struct node **tail = &first;

    parser->peeked = false;
    while (parse_peek(parser)->kind != TOKEN_NEWLINE
           && parser->token.kind != TOKEN_END) {
        struct node *node = parse_and_or(parser);
        bool more = at_separator(parser);

        *tail = parse_separator(parser, node);
        if (!*tail || !more)
            break;
        tail = &(*tail)->next;
    }
    if (parse_peek(parser)->kind != TOKEN_NEWLINE
        && parser->token.kind != TOKEN_END)
        parse_unexpected(parser);
    return parser->failed ? NULL : sequence(parser, first);
}

struct node *parse_substitution(struct parser *parser)
{
    struct parser inner = { .source = parser->source, .arena = parser->arena };
    struct node *node = NULL;

    parse_skip_newlines(&inner);
    if (parse_peek(&inner)->kind != TOKEN_CLOSE)
        node = parse_compound_list(&inner);
    if (!parse_accept(&inner, TOKEN_CLOSE))
        parse_unexpected(&inner);
    parser->failed |= inner.failed;
    return node;
}

struct node *parse_text(struct parser *parser, char *text, int line)
{
    struct source source;
    struct parser inner = { .source = &source, .arena = parser->arena };
    struct node *node = NULL;

    source_init_string(&source, text);
    source.line = line;
    parse_skip_newlines(&inner);
    if (parse_peek(&inner)->kind != TOKEN_END)
        node = parse_compound_list(&inner);
    if (!parse_accept(&inner, TOKEN_END))
        parse_unexpected(&inner);
    parser->failed |= inner.failed;
    return node;
}
