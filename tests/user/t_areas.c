/*
 * t_areas.c - many mappings: splitting, merging, 10,000 of them, random ones
 * held against a model (rows E-03, R04; the limit of areas).
 *
 * run: cpus=1 timeout=90
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/probe.h"

#include <fcntl.h>

#define RW (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)
#define MANY 10000

/* Areas that begin within [from, from + size). */
static int count_areas(const char *from, size_t size)
{
    unsigned long start, first = (unsigned long)from;
    char *line = strtok(probe_maps(), "\n");
    int n = 0;

    for (; line; line = strtok(NULL, "\n"))
        if (sscanf(line, "%lx-", &start) == 1)
            n += start >= first && start < first + size;
    return n;
}

TEST("R04 areas split when one page differs and merge when it does not")
{
    char *p = probe_pages(9, RW);

    /* Pages around it that can't merge with anything. */
    CHECK_EQ(mprotect(p, PAGE, PROT_NONE), 0);
    CHECK_EQ(mprotect(p + 8 * PAGE, PAGE, PROT_NONE), 0);
    memset(p + PAGE, 1, 7 * PAGE);
    CHECK_EQ(count_areas(p + PAGE, 7 * PAGE), 1);
    CHECK_EQ(mprotect(p + 3 * PAGE, PAGE, PROT_READ), 0);
    CHECK_EQ(count_areas(p + PAGE, 7 * PAGE), 3);
    CHECK_EQ(mprotect(p + 3 * PAGE, PAGE, RW), 0);
    CHECK_EQ(count_areas(p + PAGE, 7 * PAGE), 1);
    CHECK_EQ(munmap(p + 3 * PAGE, PAGE), 0);
    CHECK_EQ(count_areas(p + PAGE, 7 * PAGE), 2);
    CHECK(mmap(p + 3 * PAGE, PAGE, RW, ANON | MAP_FIXED, -1, 0) ==
          p + 3 * PAGE);
    CHECK_EQ(count_areas(p + PAGE, 7 * PAGE), 1);
    CHECK(p[2 * PAGE] == 1 && p[3 * PAGE] == 0 && p[4 * PAGE] == 1);
}

TEST("R04 pieces of a file merge only where the file goes on")
{
    int fd = open("/tmp/t_areas", O_RDWR | O_CREAT | O_TRUNC, 0600);
    char *p = probe_pages(8, PROT_NONE) + PAGE;

    CHECK_EQ(ftruncate(fd, 8 * PAGE), 0);
    for (int i = 0; i < 6; i++)
        CHECK(mmap(p + i * PAGE, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, fd,
                   (i < 3 ? i : i + 1) * PAGE) == p + i * PAGE);
    CHECK_EQ(count_areas(p, 6 * PAGE), 2);
    CHECK(mmap(p + PAGE, PAGE, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, PAGE)
          == p + PAGE);
    CHECK_EQ(count_areas(p, 6 * PAGE), 4);
    close(fd);
    unlink("/tmp/t_areas");
}

TEST("10,000 areas: made, used, forked, unmapped")
{
    char *p = mmap(NULL, MANY * PAGE, PROT_NONE, ANON, -1, 0);
    pid_t pid;

    CHECK(p != MAP_FAILED);
    for (int i = 0; i < MANY; i += 2)
        CHECK_EQ(mprotect(p + i * PAGE, PAGE, RW), 0);
    for (int i = 0; i < MANY; i += 100)
        p[i * PAGE] = i / 100;
    pid = child_fork();
    if (pid == 0) {
        for (int i = 0; i < MANY; i += 100)
            CHECK_EQ(p[i * PAGE], (char)(i / 100));
        _exit(0);
    }
    CHECK_EXITS(pid, 0);
    CHECK_FAULTS(p + 4999 * PAGE, READ, SIGSEGV, SEGV_ACCERR);
    CHECK_EQ(munmap(p, MANY * PAGE), 0);
}

TEST("the most areas there may be, one more is ENOMEM, and it all still works")
{
    size_t pages = 70000, i;
    char *p = mmap(NULL, pages * PAGE, PROT_READ, ANON, -1, 0);

    CHECK(p != MAP_FAILED);
    for (i = 0; i < pages; i += 2)
        if (mprotect(p + i * PAGE, PAGE, PROT_NONE))
            break;
    CHECK(i < pages && i > 20000);
    CHECK_EQ(errno, ENOMEM);
    for (int more = 0; ; more++) {      /* that split one into three */
        CHECK(more < 3);
        if (mmap(NULL, PAGE, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0) ==
            MAP_FAILED)
            break;
    }
    CHECK_EQ(errno, ENOMEM);
    CHECK_FAILS(munmap(p + (pages - 2) * PAGE, PAGE), ENOMEM);
    CHECK_WORKS(p + (pages - 2) * PAGE, READ);
    CHECK_EQ(munmap(p, 1000 * PAGE), 0);
    CHECK(mmap(NULL, PAGE, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0) !=
          MAP_FAILED);
    CHECK_EQ(munmap(p + 1000 * PAGE, (pages - 1000) * PAGE), 0);
}

/* --- random calls against a model --- */

#define ROOM 64                         /* pages */

enum { HOLE = -1 };

struct model {
    int prot[ROOM];                     /* or HOLE */
    unsigned char byte[ROOM];           /* what the page holds */
};

static void check_page(const char *p, const struct model *m, int i)
{
    struct fault f = probe((uintptr_t)p + i * PAGE, READ);
    int code = m->prot[i] == HOLE ? SEGV_MAPERR : SEGV_ACCERR;

    if (m->prot[i] > 0) {
        if (f.signo || (unsigned char)p[i * PAGE + 77] != m->byte[i])
            tap_fail(__FILE__, __LINE__, "page %d: signal %d", i, f.signo);
    } else if (f.signo != SIGSEGV || f.code != code) {
        tap_fail(__FILE__, __LINE__, "page %d: signal %d, code %d", i,
                 f.signo, f.code);
    }
}

static void set_range(struct model *m, int from, int n, int prot, bool fresh)
{
    for (int i = from; i < from + n; i++) {
        m->prot[i] = prot;
        if (fresh)
            m->byte[i] = 0;
    }
}

static bool has_hole(const struct model *m, int from, int n)
{
    for (int i = from; i < from + n; i++)
        if (m->prot[i] == HOLE)
            return true;
    return false;
}

static void step(char *p, struct model *m)
{
    static const int prots[] = { PROT_NONE, PROT_READ, RW };
    int from = tap_below(ROOM), n = 1 + tap_below(ROOM - from);
    int prot = prots[tap_below(3)];
    char *at = p + from * PAGE;

    switch (tap_below(5)) {
    case 0:
        CHECK(mmap(at, n * PAGE, prot, ANON | MAP_FIXED, -1, 0) == at);
        set_range(m, from, n, prot, true);
        break;
    case 1:
        n = 1 + n / 8;
        CHECK_EQ(munmap(at, n * PAGE), 0);
        set_range(m, from, n, HOLE, true);
        break;
    case 2:
        if (has_hole(m, from, n))
            break;
        CHECK_EQ(mprotect(at, n * PAGE, prot), 0);
        set_range(m, from, n, prot, false);
        break;
    case 3:
        if (has_hole(m, from, n))
            break;
        CHECK_EQ(madvise(at, n * PAGE, MADV_DONTNEED), 0);
        for (int i = from; i < from + n; i++)
            m->byte[i] = 0;
        break;
    default:
        if (m->prot[from] == RW)
            at[77] = m->byte[from] = tap_random();
    }
}

TEST("E-03 5,000 random calls on 64 pages agree with a model, page by page")
{
    char *p = mmap(NULL, ROOM * PAGE, RW, ANON, -1, 0);
    struct model m;

    CHECK(p != MAP_FAILED);
    set_range(&m, 0, ROOM, RW, true);
    for (int i = 0; i < 5000; i++) {
        step(p, &m);
        check_page(p, &m, tap_below(ROOM));
        if (i % 250 == 0)
            for (int page = 0; page < ROOM; page++)
                check_page(p, &m, page);
    }
}

TEST("E-12 system calls notice that a region's memory is gone, and there again")
{
    const size_t region = 2ul << 20;
    char *base = mmap(NULL, 4 * region, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
                      -1, 0);
    char *p = (char *)(((uintptr_t)base + region - 1) & -region);
    int zero = open("/dev/zero", O_RDONLY);

    CHECK(base != MAP_FAILED && zero >= 0);
    CHECK(munmap(base, 4 * region) == 0);
    for (int round = 0; round < 3; round++) {
        CHECK_FAILS(read(zero, p, 64), EFAULT);
        CHECK_EQ(mmap(p, region, PROT_READ | PROT_WRITE, MAP_PRIVATE |
                      MAP_ANONYMOUS | MAP_FIXED, -1, 0), p);
        CHECK_EQ(read(zero, p, 64), 64);
        CHECK_EQ(read(zero, p + 4096, 8), 8);
        CHECK_FAILS(read(zero, p + region, 8), EFAULT);
        CHECK_EQ(read(zero, p + region - 8, 8), 8);
        CHECK(munmap(p, region) == 0);
        /* What its table lay in is used for something else. */
        char *other = mmap(NULL, 64 * PAGE, RW, ANON, -1, 0);
        CHECK(other != MAP_FAILED);
        memset(other, 0xff, 64 * PAGE);
        CHECK_FAILS(read(zero, p, 64), EFAULT);
        CHECK(munmap(other, 64 * PAGE) == 0);
    }
    close(zero);
}
