/* Where the characters of a program come from. */
#include "user/sh/source.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/sh/alias.h"
#include "user/sh/out.h"
#include "user/sh/shell.h"
#include "user/sh/trap.h"

void source_init_string(struct source *source, const char *text)
{
    memset(source, 0, offsetof(struct source, block));
    buf_init(&source->typed, NULL);
    source->at = text;
    source->end = text + strlen(text);
    source->line = 1;
}

/* One byte, or END_OF_INPUT. */
static int read_byte(struct source *source)
{
    size_t size = source->bytewise ? 1 : sizeof(source->block);

    if (source->block_at == source->block_length) {
        ssize_t n = read(source->fd, source->block, size);

        while (n < 0 && errno == EINTR) {
            trap_run_pending();
            if (sh.flow)
                return END_OF_INPUT;
            n = read(source->fd, source->block, size);
        }
        if (n <= 0)
            return END_OF_INPUT;
        source->block_at = 0;
        source->block_length = n;
    }
    return (unsigned char)source->block[source->block_at++];
}

static void line_put(struct source *source, size_t length, char c)
{
    if (length >= source->capacity) {
        source->capacity = source->capacity ? 2 * source->capacity : 128;
        source->text = xrealloc(source->text, source->capacity);
    }
    source->text[length] = c;
}

/* NUL bytes are dropped: no word could hold them. */
bool source_fill_from_file(struct source *source)
{
    size_t length = 0;
    int c;

    do {
        c = read_byte(source);
        if (c > 0)
            line_put(source, length++, c);
    } while (c != '\n' && c != END_OF_INPUT);
    if (length == 0)
        return false;
    if (sh.opt[OPT_VERBOSE])
        write_all(STDERR_FILENO, source->text, length);
    source->at = source->text;
    source->end = source->text + length;
    return true;
}

void source_init_file(struct source *source, int fd)
{
    source_init_string(source, "");
    source->fill = source_fill_from_file;
    source->fd = fd;
    source->bytewise = fd == STDIN_FILENO;
    source->block_at = source->block_length = 0;
}

void source_close(struct source *source)
{
    free(source->text);
    if (source->fd > 0)
        close(source->fd);
}

void source_begin(struct source *source, struct arena *arena)
{
    buf_init(&source->typed, arena);
    source->insertions = NULL;
    source->after_alias = false;
    source->pending = NULL;
    source->interrupted = false;
    source->ended = false;
    source->continued = false;
}

void source_drop_line(struct source *source)
{
    while (source->at < source->end) {
        if (*source->at++ == '\n') {
            source->line++;
            return;
        }
    }
}

/* An alias was read to its end. If it ends in a blank, the word after it may
 * be an alias as well. */
static void end_insertion(struct source *source)
{
    const char *text = source->insertions->alias->text;
    size_t length = strlen(text);

    if (length > 0 && strchr(" \t", text[length - 1]))
        source->after_alias = true;
    source->insertions = source->insertions->under;
}

int source_peek_raw(struct source *source)
{
    while (source->insertions && !*source->insertions->at)
        end_insertion(source);
    if (source->insertions)
        return (unsigned char)*source->insertions->at;
    if (source->at == source->end) {
        if (!source->ended)
            source->ended = !source->fill || !source->fill(source);
        if (source->ended)
            return END_OF_INPUT;
        source->continued = true;
    }
    return (unsigned char)*source->at;
}

int source_take_raw(struct source *source)
{
    int c = source_peek_raw(source);

    if (c == END_OF_INPUT)
        return c;
    if (source->insertions) {
        source->insertions->at++;
        return c;
    }
    source->at++;
    if (c == '\n')
        source->line++;
    if (source->typed.arena)
        buf_put(&source->typed, c);
    return c;
}

/* A backslash-newline pair is always inside one line of input. */
static bool at_continuation(struct source *source)
{
    return !source->insertions && source->end - source->at >= 2
           && source->at[0] == '\\' && source->at[1] == '\n';
}

int source_peek(struct source *source)
{
    int c = source_peek_raw(source);

    while (c == '\\' && at_continuation(source)) {
        source->at += 2;
        source->line++;
        c = source_peek_raw(source);
    }
    return c;
}

int source_take(struct source *source)
{
    source_peek(source);
    return source_take_raw(source);
}

void source_insert(struct source *source, struct arena *arena,
                   struct alias *alias)
{
    struct insertion *insertion = arena_alloc(arena, sizeof(*insertion));

    insertion->under = source->insertions;
    insertion->alias = alias;
    insertion->at = arena_strdup(arena, alias->text);
    source->insertions = insertion;
}

bool source_after_alias(struct source *source)
{
    bool after = source->after_alias;

    source->after_alias = false;
    return after;
}

bool source_inside(const struct source *source, const struct alias *alias)
{
    const struct insertion *insertion = source->insertions;

    while (insertion && insertion->alias != alias)
        insertion = insertion->under;
    return insertion != NULL;
}
