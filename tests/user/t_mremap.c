/*
 * t_mremap.c - mremap(2) (row E-07).
 *
 * run: cpus=1
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/probe.h"

#include <fcntl.h>
#include <sys/syscall.h>

#define RW (PROT_READ | PROT_WRITE)

static long remap(void *old, size_t old_size, size_t size, int flags, void *to)
{
    return syscall(SYS_mremap, old, old_size, size, flags, to);
}

/* Pages that hold their number, with nothing mapped behind them. */
static char *numbered(int pages, int room)
{
    char *p = probe_pages(pages + room, RW);

    for (int i = 0; i < pages; i++)
        p[i * PAGE] = i + 1;
    if (room)
        CHECK_EQ(munmap(p + pages * PAGE, room * PAGE), 0);
    return p;
}

static void check_numbers(const char *p, int pages)
{
    for (int i = 0; i < pages; i++)
        CHECK_EQ(p[i * PAGE], i + 1);
}

TEST("E-07 mremap shrinks in place")
{
    char *p = numbered(6, 0);

    CHECK_EQ(remap(p, 6 * PAGE, 2 * PAGE, 0, NULL), (long)p);
    check_numbers(p, 2);
    CHECK_FAULTS(p + 2 * PAGE, READ, SIGSEGV, SEGV_MAPERR);
    CHECK_FAULTS(p + 5 * PAGE, READ, SIGSEGV, SEGV_MAPERR);
}

TEST("E-07 mremap grows in place where there is room")
{
    char *p = numbered(2, 6);

    CHECK_EQ(remap(p, 2 * PAGE, 5 * PAGE, 0, NULL), (long)p);
    check_numbers(p, 2);
    CHECK_EQ(p[3 * PAGE], 0);
    CHECK_WORKS(p + 4 * PAGE, WRITE);
    CHECK_FAULTS(p + 5 * PAGE, READ, SIGSEGV, SEGV_MAPERR);
}

TEST("E-07 where there is none it moves, if it may")
{
    char *p = numbered(4, 0);
    long q;

    CHECK_FAILS(remap(p, 2 * PAGE, 3 * PAGE, 0, NULL), ENOMEM);
    check_numbers(p, 4);
    q = remap(p, 2 * PAGE, 30 * PAGE, MREMAP_MAYMOVE, NULL);
    CHECK(q > 0 && q != (long)p);
    check_numbers((char *)q, 2);
    CHECK_EQ(((char *)q)[29 * PAGE], 0);
    CHECK_FAULTS(p, READ, SIGSEGV, SEGV_MAPERR);
    CHECK_EQ(p[2 * PAGE], 3);           /* the rest stays */
}

TEST("E-07 MREMAP_FIXED moves onto what is there, rights and all")
{
    char *p = numbered(3, 0), *q = numbered(5, 0);

    CHECK_EQ(mprotect(p, 3 * PAGE, PROT_READ), 0);
    CHECK_EQ(remap(p, 3 * PAGE, 3 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
                   q + PAGE), (long)q + (long)PAGE);
    CHECK_EQ(q[0], 1);
    check_numbers(q + PAGE, 3);
    CHECK_EQ(q[4 * PAGE], 5);
    CHECK_FAULTS(q + PAGE, WRITE, SIGSEGV, SEGV_ACCERR);
    CHECK_WORKS(q, WRITE);
    CHECK_FAULTS(p, READ, SIGSEGV, SEGV_MAPERR);
}

TEST("E-07 pages not touched and pages shared with a child move, too")
{
    char *p = numbered(2, 0), *far;
    pid_t pid;
    long q;

    p[PAGE] = 2;
    pid = child_fork();
    if (pid == 0) {
        q = remap(p, 2 * PAGE, 8 * PAGE, MREMAP_MAYMOVE, NULL);
        CHECK(q > 0);
        far = (char *)q;
        check_numbers(far, 2);
        far[0] = 99;
        _exit(0);
    }
    CHECK_EXITS(pid, 0);
    check_numbers(p, 2);
    far = probe_pages(4, RW);
    q = remap(far, 4 * PAGE, 40 * PAGE, MREMAP_MAYMOVE, NULL);
    CHECK(q > 0);
    CHECK_EQ(((char *)q)[39 * PAGE], 0);
}

TEST("E-07 a mapping of a file shows more of it when it grows")
{
    int fd = open("/tmp/t_mremap", O_RDWR | O_CREAT | O_TRUNC, 0600);
    char page[PAGE];
    long q;

    for (int i = 0; i < 4; i++) {
        memset(page, 'a' + i, PAGE);
        CHECK_EQ(write(fd, page, PAGE), PAGE);
    }
    char *p = mmap(NULL, PAGE, RW, MAP_SHARED, fd, PAGE);
    CHECK(p != MAP_FAILED);
    q = remap(p, PAGE, 3 * PAGE, MREMAP_MAYMOVE, NULL);
    CHECK(q > 0);
    p = (char *)q;
    CHECK(p[0] == 'b' && p[PAGE] == 'c' && p[2 * PAGE] == 'd');
    p[2 * PAGE] = 'X';
    CHECK_EQ(pread(fd, page, 1, 3 * PAGE), 1);
    CHECK_EQ(page[0], 'X');
    close(fd);
    unlink("/tmp/t_mremap");
}

TEST("E-07 old size 0 of a shared mapping makes a second one")
{
    char *p = mmap(NULL, 2 * PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    long q = remap(p, 0, 2 * PAGE, MREMAP_MAYMOVE, NULL);

    CHECK(q > 0 && q != (long)p);
    p[PAGE] = 'z';
    CHECK_EQ(((char *)q)[PAGE], 'z');
    CHECK_FAILS(remap(p, 0, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, p), EINVAL);
    CHECK_EQ(p[PAGE], 'z');
    char *private = numbered(1, 0);
    CHECK_FAILS(remap(private, 0, PAGE, MREMAP_MAYMOVE, NULL), EINVAL);
}

TEST("E-07 what mremap refuses")
{
    char *p = numbered(4, 0), *q = numbered(2, 0);

    CHECK_FAILS(remap(p + 1, PAGE, PAGE, 0, NULL), EINVAL);
    CHECK_FAILS(remap(p, PAGE, 0, 0, NULL), EINVAL);
    CHECK_FAILS(remap(p, PAGE, PAGE, 64, NULL), EINVAL);
    CHECK_FAILS(remap(p, PAGE, PAGE, MREMAP_FIXED, q), EINVAL);
    CHECK_FAILS(remap(p, PAGE, PAGE, MREMAP_FIXED | MREMAP_MAYMOVE, q + 8),
                EINVAL);
    CHECK_FAILS(remap(p, 3 * PAGE, 3 * PAGE, MREMAP_FIXED | MREMAP_MAYMOVE,
                      p + PAGE), EINVAL);       /* onto itself */
    CHECK_FAILS(remap(p, PAGE, PAGE, MREMAP_FIXED | MREMAP_MAYMOVE,
                      (void *)-PAGE), EINVAL);
    CHECK_FAILS(remap((void *)0x10000, PAGE, 2 * PAGE, 0, NULL), EFAULT);
    CHECK_FAILS(remap(p, PAGE, 1ul << 39, MREMAP_MAYMOVE, NULL), ENOMEM);
    CHECK_EQ(munmap(p + PAGE, PAGE), 0);
    CHECK_FAILS(remap(p, 4 * PAGE, 8 * PAGE, MREMAP_MAYMOVE, NULL), EFAULT);
    CHECK_EQ(p[0], 1);
    check_numbers(q, 2);
}
