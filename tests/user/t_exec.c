/*
 * t_exec.c - execve(2): arguments, and what is refused (rows B-09, H-14, T14,
 * B-03).  What the process keeps is in t_exec_keep.c, what the program finds at
 * its start in t_exec_start.c.
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/image.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

extern char **environ;

/* volatile: the compiler knows that nothing can be there */
static char **volatile nowhere = (char **)8;
static char **volatile kernel_side = (char **)-64l;

/* --- arguments --- */

/* What tells of one list of strings. */
struct digest {
    long count, bytes;
    uint64_t hash;
};

static struct digest digest(char *const *strings)
{
    struct digest d = { 0, 0, 0xcbf29ce484222325 };

    for (; *strings; strings++, d.count++) {
        const char *s = *strings;
        do {
            d.hash = (d.hash ^ (unsigned char)*s) * 0x100000001b3;
            d.bytes++;
        } while (*s++);
    }
    return d;
}

/* Tell on descriptor 9 what has arrived. */
ROLE(tell)
{
    struct digest d[2] = { digest(argv), digest(environ) };

    return d[0].count == argc && write(9, d, sizeof(d)) == sizeof(d) ? 0 : 1;
}

static bool same(struct digest a, struct digest b)
{
    return a.count == b.count && a.bytes == b.bytes && a.hash == b.hash;
}

/* exec with these; what does not arrive as it was sent fails the test. */
static void check_arrival(char *const *argv, char *const *envp)
{
    struct digest got[2];
    pid_t pid;
    int p[2];

    CHECK_EQ(pipe(p), 0);
    pid = child_fork();
    if (pid == 0) {
        CHECK_EQ(dup2(p[1], 9), 9);
        execve(tap_self, argv, envp);
        tap_fail(__FILE__, __LINE__, "execve: errno %d", errno);
    }
    CHECK_EXITS(pid, 0);
    CHECK_EQ(read(p[0], got, sizeof(got)), sizeof(got));
    CHECK(same(got[0], digest(argv)));
    CHECK(same(got[1], digest(envp)));
    close(p[0]);
    close(p[1]);
}

TEST("H-14 arguments and environment arrive, empty strings among them")
{
    char *argv[] = { "name", "", "a b", "", "\xff\x01", "=", NULL };
    char *envp[] = { "ROLE=tell", "EMPTY=", "", "no equals sign", NULL };

    check_arrival(argv, envp);
}

TEST("H-14 1,000 arguments of all lengths and alignments")
{
    static char text[4096];
    char *argv[1001], *envp[] = { "ROLE=tell", NULL };

    memset(text, 'x', sizeof(text) - 1);
    for (int i = 0; i < 1000; i++)
        argv[i] = text + sizeof(text) - 1 - i % 200;
    argv[1000] = NULL;
    check_arrival(argv, envp);
}

#define PIECE (31 << 10)
#define PIECES_MAX 128

/* count strings of PIECE bytes, from place i of the array on. */
static void fill_strings(char **array, int i, int count)
{
    static char text[PIECE];

    memset(text, 'p', sizeof(text) - 1);
    while (count-- > 0)
        array[i++] = text;
    array[i] = NULL;
}

TEST("B-09 T14 arguments and environment of nearly 2 MiB arrive")
{
    char *argv[PIECES_MAX + 2], *envp[PIECES_MAX + 2];

    envp[0] = "ROLE=tell";
    argv[0] = "big";
    fill_strings(argv, 1, 33);
    fill_strings(envp, 1, 32);
    check_arrival(argv, envp);
    fill_strings(argv, 1, 64);
    envp[1] = NULL;
    check_arrival(argv, envp);
    argv[1] = NULL;
    fill_strings(envp, 1, 64);
    check_arrival(argv, envp);
}

TEST("B-09 more than 2 MiB is E2BIG, in either list")
{
    char *argv[PIECES_MAX + 2], *envp[PIECES_MAX + 2];

    argv[0] = "big";
    argv[1] = NULL;
    envp[0] = "ROLE=tell";
    fill_strings(envp, 1, 70);
    CHECK_FAILS(execve(tap_self, argv, envp), E2BIG);
    fill_strings(argv, 1, 40);
    fill_strings(envp, 1, 40);
    CHECK_FAILS(execve(tap_self, argv, envp), E2BIG);
    fill_strings(argv, 1, 128);
    envp[1] = NULL;
    CHECK_FAILS(execve(tap_self, argv, envp), E2BIG);
}

TEST("B-09 what one may pass is a quarter of the stack's limit, >= 128 KiB")
{
    char *argv[PIECES_MAX + 2], *envp[] = { "ROLE=tell", NULL };
    struct rlimit limit = { 1 << 20, 1 << 20 };

    argv[0] = "big";
    CHECK_EQ(setrlimit(RLIMIT_STACK, &limit), 0);
    fill_strings(argv, 1, 8);           /* 248 KiB of 256 */
    check_arrival(argv, envp);
    fill_strings(argv, 1, 9);
    CHECK_FAILS(execve(tap_self, argv, envp), E2BIG);
    limit.rlim_cur = 256 << 10;
    CHECK_EQ(setrlimit(RLIMIT_STACK, &limit), 0);
    fill_strings(argv, 1, 4);           /* 124 KiB of 128, not of 64 */
    check_arrival(argv, envp);
}

TEST("H-14 without arguments argv[0] is an empty string")
{
    char *empty[] = { "", NULL }, *envp[] = { "ROLE=tell", NULL };
    char *none[] = { NULL };
    struct digest got[2];
    pid_t pid;
    int p[2];

    for (int null = 0; null < 2; null++) {
        CHECK_EQ(pipe(p), 0);
        pid = child_fork();
        if (pid == 0) {
            CHECK_EQ(dup2(p[1], 9), 9);
            syscall(SYS_execve, tap_self, null ? NULL : none, envp);
            _exit(99);
        }
        CHECK_EXITS(pid, 0);
        CHECK_EQ(read(p[0], got, sizeof(got)), sizeof(got));
        CHECK(same(got[0], digest(empty)));
        close(p[0]);
        close(p[1]);
    }
}

TEST("B-09 without an environment there is none")
{
    char *argv[] = { "x", NULL };
    struct image image;
    pid_t pid;

    image_make(&image, ET_EXEC, NULL, 0);
    image_save("/tmp/t_exec", &image, sizeof(image));
    pid = child_fork();
    if (pid == 0) {
        syscall(SYS_execve, "/tmp/t_exec", argv, NULL);
        _exit(99);
    }
    CHECK_EXITS(pid, 23);
    unlink("/tmp/t_exec");
}

TEST("B-09 addresses that can't be read are EFAULT")
{
    char *argv[] = { "x", NULL }, *bad[] = { "x", (char *)nowhere, NULL };
    char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char **last = (char **)(pages + 4096) - 1;
    char *run_on[] = { pages + 4090, NULL };

    CHECK_EQ(munmap(pages + 4096, 4096), 0);
    memset(pages, 'a', 4096);           /* no NUL in front of the hole */
    CHECK_FAILS(execve((char *)nowhere, argv, environ), EFAULT);
    CHECK_FAILS(execve(pages + 4000, argv, environ), EFAULT);
    CHECK_FAILS(execve(tap_self, nowhere, environ), EFAULT);
    CHECK_FAILS(execve(tap_self, argv, nowhere), EFAULT);
    CHECK_FAILS(execve(tap_self, bad, environ), EFAULT);
    CHECK_FAILS(execve(tap_self, argv, bad), EFAULT);
    CHECK_FAILS(execve(tap_self, run_on, environ), EFAULT);
    *last = "x";                        /* no NULL in front of the hole */
    CHECK_FAILS(execve(tap_self, last, environ), EFAULT);
    CHECK_FAILS(execve(tap_self, kernel_side, environ), EFAULT);
}

/* --- refusals --- */

static void save_text(const char *path, const char *text, int mode)
{
    image_save(path, text, strlen(text));
    CHECK_EQ(chmod(path, mode), 0);
}

static void expect(const char *path, int error)
{
    char *argv[] = { "x", NULL };

    errno = 0;
    execve(path, argv, environ);
    if (errno != error)
        tap_fail(__FILE__, __LINE__, "exec of %s: errno %d, not %d", path,
                 errno, error);
}

TEST("B-02 B-09 names that lead nowhere: ENOENT ENOTDIR ELOOP ENAMETOOLONG EACCES")
{
    static char longest[5000];

    CHECK_EQ(mkdir("/tmp/t_exec.d", 0755), 0);
    CHECK_EQ(symlink("loop", "/tmp/t_exec.d/loop"), 0);
    CHECK_EQ(symlink("/nowhere", "/tmp/t_exec.d/dangling"), 0);
    save_text("/tmp/t_exec.d/plain", "text\n", 0644);
    memset(longest, 'n', sizeof(longest) - 1);
    expect("/tmp/t_exec.d/none", ENOENT);
    expect("", ENOENT);
    expect("/tmp/t_exec.d/dangling", ENOENT);
    expect("/tmp/t_exec.d/plain/x", ENOTDIR);
    expect("/tmp/t_exec.d/loop", ELOOP);
    expect(longest, ENAMETOOLONG);
    expect("/tmp/t_exec.d", EACCES);
    expect("/tmp/t_exec.d/plain", EACCES);
    expect("/dev/null", EACCES);
    unlink("/tmp/t_exec.d/plain");
    unlink("/tmp/t_exec.d/dangling");
    unlink("/tmp/t_exec.d/loop");
    CHECK_EQ(rmdir("/tmp/t_exec.d"), 0);
}

TEST("B-09 a user may not exec what is for others, or lies behind them")
{
    char *argv[] = { "x", NULL };
    struct image image;
    pid_t pid;

    if (getuid() != 0)
        tap_skip("needs root");
    image_make(&image, ET_EXEC, NULL, 0);
    CHECK_EQ(mkdir("/tmp/t_exec.d", 0700), 0);
    image_save("/tmp/t_exec.d/prog", &image, sizeof(image));
    image_save("/tmp/t_exec.mine", &image, sizeof(image));
    CHECK_EQ(chmod("/tmp/t_exec.mine", 0700), 0);
    pid = child_fork();
    if (pid == 0) {
        CHECK_EQ(setuid(1000), 0);
        expect("/tmp/t_exec.d/prog", EACCES);
        expect("/tmp/t_exec.mine", EACCES);
        _exit(0);
    }
    CHECK_EXITS(pid, 0);
    pid = child_fork();
    if (pid == 0) {
        execve("/tmp/t_exec.mine", argv, environ);
        _exit(99);
    }
    CHECK_EXITS(pid, 23);
    CHECK_EQ(unlink("/tmp/t_exec.d/prog"), 0);
    CHECK_EQ(unlink("/tmp/t_exec.mine"), 0);
    CHECK_EQ(rmdir("/tmp/t_exec.d"), 0);
}

TEST("B-02 B-03 files that are no programs are ENOEXEC")
{
    struct image image;

    image_make(&image, ET_EXEC, NULL, 0);
    save_text("/tmp/t_exec", "", 0755);
    expect("/tmp/t_exec", ENOEXEC);
    save_text("/tmp/t_exec", "just some text\n", 0755);
    expect("/tmp/t_exec", ENOEXEC);
    image_save("/tmp/t_exec", &image, 4);
    expect("/tmp/t_exec", ENOEXEC);
    image_save("/tmp/t_exec", &image, sizeof(Elf64_Ehdr));
    expect("/tmp/t_exec", ENOEXEC);
    image.header.e_machine = EM_X86_64;
    image_save("/tmp/t_exec", &image, sizeof(image));
    expect("/tmp/t_exec", ENOEXEC);
    unlink("/tmp/t_exec");
}

TEST("B-09 a file open for writing is ETXTBSY, a running one can't be opened")
{
    char *argv[] = { "x", NULL };
    struct image image;
    pid_t pid;
    int fd;

    image_make(&image, ET_EXEC, NULL, 0);
    image_save("/tmp/t_exec", &image, sizeof(image));
    fd = open("/tmp/t_exec", O_WRONLY);
    CHECK(fd >= 0);
    expect("/tmp/t_exec", ETXTBSY);
    close(fd);
    CHECK_FAILS(open(tap_self, O_RDWR), ETXTBSY);
    CHECK_FAILS(truncate(tap_self, 1), ETXTBSY);
    pid = child_fork();
    if (pid == 0) {
        execve("/tmp/t_exec", argv, environ);
        _exit(99);
    }
    CHECK_EXITS(pid, 23);
    fd = open("/tmp/t_exec", O_RDWR);   /* it runs no longer */
    CHECK(fd >= 0);
    unlink("/tmp/t_exec");
}

/* --- files without a name --- */

static void exec_fd(int fd, const char *name)
{
    char *argv[] = { "x", NULL };

    syscall(SYS_execveat, fd, name, argv, environ, AT_EMPTY_PATH);
}

TEST("B-09 execveat of a memfd runs it, of a pipe is refused")
{
    int fd = memfd_create("program", MFD_CLOEXEC), p[2];
    struct image image;
    pid_t pid;

    image_make(&image, ET_EXEC, NULL, 0);
    CHECK_EQ(write(fd, &image, sizeof(image)), sizeof(image));
    CHECK(pipe(p) == 0);
    exec_fd(p[0], "");
    CHECK_EQ(errno, EACCES);
    exec_fd(p[0], "x");
    CHECK_EQ(errno, ENOTDIR);
    exec_fd(fd, "x");
    CHECK_EQ(errno, ENOTDIR);
    pid = child_fork();
    if (pid == 0) {
        exec_fd(fd, "");
        _exit(99);
    }
    CHECK_EXITS(pid, 23);
}

/* --- a failed exec changes nothing --- */

static void handler(int signo)
{
    (void)signo;
}

TEST("B-09 a failed exec leaves memory, files, handlers and name alone")
{
    char before[16] = "", after[16] = "", *argv[] = { "x", NULL };
    int cloexec = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int *memory = child_shared(4096);
    struct sigaction sa;
    void *heap_end = sbrk(0);
    struct image image;

    signal(SIGUSR1, handler);
    *memory = 17;
    int comm = open("/proc/self/comm", O_RDONLY);
    if (comm >= 0)
        read(comm, before, 15);
    image_make(&image, ET_EXEC, NULL, 0);
    image.phdr[1].p_offset = 1ul << 40;
    image_save("/tmp/t_exec", &image, sizeof(image));
    for (int i = 0; i < 100; i++)
        expect("/tmp/t_exec", ENOEXEC);
    expect("/nowhere", ENOENT);
    CHECK_FAILS(execve(tap_self, argv, nowhere), EFAULT);
    CHECK_EQ(fcntl(cloexec, F_GETFD), FD_CLOEXEC);
    CHECK_EQ(sigaction(SIGUSR1, NULL, &sa), 0);
    CHECK(sa.sa_handler == handler);
    CHECK(*memory == 17 && sbrk(0) == heap_end);
    if (comm >= 0)
        pread(comm, after, 15, 0);
    CHECK(!strcmp(before, after));
    unlink("/tmp/t_exec");
}

TEST("E-19 200 execs after 200 failed ones: all run")
{
    char *argv[] = { "x", NULL };
    struct image image;

    image_make(&image, ET_EXEC, NULL, 0);
    image_save("/tmp/t_exec", &image, sizeof(image));
    for (int i = 0; i < 200; i++) {
        pid_t pid = child_fork();

        if (pid == 0) {
            execve("/tmp/none", argv, environ);
            execve("/tmp/t_exec", argv, environ);
            _exit(99);
        }
        CHECK_EXITS(pid, 23);
    }
    unlink("/tmp/t_exec");
}
