/* Options of the shell: set. */
#include "user/sh/options.h"

#include <stdbool.h>
#include <string.h>

#include "user/sh/builtin.h"
#include "user/sh/jobs.h"
#include "user/sh/mem.h"
#include "user/sh/out.h"
#include "user/sh/param.h"
#include "user/sh/shell.h"
#include "user/sh/vars.h"

static const struct {
    char letter;
    const char *name;
} options[OPT_COUNT] = {
    [OPT_ALLEXPORT] = { 'a', "allexport" },
    [OPT_NOCLOBBER] = { 'C', "noclobber" },
    [OPT_ERREXIT] = { 'e', "errexit" },
    [OPT_NOGLOB] = { 'f', "noglob" },
    [OPT_MONITOR] = { 'm', "monitor" },
    [OPT_NOEXEC] = { 'n', "noexec" },
    [OPT_NOUNSET] = { 'u', "nounset" },
    [OPT_VERBOSE] = { 'v', "verbose" },
    [OPT_XTRACE] = { 'x', "xtrace" },
    [OPT_PIPEFAIL] = { '\0', "pipefail" },
};

/* set -n at a prompt would make the shell deaf. */
static int set_option(enum option option, bool on)
{
    if (option == OPT_NOEXEC && sh.interactive)
        return 0;
    sh.opt[option] = on;
    if (option == OPT_MONITOR && on)
        jobs_start_control(true);
    else if (option == OPT_MONITOR)
        jobs_stop_control();
    return 0;
}

static int set_letter(char letter, bool on)
{
    for (int i = 0; i < OPT_COUNT; i++)
        if (options[i].letter && options[i].letter == letter)
            return set_option(i, on);
    sh_warn("bad option -%c", letter);
    return -1;
}

static int set_name(const char *name, bool on)
{
    for (int i = 0; i < OPT_COUNT; i++)
        if (strcmp(options[i].name, name) == 0)
            return set_option(i, on);
    sh_warn("bad option -o %s", name);
    return -1;
}

static int print_options(bool as_commands)
{
    for (int i = 0; i < OPT_COUNT; i++) {
        if (as_commands)
            out_printf("set %co %s\n", sh.opt[i] ? '-' : '+', options[i].name);
        else
            out_printf("%-12s %s\n", options[i].name,
                       sh.opt[i] ? "on" : "off");
    }
    return 0;
}

int options_take(const char *arg, char ***next)
{
    bool on = *arg++ == '-';

    for (; *arg; arg++) {
        int result;

        if (*arg != 'o')
            result = set_letter(*arg, on);
        else if (**next)
            result = set_name(*(*next)++, on);
        else
            result = print_options(!on);
        if (result < 0)
            return -1;
    }
    return 0;
}

const char *options_letters(void)
{
    struct buf text;

    buf_init(&text, sh.scratch);
    for (int i = 0; i < OPT_COUNT; i++)
        if (sh.opt[i] && options[i].letter)
            buf_put(&text, options[i].letter);
    if (sh.interactive)
        buf_put(&text, 'i');
    return buf_string(&text);
}

static void print_variable(const char *name, const char *value, int flags)
{
    (void)flags;
    if (!value)
        return;
    out_string(name);
    out_char('=');
    out_quoted(value);
    out_char('\n');
}

int builtin_set(int argc, char **argv)
{
    char **next = argv + 1;

    if (argc == 1) {
        var_each(print_variable);
        return 0;
    }
    while (*next && (**next == '-' || **next == '+') && (*next)[1]) {
        const char *arg = *next++;

        if (strcmp(arg, "--") == 0) {
            params_set(next, argv + argc - next);
            return 0;
        }
        if (options_take(arg, &next) < 0) {
            sh.status = 2;
            sh.flow = FLOW_ERROR;
            return 2;
        }
    }
    if (*next)
        params_set(next, argv + argc - next);
    return 0;
}
