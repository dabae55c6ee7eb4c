#pragma once

#include <stdbool.h>

#include "user/sh/ast.h"

/* How a command is run. */
enum {
    EXEC_TESTED = 1,    /* its status decides something: set -e is off */
    EXEC_LAST = 2,      /* this process ends after it: it need not fork */
};

/* Runs a tree and returns its status, which is also sh.status. NULL is an
 * empty command. */
int exec_node(const struct node *node, int flags);

/* simple.c: runs a command with its assignments and redirections. */
int exec_simple(const struct node *node, int flags);
/* The same for words already expanded, without functions: for `command`. */
int exec_argv(int argc, char **argv);
/* Replaces this process by the program, or exits with 126 or 127. */
_Noreturn void exec_program(char **argv);

/* Whether a command that comes last may take over this process: it may not
 * while traps are to be run after it. */
bool exec_may_replace(int flags);

/* Runs commands in a child and returns their output without the newlines at
 * its end, in sh.scratch. Sets $? and sh.subst_status. */
const char *exec_substitute(const struct node *body);
