/* The shell: its arguments, and the loop that reads and runs commands. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "user/sh/exec.h"
#include "user/sh/expand.h"
#include "user/sh/jobs.h"
#include "user/sh/mem.h"
#include "user/sh/options.h"
#include "user/sh/out.h"
#include "user/sh/param.h"
#include "user/sh/parse.h"
#include "user/sh/prompt.h"
#include "user/sh/redir.h"
#include "user/sh/shell.h"
#include "user/sh/trap.h"
#include "user/sh/vars.h"

#define STACK_MAX (4 << 20)

extern char **environ;

struct shell sh;

static uintptr_t stack_top;
static size_t stack_usable;

bool too_deep(void)
{
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);

    return stack_top - here > stack_usable;
}

/* Half of the stack may be used for recursion, within reason. */
static void stack_init(void)
{
    struct rlimit limit;

    stack_top = (uintptr_t)__builtin_frame_address(0);
    stack_usable = STACK_MAX;
    if (getrlimit(RLIMIT_STACK, &limit) == 0
        && limit.rlim_cur / 2 < stack_usable)
        stack_usable = limit.rlim_cur / 2;
}

/* After a command at the prompt: errors and ^C only gave up its line. */
static void recover(struct source *source)
{
    if (sh.flow == FLOW_EXIT)
        return;
    if (sh.flow)
        source_drop_line(source);
    sh.flow = FLOW_NONE;
    sh.loops = 0;
}

/* False if there was nothing to run. */
static bool run_one(struct parser *parser, int flags)
{
    struct source *source = parser->source;
    struct node *node = parse_command(parser);

    /* a tree's last command may take over the process if no text follows */
    if (source->fill || source->at < source->end)
        flags &= ~EXEC_LAST;
    if (source->interrupted) {
        sh.status = 130;
        sh.flow = FLOW_INTERRUPT;
    } else if (parser->failed) {
        sh.status = 2;
        sh.flow = FLOW_ERROR;
    } else if (node) {
        exec_node(node, flags);
    }
    return node || sh.flow;
}

/* Reads and runs commands until the end, or until one unwinds further. The
 * status of the last one, or 0 if there was none. */
static int run_source(struct source *source, int flags, bool prompting)
{
    bool more = true, ran = false;

    while (more && !sh.flow) {
        struct arena *arena = arena_create();
        struct parser parser = { .source = source, .arena = arena };

        source_begin(source, arena);
        if (prompting)
            jobs_report();
        ran |= run_one(&parser, flags);
        more = parser.token.kind != TOKEN_END || sh.flow;
        arena_put(arena);
        if (prompting)
            recover(source);
    }
    return ran ? sh.status : 0;
}

int run_string(const char *text, int line)
{
    struct source source;

    source_init_string(&source, text);
    source.line = line;
    return run_source(&source, sh.tested ? EXEC_TESTED : 0, false);
}

int run_file(int fd)
{
    struct source source;

    source_init_file(&source, fd);
    int status = run_source(&source, sh.tested ? EXEC_TESTED : 0, false);
    source_close(&source);
    return status;
}

void shell_exit(void)
{
    sh.tested = false;
    trap_exit();
    out_flush();
    _exit(sh.status);
}

/* A start-up file; it is no error if there is none. */
static void run_startup(const char *path)
{
    int fd = path ? open(path, O_RDONLY) : -1;

    if (fd < 0)
        return;
    run_file(fd_hide(fd));
    if (sh.flow != FLOW_EXIT)
        sh.flow = FLOW_NONE;
}

static void run_startups(bool login)
{
    if (login) {
        run_startup("/etc/profile");
        run_startup(expand_text("$HOME/.profile"));
    }
    if (sh.interactive && var_get("ENV"))
        run_startup(expand_text(var_get("ENV")));
}

/* ^D does not leave stopped jobs behind; `exit` does. */
static void run_interactive(void)
{
    struct source source;

    trap_own_signals();
    jobs_start_control(false);
    prompt_init_source(&source);
    for (;;) {
        run_source(&source, 0, true);
        if (sh.flow == FLOW_EXIT || !jobs_any_stopped())
            break;
        sh_warn("there are stopped jobs");
        jobs_report();
        sh.flow = FLOW_NONE;
    }
    source_close(&source);
}

static _Noreturn void usage(void)
{
    out_string(
        "Usage: sh [OPTIONS] [FILE [ARG...]]\n"
        "       sh [OPTIONS] -c COMMAND [NAME [ARG...]]\n"
        "       sh [OPTIONS] -s [ARG...]\n"
        "The Larch shell runs commands from a file, a string or its input.\n"
        "  -c  run COMMAND     -s  read standard input   -i  be interactive\n"
        "  -l  be a login shell: read /etc/profile and ~/.profile first\n"
        "  -a  export all variables       -C  > does not overwrite files\n"
        "  -e  exit when a command fails  -f  no file name patterns\n"
        "  -m  job control                -n  parse only\n"
        "  -u  unset variables are errors -v  print lines read\n"
        "  -x  print commands run         -o NAME  the same by name\n"
        "PS1 and PS2 are the prompts: $x is expanded, \\w is the directory,\n"
        "\\u the user, \\h the host, \\$ a # for root, \\e an escape.\n"
        "Type help at the prompt for the built-in commands.\n");
    out_flush();
    _exit(0);
}

/* What the arguments ask for. */
struct invocation {
    bool command;               /* -c */
    bool input;                 /* -s */
    bool interactive;           /* -i */
    bool login;                 /* -l, or a name that begins with - */
    char **operands;
};

/* Takes the letters that are not options of `set` out of the argument. */
static void take_letters(struct invocation *invocation, char *arg)
{
    char *out = arg + 1;

    for (const char *in = out; *in; in++) {
        if (*in == 'c')
            invocation->command = true;
        else if (*in == 's')
            invocation->input = true;
        else if (*in == 'i')
            invocation->interactive = true;
        else if (*in == 'l')
            invocation->login = true;
        else
            *out++ = *in;
    }
    *out = '\0';
}

/* Options up to the first word that is none; the rest are operands. */
static void take_arguments(struct invocation *invocation, char **argv)
{
    invocation->login = argv[0] && argv[0][0] == '-';
    if (*argv)
        argv++;
    while (*argv && (**argv == '-' || **argv == '+')) {
        char *arg = *argv++;

        if (strcmp(arg, "--help") == 0)
            usage();
        if (strcmp(arg, "--") == 0 || strcmp(arg, "-") == 0)
            break;
        take_letters(invocation, arg);
        if (options_take(arg, &argv) < 0)
            _exit(2);
    }
    invocation->operands = argv;
}

static void set_parameters(char **argv)
{
    int count = 0;

    while (argv[count])
        count++;
    params_set(argv, count);
}

/* -c COMMAND [NAME [ARG...]] */
static void run_command_string(struct invocation *invocation)
{
    char **operands = invocation->operands;
    struct source source;

    if (!*operands) {
        sh_warn("-c: which command?");
        _exit(2);
    }
    const char *text = *operands++;
    if (*operands)
        sh.name = *operands++;
    set_parameters(operands);
    source_init_string(&source, text);
    run_source(&source, EXEC_LAST, false);
}

static void run_script(char **operands)
{
    sh.name = *operands;
    set_parameters(operands + 1);
    int fd = open(sh.name, O_RDONLY);
    if (fd < 0) {
        int status = errno == ENOENT ? 127 : 126;
        sh_warn("cannot open %s: %s", sh.name, strerror(errno));
        _exit(status);
    }
    run_file(fd_hide(fd));
}

static void run(struct invocation *invocation)
{
    bool from_file = *invocation->operands && !invocation->input;

    if (invocation->command) {
        run_command_string(invocation);
    } else if (from_file) {
        run_script(invocation->operands);
    } else {
        set_parameters(invocation->operands);
        if (sh.interactive)
            run_interactive();
        else
            run_file(STDIN_FILENO);
    }
}

int main(int argc, char **argv)
{
    struct invocation invocation = { 0 };

    stack_init();
    sh.name = argc > 0 ? argv[0] + (argv[0][0] == '-') : "sh";
    sh.path = strchr(sh.name, '/') ? sh.name : "/bin/sh";
    sh.pid = getpid();
    sh.scratch = arena_create();
    vars_init(environ);
    take_arguments(&invocation, argv);
    sh.interactive = invocation.interactive
                     || (!invocation.command && isatty(STDIN_FILENO)
                         && isatty(STDERR_FILENO)
                         && (!*invocation.operands || invocation.input));
    sh.at_prompt = sh.interactive;
    run_startups(invocation.login);
    if (sh.flow != FLOW_EXIT)
        run(&invocation);
    shell_exit();
}
