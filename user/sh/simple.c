/* Simple commands: builtins, functions, programs. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/sh/builtin.h"
#include "user/sh/exec.h"
#include "user/sh/expand.h"
#include "user/sh/function.h"
#include "user/sh/jobs.h"
#include "user/sh/out.h"
#include "user/sh/path.h"
#include "user/sh/redir.h"
#include "user/sh/shell.h"
#include "user/sh/vars.h"

/* A simple command after expansion. */
struct command {
    const struct node *node;
    int argc;
    char **argv;
    int flags;
};

/* set -x: prints $PS4 and the words, the assignments first. */
static void trace(const struct strings *assigns, const struct command *command)
{
    const char *prefix = var_get("PS4");
    const char *separator = prefix ? expand_text(prefix) : "";
    struct buf line;

    buf_init(&line, sh.scratch);
    for (size_t i = 0; i < assigns->count + command->argc; i++) {
        size_t word = i - assigns->count;

        buf_add_string(&line, separator);
        buf_add_string(&line, i < assigns->count ? assigns->items[i]
                                                 : command->argv[word]);
        separator = " ";
    }
    if (line.length == 0)
        return;
    buf_put(&line, '\n');
    write_all(STDERR_FILENO, line.data, line.length);
}

static char *assignment_text(const char *name, const char *value)
{
    struct buf text;

    buf_init(&text, sh.scratch);
    buf_add_string(&text, name);
    buf_put(&text, '=');
    buf_add_string(&text, value);
    return buf_string(&text);
}

/* Makes the assignments, one after the other. In a scope they are undone at
 * its end, and what runs inside sees them in its environment. */
static int assign_all(const struct command *command, bool scoped)
{
    const struct assign *assign = command->node->assigns;
    struct strings traced = { .arena = sh.scratch };

    for (; assign; assign = assign->next) {
        const char *value = expand_assignment(assign->value);

        if (sh.flow)
            return -1;
        if (scoped)
            scope_save(assign->name);
        if (var_set(assign->name, value, scoped ? VAR_EXPORT : 0) < 0)
            return -1;
        if (sh.opt[OPT_XTRACE])
            strings_add(&traced, assignment_text(assign->name, value));
    }
    if (sh.opt[OPT_XTRACE])
        trace(&traced, command);
    return 0;
}

/* A command without words: assignments, and redirections for their effect. */
static int run_empty(const struct command *command)
{
    struct saved_fd *saved = NULL;
    int failed = redirs_apply(command->node->redirs, &saved) < 0;

    redirs_restore(saved);
    if (!sh.flow)
        assign_all(command, false);
    return sh.flow ? sh.status : failed ? 1 : sh.subst_status;
}

/* Its output is written here, while its redirections are in force. */
static int run_builtin(const struct builtin *builtin, int argc, char **argv)
{
    int status = builtin->run(argc, argv);
    int error = out_flush();

    if (error < 0 && status == 0) {
        sh_warn("%s: write error: %s", argv[0], strerror(-error));
        status = 1;
    }
    return sh.flow ? sh.status : status;
}

/* An error in the redirections of a special builtin ends a script. */
static int run_builtin_command(const struct command *command,
                               const struct builtin *builtin)
{
    bool lasting = builtin->run == builtin_exec && command->argc == 1;
    struct saved_fd *saved = NULL;
    bool tested = sh.tested;
    int status = 1;

    if (redirs_apply(command->node->redirs, &saved) == 0) {
        sh.tested = command->flags & EXEC_TESTED;
        status = run_builtin(builtin, command->argc, command->argv);
        sh.tested = tested;
        if (lasting) {
            redirs_keep(saved);
            return status;
        }
    } else if (builtin->special && !sh.flow) {
        sh.status = status = 2;
        sh.flow = FLOW_ERROR;
    }
    redirs_restore(saved);
    return sh.flow ? sh.status : status;
}

static int run_function(const struct command *command,
                        struct function *function)
{
    struct saved_fd *saved = NULL;
    int status = 1;

    if (redirs_apply(command->node->redirs, &saved) == 0)
        status = function_call(function, command->argc, command->argv,
                               command->flags);
    redirs_restore(saved);
    return sh.flow ? sh.status : status;
}

/* In a process of its own, or in this one if nothing comes after it. */
static int run_program(const struct command *command)
{
    if (!exec_may_replace(command->flags)) {
        struct job *job = job_create(command->node->source, false);

        if (job_fork(job) != 0)
            return job_wait(job);
    }
    if (redirs_apply(command->node->redirs, NULL) < 0)
        _exit(sh.flow ? sh.status : 1);
    exec_program(command->argv);
}

/* Functions come before builtins; special builtins never get here. */
static int run_named(const struct command *command,
                     const struct builtin *builtin)
{
    struct function *function = function_find(command->argv[0]);

    if (function)
        return run_function(command, function);
    if (builtin)
        return run_builtin_command(command, builtin);
    return run_program(command);
}

/* Assignments before a special builtin last, before others they do not. */
static int run_command(const struct command *command)
{
    const struct builtin *builtin = builtin_find(command->argv[0]);
    struct scope scope;
    int status;

    if (builtin && builtin->special) {
        if (assign_all(command, false) < 0)
            return sh.status;
        return run_builtin_command(command, builtin);
    }
    if (!command->node->assigns && !sh.opt[OPT_XTRACE])
        return run_named(command, builtin);
    scope_push(&scope);
    if (assign_all(command, true) < 0)
        status = sh.status;
    else
        status = run_named(command, builtin);
    scope_pop();
    return status;
}

int exec_simple(const struct node *node, int flags)
{
    struct mark mark = arena_mark(sh.scratch);
    struct command command = { .node = node, .flags = flags };
    int status = sh.status;

    sh.subst_status = 0;
    command.argv = expand_words(node->words, &command.argc);
    if (!sh.flow)
        status = command.argc ? run_command(&command) : run_empty(&command);
    arena_release(sh.scratch, mark);
    return sh.flow ? sh.status : status;
}

int exec_argv(int argc, char **argv)
{
    const struct builtin *builtin = builtin_find(argv[0]);

    if (builtin) {
        int status = run_builtin(builtin, argc, argv);
        if (sh.flow == FLOW_ERROR)
            sh.flow = FLOW_NONE;
        return status;
    }
    struct job *job = job_create(argv[0], false);
    if (job_fork(job) != 0)
        return job_wait(job);
    exec_program(argv);
}

/* Whether a file that the kernel does not run is text, and so a script. */
static bool is_script(const char *path)
{
    char start[128];
    int fd = open(path, O_RDONLY);

    if (fd < 0)
        return false;
    ssize_t n = read(fd, start, sizeof(start));
    close(fd);
    return n >= 0 && !memchr(start, '\0', n);
}

/* A text file without #! is this shell's own. */
static void exec_script(char *path, char **argv, char **environment)
{
    struct strings args = { .arena = sh.scratch };

    strings_add(&args, (char *)sh.name);
    strings_add(&args, path);
    while (*++argv)
        strings_add(&args, *argv);
    execve(sh.path, args.items, environment);
}

/* Tries one file. Returns only if it cannot be run, with errno. */
static void try_exec(char *path, char **argv, char **environment)
{
    execve(path, argv, environment);
    if (errno != ENOEXEC)
        return;
    if (is_script(path))
        exec_script(path, argv, environment);
    errno = ENOEXEC;
}

void exec_program(char **argv)
{
    char **environment = var_environment(sh.scratch);
    const char *dirs = var_get("PATH");
    int error = ENOENT;
    char *path;

    out_flush();
    if (strchr(argv[0], '/')) {
        try_exec(argv[0], argv, environment);
        error = errno;
    } else {
        while (*argv[0] && (path = path_next(&dirs, argv[0]))) {
            try_exec(path, argv, environment);
            if (errno != ENOENT && errno != ENOTDIR)
                error = errno;
        }
    }
    if (error == ENOENT || error == ENOTDIR) {
        sh_warn("%s: not found", argv[0]);
        _exit(127);
    }
    struct stat st;
    bool directory = stat(argv[0], &st) == 0 && S_ISDIR(st.st_mode);
    sh_warn("%s: %s", argv[0], strerror(directory ? EISDIR : error));
    _exit(126);
}
