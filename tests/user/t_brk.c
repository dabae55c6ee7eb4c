/*
 * t_brk.c - brk(2) (rows, E-08, S05).  The C library's brk() does
 * nothing, so the system is called here.
 *
 * run: cpus=1
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/probe.h"

#include <sys/resource.h>
#include <sys/syscall.h>

static uintptr_t set_break(uintptr_t to)
{
    return syscall(SYS_brk, to);
}

static long free_memory(void)
{
    return tap_read_number("/proc/meminfo", "MemFree");
}

TEST("A-02 E-08 asking a thousand times gives one answer and costs no memory")
{
    uintptr_t first = set_break(0);
    long before;

    free_memory();
    before = free_memory();
    for (int i = 0; i < 1000; i++)
        CHECK_EQ(set_break(0), first);
    CHECK_EQ(free_memory(), before);
}

TEST("A-01 E-08 a byte more maps its page, and the page behind it faults")
{
    uintptr_t start = set_break(0), page = (start + PAGE - 1) & -PAGE;

    CHECK_EQ(set_break(page), page);
    CHECK_FAULTS(page, WRITE, SIGSEGV, SEGV_MAPERR);
    CHECK_EQ(set_break(page + 1), page + 1);
    CHECK_EQ(set_break(0), page + 1);           /* exact, not rounded */
    CHECK_WORKS(page, WRITE);
    CHECK_WORKS(page + PAGE - 1, WRITE);
    CHECK_FAULTS(page + PAGE, WRITE, SIGSEGV, SEGV_MAPERR);
    CHECK_EQ(set_break(start), start);
}

TEST("A-02 E-08 shrinking gives the pages back, growing again gives zeroes")
{
    uintptr_t start = (set_break(0) + PAGE - 1) & -PAGE, end = start + 64 * PAGE;

    set_break(start);
    for (int round = 0; round < 3; round++) {
        long before = free_memory();
        CHECK_EQ(set_break(end), end);
        for (char *p = (char *)start; p < (char *)end; p += 64)
            CHECK_EQ(*p, 0);
        memset((void *)start, 0xee, end - start);
        if (before >= 0)
            CHECK(free_memory() <= before - 240);
        CHECK_EQ(set_break(start), start);
        CHECK_FAULTS(start, READ, SIGSEGV, SEGV_MAPERR);
        if (before >= 0)
            CHECK(free_memory() >= before - 16);
    }
}

TEST("A-02 E-08 what is left of a page survives the shrinking")
{
    uintptr_t start = (set_break(0) + PAGE - 1) & -PAGE;

    CHECK_EQ(set_break(start + 2 * PAGE), start + 2 * PAGE);
    memset((void *)start, 7, 2 * PAGE);
    CHECK_EQ(set_break(start + 100), start + 100);
    CHECK_EQ(((char *)start)[99], 7);
    CHECK_WORKS(start + PAGE - 1, READ);
    CHECK_FAULTS(start + PAGE, READ, SIGSEGV, SEGV_MAPERR);
}

TEST("S05 a break that can't be is answered with the old one")
{
    uintptr_t old = set_break(0);

    CHECK_EQ(set_break(1), old);
    CHECK_EQ(set_break(0x100000), old);         /* the program is there */
    CHECK_EQ(set_break(1ul << 38), old);
    CHECK_EQ(set_break(~0ul), old);
    CHECK_EQ(set_break((uintptr_t)-PAGE), old);
    CHECK_EQ(set_break((uintptr_t)&old), old);  /* across all mappings */
    CHECK_EQ(set_break(0), old);
}

TEST("S05 the heap does not grow into a mapping")
{
    uintptr_t old = (set_break(0) + PAGE - 1) & -PAGE;
    char *wall = mmap((void *)(old + 8 * PAGE), PAGE, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1,
                      0);

    CHECK(wall == (char *)old + 8 * PAGE);
    set_break(old);
    *wall = 44;
    CHECK_EQ(set_break(old + 9 * PAGE), old);
    CHECK_EQ(set_break(old + 8 * PAGE + 1), old);
    CHECK_EQ(set_break(old + 4 * PAGE), old + 4 * PAGE);
    CHECK_EQ(*wall, 44);
}

TEST("S05 RLIMIT_DATA limits the heap")
{
    uintptr_t old = set_break(0);
    struct rlimit limit = { 1 << 20, RLIM_INFINITY };

    CHECK_EQ(setrlimit(RLIMIT_DATA, &limit), 0);
    CHECK_EQ(set_break(old + (2 << 20)), old);
    CHECK_EQ(set_break(old + 64 * PAGE), old + 64 * PAGE);
    limit.rlim_cur = RLIM_INFINITY;
    CHECK_EQ(setrlimit(RLIMIT_DATA, &limit), 0);
    CHECK_EQ(set_break(old + (2 << 20)), old + (2 << 20));
}

TEST("A-02 E-08 fork copies the break; parent and child move theirs apart")
{
    uintptr_t old = (set_break(0) + PAGE - 1) & -PAGE;
    pid_t pid;

    CHECK_EQ(set_break(old + PAGE), old + PAGE);
    *(char *)old = 1;
    pid = child_fork();
    if (pid == 0) {
        CHECK_EQ(set_break(0), old + PAGE);
        CHECK_EQ(*(char *)old, 1);
        *(char *)old = 2;
        CHECK_EQ(set_break(old + 9 * PAGE), old + 9 * PAGE);
        _exit(0);
    }
    CHECK_EXITS(pid, 0);
    CHECK_EQ(set_break(0), old + PAGE);
    CHECK_EQ(*(char *)old, 1);
    CHECK_FAULTS(old + PAGE, READ, SIGSEGV, SEGV_MAPERR);
}
