/* Commands that steer execution: break, return, exit, eval, exec, ... */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/times.h>
#include <unistd.h>

#include "user/sh/builtin.h"
#include "user/sh/exec.h"
#include "user/sh/mem.h"
#include "user/sh/out.h"
#include "user/sh/param.h"
#include "user/sh/path.h"
#include "user/sh/redir.h"
#include "user/sh/shell.h"
#include "user/sh/vars.h"

/* A number that is the only argument; -1 after giving up the script. */
static int take_number(char **argv, int otherwise)
{
    const char *text = argv[1];

    if (!text)
        return otherwise;
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 9 || text[digits]) {
        sh_fail(2, "%s: bad number: %s", argv[0], text);
        return -1;
    }
    return atoi(text);
}

static int leave_loops(char **argv, enum flow flow)
{
    int count = take_number(argv, 1);

    if (count == 0)
        sh_fail(2, "%s: bad number: 0", argv[0]);
    if (count <= 0 || sh.loops == 0)
        return count < 0 ? 2 : 0;
    sh.flow_count = count < sh.loops ? count : sh.loops;
    sh.flow = flow;
    return sh.status = 0;
}

int builtin_break(int argc, char **argv)
{
    (void)argc;
    return leave_loops(argv, FLOW_BREAK);
}

int builtin_continue(int argc, char **argv)
{
    (void)argc;
    return leave_loops(argv, FLOW_CONTINUE);
}

static int leave(char **argv, enum flow flow)
{
    int status = take_number(argv, sh.status);

    if (status < 0)
        return 2;
    sh.status = status & 0xff;
    sh.flow = flow;
    return sh.status;
}

int builtin_return(int argc, char **argv)
{
    (void)argc;
    return leave(argv, FLOW_RETURN);
}

int builtin_exit(int argc, char **argv)
{
    (void)argc;
    return leave(argv, FLOW_EXIT);
}

int builtin_eval(int argc, char **argv)
{
    struct buf text;

    buf_init(&text, sh.scratch);
    for (int i = 1; i < argc; i++) {
        if (i > 1)
            buf_put(&text, ' ');
        buf_add_string(&text, argv[i]);
    }
    return run_string(buf_string(&text), sh.line);
}

int builtin_exec(int argc, char **argv)
{
    int i = argc > 1 && strcmp(argv[1], "--") == 0 ? 2 : 1;

    if (i == argc)
        return 0;
    if (sh.interactive && !path_find(argv[i])) {
        sh_warn("exec: %s: not found", argv[i]);
        return 127;
    }
    exec_program(argv + i);
}

/* A file without a slash is looked for in the PATH. */
static int open_script(const char *name)
{
    const char *dirs = strchr(name, '/') ? NULL : var_get("PATH");
    const char *path = name;
    int fd = -1;

    while (dirs && fd < 0 && (path = path_next(&dirs, name)))
        fd = open(path, O_RDONLY);
    return fd >= 0 ? fd : open(name, O_RDONLY);
}

int builtin_dot(int argc, char **argv)
{
    if (argc < 2) {
        sh_fail(2, ".: which file?");
        return 2;
    }
    int fd = open_script(argv[1]);
    if (fd < 0) {
        sh_fail(2, ".: %s: %s", argv[1], strerror(errno));
        return 2;
    }
    int line = sh.line, loops = sh.loops;
    sh.calls++;
    sh.loops = 0;
    int status = run_file(fd_hide(fd));
    sh.loops = loops;
    sh.calls--;
    sh.line = line;
    if (sh.flow == FLOW_RETURN)
        sh.flow = FLOW_NONE;
    return status;
}

int builtin_shift(int argc, char **argv)
{
    int count = take_number(argv, 1);

    (void)argc;
    if (count < 0)
        return 2;
    if (count > sh.params.count) {
        sh_fail(2, "shift: can't shift that many");
        return 2;
    }
    params_shift(count);
    return 0;
}

static void print_time(clock_t ticks, char end)
{
    long rate = sysconf(_SC_CLK_TCK);

    out_printf("%ldm%ld.%02lds%c", ticks / rate / 60, ticks / rate % 60,
               ticks % rate * 100 / rate, end);
}

int builtin_times(int argc, char **argv)
{
    struct tms used;

    (void)argc, (void)argv;
    times(&used);
    print_time(used.tms_utime, ' ');
    print_time(used.tms_stime, '\n');
    print_time(used.tms_cutime, ' ');
    print_time(used.tms_cstime, '\n');
    return 0;
}
