/*
 * t_script.c - files that begin with #! (execve(2), "Interpreter scripts"; row
 * H-15).
 *
 * run: cpus=1
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"

#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/stat.h>

#define SCRIPT "/tmp/t_script"

/* Write the arguments to descriptor 9, each in brackets, then AT_EXECFN. */
ROLE(echo)
{
    for (int i = 0; i < argc; i++)
        dprintf(9, "[%s]", argv[i]);
    dprintf(9, "{%s}", (char *)getauxval(AT_EXECFN));
    return 0;
}

static char *const echo_env[] = { "ROLE=echo", NULL };

static void save(const char *path, const char *text, size_t size, int mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);

    CHECK(fd >= 0);
    CHECK_EQ(write(fd, text, size), size);
    CHECK_EQ(fchmod(fd, mode), 0);
    CHECK_EQ(close(fd), 0);
}

/* A script whose text has %s where the interpreter's path stands. */
static void save_script(const char *path, const char *format,
                        const char *interp)
{
    char text[1024];

    snprintf(text, sizeof(text), format, interp);
    save(path, text, strlen(text), 0755);
}

/* What the interpreter says when `path` is run with these arguments. */
static const char *run_with(const char *path, char *const *argv)
{
    static char said[2048];
    ssize_t n, length = 0;
    pid_t pid;
    int p[2];

    CHECK_EQ(pipe(p), 0);
    pid = child_fork();
    if (pid == 0) {
        CHECK_EQ(dup2(p[1], 9), 9);
        execve(path, argv, echo_env);
        _exit(errno);
    }
    close(p[1]);
    while ((n = read(p[0], said + length, sizeof(said) - 1 - length)) > 0)
        length += n;
    said[length] = '\0';
    close(p[0]);
    CHECK_EXITS(pid, 0);
    return said;
}

static const char *run(const char *path)
{
    char *argv[] = { "given", "one", "two", NULL };

    return run_with(path, argv);
}

static void check_said(const char *said, const char *format)
{
    char wanted[2048];

    snprintf(wanted, sizeof(wanted), format, tap_self);
    if (strcmp(said, wanted))
        tap_fail(__FILE__, __LINE__, "it says %s, not %s", said, wanted);
}

TEST("H-15 a script's interpreter gets its path, the file's, the arguments")
{
    save_script(SCRIPT, "#!%s\nwhatever\n", tap_self);
    check_said(run(SCRIPT), "[%s][" SCRIPT "][one][two]{" SCRIPT "}");
}

TEST("H-15 all that follows the interpreter is one argument, blanks trimmed")
{
    static const struct {
        const char *line, *wanted;
    } cases[] = {
        { "#!%s -a", "[%s][-a]" },
        { "#!%s -a -b  c", "[%s][-a -b  c]" },
        { "#! \t %s \t -a\tb \t \n", "[%s][-a\tb]" },
        { "#!%s   \n", "[%s]" },
        { "#!%s", "[%s]" },
        { "#!%s\n#!/nowhere\n", "[%s]" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char wanted[256];
        save_script(SCRIPT, cases[i].line, tap_self);
        snprintf(wanted, sizeof(wanted), "%s[" SCRIPT "][one][two]{" SCRIPT
                 "}", cases[i].wanted);
        check_said(run(SCRIPT), wanted);
    }
    unlink(SCRIPT);
}

static void name_script(char *name, int i)
{
    sprintf(name, SCRIPT ".%d", i);
}

TEST("H-15 scripts may be interpreters of scripts, five deep and no deeper")
{
    char name[7][32], *argv[] = { "x", NULL };

    for (int i = 0; i < 7; i++) {
        name_script(name[i], i);
        if (i == 0)
            save_script(name[i], "#!%s -0\n", tap_self);
        else
            save_script(name[i], "#!%s\n", name[i - 1]);
    }
    check_said(run(name[1]), "[%s][-0][/tmp/t_script.0][/tmp/t_script.1]"
               "[one][two]{/tmp/t_script.1}");
    check_said(run(name[2]), "[%s][-0][/tmp/t_script.0][/tmp/t_script.1]"
               "[/tmp/t_script.2][one][two]{/tmp/t_script.2}");
    CHECK(strstr(run(name[4]), "[/tmp/t_script.4][one][two]"));
    CHECK_FAILS(execve(name[6], argv, echo_env), ELOOP);
    for (int i = 0; i < 7; i++)
        unlink(name[i]);
}

TEST("H-15 a script that is its own interpreter is ELOOP")
{
    char *argv[] = { "x", NULL };

    save_script(SCRIPT, "#!%s\n", SCRIPT);
    CHECK_FAILS(execve(SCRIPT, argv, echo_env), ELOOP);
    unlink(SCRIPT);
}

static void expect(const char *text, size_t size, int error)
{
    char *argv[] = { "x", NULL };

    save(SCRIPT, text, size, 0755);
    errno = 0;
    execve(SCRIPT, argv, echo_env);
    if (errno != error)
        tap_fail(__FILE__, __LINE__, "\"%.20s\": errno %d, not %d", text,
                 errno, error);
    unlink(SCRIPT);
}

TEST("H-15 interpreters that are missing, empty, closed or no programs")
{
    static char line[600];

    expect("#!/nowhere/at/all\n", 18, ENOENT);
    expect("#!\n", 3, ENOEXEC);
    expect("#!  \t \n/bin/sh", 14, ENOEXEC);
    expect("#!/tmp\n", 7, EACCES);
    expect("#!/dev/null\n", 12, EACCES);
    expect("#!/dev/null/x\n", 14, ENOTDIR);
    save("/tmp/t_script.text", "no program", 10, 0755);
    expect("#!/tmp/t_script.text\n", 21, ENOEXEC);
    save("/tmp/t_script.text", "no program", 10, 0644);
    expect("#!/tmp/t_script.text\n", 21, EACCES);
    unlink("/tmp/t_script.text");
    memset(line, 'a', sizeof(line));
    memcpy(line, "#!/", 3);             /* a name that goes on and on */
    expect(line, sizeof(line), ENOEXEC);
}

TEST("H-15 an argument may be cut, an interpreter's name may not")
{
    static char line[512];
    int length = snprintf(line, sizeof(line), "#!%s ", tap_self);
    const char *said;

    memset(line + length, 'b', sizeof(line) - length);
    save(SCRIPT, line, sizeof(line), 0755);
    said = run(SCRIPT);
    CHECK(strstr(said, "[bbbbbbbb"));
    CHECK(strstr(said, "b][" SCRIPT "][one]"));
    unlink(SCRIPT);
}

TEST("H-15 a script must be executable itself, and may have no name that fits")
{
    char *argv[] = { "x", NULL };

    save_script(SCRIPT, "#!%s\n", tap_self);
    CHECK_EQ(chmod(SCRIPT, 0644), 0);
    CHECK_FAILS(execve(SCRIPT, argv, echo_env), EACCES);
    CHECK_EQ(chmod(SCRIPT, 0755), 0);
    CHECK_EQ(chdir("/tmp"), 0);
    check_said(run("t_script"), "[%s][t_script][one][two]{t_script}");
    check_said(run("../tmp/./t_script"), "[%s][../tmp/./t_script][one][two]"
               "{../tmp/./t_script}");
    unlink(SCRIPT);
}

TEST("H-15 a script without arguments still names itself")
{
    char *none[] = { NULL };

    save_script(SCRIPT, "#!%s\n", tap_self);
    check_said(run_with(SCRIPT, none), "[%s][" SCRIPT "]{" SCRIPT "}");
    unlink(SCRIPT);
}
