/* Expansion of words: tildes, substitutions, splitting, quote removal. */
#include "user/sh/expand.h"

#include <stdio.h>
#include <string.h>

#include "user/sh/arith.h"
#include "user/sh/exec.h"
#include "user/sh/glob.h"
#include "user/sh/parse.h"
#include "user/sh/pattern.h"
#include "user/sh/shell.h"
#include "user/sh/vars.h"

static void fields_init(struct fields *fields, int flags)
{
    const char *ifs = var_get("IFS");

    *fields = (struct fields){ .flags = flags };
    fields->ifs = ifs ? ifs : " \t\n";
    fields->done.arena = sh.scratch;
    buf_init(&fields->text, sh.scratch);
}

/*
 * Quoted characters that mean something in a pattern are escaped. So are
 * backslashes that came out of a parameter, where a field is made: they are
 * ordinary characters of a file name. In a pattern they escape.
 */
static void put(struct fields *fields, char c, bool quoted)
{
    bool escape = quoted ? strchr("\\*?[]!-^", c) != NULL
                         : c == '\\' && (fields->flags & FIELDS_SPLIT);

    if (escape && (fields->flags & FIELDS_ESCAPE))
        buf_put(&fields->text, '\\');
    buf_put(&fields->text, c);
}

void fields_add(struct fields *fields, const char *text, bool quoted)
{
    if (*text || quoted)
        fields->open = true;
    fields->after_space = false;
    while (*text)
        put(fields, *text++, quoted);
}

void fields_end(struct fields *fields)
{
    if (!fields->open)
        return;
    char *text = buf_string(&fields->text);
    buf_init(&fields->text, sh.scratch);
    fields->open = false;
    if (!sh.opt[OPT_NOGLOB] && pattern_is_magic(text)
        && glob_expand(text, &fields->done))
        return;
    strings_add(&fields->done, pattern_unescape(text));
}

/* One character of a value that is split. */
static void split_char(struct fields *fields, char c)
{
    if (!strchr(fields->ifs, c)) {
        fields->open = true;
        fields->after_space = false;
        put(fields, c, false);
    } else if (strchr(" \t\n", c)) {
        fields->after_space |= fields->open;
        fields_end(fields);
    } else {
        /* white space before the separator was part of it */
        if (!fields->after_space)
            fields->open = true;
        fields_end(fields);
        fields->after_space = false;
    }
}

void fields_add_value(struct fields *fields, const char *text, bool quoted)
{
    if (quoted || !(fields->flags & FIELDS_SPLIT)) {
        fields_add(fields, text, quoted);
        return;
    }
    while (*text)
        split_char(fields, *text++);
}

/* Replaces ~ at the start of the text by $HOME. Returns what follows. */
static const char *add_tilde(struct fields *fields, const char *text,
                             bool last)
{
    const char *end = fields->flags & FIELDS_COLONS ? "/:" : "/";
    const char *home = var_get("HOME");

    if (text[0] != '~' || !home)
        return text;
    if (text[1] ? !strchr(end, text[1]) : !last)
        return text;
    fields_add(fields, home, true);
    return text + 1;
}

/* Adds unquoted text in which a tilde may begin any of the parts that
 * colons separate. */
static void add_with_colons(struct fields *fields, const char *text,
                            bool last)
{
    while (*text) {
        char piece[2] = { *text++ };

        fields_add(fields, piece, false);
        if (piece[0] == ':')
            text = add_tilde(fields, text, last);
    }
}

/* Literal text. Only what is not quoted can be a tilde, or be split. */
static void add_text(struct fields *fields, const struct part *part,
                     bool first, bool split)
{
    const char *text = part->text;

    if (part->quoted) {
        fields_add(fields, text, true);
        return;
    }
    if (first)
        text = add_tilde(fields, text, !part->next);
    if (fields->flags & FIELDS_COLONS)
        add_with_colons(fields, text, !part->next);
    else if (split)
        fields_add_value(fields, text, false);
    else
        fields_add(fields, text, false);
}

/* The text of an expression is expanded as if it stood in double quotes. */
static void add_arith(struct fields *fields, const struct part *part)
{
    char number[24];
    long long value = 0;
    const char *text = expand_string(part->word);

    if (sh.flow || !arith_evaluate(text, &value))
        return;
    snprintf(number, sizeof(number), "%lld", value);
    fields_add_value(fields, number, part->quoted);
}

void fields_add_parts(struct fields *fields, const struct part *parts,
                      bool split_text)
{
    for (const struct part *part = parts; part && !sh.flow; part = part->next) {
        switch (part->kind) {
        case PART_TEXT:
            add_text(fields, part, part == parts, split_text);
            break;
        case PART_PARAM:
            fields_add_param(fields, part);
            break;
        case PART_COMMAND:
            fields_add_value(fields, exec_substitute(part->body),
                             part->quoted);
            break;
        case PART_ARITH:
            add_arith(fields, part);
            break;
        }
    }
}

/* One string, whatever it is made of. */
static char *expand_one(const struct word *word, int flags)
{
    struct fields fields;

    fields_init(&fields, flags);
    fields_add_parts(&fields, word->parts, false);
    return buf_string(&fields.text);
}

char **expand_words(const struct word *words, int *count)
{
    static char *none[] = { NULL };
    struct fields fields;

    fields_init(&fields, FIELDS_SPLIT | FIELDS_ESCAPE);
    for (const struct word *word = words; word && !sh.flow; word = word->next) {
        if (word->assignment) {
            strings_add(&fields.done, expand_assignment(word));
            continue;
        }
        fields_add_parts(&fields, word->parts, false);
        fields_end(&fields);
        fields.after_space = false;
    }
    *count = fields.done.count;
    return *count ? fields.done.items : none;
}

char *expand_string(const struct word *word)
{
    return expand_one(word, 0);
}

char *expand_assignment(const struct word *word)
{
    return expand_one(word, FIELDS_COLONS);
}

char *expand_pattern(const struct word *word)
{
    return expand_one(word, FIELDS_ESCAPE);
}

char *expand_text(const char *text)
{
    struct parser parser = { .arena = sh.scratch };
    int status = sh.status;
    struct word *word = lex_here_text(&parser, text, 1);

    char *result = parser.failed ? "" : expand_string(word);
    sh.status = status;
    return result;
}
