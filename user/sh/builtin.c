/* The table of built-in commands, and help. */
#include "user/sh/builtin.h"

#include <stddef.h>
#include <string.h>

#include "user/sh/out.h"

#define SPECIAL(name, function, usage) \
    { name, builtin_##function, true, usage },
#define BUILTIN(name, function, usage) \
    { name, builtin_##function, false, usage },
static const struct builtin builtins[] = {
#include "user/sh/builtins.def"
};

#define COUNT (sizeof(builtins) / sizeof(*builtins))

const struct builtin *builtin_find(const char *name)
{
    for (size_t i = 0; i < COUNT; i++)
        if (strcmp(builtins[i].name, name) == 0)
            return &builtins[i];
    return NULL;
}

void builtin_each(void (*visit)(const char *name))
{
    for (size_t i = 0; i < COUNT; i++)
        visit(builtins[i].name);
}

int builtin_help(int argc, char **argv)
{
    (void)argc, (void)argv;
    out_string("Commands built into the shell:\n");
    for (size_t i = 0; i < COUNT; i++)
        out_printf("  %-10s %s\n", builtins[i].name, builtins[i].usage);
    out_string("Keys: Tab completes, ^R searches the history, ^C gives up "
               "the line, ^D ends.\n");
    return 0;
}

int builtin_true(int argc, char **argv)
{
    (void)argc, (void)argv;
    return 0;
}

int builtin_false(int argc, char **argv)
{
    (void)argc, (void)argv;
    return 1;
}
