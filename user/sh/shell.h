#pragma once

#include <stdbool.h>
#include <sys/types.h>

/* Why execution is on its way out of the tree it walks. Each node checks it
 * and returns; the one it is meant for sets it back to FLOW_NONE. */
enum flow {
    FLOW_NONE,
    FLOW_BREAK,         /* to the flow_count-th loop around */
    FLOW_CONTINUE,
    FLOW_RETURN,        /* to the function or dot script around */
    FLOW_EXIT,          /* out of this process, with sh.status */
    FLOW_ERROR,         /* to the prompt, or out of a script */
    FLOW_INTERRUPT,     /* the same, by SIGINT */
};

enum option {
    OPT_ALLEXPORT,
    OPT_NOCLOBBER,
    OPT_ERREXIT,
    OPT_NOGLOB,
    OPT_MONITOR,
    OPT_NOEXEC,
    OPT_NOUNSET,
    OPT_VERBOSE,
    OPT_XTRACE,
    OPT_PIPEFAIL,
    OPT_COUNT,
};

/* The positional parameters of the script or of one function call. */
struct params {
    char **argv;        /* $1 is argv[0] */
    int count;
    char **owned;       /* what `set --` allocated, or NULL */
};

/* What the whole shell knows. */
struct shell {
    /* set at start, then constant */
    const char *name;           /* $0 */
    const char *path;           /* the shell's own file, to run scripts by */
    bool at_prompt;             /* commands are typed at a prompt */
    pid_t pid;                  /* $$, the same in subshells */
    struct arena *scratch;      /* expansions; each command releases its own */

    /* the running state */
    bool interactive;           /* false in every child */
    bool subshell;              /* this process is a forked copy */
    bool opt[OPT_COUNT];
    bool tested;                /* the builtin that runs is: set -e is off */
    int status;                 /* $? */
    int subst_status;           /* of the last command substitution */
    int line;                   /* of the command that runs */
    enum flow flow;
    int flow_count;
    int loops;                  /* loops around, in this function */
    int calls;                  /* functions and dot scripts around */
    pid_t last_background;      /* $!, 0 before the first */
    struct params params;
};

extern struct shell sh;

/* True when the C stack is nearly used up: whoever recurses on what the
 * user wrote asks, and fails with an error instead of a crash. */
bool too_deep(void);

/* Parses and runs all of a text (eval, trap, -c) or a file (a script, dot)
 * in this process. The status of the last command, 0 if there was none. */
int run_string(const char *text, int line);
int run_file(int fd);

/* Runs the EXIT trap and ends this process with sh.status. */
_Noreturn void shell_exit(void);
