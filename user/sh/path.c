/* Where programs are: the PATH; command and type. */
#include "user/sh/path.h"

#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/sh/alias.h"
#include "user/sh/builtin.h"
#include "user/sh/exec.h"
#include "user/sh/function.h"
#include "user/sh/mem.h"
#include "user/sh/out.h"
#include "user/sh/parse.h"
#include "user/sh/shell.h"
#include "user/sh/vars.h"

char *path_next(const char **dirs, const char *name)
{
    struct buf path;

    if (!*dirs)
        return NULL;
    size_t length = strcspn(*dirs, ":");
    buf_init(&path, sh.scratch);
    buf_add(&path, *dirs, length);
    if (length)
        buf_put(&path, '/');
    buf_add_string(&path, name);
    *dirs = (*dirs)[length] ? *dirs + length + 1 : NULL;
    return buf_string(&path);
}

static bool is_program(const char *path)
{
    struct stat st;

    return access(path, X_OK) == 0 && stat(path, &st) == 0
           && S_ISREG(st.st_mode);
}

char *path_find(const char *name)
{
    const char *dirs = var_get("PATH");
    char *path;

    if (strchr(name, '/'))
        return is_program(name) ? arena_strdup(sh.scratch, name) : NULL;
    while (*name && (path = path_next(&dirs, name)))
        if (is_program(path))
            return path;
    return NULL;
}

/* Says what a name is: for people, or only what would be run. */
static int describe(const char *name, bool wordy)
{
    const struct alias *alias = alias_find(name);
    const char *is = NULL, *path;

    if (alias) {
        if (wordy)
            out_string(name);
        out_string(wordy ? " is an alias for " : "alias ");
        if (!wordy) {
            out_string(name);
            out_char('=');
        }
        out_quoted(alias->text);
        out_char('\n');
        return 0;
    }
    if (parse_is_reserved(name))
        is = " is a shell keyword";
    else if (function_find(name))
        is = " is a function";
    else if (builtin_find(name))
        is = builtin_find(name)->special ? " is a special shell builtin"
                                         : " is a shell builtin";
    path = is ? NULL : path_find(name);
    if (!is && !path) {
        if (wordy)
            sh_warn("%s: not found", name);
        return 127;
    }
    if (wordy || !path)
        out_string(name);
    if (wordy)
        out_string(is ? is : " is ");
    if (path)
        out_string(path);
    out_char('\n');
    return 0;
}

int builtin_type(int argc, char **argv)
{
    int status = 0;

    for (int i = 1; i < argc; i++)
        status |= describe(argv[i], true);
    return status;
}

int builtin_command(int argc, char **argv)
{
    int i = 1;

    for (; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
        char option = argv[i][1];

        if (strcmp(argv[i], "--") == 0) {
            i++;
            break;
        }
        if (option == 'v' || option == 'V')
            return i + 1 < argc ? describe(argv[i + 1], option == 'V') : 0;
        if (option != 'p') {
            sh_warn("command: bad option %s", argv[i]);
            return 2;
        }
    }
    return i < argc ? exec_argv(argc - i, argv + i) : 0;
}
