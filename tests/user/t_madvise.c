/*
 * t_madvise.c - madvise(2) (row E-07).
 *
 * run: cpus=1
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/probe.h"

#include <fcntl.h>

#define RW (PROT_READ | PROT_WRITE)

static long free_memory(void)
{
    return tap_read_number("/proc/meminfo", "MemFree");
}

TEST("E-07 MADV_DONTNEED: private pages read as zero again, and are free")
{
    char *p = probe_pages(256, RW);
    long before;

    memset(p, 5, 256 * PAGE);
    before = free_memory();
    CHECK_EQ(madvise(p + PAGE, 254 * PAGE, MADV_DONTNEED), 0);
    if (before >= 0)
        CHECK(free_memory() >= before + 900);
    CHECK_EQ(probe_resident(p, 256), 2);
    CHECK(p[0] == 5 && p[255 * PAGE] == 5);
    for (int i = 1; i < 255; i++)
        CHECK_EQ(p[i * PAGE + i], 0);
    CHECK_WORKS(p + PAGE, WRITE);
}

TEST("E-07 MADV_DONTNEED of a file's private pages shows the file again")
{
    int fd = open("/tmp/t_madvise", O_RDWR | O_CREAT | O_TRUNC, 0600);
    char *p, *shared;

    CHECK_EQ(write(fd, "file", 4), 4);
    p = mmap(NULL, PAGE, RW, MAP_PRIVATE, fd, 0);
    shared = mmap(NULL, PAGE, RW, MAP_SHARED, fd, 0);
    CHECK(p != MAP_FAILED && shared != MAP_FAILED);
    memcpy(p, "mine", 4);
    memcpy(shared, "ours", 4);
    CHECK_EQ(madvise(shared, PAGE, MADV_DONTNEED), 0);
    CHECK(!memcmp(shared, "ours", 4));  /* in the file, so not lost */
    CHECK(!memcmp(p, "mine", 4));
    CHECK_EQ(madvise(p, PAGE, MADV_DONTNEED), 0);
    CHECK(!memcmp(p, "ours", 4));
    close(fd);
    unlink("/tmp/t_madvise");
}

TEST("E-07 MADV_DONTNEED in a child leaves the parent's pages")
{
    char *p = probe_pages(4, RW);
    pid_t pid;

    memset(p, 6, 4 * PAGE);
    pid = child_fork();
    if (pid == 0) {
        CHECK_EQ(madvise(p, 4 * PAGE, MADV_DONTNEED), 0);
        CHECK_EQ(p[0] + p[3 * PAGE], 0);
        p[0] = 7;
        _exit(0);
    }
    CHECK_EXITS(pid, 0);
    CHECK(p[0] == 6 && p[3 * PAGE] == 6);
}

TEST("E-07 MADV_WILLNEED and the hints change nothing one can see")
{
    static const int hints[] = { MADV_NORMAL, MADV_RANDOM, MADV_SEQUENTIAL,
                                 MADV_WILLNEED };
    char *p = probe_pages(4, RW);

    p[PAGE] = 8;
    for (size_t i = 0; i < sizeof(hints) / sizeof(*hints); i++)
        CHECK_EQ(madvise(p, 4 * PAGE, hints[i]), 0);
    CHECK(p[0] == 0 && p[PAGE] == 8);
}

TEST("E-07 MADV_DONTFORK: the child has no such memory; DOFORK: it has")
{
    char *p = probe_pages(3, RW);
    pid_t pid;

    memset(p, 9, 3 * PAGE);
    CHECK_EQ(madvise(p + PAGE, PAGE, MADV_DONTFORK), 0);
    pid = child_fork();
    if (pid == 0) {
        CHECK(p[0] == 9 && p[2 * PAGE] == 9);
        CHECK_FAULTS(p + PAGE, READ, SIGSEGV, SEGV_MAPERR);
        _exit(0);
    }
    CHECK_EXITS(pid, 0);
    CHECK_EQ(p[PAGE], 9);
    CHECK_EQ(madvise(p + PAGE, PAGE, MADV_DOFORK), 0);
    pid = child_fork();
    if (pid == 0)
        _exit(p[PAGE]);
    CHECK_EXITS(pid, 9);
}

TEST("E-07 MADV_WIPEONFORK: the child finds zeroes")
{
    char *p = probe_pages(2, RW);
    pid_t pid;

    memset(p, 4, 2 * PAGE);
    CHECK_EQ(madvise(p, PAGE, MADV_WIPEONFORK), 0);
    pid = child_fork();
    if (pid == 0)
        _exit(p[0] == 0 && p[PAGE] == 4 ? 0 : 1);
    CHECK_EXITS(pid, 0);
    CHECK_EQ(p[0], 4);
    CHECK_EQ(madvise(p, PAGE, MADV_KEEPONFORK), 0);
    pid = child_fork();
    if (pid == 0)
        _exit(p[0]);
    CHECK_EXITS(pid, 4);
}

TEST("E-07 what madvise refuses")
{
    char *p = probe_pages(3, RW);

    memset(p, 1, 3 * PAGE);
    CHECK_FAILS(madvise(p + 1, PAGE, MADV_DONTNEED), EINVAL);
    CHECK_FAILS(madvise(p, PAGE, 12345), EINVAL);
    CHECK_FAILS(madvise(p, ~0ul, MADV_DONTNEED), EINVAL);
    CHECK_EQ(madvise(p, 0, MADV_DONTNEED), 0);
    CHECK_EQ(p[0], 1);
    CHECK_EQ(munmap(p + PAGE, PAGE), 0);
    CHECK_FAILS(madvise(p, 3 * PAGE, MADV_DONTNEED), ENOMEM);
    CHECK(p[0] == 0 && p[2 * PAGE] == 0);       /* the rest was done */
    CHECK_EQ(mlock(p, PAGE), 0);
    CHECK_FAILS(madvise(p, PAGE, MADV_DONTNEED), EINVAL);
}
