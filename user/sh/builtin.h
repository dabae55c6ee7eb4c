#pragma once

#include <stdbool.h>

/* A command that the shell runs itself. Its output goes through out.h. */
struct builtin {
    const char *name;
    int (*run)(int argc, char **argv);
    bool special;               /* POSIX's special ones: an error ends a
                                 * script, assignments before them stay */
    const char *usage;
};

const struct builtin *builtin_find(const char *name);
/* For completion. */
void builtin_each(void (*visit)(const char *name));

/* The functions, one for each line of the list. */
#define SPECIAL(name, function, usage) \
    int builtin_##function(int argc, char **argv);
#define BUILTIN(name, function, usage) \
    int builtin_##function(int argc, char **argv);
#include "user/sh/builtins.def"
#undef SPECIAL
#undef BUILTIN
