/*
 * t_limits_mem.c - RLIMIT_AS, RLIMIT_DATA, RLIMIT_STACK: setrlimit(2) (row
 * E-18).
 *
 * run: cpus=1
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/probe.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#define RW (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)
#define MIB (1ul << 20)

static void limit_to(int resource, size_t bytes)
{
    struct rlimit limit = { bytes, RLIM_INFINITY };

    CHECK_EQ(setrlimit(resource, &limit), 0);
}

static void *map(size_t size, int prot, int flags)
{
    return mmap(NULL, size, prot, flags, -1, 0);
}

/* Bytes of the address space in use. */
static size_t size_now(void)
{
    long kib = tap_read_number("/proc/self/status", "VmSize");

    if (kib < 0)
        tap_skip("no VmSize");
    return kib * 1024;
}

TEST("E-18 RLIMIT_AS: mmap beyond it is ENOMEM, up to it it works")
{
    size_t used = size_now();
    char *p;

    limit_to(RLIMIT_AS, used + 4 * MIB);
    CHECK(map(5 * MIB, RW, ANON) == MAP_FAILED && errno == ENOMEM);
    CHECK(map(5 * MIB, PROT_NONE, ANON) == MAP_FAILED && errno == ENOMEM);
    p = map(4 * MIB, RW, ANON);
    CHECK(p != MAP_FAILED);
    CHECK(map(PAGE, RW, ANON) == MAP_FAILED && errno == ENOMEM);
    /* In the place of something it takes no more. */
    CHECK(mmap(p, MIB, RW, ANON | MAP_FIXED, -1, 0) == p);
    CHECK_EQ(munmap(p, 2 * MIB), 0);
    CHECK(map(2 * MIB, RW, ANON) != MAP_FAILED);
}

TEST("E-18 RLIMIT_AS binds mremap, brk and the stack")
{
    size_t used = size_now();
    uintptr_t old = syscall(SYS_brk, 0);
    char *p = probe_pages(1, RW);
    uintptr_t deep = (uintptr_t)&used - 3 * MIB;

    limit_to(RLIMIT_AS, used + 2 * MIB);
    CHECK_FAILS((long)mremap(p, PAGE, 3 * MIB, MREMAP_MAYMOVE), ENOMEM);
    CHECK_EQ(syscall(SYS_brk, old + 3 * MIB), (long)old);
    CHECK_FAULTS(deep, WRITE, SIGSEGV, SEGV_MAPERR);
    limit_to(RLIMIT_AS, RLIM_INFINITY);
    CHECK_WORKS(deep, WRITE);
}

TEST("E-18 RLIMIT_DATA counts private memory that can be written")
{
    long kib = tap_read_number("/proc/self/status", "VmData");
    char *p;

    if (kib < 0)
        tap_skip("no VmData");
    limit_to(RLIMIT_DATA, kib * 1024 + MIB);
    CHECK(map(2 * MIB, RW, ANON) == MAP_FAILED && errno == ENOMEM);
    CHECK(map(2 * MIB, PROT_READ, ANON) != MAP_FAILED);
    CHECK(map(2 * MIB, RW, MAP_SHARED | MAP_ANONYMOUS) != MAP_FAILED);
    p = map(2 * MIB, PROT_NONE, ANON);
    CHECK(p != MAP_FAILED);
    CHECK_FAILS(mprotect(p, 2 * MIB, RW), ENOMEM);
    CHECK_EQ(mprotect(p, MIB / 2, RW), 0);
    CHECK_WORKS(p, WRITE);
}

TEST("E-18 limits: soft below hard, hard only down, and inherited")
{
    struct rlimit limit = { 10 * MIB, 5 * MIB }, got;
    pid_t pid;

    CHECK_FAILS(setrlimit(RLIMIT_DATA, &limit), EINVAL);
    limit = (struct rlimit){ 50 * MIB, 100 * MIB };
    CHECK_EQ(setrlimit(RLIMIT_DATA, &limit), 0);
    pid = child_fork();
    if (pid == 0) {
        CHECK_EQ(getrlimit(RLIMIT_DATA, &got), 0);
        CHECK(got.rlim_cur == 50 * MIB && got.rlim_max == 100 * MIB);
        CHECK_EQ(setuid(1000), 0);
        limit.rlim_max = 101 * MIB;
        CHECK_FAILS(setrlimit(RLIMIT_DATA, &limit), EPERM);
        limit.rlim_max = 60 * MIB;
        CHECK_EQ(setrlimit(RLIMIT_DATA, &limit), 0);
        _exit(0);
    }
    CHECK_EXITS(pid, 0);
    CHECK_EQ(getrlimit(RLIMIT_DATA, &got), 0);
    CHECK_EQ(got.rlim_max, 100 * MIB);
    CHECK_FAILS(syscall(SYS_prlimit64, 0, 16, NULL, &got), EINVAL);
    CHECK_FAILS(syscall(SYS_prlimit64, 0, RLIMIT_DATA, NULL, 8), EFAULT);
}

TEST("E-18 a fork does not fail for RLIMIT_AS of what it copies")
{
    pid_t pid;

    limit_to(RLIMIT_AS, size_now());
    pid = child_fork();
    if (pid == 0)
        _exit(0);
    CHECK_EXITS(pid, 0);
}

TEST("E-18 an exec under a tiny RLIMIT_AS fails or dies; the caller lives")
{
    char *argv[] = { "true", NULL };
    pid_t pid = child_fork();
    int status;

    if (pid == 0) {
        limit_to(RLIMIT_AS, 16 * PAGE);
        execve(tap_self, argv, argv);
        _exit(errno == ENOMEM ? 0 : 1);
    }
    status = child_wait(pid);
    CHECK(status == 0 || (WIFSIGNALED(status) && (WTERMSIG(status) == SIGKILL
                          || WTERMSIG(status) == SIGSEGV)));
}
