/* The working directory: cd, pwd. */
#include "user/sh/cwd.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/sh/builtin.h"
#include "user/sh/mem.h"
#include "user/sh/out.h"
#include "user/sh/shell.h"
#include "user/sh/vars.h"

/* Whether an absolute path names the working directory. */
static bool is_here(const char *path)
{
    struct stat there, here;

    return path && path[0] == '/' && stat(path, &there) == 0
           && stat(".", &here) == 0 && there.st_dev == here.st_dev
           && there.st_ino == here.st_ino;
}

/* The path without symbolic links; malloc'ed. NULL if there is none. */
static char *physical(void)
{
    return getcwd(NULL, 0);
}

void cwd_init(void)
{
    if (is_here(var_get("PWD")))
        return;
    char *path = physical();
    if (path)
        var_set("PWD", path, VAR_EXPORT);
    free(path);
}

/* Appends the components of a path, taking . and .. away from the text. */
static void append_components(struct buf *path, const char *text)
{
    while (*text) {
        size_t length = strcspn(text, "/");

        if (length == 2 && text[0] == '.' && text[1] == '.') {
            while (path->length && path->data[--path->length] != '/')
                continue;
        } else if (length && !(length == 1 && text[0] == '.')) {
            buf_put(path, '/');
            buf_add(path, text, length);
        }
        text += length + (text[length] == '/');
    }
}

/* Where `cd target` leads by the names alone, so that .. goes back through
 * a symbolic link. */
static char *logical(const char *target)
{
    const char *pwd = var_get("PWD");
    struct buf path;

    buf_init(&path, sh.scratch);
    if (target[0] != '/')
        append_components(&path, pwd ? pwd : "");
    append_components(&path, target);
    if (path.length == 0)
        buf_put(&path, '/');
    return buf_string(&path);
}

static void set_pwd(const char *path)
{
    const char *old = var_get("PWD");

    if (old)
        var_set("OLDPWD", old, VAR_EXPORT);
    var_set("PWD", path, VAR_EXPORT);
}

/* -L and -P. Returns the index of the first operand, or -1. */
static int parse_options(int argc, char **argv, bool *follow)
{
    int i = 1;

    *follow = false;
    for (; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
        if (strcmp(argv[i], "--") == 0)
            return i + 1;
        if (strcmp(argv[i], "-P") != 0 && strcmp(argv[i], "-L") != 0) {
            sh_warn("%s: bad option %s", argv[0], argv[i]);
            return -1;
        }
        *follow = argv[i][1] == 'P';
    }
    return i;
}

/* Goes by names first. Where they lead nowhere, because a link's .. is
 * meant, the kernel decides. */
static int change(const char *target, bool follow)
{
    char *path = logical(target);

    if (follow || chdir(path) < 0) {
        if (chdir(target) < 0) {
            sh_warn("cd: %s: %s", target, strerror(errno));
            return 1;
        }
        char *found = physical();
        set_pwd(found ? found : path);
        free(found);
    } else {
        set_pwd(path);
    }
    return 0;
}

int builtin_cd(int argc, char **argv)
{
    bool follow;
    int i = parse_options(argc, argv, &follow);
    const char *target;

    if (i < 0)
        return 2;
    target = i < argc ? argv[i] : var_get("HOME");
    bool back = target && strcmp(target, "-") == 0;
    if (back)
        target = var_get("OLDPWD");
    if (!target) {
        sh_warn("cd: %s not set", back ? "OLDPWD" : "HOME");
        return 1;
    }
    int status = change(arena_strdup(sh.scratch, target), follow);
    if (status == 0 && back) {
        out_string(var_get("PWD"));
        out_char('\n');
    }
    return status;
}

int builtin_pwd(int argc, char **argv)
{
    bool follow;

    if (parse_options(argc, argv, &follow) < 0)
        return 2;
    const char *pwd = var_get("PWD");
    char *path = follow || !is_here(pwd) ? physical() : xstrdup(pwd);
    if (!path) {
        sh_warn("pwd: %s", strerror(errno));
        return 1;
    }
    out_string(path);
    out_char('\n');
    free(path);
    return 0;
}
