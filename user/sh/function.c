/* Shell functions. */
#include "user/sh/function.h"

#include <stdlib.h>
#include <string.h>

#include "user/sh/exec.h"
#include "user/sh/mem.h"
#include "user/sh/param.h"
#include "user/sh/shell.h"
#include "user/sh/vars.h"

struct function {
    struct function *next;
    const struct node *node;
    struct arena *home;         /* a reference: where node lives */
};

static struct function *functions;

static struct function **find_link(const char *name)
{
    struct function **link = &functions;

    while (*link && strcmp((*link)->node->name, name) != 0)
        link = &(*link)->next;
    return link;
}

struct function *function_find(const char *name)
{
    return *find_link(name);
}

bool function_remove(const char *name)
{
    struct function **link = find_link(name);
    struct function *gone = *link;

    if (!gone)
        return false;
    *link = gone->next;
    arena_put(gone->home);
    free(gone);
    return true;
}

void function_define(const struct node *node)
{
    struct function *function = xmalloc(sizeof(*function));

    function->node = node;
    function->home = arena_get(node->home);
    function_remove(node->name);
    function->next = functions;
    functions = function;
}

void function_each(void (*visit)(const char *name))
{
    struct function *function = functions;

    for (; function; function = function->next)
        visit(function->node->name);
}

/* The call holds the tree, so that the body may redefine its function. */
int function_call(struct function *function, int argc, char **argv, int flags)
{
    struct arena *home = arena_get(function->home);
    struct params params = sh.params;
    struct scope scope;
    int loops = sh.loops;

    sh.params = (struct params){ argv + 1, argc - 1, NULL };
    sh.loops = 0;
    sh.calls++;
    scope_push(&scope);
    exec_node(function->node->body, flags & EXEC_TESTED);
    scope_pop();
    sh.calls--;
    sh.loops = loops;
    params_free(&sh.params);
    sh.params = params;
    if (sh.flow == FLOW_RETURN)
        sh.flow = FLOW_NONE;
    arena_put(home);
    return sh.status;
}
