/*
 * t_oom.c - when something runs out: memory, processes, descriptors, room for
 * files.  Who asked gets an error, or the hog is killed; all others go on (the
 * "bad input" of the kernel: fork bomb, exhaustion).
 *
 * run: cpus=1,4 mem=64M timeout=90
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/probe.h"

#include <fcntl.h>
#include <sys/klog.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>

#define RW (PROT_READ | PROT_WRITE)
#define MIB (1ul << 20)

static size_t total_memory(void)
{
    struct sysinfo info;

    CHECK_EQ(sysinfo(&info), 0);
    if (info.totalram * info.mem_unit > 300 * MIB)
        tap_skip("too much memory to fill");
    return info.totalram * info.mem_unit;
}

/* The system still does its work: fork, exec, memory, files. */
static void check_health(void)
{
    char *argv[] = { "true", NULL };
    pid_t pid;
    char *p;
    int fd;

    pid = child_fork();
    if (pid == 0) {
        execve("/bin/true", argv, argv);
        _exit(9);
    }
    CHECK_EXITS(pid, 0);
    p = probe_pages(256, RW);
    memset(p, 1, 256 * PAGE);
    CHECK_EQ(munmap(p, 256 * PAGE), 0);
    fd = open("/tmp/t_oom.health", O_RDWR | O_CREAT | O_TRUNC, 0600);
    CHECK_EQ(write(fd, "well", 4), 4);
    close(fd);
    unlink("/tmp/t_oom.health");
    CHECK_EQ(kill(1, 0), 0);
}

/* --- memory --- */

/* Take memory until killed, page by page in pieces of 1 MiB. */
static void take_all(void)
{
    for (;;) {
        char *p = mmap(NULL, MIB, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (p == MAP_FAILED)
            _exit(errno == ENOMEM ? 42 : 43);
        for (size_t i = 0; i < MIB; i += PAGE)
            p[i] = 1;
    }
}

/* Killed, or told that there is no more. */
static void check_end_of_hog(int status)
{
    bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;

    if (!killed && status != 42 << 8)
        tap_fail(__FILE__, __LINE__, "the hog's status is %#x", status);
}

TEST("more memory than there is can't be mapped writable: ENOMEM")
{
    size_t total = total_memory();

    CHECK(mmap(NULL, 2 * total, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
          MAP_FAILED);
    CHECK_EQ(errno, ENOMEM);
    CHECK(mmap(NULL, 2 * total, RW, MAP_PRIVATE | MAP_ANONYMOUS |
               MAP_NORESERVE, -1, 0) != MAP_FAILED);
    CHECK(mmap(NULL, 2 * total, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
          != MAP_FAILED);
}

TEST("a hog that takes all memory is ended, five times, and nobody else")
{
    total_memory();
    for (int i = 0; i < 5; i++) {
        check_end_of_hog(child_wait(child_start(take_all)));
        check_health();
    }
}

TEST("the log says who was killed for want of memory")
{
    static char log[65536];
    char wanted[64];
    pid_t pid;
    int n;

    total_memory();
    pid = child_start(take_all);
    if (!WIFSIGNALED(child_wait(pid)))
        tap_skip("it was told, not killed");
    n = klogctl(3, log, sizeof(log) - 1);
    if (n < 0)
        tap_skip("no syslog(2)");
    log[n] = '\0';
    snprintf(wanted, sizeof(wanted), "out of memory: killed process %d (",
             pid);
    CHECK(strstr(log, wanted));
}

TEST("four hogs at once are all ended")
{
    pid_t pids[4];

    total_memory();
    for (int i = 0; i < 4; i++)
        pids[i] = child_start(take_all);
    for (int i = 0; i < 4; i++)
        check_end_of_hog(child_wait(pids[i]));
    check_health();
}

/* A mapping that a killed child shares with us must not go. */
static char *kept;

static void take_shared(void)
{
    char *p = mmap(NULL, 300 * MIB, RW, MAP_SHARED | MAP_ANONYMOUS |
                   MAP_NORESERVE, -1, 0);

    if (p == MAP_FAILED)
        _exit(42);
    for (size_t i = 0; i < 300 * MIB; i += PAGE)
        p[i] = 1;
}

TEST("a hog of shared memory is ended, too, and what others share stays")
{
    total_memory();
    kept = child_shared(16 * PAGE);
    memset(kept, 'k', 16 * PAGE);
    check_end_of_hog(child_wait(child_start(take_shared)));
    for (size_t i = 0; i < 16 * PAGE; i++)
        CHECK_EQ(kept[i], 'k');
    check_health();
}

static void populate_all(void)
{
    char *p = mmap(NULL, 200 * MIB, RW, MAP_PRIVATE | MAP_ANONYMOUS |
                   MAP_NORESERVE | MAP_POPULATE, -1, 0);

    _exit(p == MAP_FAILED && errno != ENOMEM ? 43 : 42);
}

static void lock_all(void)
{
    char *p = mmap(NULL, 200 * MIB, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS |
                   MAP_NORESERVE, -1, 0);

    if (p == MAP_FAILED || mprotect(p, 200 * MIB, RW))
        _exit(errno == ENOMEM ? 42 : 43);
    _exit(mlock(p, 200 * MIB) && errno != ENOMEM && errno != EAGAIN ? 43
                                                                    : 42);
}

TEST("MAP_POPULATE and mlock of more than there is: ENOMEM or killed")
{
    total_memory();
    check_end_of_hog(child_wait(child_start(populate_all)));
    check_health();
    check_end_of_hog(child_wait(child_start(lock_all)));
    check_health();
}

/* --- memory of the kernel's own --- */

/* Fill as many pipes as there may be; several such use up all memory. */
static void fill_pipes(void)
{
    static char block[65536];

    for (;;) {
        int p[2];
        if (pipe2(p, O_NONBLOCK) < 0)
            break;
        while (write(p[1], block, sizeof(block)) > 0)
            ;
        CHECK(errno == EAGAIN || errno == ENOMEM);
    }
    CHECK(errno == EMFILE || errno == ENFILE || errno == ENOMEM);
    sleep_ms(300);
}

TEST("three processes that fill 500 pipes each: errors, and all is given back")
{
    pid_t pids[3];

    total_memory();
    for (int i = 0; i < 3; i++)
        pids[i] = child_start(fill_pipes);
    for (int i = 0; i < 3; i++) {
        int status = child_wait(pids[i]);
        CHECK(status == 0 ||
              (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL));
    }
    check_health();
}

static void fill_file(void)
{
    static char block[65536];
    int fd = open("/tmp/t_oom.file", O_RDWR | O_CREAT | O_TRUNC, 0600);
    ssize_t n;

    CHECK(fd >= 0);
    while ((n = write(fd, block, sizeof(block))) > 0)
        ;
    CHECK(n < 0 && (errno == ENOSPC || errno == ENOMEM));
}

TEST("a file that fills the file system: ENOSPC, and room again when it goes")
{
    int status;

    total_memory();
    status = child_wait(child_start(fill_file));
    CHECK(status == 0 ||
          (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL));
    CHECK_EQ(unlink("/tmp/t_oom.file"), 0);
    check_health();
    status = child_wait(child_start(fill_file));
    CHECK_EQ(unlink("/tmp/t_oom.file"), 0);
}

TEST("descriptors: EMFILE at the limit exactly, and one that is closed is free")
{
    struct rlimit limit = { 50, 50 };
    int last = -1, fd;

    CHECK_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
    while ((fd = open("/dev/null", O_RDONLY)) >= 0)
        last = fd;
    CHECK_EQ(errno, EMFILE);
    CHECK_EQ(last, 49);
    CHECK_FAILS(dup(0), EMFILE);
    CHECK_FAILS(fcntl(0, F_DUPFD, 50), EINVAL);
    CHECK_FAILS(dup2(0, 50), EBADF);
    int p[2];
    CHECK_FAILS(pipe(p), EMFILE);
    CHECK_EQ(close(20), 0);
    CHECK_FAILS(pipe(p), EMFILE);       /* room for one is not enough */
    CHECK_EQ(open("/dev/null", O_RDONLY), 20);
}

/* --- processes --- */

struct bomb {
    volatile int refused, other_error, forked, stop;
};

static void explode(struct bomb *b)
{
    while (!b->stop) {
        pid_t pid = fork();
        if (pid > 0) {
            __atomic_add_fetch(&b->forked, 1, __ATOMIC_RELAXED);
        } else if (pid < 0) {
            if (errno == EAGAIN || errno == ENOMEM)
                __atomic_add_fetch(&b->refused, 1, __ATOMIC_RELAXED);
            else
                b->other_error = errno;
            usleep(10000);
        }
    }
    _exit(0);
}

static pid_t light_bomb(struct bomb *b, void (*prepare)(void))
{
    pid_t pid = child_fork();

    if (pid == 0) {
        setpgid(0, 0);
        if (prepare)
            prepare();
        explode(b);
    }
    return pid;
}

/* Kill the whole group, however it grows meanwhile, until it is gone. */
static void put_out(struct bomb *b, pid_t pid)
{
    b->stop = 1;
    /* The first of them is ours to wait for, the rest are init's. */
    for (int i = 0; i < 500 && kill(-pid, SIGKILL) == 0; i++) {
        waitpid(pid, NULL, WNOHANG);
        sleep_ms(10);
    }
    CHECK_FAILS(kill(-pid, 0), ESRCH);
    CHECK_EQ(b->other_error, 0);
}

TEST("a fork bomb gets EAGAIN, and can be killed")
{
    struct bomb *b = child_shared(4096);
    pid_t pid;

    total_memory();
    pid = light_bomb(b, NULL);
    for (int i = 0; i < 2000 && b->refused < 100 && !b->other_error; i++)
        sleep_ms(10);
    put_out(b, pid);
    CHECK(b->refused >= 100);
    CHECK(b->forked > 10);
    check_health();
}

static void become_limited_user(void)
{
    struct rlimit limit = { 60, 60 };

    CHECK_EQ(setrlimit(RLIMIT_NPROC, &limit), 0);
    CHECK_EQ(setuid(1234), 0);
}

TEST("a fork bomb of a user stops at RLIMIT_NPROC; others fork on")
{
    struct bomb *b = child_shared(4096);
    pid_t pid = light_bomb(b, become_limited_user);

    for (int i = 0; i < 1000 && (b->refused < 20 || b->forked < 59); i++)
        sleep_ms(10);
    check_health();                     /* while it goes on */
    CHECK_EQ(b->forked, 59);
    put_out(b, pid);
}
