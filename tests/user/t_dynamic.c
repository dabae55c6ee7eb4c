/*
 * t_dynamic.c - dynamic programs: the loader, libraries, thread-local storage,
 * what the kernel tells them, and what they cost (lwp.md H-12, H-13, H-18;
 * seeds.md R23, T05).  The programs are in tests/user/dynamic.
 *
 * run: cpus=1,4 with=dynamic
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

#define PLACE "/tests/dynamic/"
#define LIBRARIES "LD_LIBRARY_PATH=/tests/dynamic"
#define LOADER "/lib/ld-musl-riscv64.so.1"

/* What a program printed, and its wait status. */
static char output[4096];

static int run(const char *path, char *const *argv, char *const *env)
{
    size_t got = 0;
    ssize_t n;
    int p[2];
    pid_t pid;

    CHECK_EQ(pipe(p), 0);
    pid = child_fork();
    if (pid == 0) {
        dup2(p[1], 1);
        dup2(p[1], 2);
        close(p[0]);
        close(p[1]);
        execve(path, argv, env);
        _exit(98);
    }
    close(p[1]);
    while ((n = read(p[0], output + got, sizeof(output) - 1 - got)) > 0)
        got += n;
    output[got] = '\0';
    close(p[0]);
    return child_wait(pid);
}

/* The program "user", to look at something. */
static int look(const char *what, char *setting)
{
    char *argv[] = { PLACE "user", (char *)what, NULL };
    char *env[] = { LIBRARIES, setting, NULL };

    return run(argv[0], argv, env);
}

static void check_look(const char *what)
{
    int status = look(what, NULL);

    if (status)
        tap_fail(__FILE__, __LINE__, "%s: status %#x: %s", what, status,
                 output);
}

TEST("H-12 H-18 R23 hello, linked in each way: static, static PIE, dynamic")
{
    static char *const names[] = { PLACE "hello-static",
                                   PLACE "hello-static-pie",
                                   PLACE "hello-pie" };

    for (int i = 0; i < 3; i++) {
        char *argv[] = { names[i], NULL }, *env[] = { NULL };

        CHECK_EQ(run(names[i], argv, env), 0);
        CHECK(!strcmp(output, "hello\n"));
    }
}

TEST("H-12 a library is found by LD_LIBRARY_PATH, and told when it is not")
{
    char *argv[] = { PLACE "user", "nothing", NULL }, *env[] = { NULL };
    int status = run(argv[0], argv, env);

    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 127);
    CHECK(strstr(output, "libown.so"));
    check_look("nothing");
}

TEST("H-12 a library's data, functions, constructor and destructor")
{
    check_look("library");
    CHECK(!strcmp(output, "libown: bye\n"));
}

TEST("H-12 LD_PRELOAD puts a library's functions before others'")
{
    CHECK_EQ(look("preload", "LD_PRELOAD=" PLACE "preload.so"), 0);
    CHECK_EQ(look("library", "LD_PRELOAD=" PLACE "preload.so"), 1 << 8);
}

TEST("H-12 dlopen, dlsym, dladdr, dlclose, dlerror")
{
    check_look("plugin");
}

TEST("S28 H-12 __thread of program, library and plug-in, in four threads")
{
    check_look("locals");
}

TEST("H-12 a dynamic program forks; the child loads what it wants")
{
    check_look("fork");
}

TEST("H-13 H-12 the auxiliary vector of a dynamic program is complete")
{
    check_look("auxv");
}

TEST("H-12 R04 /proc/self/maps and exe name program, loader and libraries")
{
    check_look("maps");
}

TEST("H-12 the loader run as a program, with and without --list")
{
    char *argv[] = { LOADER, PLACE "hello-pie", NULL }, *env[] = { LIBRARIES,
                                                                   NULL };
    char *list[] = { LOADER, "--list", PLACE "user", NULL };

    CHECK_EQ(run(LOADER, argv, env), 0);
    CHECK(!strcmp(output, "hello\n"));
    CHECK_EQ(run(LOADER, list, env), 0);
    CHECK(strstr(output, "libown.so => " PLACE "libown.so"));
}

TEST("H-13 T05 with rights of another LD_PRELOAD is not obeyed")
{
    char *argv[] = { PLACE "hello-pie", NULL };
    char *env[] = { "LD_PRELOAD=" PLACE "libown.so", NULL };
    pid_t pid;

    CHECK_EQ(run(argv[0], argv, env), 0);
    CHECK(!strcmp(output, "hello\nlibown: bye\n"));
    CHECK_EQ(chmod(argv[0], 04755), 0);
    pid = child_fork();
    if (pid == 0) {
        CHECK_EQ(setuid(4321), 0);
        CHECK_EQ(run(argv[0], argv, env), 0);
        CHECK(!strcmp(output, "hello\n"));
        _exit(0);
    }
    CHECK_EXITS(pid, 0);
    CHECK_EQ(chmod(argv[0], 0755), 0);
}

/* --- what is shared --- */

#define STAYING 10

static long free_kb(void)
{
    return tap_read_number("/proc/meminfo", "MemFree") +
           tap_read_number("/proc/meminfo", "KStackFree");
}

/* Start one that stays until `stop` is closed. */
static pid_t start_staying(struct gate *there, struct gate *stop)
{
    pid_t pid = child_fork();

    if (pid == 0) {
        char *env[] = { LIBRARIES, NULL };

        dup2(stop->fd[0], 0);
        dup2(there->fd[1], 1);
        close(stop->fd[1]);
        execle(PLACE "user", PLACE "user", "stay", NULL, env);
        _exit(98);
    }
    gate_pass(there);
    return pid;
}

TEST("H-12 R05 those who run a file share the pages of its text")
{
    struct gate there, stop;
    pid_t pids[STAYING + 1];
    struct stat library;
    long before, each;

    gate_init(&there);
    gate_init(&stop);
    pids[STAYING] = start_staying(&there, &stop);
    before = free_kb();
    for (int i = 0; i < STAYING; i++)
        pids[i] = start_staying(&there, &stop);
    each = (before - free_kb()) / STAYING;
    CHECK_EQ(stat(LOADER, &library), 0);
    printf("# %ld kB for each process, the C library has %ld\n", each,
           (long)library.st_size >> 10);
    CHECK(each > 0 && each < 160);
    CHECK_EQ(close(stop.fd[1]), 0);
    for (int i = 0; i <= STAYING; i++)
        CHECK_EXITS(pids[i], 0);
}
