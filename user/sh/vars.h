#pragma once

#include <stdbool.h>
#include <stddef.h>

struct arena;

enum {
    VAR_EXPORT = 1,
    VAR_READONLY = 2,
};

/* How many characters at the start of the text are a name; 0 if none. */
size_t name_length(const char *text);
bool name_ok(const char *text);

/* Takes over the environment and sets what a shell always has. */
void vars_init(char **environment);

/* NULL if it is unset. Valid until the variable changes. */
const char *var_get(const char *name);
/* Sets a value, NULL for none, and adds flags. -1, with an error said and
 * the command line given up, if the variable is read-only. */
int var_set(const char *name, const char *value, int flags);
int var_set_number(const char *name, long value);
/* -1 as above. No error if there is none. */
int var_unset(const char *name);
int var_flags(const char *name);

/* Calls visit with each variable, in order of names. */
void var_each(void (*visit)(const char *name, const char *value, int flags));
/* The exported ones as NAME=value, for execve. */
char **var_environment(struct arena *arena);

/*
 * A function call, or a command with assignments before it: variables saved
 * in the innermost scope get their old state back when it is popped.
 */
struct scope {
    struct scope *outer;
    struct saved *saved;
};

void scope_push(struct scope *scope);
void scope_pop(void);
/* Saves the variable's state in the innermost scope, once. -1 without one. */
int scope_save(const char *name);
