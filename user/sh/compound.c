/* The grammar: if, while, until, for, case, { }, ( ). */
#include "user/sh/parse.h"

#include <string.h>

#include "user/sh/vars.h"

static struct node *parse_do_group(struct parser *parser)
{
    parse_expect_word(parser, "do");
    struct node *body = parse_compound_list(parser);
    parse_expect_word(parser, "done");
    return body;
}

/* if and elif, after the word. */
static struct node *parse_if(struct parser *parser)
{
    struct node *node = node_create(parser, NODE_IF);
    struct node *branch = node;

    for (;;) {
        branch->test = parse_compound_list(parser);
        parse_expect_word(parser, "then");
        branch->then = parse_compound_list(parser);
        if (!parse_accept_word(parser, "elif"))
            break;
        branch->otherwise = node_create(parser, NODE_IF);
        branch = branch->otherwise;
    }
    if (parse_accept_word(parser, "else"))
        branch->otherwise = parse_compound_list(parser);
    parse_expect_word(parser, "fi");
    return node;
}

/* while and until, after the word. */
static struct node *parse_while(struct parser *parser, enum node_kind kind)
{
    struct node *node = node_create(parser, kind);

    node->test = parse_compound_list(parser);
    node->then = parse_do_group(parser);
    return node;
}

/* The words up to ; or newline after `in`. */
static struct word *parse_word_list(struct parser *parser)
{
    struct word *first = NULL;
    struct word **tail = &first;

    while (parse_peek(parser)->kind == TOKEN_WORD) {
        *tail = parser->token.word;
        tail = &(*tail)->next;
        parser->peeked = false;
    }
    return first;
}

/* for NAME [in WORDS;] do ... done, after the first word. */
static struct node *parse_for(struct parser *parser)
{
    struct node *node = node_create(parser, NODE_FOR);
    const struct token *token = parse_peek(parser);

    if (token->kind != TOKEN_WORD || !token->text
        || !name_ok(token->text)) {
        parse_unexpected(parser);
        return node;
    }
    node->variable = arena_strdup(parser->arena, token->text);
    parser->peeked = false;
    parse_skip_newlines(parser);
    if (parse_accept_word(parser, "in")) {
        node->has_list = true;
        node->list = parse_word_list(parser);
        if (!parse_accept(parser, TOKEN_SEMICOLON)
            && parse_peek(parser)->kind != TOKEN_NEWLINE)
            parse_unexpected(parser);
    } else {
        parse_accept(parser, TOKEN_SEMICOLON);
    }
    parse_skip_newlines(parser);
    node->loop = parse_do_group(parser);
    return node;
}

/* One `pattern | pattern) commands ;;`. */
static struct case_item *parse_case_item(struct parser *parser)
{
    struct case_item *item = arena_alloc(parser->arena, sizeof(*item));
    struct word **tail = &item->patterns;

    parse_accept(parser, TOKEN_OPEN);
    do {
        const struct token *token = parse_peek(parser);

        if (token->kind != TOKEN_WORD) {
            parse_unexpected(parser);
            return item;
        }
        *tail = token->word;
        tail = &(*tail)->next;
        parser->peeked = false;
    } while (parse_accept(parser, TOKEN_PIPE));
    if (!parse_accept(parser, TOKEN_CLOSE))
        parse_unexpected(parser);
    parse_skip_newlines(parser);
    const struct token *token = parse_peek(parser);
    if (token->kind != TOKEN_CASE_END
        && !(token->text && strcmp(token->text, "esac") == 0))
        item->body = parse_compound_list(parser);
    return item;
}

/* case WORD in ITEMS esac, after the first word. The last item may end
 * without ;;. */
static struct node *parse_case(struct parser *parser)
{
    struct node *node = node_create(parser, NODE_CASE);
    struct case_item **tail = &node->items;

    if (parse_peek(parser)->kind != TOKEN_WORD) {
        parse_unexpected(parser);
        return node;
    }
    node->subject = parser->token.word;
    parser->peeked = false;
    parse_skip_newlines(parser);
    parse_expect_word(parser, "in");
    parse_skip_newlines(parser);
    while (!parser->failed && !parse_accept_word(parser, "esac")) {
        *tail = parse_case_item(parser);
        tail = &(*tail)->next;
        if (!parse_accept(parser, TOKEN_CASE_END)) {
            parse_expect_word(parser, "esac");
            break;
        }
        parse_skip_newlines(parser);
    }
    return node;
}

static struct node *parse_braces(struct parser *parser)
{
    struct node *node = node_create(parser, NODE_GROUP);

    node->body = parse_compound_list(parser);
    parse_expect_word(parser, "}");
    return node;
}

static struct node *parse_subshell(struct parser *parser)
{
    struct node *node = node_create(parser, NODE_SUBSHELL);

    node->body = parse_compound_list(parser);
    if (!parse_accept(parser, TOKEN_CLOSE))
        parse_unexpected(parser);
    return node;
}

/* Looks at the first word only: what begins a compound command is reserved. */
static struct node *parse_keyword(struct parser *parser)
{
    if (parse_accept(parser, TOKEN_OPEN))
        return parse_subshell(parser);
    if (parse_accept_word(parser, "{"))
        return parse_braces(parser);
    if (parse_accept_word(parser, "if"))
        return parse_if(parser);
    if (parse_accept_word(parser, "while"))
        return parse_while(parser, NODE_WHILE);
    if (parse_accept_word(parser, "until"))
        return parse_while(parser, NODE_UNTIL);
    if (parse_accept_word(parser, "for"))
        return parse_for(parser);
    if (parse_accept_word(parser, "case"))
        return parse_case(parser);
    return NULL;
}

struct node *parse_compound(struct parser *parser)
{
    struct node *node = parse_keyword(parser);

    if (node)
        node->redirs = parse_redirs(parser);
    return node;
}
