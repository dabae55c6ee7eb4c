/* Parameters: $x, ${x...}, $@ and their like. */
#include "user/sh/param.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/sh/expand.h"
#include "user/sh/options.h"
#include "user/sh/out.h"
#include "user/sh/pattern.h"
#include "user/sh/shell.h"
#include "user/sh/utf8.h"
#include "user/sh/vars.h"

void params_set(char **argv, int count)
{
    char **copy = xmalloc((count + 1) * sizeof(*copy));

    for (int i = 0; i < count; i++)
        copy[i] = xstrdup(argv[i]);
    copy[count] = NULL;
    params_free(&sh.params);
    sh.params = (struct params){ copy, count, copy };
}

void params_free(struct params *params)
{
    for (char **at = params->owned; at && *at; at++)
        free(*at);
    free(params->owned);
    params->owned = NULL;
}

void params_shift(int n)
{
    sh.params.argv += n;
    sh.params.count -= n;
}

static char *number(long value)
{
    char text[24];

    snprintf(text, sizeof(text), "%ld", value);
    return arena_strdup(sh.scratch, text);
}

/* All positional parameters in one string. */
static char *join(const char *separator, size_t length)
{
    struct buf text;

    buf_init(&text, sh.scratch);
    for (int i = 0; i < sh.params.count; i++) {
        if (i > 0)
            buf_add(&text, separator, length);
        buf_add_string(&text, sh.params.argv[i]);
    }
    return buf_string(&text);
}

static const char *positional(const char *digits)
{
    long n = strtol(digits, NULL, 10);

    if (n == 0)
        return sh.name;
    return n <= sh.params.count ? sh.params.argv[n - 1] : NULL;
}

const char *param_value(const char *name)
{
    switch (*name) {
    case '@':
    case '*':
        return sh.params.count ? join(" ", 1) : NULL;
    case '#':
        return number(sh.params.count);
    case '?':
        return number(sh.status);
    case '-':
        return options_letters();
    case '$':
        return number(sh.pid);
    case '!':
        return sh.last_background ? number(sh.last_background) : NULL;
    }
    if (isdigit((unsigned char)*name))
        return positional(name);
    if (strcmp(name, "LINENO") == 0)
        return number(sh.line);
    return var_get(name);
}

static bool is_all(const struct part *part)
{
    return part->text[0] == '@' || part->text[0] == '*';
}

/* $@ and $*. Only a quoted $@ keeps the parameters apart as they are. */
static void add_all(struct fields *fields, const struct part *part)
{
    bool split = fields->flags & FIELDS_SPLIT;
    bool star = part->text[0] == '*';

    if (!split || (part->quoted && star)) {
        const char *separator = star ? fields->ifs : " ";

        fields_add(fields, join(separator, *separator != '\0'), part->quoted);
        return;
    }
    for (int i = 0; i < sh.params.count; i++) {
        if (i > 0)
            fields_end(fields);
        fields_add_value(fields, sh.params.argv[i], part->quoted);
    }
}

/* A value as it is, or nothing; that is an error under set -u. */
static void add_value(struct fields *fields, const struct part *part,
                      const char *value)
{
    if (is_all(part))
        add_all(fields, part);
    else if (value)
        fields_add_value(fields, value, part->quoted);
    else if (sh.opt[OPT_NOUNSET])
        sh_fail(2, "%s: parameter not set", part->text);
    else
        fields_add_value(fields, "", part->quoted);
}

static void add_length(struct fields *fields, const struct part *part,
                       const char *value)
{
    if (!value && !is_all(part) && sh.opt[OPT_NOUNSET])
        sh_fail(2, "%s: parameter not set", part->text);
    else if (is_all(part))
        fields_add_value(fields, number(sh.params.count), part->quoted);
    else
        fields_add_value(fields, number(value ? utf8_length(value) : 0),
                         part->quoted);
}

/* ${x=word}: sets x, and is then its value. */
static void assign(struct fields *fields, const struct part *part)
{
    const char *value = expand_string(part->word);

    if (sh.flow)
        return;
    if (!name_ok(part->text))
        sh_fail(2, "%s: cannot assign in this way", part->text);
    else if (var_set(part->text, value, 0) == 0)
        fields_add_value(fields, value, part->quoted);
}

/* ${x?word}: gives up with the word as the message. */
static void complain(const struct part *part)
{
    const char *text = expand_string(part->word);

    if (!*text)
        text = part->colon ? "parameter not set or null" : "parameter not set";
    if (!sh.flow)
        sh_fail(2, "%s: %s", part->text, text);
}

/* Cuts off the shortest or longest start that matches the pattern. */
static char *trim_prefix(const char *value, const char *pattern, bool longest)
{
    size_t length = strlen(value);

    for (size_t i = 0; i <= length; i++) {
        size_t cut = longest ? length - i : i;

        if (pattern_match(pattern, value, cut))
            return arena_strdup(sh.scratch, value + cut);
    }
    return arena_strdup(sh.scratch, value);
}

/* Cuts off the shortest or longest end that matches the pattern. */
static char *trim_suffix(const char *value, const char *pattern, bool longest)
{
    size_t length = strlen(value);

    for (size_t i = 0; i <= length; i++) {
        size_t keep = longest ? i : length - i;

        if (pattern_match(pattern, value + keep, length - keep))
            return arena_strndup(sh.scratch, value, keep);
    }
    return arena_strdup(sh.scratch, value);
}

static void add_trimmed(struct fields *fields, const struct part *part,
                        const char *value)
{
    const char *pattern = expand_pattern(part->word);
    bool longest = part->op == OP_LONG_PREFIX || part->op == OP_LONG_SUFFIX;
    bool prefix = part->op == OP_SHORT_PREFIX || part->op == OP_LONG_PREFIX;

    if (!value && sh.opt[OPT_NOUNSET])
        sh_fail(2, "%s: parameter not set", part->text);
    if (sh.flow)
        return;
    if (!value)
        value = "";
    fields_add_value(fields, prefix ? trim_prefix(value, pattern, longest)
                                    : trim_suffix(value, pattern, longest),
                     part->quoted);
}

void fields_add_param(struct fields *fields, const struct part *part)
{
    const char *value = param_value(part->text);
    bool usable = value && (*value || !part->colon);

    if (part->quoted && !(part->text[0] == '@' && part->op == OP_NONE))
        fields->open = true;
    switch (part->op) {
    case OP_NONE:
        add_value(fields, part, value);
        return;
    case OP_LENGTH:
        add_length(fields, part, value);
        return;
    case OP_ALTERNATE:
        if (usable)
            fields_add_parts(fields, part->word->parts, true);
        return;
    case OP_DEFAULT:
    case OP_ASSIGN:
    case OP_ERROR:
        if (usable)
            add_value(fields, part, value);
        else if (part->op == OP_DEFAULT)
            fields_add_parts(fields, part->word->parts, true);
        else if (part->op == OP_ASSIGN)
            assign(fields, part);
        else
            complain(part);
        return;
    default:
        add_trimmed(fields, part, value);
    }
}
