/* Aliases: alias, unalias. */
#include "user/sh/alias.h"

#include <stdlib.h>
#include <string.h>

#include "user/sh/builtin.h"
#include "user/sh/mem.h"
#include "user/sh/out.h"

static struct alias *aliases;

struct alias *alias_find(const char *name)
{
    struct alias *alias = aliases;

    while (alias && strcmp(alias->name, name) != 0)
        alias = alias->next;
    return alias;
}

void alias_each(void (*visit)(const char *name))
{
    for (struct alias *alias = aliases; alias; alias = alias->next)
        visit(alias->name);
}

/* An alias keeps its place in the list, and its address, when its text
 * changes: insertions under way compare addresses. */
static void alias_set(const char *name, size_t length, const char *text)
{
    struct alias *alias = xmalloc(sizeof(*alias) + length + 1);

    memcpy(alias->name, name, length);
    alias->name[length] = '\0';
    struct alias *old = alias_find(alias->name);
    if (old) {
        free(alias);
        alias = old;
        free(alias->text);
    } else {
        alias->next = aliases;
        aliases = alias;
    }
    alias->text = xstrdup(text);
}

static void alias_print(const struct alias *alias)
{
    out_string("alias ");
    out_string(alias->name);
    out_char('=');
    out_quoted(alias->text);
    out_char('\n');
}

int builtin_alias(int argc, char **argv)
{
    int status = 0;

    if (argc == 1)
        for (struct alias *alias = aliases; alias; alias = alias->next)
            alias_print(alias);
    while (*++argv) {
        const char *equals = strchr(*argv, '=');
        const struct alias *alias;

        if (equals && equals > *argv) {
            alias_set(*argv, equals - *argv, equals + 1);
        } else if ((alias = alias_find(*argv))) {
            alias_print(alias);
        } else {
            sh_warn("alias: %s: not found", *argv);
            status = 1;
        }
    }
    return status;
}

static void remove_all(void)
{
    while (aliases) {
        struct alias *next = aliases->next;

        free(aliases->text);
        free(aliases);
        aliases = next;
    }
}

/* Status 1, with a message, if there is none. */
static int remove_one(const char *name)
{
    struct alias **link = &aliases;

    while (*link && strcmp((*link)->name, name) != 0)
        link = &(*link)->next;
    if (!*link) {
        sh_warn("unalias: %s: not found", name);
        return 1;
    }
    struct alias *gone = *link;
    *link = gone->next;
    free(gone->text);
    free(gone);
    return 0;
}

int builtin_unalias(int argc, char **argv)
{
    int status = 0;

    if (argc > 1 && strcmp(argv[1], "-a") == 0) {
        remove_all();
        return 0;
    }
    while (*++argv)
        status |= remove_one(*argv);
    return status;
}
