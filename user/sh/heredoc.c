/* Here-documents: the lines after the line that asked for them. */
#include "user/sh/lex.h"

#include <string.h>

#include "user/sh/ast.h"

/* Takes one line without its newline; false at the end of input. */
static bool take_line(struct source *source, struct buf *line)
{
    int c = source_take_raw(source);

    line->length = 0;
    if (c == END_OF_INPUT)
        return false;
    while (c != '\n' && c != END_OF_INPUT) {
        buf_put(line, c);
        c = source_take_raw(source);
    }
    return true;
}

/* Takes lines up to the delimiter, or the end of input, into text. */
static void take_body(struct parser *parser, const struct redir *redir,
                      struct buf *text)
{
    struct buf line;

    buf_init(&line, parser->arena);
    while (take_line(parser->source, &line)) {
        const char *start = buf_string(&line);

        if (redir->strip_tabs)
            start += strspn(start, "\t");
        if (strcmp(start, redir->delimiter) == 0)
            break;
        buf_add_string(text, start);
        buf_put(text, '\n');
    }
}

/* The body under a quoted delimiter: nothing in it is special. */
static struct word *literal_word(struct arena *arena, char *text)
{
    struct word *word = arena_alloc(arena, sizeof(*word));

    word->parts = arena_alloc(arena, sizeof(*word->parts));
    word->parts->kind = PART_TEXT;
    word->parts->quoted = true;
    word->parts->text = text;
    return word;
}

void lex_here_bodies(struct parser *parser)
{
    struct redir *redir = parser->source->pending;

    parser->source->pending = NULL;
    for (; redir && !parser->failed; redir = redir->next_pending) {
        struct buf text;
        int line = parser->source->line;

        buf_init(&text, parser->arena);
        take_body(parser, redir, &text);
        if (redir->literal)
            redir->target = literal_word(parser->arena, buf_string(&text));
        else
            redir->target = lex_here_text(parser, buf_string(&text), line);
    }
}
