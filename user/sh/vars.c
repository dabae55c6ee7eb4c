/* Variables, and the scopes that give them back their old values. */
#include "user/sh/vars.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/sh/cwd.h"
#include "user/sh/mem.h"
#include "user/sh/out.h"
#include "user/sh/shell.h"

#define BUCKETS 64

/* Lives on unset, without a value, while it has flags. */
struct var {
    struct var *next;
    char *value;
    int flags;
    char name[];
};

struct saved {
    struct saved *next;
    char *value;
    int flags;
    char name[];
};

static struct var *table[BUCKETS];
static struct scope *innermost;

size_t name_length(const char *text)
{
    size_t length = 0;

    if (isdigit((unsigned char)*text))
        return 0;
    while (isalnum((unsigned char)text[length]) || text[length] == '_')
        length++;
    return length;
}

bool name_ok(const char *text)
{
    size_t length = name_length(text);

    return length > 0 && text[length] == '\0';
}

static struct var **bucket(const char *name)
{
    unsigned hash = 0;

    while (*name)
        hash = hash * 31 + (unsigned char)*name++;
    return &table[hash % BUCKETS];
}

static struct var *find(const char *name)
{
    struct var *var = *bucket(name);

    while (var && strcmp(var->name, name) != 0)
        var = var->next;
    return var;
}

static struct var *find_or_add(const char *name)
{
    struct var *var = find(name);

    if (var)
        return var;
    var = xmalloc(sizeof(*var) + strlen(name) + 1);
    strcpy(var->name, name);
    var->value = NULL;
    var->flags = 0;
    var->next = *bucket(name);
    *bucket(name) = var;
    return var;
}

static void remove_var(struct var *var)
{
    struct var **link = bucket(var->name);

    while (*link != var)
        link = &(*link)->next;
    *link = var->next;
    free(var->value);
    free(var);
}

const char *var_get(const char *name)
{
    struct var *var = find(name);

    return var ? var->value : NULL;
}

int var_flags(const char *name)
{
    struct var *var = find(name);

    return var ? var->flags : 0;
}

int var_set(const char *name, const char *value, int flags)
{
    struct var *var = find_or_add(name);

    if (value && (var->flags & VAR_READONLY)) {
        sh_fail(2, "%s: is read only", name);
        return -1;
    }
    if (value) {
        char *copy = xstrdup(value);
        free(var->value);
        var->value = copy;
    }
    if (sh.opt[OPT_ALLEXPORT] && value)
        flags |= VAR_EXPORT;
    var->flags |= flags;
    return 0;
}

int var_set_number(const char *name, long value)
{
    char text[24];

    snprintf(text, sizeof(text), "%ld", value);
    return var_set(name, text, 0);
}

int var_unset(const char *name)
{
    struct var *var = find(name);

    if (!var)
        return 0;
    if (var->flags & VAR_READONLY) {
        sh_fail(2, "%s: is read only", name);
        return -1;
    }
    remove_var(var);
    return 0;
}

static int compare_vars(const void *left, const void *right)
{
    return strcmp((*(struct var *const *)left)->name,
                  (*(struct var *const *)right)->name);
}

/* All variables, sorted; the array is NULL-terminated and malloc'ed. */
static struct var **sorted_vars(void)
{
    struct var **list = NULL;
    size_t count = 0;

    for (int i = 0; i < BUCKETS; i++)
        for (struct var *var = table[i]; var; var = var->next) {
            list = xrealloc(list, (count + 2) * sizeof(*list));
            list[count++] = var;
        }
    list = xrealloc(list, (count + 1) * sizeof(*list));
    list[count] = NULL;
    qsort(list, count, sizeof(*list), compare_vars);
    return list;
}

void var_each(void (*visit)(const char *name, const char *value, int flags))
{
    struct var **list = sorted_vars();

    for (struct var **at = list; *at; at++)
        visit((*at)->name, (*at)->value, (*at)->flags);
    free(list);
}

char **var_environment(struct arena *arena)
{
    struct var **list = sorted_vars();
    size_t count = 0;

    while (list[count])
        count++;
    char **environment = arena_alloc(arena, (count + 1) * sizeof(char *));
    char **out = environment;
    for (struct var **at = list; *at; at++) {
        struct buf text;

        if (!((*at)->flags & VAR_EXPORT) || !(*at)->value)
            continue;
        buf_init(&text, arena);
        buf_add_string(&text, (*at)->name);
        buf_put(&text, '=');
        buf_add_string(&text, (*at)->value);
        *out++ = buf_string(&text);
    }
    free(list);
    return environment;
}

/* Names that no script could use are dropped from the environment. */
static void import(char *entry)
{
    size_t length = name_length(entry);

    if (length == 0 || entry[length] != '=')
        return;
    entry[length] = '\0';
    var_set(entry, entry + length + 1, VAR_EXPORT);
    entry[length] = '=';
}

void vars_init(char **environment)
{
    while (*environment)
        import(*environment++);
    var_set("IFS", " \t\n", 0);
    var_set("PS4", "+ ", 0);
    var_set("OPTIND", "1", 0);
    var_set_number("PPID", getppid());
    if (!var_get("PATH"))
        var_set("PATH", "/bin:/usr/bin:/sbin:/usr/sbin", VAR_EXPORT);
    cwd_init();
}

void scope_push(struct scope *scope)
{
    scope->outer = innermost;
    scope->saved = NULL;
    innermost = scope;
}

/* Also a variable that was not set before: it goes. */
static void restore(struct saved *saved)
{
    struct var *var = find_or_add(saved->name);

    free(var->value);
    var->value = saved->value;
    var->flags = saved->flags;
    if (!var->value && !var->flags)
        remove_var(var);
    free(saved);
}

void scope_pop(void)
{
    struct saved *saved = innermost->saved;

    innermost = innermost->outer;
    while (saved) {
        struct saved *next = saved->next;

        restore(saved);
        saved = next;
    }
}

int scope_save(const char *name)
{
    const struct var *var = find(name);

    if (!innermost)
        return -1;
    for (struct saved *saved = innermost->saved; saved; saved = saved->next)
        if (strcmp(saved->name, name) == 0)
            return 0;
    struct saved *saved = xmalloc(sizeof(*saved) + strlen(name) + 1);
    strcpy(saved->name, name);
    saved->value = var && var->value ? xstrdup(var->value) : NULL;
    saved->flags = var ? var->flags : 0;
    saved->next = innermost->saved;
    innermost->saved = saved;
    return 0;
}
