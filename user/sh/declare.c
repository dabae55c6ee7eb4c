/* Commands about variables: export, readonly, local, unset. */
#include <string.h>

#include "user/sh/builtin.h"
#include "user/sh/function.h"
#include "user/sh/mem.h"
#include "user/sh/out.h"
#include "user/sh/shell.h"
#include "user/sh/vars.h"

static int bad_name(const char *command, const char *name)
{
    sh_fail(2, "%s: %s: bad variable name", command, name);
    return 2;
}

/* Sets flags, and a value if the argument is NAME=value. */
static int declare(const char *command, const char *arg, int flags)
{
    size_t length = name_length(arg);

    if (length == 0 || (arg[length] && arg[length] != '='))
        return bad_name(command, arg);
    const char *name = arena_strndup(sh.scratch, arg, length);
    const char *value = arg[length] ? arg + length + 1 : NULL;
    return var_set(name, value, flags) < 0 ? 2 : 0;
}

static const char *list_command;
static int list_flag;

static void print_declaration(const char *name, const char *value, int flags)
{
    if (!(flags & list_flag))
        return;
    out_string(list_command);
    out_char(' ');
    out_string(name);
    if (value) {
        out_char('=');
        out_quoted(value);
    }
    out_char('\n');
}

/* export and readonly: without names they list what has the flag, in a form
 * that can be read back. */
static int declare_all(char **argv, int flag)
{
    const char *command = argv[0];
    int status = 0;

    argv++;
    if (*argv && (strcmp(*argv, "--") == 0 || strcmp(*argv, "-p") == 0))
        argv++;
    if (!*argv) {
        list_command = command;
        list_flag = flag;
        var_each(print_declaration);
    }
    for (; *argv && !sh.flow; argv++)
        status = declare(command, *argv, flag);
    return status;
}

int builtin_export(int argc, char **argv)
{
    (void)argc;
    return declare_all(argv, VAR_EXPORT);
}

int builtin_readonly(int argc, char **argv)
{
    (void)argc;
    return declare_all(argv, VAR_READONLY);
}

int builtin_local(int argc, char **argv)
{
    int status = 0;

    for (int i = 1; i < argc && status == 0; i++) {
        size_t length = name_length(argv[i]);
        const char *name = arena_strndup(sh.scratch, argv[i], length);

        if (length == 0)
            return bad_name("local", argv[i]);
        if (scope_save(name) < 0) {
            sh_fail(2, "local: not in a function");
            return 2;
        }
        status = declare("local", argv[i], 0);
    }
    return status;
}

int builtin_unset(int argc, char **argv)
{
    bool functions = false, variables = false;
    int i = 1;

    for (; i < argc && argv[i][0] == '-'; i++) {
        functions |= argv[i][1] == 'f';
        variables |= argv[i][1] == 'v';
    }
    for (; i < argc; i++) {
        if (!functions && !name_ok(argv[i]))
            return bad_name("unset", argv[i]);
        bool known = var_get(argv[i]) || var_flags(argv[i]);
        if (functions || (!variables && !known))
            function_remove(argv[i]);
        else if (var_unset(argv[i]) < 0)
            return 2;
    }
    return 0;
}
