/*
 * t_mlock.c - mlock(2) and its relatives, mincore(2), msync(2) (rows E-06,
 * P16).
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

static long locked_kib(void)
{
    return tap_read_number("/proc/self/status", "VmLck");
}

TEST("P16 mlock brings the pages and counts them; munlock counts them off")
{
    char *p = probe_pages(16, RW);
    long before = locked_kib();

    CHECK_EQ(mlock(p + PAGE, 8 * PAGE), 0);
    CHECK_EQ(probe_resident(p, 16), 8);
    if (before >= 0)
        CHECK_EQ(locked_kib(), before + 32);
    CHECK_EQ(mlock(p + PAGE, 8 * PAGE), 0);     /* not counted twice */
    CHECK_EQ(mlock(p + 8 * PAGE + 5, 1), 0);    /* whole pages */
    if (before >= 0)
        CHECK_EQ(locked_kib(), before + 32);
    CHECK_EQ(munlock(p, 16 * PAGE), 0);
    if (before >= 0)
        CHECK_EQ(locked_kib(), before);
    CHECK_EQ(mlock(p, 16 * PAGE), 0);
    CHECK_EQ(munmap(p, 16 * PAGE), 0);
    if (before >= 0)
        CHECK_EQ(locked_kib(), before);
}

TEST("P16 locks are not inherited by a child")
{
    char *p = probe_pages(4, RW);
    pid_t pid;

    CHECK_EQ(mlock(p, 4 * PAGE), 0);
    if (locked_kib() < 0)
        tap_skip("no VmLck");
    pid = child_fork();
    if (pid == 0) {
        CHECK_EQ(locked_kib(), 0);
        _exit(0);
    }
    CHECK_EXITS(pid, 0);
}

TEST("P16 RLIMIT_MEMLOCK binds users: ENOMEM beyond, EPERM at 0")
{
    struct rlimit limit = { 4 * PAGE, 4 * PAGE };
    char *p = probe_pages(16, RW);

    CHECK_EQ(setrlimit(RLIMIT_MEMLOCK, &limit), 0);
    if (getuid() == 0) {
        CHECK_EQ(mlock(p, 8 * PAGE), 0);        /* root is above it */
        CHECK_EQ(munlock(p, 8 * PAGE), 0);
        CHECK_EQ(setuid(1000), 0);
    }
    CHECK_EQ(mlock(p, 4 * PAGE), 0);
    CHECK_FAILS(mlock(p + 4 * PAGE, PAGE), ENOMEM);
    CHECK_EQ(mlock(p, 4 * PAGE), 0);
    CHECK_EQ((long)mmap(NULL, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS |
                        MAP_LOCKED, -1, 0), -1);
    CHECK_EQ(errno, EAGAIN);
    CHECK_EQ(munlock(p, 4 * PAGE), 0);
    limit.rlim_cur = 0;
    CHECK_EQ(setrlimit(RLIMIT_MEMLOCK, &limit), 0);
    CHECK_FAILS(mlock(p, PAGE), EPERM);
    CHECK_FAILS(mlockall(MCL_CURRENT), EPERM);
}

TEST("P16 mlockall: what is there, and what will be")
{
    char *p = probe_pages(8, RW), *q;

    CHECK_EQ(mlockall(MCL_CURRENT), 0);
    CHECK_EQ(probe_resident(p, 8), 8);
    q = probe_pages(8, RW);
    CHECK_EQ(probe_resident(q, 8), 0);
    CHECK_EQ(mlockall(MCL_FUTURE), 0);
    q = probe_pages(8, RW);
    CHECK_EQ(probe_resident(q, 8), 8);
    CHECK_EQ(munlockall(), 0);
    q = probe_pages(8, RW);
    CHECK_EQ(probe_resident(q, 8), 0);
    if (locked_kib() >= 0)
        CHECK_EQ(locked_kib(), 0);
    CHECK_FAILS(mlockall(0), EINVAL);
    CHECK_FAILS(mlockall(64), EINVAL);
}

TEST("P16 mlock2 with MLOCK_ONFAULT locks pages as they come")
{
    char *p = probe_pages(8, RW);

    CHECK_EQ(syscall(SYS_mlock2, p, 8 * PAGE, 1), 0);
    CHECK_EQ(probe_resident(p, 8), 0);
    p[3 * PAGE] = 1;
    CHECK_EQ(probe_resident(p, 8), 1);
    CHECK_FAILS(syscall(SYS_mlock2, p, PAGE, 2), EINVAL);
}

TEST("P16 what mlock and munlock refuse")
{
    char *p = probe_pages(3, RW);

    CHECK_EQ(munmap(p + PAGE, PAGE), 0);
    CHECK_FAILS(mlock(p, 3 * PAGE), ENOMEM);
    CHECK_FAILS(munlock(p, 3 * PAGE), ENOMEM);
    CHECK_FAILS(mlock((void *)0x10000, PAGE), ENOMEM);
    CHECK_FAILS(mlock(p, ~0ul), EINVAL);
    CHECK_EQ(mlock(p, 0), 0);
}

TEST("mincore tells which pages are there")
{
    char *p = probe_pages(300, RW);
    unsigned char vec[300];

    for (int i = 0; i < 300; i += 7)
        p[i * PAGE] = 1;
    memset(vec, 0xee, sizeof(vec));
    CHECK_EQ(mincore(p, 300 * PAGE, vec), 0);
    for (int i = 0; i < 300; i++)
        CHECK_EQ(vec[i] & 1, i % 7 == 0);
    memset(vec, 0xee, sizeof(vec));
    CHECK_EQ(mincore(p, PAGE + 1, vec), 0);     /* two pages, two bytes */
    CHECK(vec[1] != 0xee && vec[2] == 0xee);
}

TEST("what mincore refuses")
{
    char *p = probe_pages(3, RW);
    unsigned char vec[3];

    CHECK_FAILS(mincore(p + 1, PAGE, vec), EINVAL);
    CHECK_FAILS(syscall(SYS_mincore, p, PAGE, 8), EFAULT);
    CHECK_EQ(munmap(p + PAGE, PAGE), 0);
    CHECK_FAILS(mincore(p, 3 * PAGE, vec), ENOMEM);
    CHECK_FAILS(mincore((void *)-PAGE, PAGE, vec), ENOMEM);
    CHECK_EQ(mincore(p, 0, vec), 0);
}

TEST("msync: mapped pages and sound flags only")
{
    int fd = open("/tmp/t_mlock", O_RDWR | O_CREAT | O_TRUNC, 0600);
    char *p, c = 0;

    CHECK_EQ(ftruncate(fd, 3 * PAGE), 0);
    p = mmap(NULL, 3 * PAGE, RW, MAP_SHARED, fd, 0);
    CHECK(p != MAP_FAILED);
    p[PAGE] = 'm';
    CHECK_EQ(msync(p, 3 * PAGE, MS_SYNC), 0);
    CHECK_EQ(msync(p, 3 * PAGE, MS_ASYNC), 0);
    CHECK_EQ(msync(p, 3 * PAGE, MS_INVALIDATE), 0);
    CHECK_EQ(pread(fd, &c, 1, PAGE), 1);
    CHECK_EQ(c, 'm');
    CHECK_FAILS(msync(p + 1, PAGE, MS_SYNC), EINVAL);
    CHECK_FAILS(msync(p, PAGE, MS_SYNC | MS_ASYNC), EINVAL);
    CHECK_FAILS(msync(p, PAGE, 64), EINVAL);
    CHECK_EQ(mlock(p, PAGE), 0);
    CHECK_FAILS(msync(p, PAGE, MS_INVALIDATE), EBUSY);
    CHECK_EQ(munmap(p + PAGE, PAGE), 0);
    CHECK_FAILS(msync(p, 3 * PAGE, MS_SYNC), ENOMEM);
    close(fd);
    unlink("/tmp/t_mlock");
}
