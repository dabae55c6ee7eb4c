/*
 * t_mmap.c - anonymous mappings: mmap(2), munmap(2) (rows E-05..E-07, E-09,
 * P14, P17).  Mappings of files are in t_mmap_file.c.
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/probe.h"

#include <fcntl.h>
#include <sys/syscall.h>

#define RW (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)
#define USER_END (1ul << 38)

static long raw_mmap(unsigned long addr, size_t size, int prot, int flags,
                     int fd, unsigned long offset)
{
    return syscall(SYS_mmap, addr, size, prot, flags, fd, offset);
}

TEST("E-05 R05 anonymous memory is zero, and comes page by page on demand")
{
    char *p = probe_pages(64, RW);

    CHECK_EQ((uintptr_t)p % PAGE, 0);
    CHECK_EQ(probe_resident(p, 64), 0);
    for (size_t i = 0; i < 64 * PAGE; i += 513)
        CHECK_EQ(p[i], 0);
    for (int i = 0; i < 64; i += 2)
        p[i * PAGE] = i;
    for (int i = 0; i < 64; i++)
        CHECK_EQ(p[i * PAGE], i % 2 ? 0 : i);
    CHECK_EQ(munmap(p, 64 * PAGE), 0);
    CHECK_FAULTS(p, READ, SIGSEGV, SEGV_MAPERR);
}

TEST("E-05 memory given back and taken again is zero")
{
    for (int round = 0; round < 50; round++) {
        char *p = probe_pages(16, RW);

        for (size_t i = 0; i < 16 * PAGE; i++)
            if (p[i])
                tap_fail(__FILE__, __LINE__, "byte %zu is %d", i, p[i]);
        memset(p, 0xa5, 16 * PAGE);
        CHECK_EQ(munmap(p, 16 * PAGE), 0);
    }
}

TEST("E-05 what mmap refuses")
{
    int fd = open("/dev/null", O_RDWR);

    CHECK_FAILS(raw_mmap(0, 0, RW, ANON, -1, 0), EINVAL);
    CHECK_FAILS(raw_mmap(0, PAGE, RW, MAP_ANONYMOUS, -1, 0), EINVAL);
    CHECK_FAILS(raw_mmap(0, PAGE, RW, MAP_PRIVATE, -1, 0), EBADF);
    CHECK_FAILS(raw_mmap(0, PAGE, RW, MAP_PRIVATE, 99, 0), EBADF);
    CHECK_FAILS(raw_mmap(0, PAGE, RW, MAP_SHARED, fd, 0), ENODEV);
    CHECK_FAILS(raw_mmap(0, PAGE, RW, MAP_PRIVATE, fd, 1), EINVAL);
    CHECK_FAILS(raw_mmap(0, ~0ul, RW, ANON, -1, 0), ENOMEM);
    CHECK_FAILS(raw_mmap(0, USER_END, RW, ANON, -1, 0), ENOMEM);
    CHECK_FAILS(raw_mmap(1, PAGE, RW, ANON | MAP_FIXED, -1, 0), EINVAL);
    CHECK_FAILS(raw_mmap(USER_END, PAGE, RW, ANON | MAP_FIXED, -1, 0), ENOMEM);
    CHECK_FAILS(raw_mmap(USER_END - PAGE, 2 * PAGE, RW, ANON | MAP_FIXED, -1,
                         0), ENOMEM);
    CHECK_FAILS(raw_mmap(-PAGE, PAGE, RW, ANON | MAP_FIXED, -1, 0), ENOMEM);
    CHECK_FAILS(raw_mmap(-PAGE, ~0ul - 5, RW, ANON | MAP_FIXED, -1, 0),
                ENOMEM);
    CHECK_FAILS(raw_mmap(0, PAGE, RW, MAP_SHARED_VALIDATE | MAP_ANONYMOUS, -1,
                         0), EINVAL);
    CHECK_FAILS(raw_mmap(0, PAGE, RW, MAP_SHARED_VALIDATE | 1 << 30, fd, 0),
                EOPNOTSUPP);
    close(fd);
}

TEST("E-05 address 0 can't be mapped, a hint can be anything")
{
    char *p;

    CHECK_EQ(setuid(1000), 0);
    CHECK_FAILS(raw_mmap(0, PAGE, RW, ANON | MAP_FIXED, -1, 0), EPERM);
    p = mmap((void *)-4096l, PAGE, RW, ANON, -1, 0);
    CHECK(p != MAP_FAILED && p);
    CHECK_WORKS(p, WRITE);
    p = mmap((void *)0x2345678901, PAGE, RW, ANON, -1, 0);
    CHECK(p == (char *)0x2345678000);   /* free, so it is taken */
    CHECK(mmap(p, PAGE, RW, ANON, -1, 0) != p);
}

TEST("P14 MAP_ANONYMOUS takes no notice of the descriptor")
{
    int fd = open("/dev/null", O_RDONLY);
    char *p = mmap(NULL, PAGE, RW, ANON, fd, 0);

    CHECK(p != MAP_FAILED);
    CHECK_WORKS(p, WRITE);
    p = mmap(NULL, PAGE, RW, ANON, 9999, 0);
    CHECK(p != MAP_FAILED);
    CHECK_WORKS(p, WRITE);
}

TEST("E-04 E-05 MAP_FIXED takes the place of what was there, and only of that")
{
    char *p = probe_pages(6, RW);

    CHECK_EQ(munmap(p + 5 * PAGE, PAGE), 0);
    memset(p, 1, 5 * PAGE);
    CHECK(mmap(p + 2 * PAGE, PAGE, RW, ANON | MAP_FIXED, -1, 0) ==
          p + 2 * PAGE);
    for (int i = 0; i < 5; i++)
        CHECK_EQ(p[i * PAGE + 7], i == 2 ? 0 : 1);
    /* Over its edges, too. */
    CHECK(mmap(p + 4 * PAGE, 2 * PAGE, PROT_READ, ANON | MAP_FIXED, -1, 0) ==
          p + 4 * PAGE);
    CHECK_EQ(p[4 * PAGE], 0);
    CHECK_FAULTS(p + 4 * PAGE, WRITE, SIGSEGV, SEGV_ACCERR);
    CHECK_EQ(p[3 * PAGE], 1);
}

TEST("E-04 P17 MAP_FIXED_NOREPLACE leaves alone what is there")
{
    char *p = probe_pages(4, RW);

    p[PAGE] = 5;
    CHECK_FAILS(raw_mmap((uintptr_t)p, PAGE, RW, ANON | MAP_FIXED_NOREPLACE,
                         -1, 0), EEXIST);
    CHECK_FAILS(raw_mmap((uintptr_t)p - PAGE, 2 * PAGE, RW,
                         ANON | MAP_FIXED_NOREPLACE, -1, 0), EEXIST);
    CHECK_EQ(p[PAGE], 5);
    CHECK_EQ(munmap(p + PAGE, 2 * PAGE), 0);
    CHECK_EQ(raw_mmap((uintptr_t)p + PAGE, 2 * PAGE, RW,
                      ANON | MAP_FIXED_NOREPLACE, -1, 0), (long)p + PAGE);
    CHECK_EQ(p[PAGE], 0);
    CHECK_FAILS(raw_mmap((uintptr_t)p + PAGE, 2 * PAGE, RW,
                         ANON | MAP_FIXED_NOREPLACE, -1, 0), EEXIST);
}

TEST("E-07 munmap makes holes, at the front, in the middle, at the end")
{
    char *p = probe_pages(9, RW);

    memset(p, 3, 9 * PAGE);
    CHECK_EQ(munmap(p, PAGE), 0);
    CHECK_EQ(munmap(p + 4 * PAGE, PAGE), 0);
    CHECK_EQ(munmap(p + 8 * PAGE, 1), 0);       /* rounded up */
    for (int i = 0; i < 9; i++) {
        if (i == 0 || i == 4 || i == 8)
            CHECK_FAULTS(p + i * PAGE, WRITE, SIGSEGV, SEGV_MAPERR);
        else
            CHECK_EQ(p[i * PAGE], 3);
    }
    CHECK_EQ(munmap(p, 9 * PAGE), 0);           /* holes and all */
    CHECK_EQ(munmap(p, 9 * PAGE), 0);           /* nothing there: fine */
    for (int i = 0; i < 9; i++)
        CHECK_FAULTS(p + i * PAGE, READ, SIGSEGV, SEGV_MAPERR);
}

TEST("E-07 what munmap refuses")
{
    char *p = probe_pages(1, RW);

    CHECK_FAILS(munmap(p + 1, PAGE), EINVAL);
    CHECK_FAILS(munmap(p, 0), EINVAL);
    CHECK_FAILS(munmap(p, ~0ul), EINVAL);
    CHECK_FAILS(munmap((void *)-PAGE, PAGE), EINVAL);
    CHECK_FAILS(munmap(p, USER_END), EINVAL);
    CHECK_FAILS(munmap((void *)0xffffffc000000000, PAGE), EINVAL);
    CHECK_WORKS(p, WRITE);
}

TEST("E-04 P17 MAP_POPULATE brings all pages at once, MAP_LOCKED too")
{
    char *p = mmap(NULL, 32 * PAGE, RW, ANON | MAP_POPULATE, -1, 0);

    CHECK(p != MAP_FAILED);
    CHECK_EQ(probe_resident(p, 32), 32);
    p = mmap(NULL, 8 * PAGE, RW, ANON | MAP_LOCKED, -1, 0);
    CHECK(p != MAP_FAILED);
    CHECK_EQ(probe_resident(p, 8), 8);
}

TEST("E-06 shared anonymous memory is one for parent, child, grandchild")
{
    int *p = mmap(NULL, 4 * PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t pid;

    CHECK(p != MAP_FAILED);
    p[0] = 1;
    pid = child_fork();
    if (pid == 0) {
        pid_t grandchild = child_fork();
        if (grandchild == 0) {
            p[3000] = 33;               /* a page that nobody has touched */
            _exit(0);
        }
        CHECK_EXITS(grandchild, 0);
        CHECK_EQ(p[3000], 33);
        p[0]++;
        munmap(p, 4 * PAGE);
        _exit(0);
    }
    CHECK_EXITS(pid, 0);
    CHECK_EQ(p[0], 2);
    CHECK_EQ(p[3000], 33);
}

TEST("E-09 E-19 1,000 times map, write, fork and unmap")
{
    for (int i = 0; i < 1000; i++) {
        char *p = probe_pages(3, RW);
        pid_t pid;

        p[0] = p[2 * PAGE] = i;
        if (i % 50)
            goto unmap;
        pid = child_fork();
        if (pid == 0)
            _exit(p[0] == (char)i ? 0 : 1);
        CHECK_EXITS(pid, 0);
    unmap:
        CHECK_EQ(munmap(p, 3 * PAGE), 0);
    }
}

TEST("R04 /proc/self/maps: in order, disjoint, with the right rights")
{
    char *p = probe_pages(3, PROT_READ);
    unsigned long from, to, last = 0;
    char rights[5], *line;

    CHECK_EQ(mprotect(p + PAGE, PAGE, RW), 0);
    line = strtok(probe_maps(), "\n");
    for (; line; line = strtok(NULL, "\n")) {
        CHECK_EQ(sscanf(line, "%lx-%lx %4s", &from, &to, rights), 3);
        CHECK(from < to && from >= last);
        last = to;
    }
    CHECK(last > (unsigned long)p);
    CHECK(strstr(probe_map_line(p), " r--p "));
    CHECK(strstr(probe_map_line(p + PAGE), " rw-p "));
    CHECK(strstr(probe_map_line(p + 2 * PAGE), " r--p "));
    CHECK(strstr(probe_map_line(&p), "[stack]"));
    CHECK_EQ(munmap(p + PAGE, PAGE), 0);
    CHECK_EQ(*probe_map_line(p + PAGE), '\0');
}
