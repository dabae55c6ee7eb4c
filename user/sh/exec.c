/* Execution of everything but simple commands. */
#include "user/sh/exec.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "user/sh/expand.h"
#include "user/sh/function.h"
#include "user/sh/jobs.h"
#include "user/sh/out.h"
#include "user/sh/pattern.h"
#include "user/sh/redir.h"
#include "user/sh/shell.h"
#include "user/sh/trap.h"
#include "user/sh/vars.h"

bool exec_may_replace(int flags)
{
    return (flags & EXEC_LAST) && !sh.interactive && !trap_any();
}

static _Noreturn void run_child(const struct node *node, int flags)
{
    exec_node(node, (flags & EXEC_TESTED) | EXEC_LAST);
    shell_exit();
}

static void move_fd(int from, int to)
{
    if (from == to || from < 0)
        return;
    dup2(from, to);
    close(from);
}

/* One end of a pipeline's pipes as a child sees them; -1 for none. */
struct plumbing {
    int input;
    int output;
    int unused;         /* the read end of its output's pipe */
};

/* In the child: its pipes become standard input and output. */
static _Noreturn void run_element(const struct node *node,
                                  const struct plumbing *pipes, int flags)
{
    if (pipes->unused >= 0)
        close(pipes->unused);
    move_fd(pipes->input, STDIN_FILENO);
    move_fd(pipes->output, STDOUT_FILENO);
    run_child(node, flags);
}

/* Starts the commands of a pipeline, or one command of another kind. */
static struct job *launch(const struct node *node, bool background, int flags)
{
    bool piped = node->kind == NODE_PIPE;
    const struct node *element = piped ? node->body : node;
    struct job *job = job_create(node->source, background);
    int input = -1;

    while (element && !sh.flow) {
        const struct node *next = piped ? element->next : NULL;
        int ends[2] = { -1, -1 };

        if (next && pipe(ends) < 0) {
            sh_fail(2, "cannot make a pipe: %s", strerror(errno));
            break;
        }
        if (job_fork(job) == 0) {
            struct plumbing pipes = { input, ends[1], ends[0] };
            run_element(element, &pipes, flags);
        }
        if (input >= 0)
            close(input);
        if (next)
            close(ends[1]);
        input = ends[0];
        element = next;
    }
    if (input >= 0)
        close(input);
    return job;
}

static int exec_pipe(const struct node *node, int flags)
{
    return job_wait(launch(node, false, flags));
}

static int exec_background(const struct node *node, int flags)
{
    (void)flags;
    job_announce(launch(node->body, true, 0));
    return 0;
}

static int exec_not(const struct node *node, int flags)
{
    (void)flags;
    return !exec_node(node->body, EXEC_TESTED);
}

static int exec_and(const struct node *node, int flags)
{
    int status = exec_node(node->left, EXEC_TESTED);

    return status || sh.flow ? status : exec_node(node->right, flags);
}

static int exec_or(const struct node *node, int flags)
{
    int status = exec_node(node->left, EXEC_TESTED);

    return !status || sh.flow ? status : exec_node(node->right, flags);
}

static int exec_sequence(const struct node *node, int flags)
{
    const struct node *command = node->body;

    for (; command->next && !sh.flow; command = command->next)
        exec_node(command, flags & ~EXEC_LAST);
    return sh.flow ? sh.status : exec_node(command, flags);
}

static int exec_group(const struct node *node, int flags)
{
    return exec_node(node->body, flags);
}

/* A subshell that is the last thing in its process needs no other. */
static int exec_subshell(const struct node *node, int flags)
{
    if (exec_may_replace(flags))
        return exec_node(node->body, flags);
    struct job *job = job_create(node->source, false);
    if (job_fork(job) == 0)
        run_child(node->body, flags);
    return job_wait(job);
}

static int exec_if(const struct node *node, int flags)
{
    int status = exec_node(node->test, EXEC_TESTED);

    if (sh.flow)
        return status;
    if (status == 0)
        return exec_node(node->then, flags);
    return node->otherwise ? exec_node(node->otherwise, flags) : 0;
}

/* After a loop's body or test: whether the loop goes on. Takes note of the
 * break or continue that was meant for this loop. */
static bool loop_goes_on(void)
{
    bool goes_on = sh.flow == FLOW_CONTINUE;

    if (sh.flow != FLOW_BREAK && sh.flow != FLOW_CONTINUE)
        return sh.flow == FLOW_NONE;
    if (--sh.flow_count > 0)
        return false;
    sh.flow = FLOW_NONE;
    return goes_on;
}

/* The status is the last body's, or 0; of a break, what break left. */
static int exec_while(const struct node *node, int flags)
{
    bool wanted = node->kind == NODE_WHILE;
    int status = 0;

    flags &= ~EXEC_LAST;
    sh.loops++;
    for (;;) {
        bool true_test = exec_node(node->test, EXEC_TESTED) == 0;

        if (sh.flow && !loop_goes_on()) {
            status = sh.status;
            break;
        }
        if (true_test != wanted)
            break;
        status = exec_node(node->then, flags);
        if (!loop_goes_on())
            break;
    }
    sh.loops--;
    return status;
}

/* Words stay in scratch memory while the body runs; commands in it release
 * only what is their own. */
static int exec_for(const struct node *node, int flags)
{
    struct mark mark = arena_mark(sh.scratch);
    int count = sh.params.count;
    char **words = sh.params.argv;
    int status = 0;

    flags &= ~EXEC_LAST;
    if (node->has_list) {
        words = expand_words(node->list, &count);
    } else if (count) {
        /* a copy: the body may shift or set */
        char **copy = arena_alloc(sh.scratch, count * sizeof(*copy));
        for (int i = 0; i < count; i++)
            copy[i] = arena_strdup(sh.scratch, words[i]);
        words = copy;
    }
    sh.loops++;
    for (int i = 0; i < count && !sh.flow; i++) {
        if (var_set(node->variable, words[i], 0) < 0)
            break;
        status = exec_node(node->loop, flags);
        if (!loop_goes_on())
            break;
    }
    sh.loops--;
    arena_release(sh.scratch, mark);
    return sh.flow ? sh.status : status;
}

/* Patterns are expanded one by one, and none after the one that matches. */
static bool case_matches(const struct case_item *item, const char *subject)
{
    for (const struct word *word = item->patterns; word && !sh.flow;
         word = word->next) {
        const char *pattern = expand_pattern(word);

        if (!sh.flow && pattern_match(pattern, subject, strlen(subject)))
            return true;
    }
    return false;
}

static int exec_case(const struct node *node, int flags)
{
    struct mark mark = arena_mark(sh.scratch);
    const char *subject = expand_string(node->subject);
    const struct case_item *item = node->items;

    while (item && !sh.flow && !case_matches(item, subject))
        item = item->next;
    arena_release(sh.scratch, mark);
    if (sh.flow)
        return sh.status;
    return item && item->body ? exec_node(item->body, flags) : 0;
}

static int exec_define(const struct node *node, int flags)
{
    (void)flags;
    function_define(node);
    return 0;
}

static int (*const run[NODE_KINDS])(const struct node *node, int flags) = {
    [NODE_SIMPLE] = exec_simple,
    [NODE_PIPE] = exec_pipe,
    [NODE_NOT] = exec_not,
    [NODE_AND] = exec_and,
    [NODE_OR] = exec_or,
    [NODE_SEQUENCE] = exec_sequence,
    [NODE_BACKGROUND] = exec_background,
    [NODE_SUBSHELL] = exec_subshell,
    [NODE_GROUP] = exec_group,
    [NODE_IF] = exec_if,
    [NODE_WHILE] = exec_while,
    [NODE_UNTIL] = exec_while,
    [NODE_FOR] = exec_for,
    [NODE_CASE] = exec_case,
    [NODE_FUNCTION] = exec_define,
};

/* A compound command with its redirections around it. */
static int run_redirected(const struct node *node, int flags)
{
    struct mark mark = arena_mark(sh.scratch);
    struct saved_fd *saved = NULL;
    int status = 1;

    if (redirs_apply(node->redirs, &saved) == 0)
        status = run[node->kind](node, flags & ~EXEC_LAST);
    redirs_restore(saved);
    arena_release(sh.scratch, mark);
    return sh.flow ? sh.status : status;
}

/* set -e looks at what can fail by itself, not at what only passes on the
 * status of a command inside, which was looked at there. */
static bool fails_by_itself(const struct node *node)
{
    return node->kind == NODE_SIMPLE || node->kind == NODE_PIPE
           || node->kind == NODE_SUBSHELL || node->redirs;
}

int exec_node(const struct node *node, int flags)
{
    bool compound = node && node->redirs && node->kind != NODE_SIMPLE;

    if (sh.flow || sh.opt[OPT_NOEXEC])
        return sh.status;
    if (!node)
        return sh.status = 0;
    if (too_deep()) {
        sh_fail(2, "too much nesting");
        return sh.status;
    }
    sh.line = node->line;
    sh.status = (compound ? run_redirected : run[node->kind])(node, flags);
    if (sh.status && sh.opt[OPT_ERREXIT] && !(flags & EXEC_TESTED) && !sh.flow
        && fails_by_itself(node))
        sh.flow = FLOW_EXIT;
    if (trap_pending)
        trap_run_pending();
    return sh.status;
}

/* All that can be read from the descriptor. */
static void read_all(int fd, struct buf *text)
{
    char block[1024];

    for (;;) {
        ssize_t n = read(fd, block, sizeof(block));

        if (n == 0 || (n < 0 && errno != EINTR))
            return;
        for (ssize_t i = 0; i < n; i++)
            if (block[i])
                buf_put(text, block[i]);
    }
}

const char *exec_substitute(const struct node *body)
{
    struct buf text;
    int ends[2];

    if (pipe(ends) < 0) {
        sh_fail(2, "cannot make a pipe: %s", strerror(errno));
        return "";
    }
    struct job *job = job_create(NULL, false);
    if (job_fork_inside(job) == 0) {
        struct plumbing pipes = { -1, ends[1], ends[0] };
        run_element(body, &pipes, 0);
    }
    close(ends[1]);
    buf_init(&text, sh.scratch);
    read_all(ends[0], &text);
    close(ends[0]);
    sh.status = sh.subst_status = job_wait(job);
    while (text.length && text.data[text.length - 1] == '\n')
        text.length--;
    return buf_string(&text);
}
