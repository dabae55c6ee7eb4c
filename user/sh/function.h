#pragma once

#include <stdbool.h>

#include "user/sh/ast.h"

struct function;

/* Defines or replaces the function of a NODE_FUNCTION. Keeps its arena. */
void function_define(const struct node *node);
struct function *function_find(const char *name);
/* False if there is none. A call under way goes on. */
bool function_remove(const char *name);
/* Calls it with argv[1]... as parameters. Returns its status. */
int function_call(struct function *function, int argc, char **argv, int flags);
/* For completion. */
void function_each(void (*visit)(const char *name));
