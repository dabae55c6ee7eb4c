/* work_memory.c - work with memory, its contents checked at each step. */
#define _GNU_SOURCE
#include "tests/user/lib/work.h"

#include <signal.h>
#include <sys/mman.h>

#define PAGE 4096ul
#define PAGES 24
#define STEPS 12
#define MARK 32                 /* bytes of pattern at the start of a page */

/* What page i of an area should hold: 0 for zeros, or the pattern's number;
 * or that it is gone. */
#define GONE (~0ull)

struct area {
    unsigned char *base;
    uint64_t holds[PAGES];
};

static void check_area(const struct area *a)
{
    static const unsigned char zeros[MARK];

    for (int i = 0; i < PAGES; i++)
        if (a->holds[i] == 0)
            CHECK(!memcmp(a->base + i * PAGE, zeros, MARK));
        else if (a->holds[i] != GONE)
            work_check_pattern(a->base + i * PAGE, MARK, a->holds[i]);
}

static void write_page(struct area *a, int i)
{
    a->holds[i] = tap_random() | 1;
    work_pattern(a->base + i * PAGE, MARK, a->holds[i]);
}

/* A page and how many from there on. */
static void choose(int *first, int *n)
{
    *first = tap_below(PAGES);
    *n = 1 + tap_below(PAGES - *first);
}

static void do_unmap(struct area *a, int first, int n)
{
    if (munmap(a->base + first * PAGE, n * PAGE) < 0) {
        CHECK(work_scarce());   /* one area becomes two */
        return;
    }
    for (int i = first; i < first + n; i++)
        a->holds[i] = GONE;
}

static void do_map(struct area *a, int first, int n)
{
    void *p = mmap(a->base + first * PAGE, n * PAGE, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

    if (p == MAP_FAILED) {
        CHECK(work_scarce());
        return;
    }
    for (int i = first; i < first + n; i++)
        a->holds[i] = 0;
}

/* Read-only and back: what is there stays. */
static void do_protect(struct area *a, int first, int n)
{
    unsigned char *p = a->base + first * PAGE;

    for (int i = first; i < first + n; i++)
        if (a->holds[i] == GONE)
            return;
    if (mprotect(p, n * PAGE, PROT_READ) < 0) {
        CHECK(work_scarce());
        return;
    }
    check_area(a);
    while (mprotect(p, n * PAGE, PROT_READ | PROT_WRITE) < 0)
        CHECK(work_scarce());
}

static void do_forget(struct area *a, int first, int n)
{
    for (int i = first; i < first + n; i++)
        if (a->holds[i] == GONE)
            return;
    CHECK(madvise(a->base + first * PAGE, n * PAGE, MADV_DONTNEED) == 0);
    for (int i = first; i < first + n; i++)
        a->holds[i] = 0;
}

/* The whole area to another place. */
static void do_move(struct area *a, int first, int n)
{
    void *p, *room;

    (void)first;
    (void)n;
    for (int i = 0; i < PAGES; i++)
        if (a->holds[i] == GONE)
            return;
    room = work_memory(PAGES * PAGE);
    if (!room)
        return;
    p = mremap(a->base, PAGES * PAGE, PAGES * PAGE,
               MREMAP_MAYMOVE | MREMAP_FIXED, room);
    if (p != MAP_FAILED) {
        a->base = p;
        return;
    }
    /* EFAULT: it became several areas. */
    CHECK(work_scarce() || errno == EFAULT);
    munmap(room, PAGES * PAGE);
}

static void do_touch(struct area *a, int first, int n)
{
    for (int i = first; i < first + n; i++)
        if (a->holds[i] != GONE)
            write_page(a, i);
}

void work_map(void)
{
    static void (*const steps[])(struct area *a, int first, int n) = {
        do_unmap, do_map, do_protect, do_forget, do_move, do_touch, do_touch,
    };
    struct area a = { .base = work_memory(PAGES * PAGE) };
    int first, n;

    if (!a.base)
        return;
    for (int i = 0; i < STEPS; i++) {
        choose(&first, &n);
        steps[tap_below(sizeof(steps) / sizeof(steps[0]))](&a, first, n);
        check_area(&a);
    }
    munmap(a.base, PAGES * PAGE);
}

/* Neither side of a fork sees what the other writes. */
void work_cow(void)
{
    struct area a = { .base = work_memory(PAGES * PAGE) };
    pid_t pid;

    if (!a.base)
        return;
    do_touch(&a, 0, PAGES / 2);
    pid = work_fork();
    for (int i = 0; i < STEPS; i++)
        write_page(&a, tap_below(PAGES));
    check_area(&a);
    if (pid == 0) {
        work_any();
        check_area(&a);
        _exit(0);
    }
    if (pid > 0)
        work_wait(pid);
    check_area(&a);
    munmap(a.base, PAGES * PAGE);
}

/* Shared memory is one memory: both sides add to it. */
void work_shared(void)
{
    _Atomic long *sum = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE,
                             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    bool ended = true;
    pid_t pid;

    if (sum == MAP_FAILED) {
        CHECK(work_scarce());
        return;
    }
    pid = work_fork();
    for (int i = 0; i < PAGES * 4; i++)
        sum[i % PAGES * PAGE / sizeof(*sum)]++;
    if (pid == 0)
        _exit(0);
    if (pid > 0)
        ended = work_wait(pid);
    for (int i = 0; ended && i < PAGES; i++)
        CHECK_EQ(sum[i * PAGE / sizeof(*sum)], pid > 0 ? 8 : 4);
    munmap((void *)sum, PAGES * PAGE);
}

/* read and write see what mappings see; a private one sees it no more once it
 * has its own page. */
void work_file_map(void)
{
    uint64_t number = tap_random();
    unsigned char text[MARK], *shared, *own;
    int fd = memfd_create("work", MFD_CLOEXEC);

    if (fd < 0) {
        CHECK(work_scarce());
        return;
    }
    while (ftruncate(fd, PAGES * PAGE) < 0)
        CHECK(errno == EINTR);
    shared = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    own = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    if (shared == MAP_FAILED || own == MAP_FAILED)
        goto close;
    for (int i = 0; i < PAGES; i += 3) {
        work_pattern(text, MARK, number + i);
        if (pwrite(fd, text, MARK, i * PAGE) != MARK)
            break;              /* no memory */
        work_check_pattern(shared + i * PAGE, MARK, number + i);
        own[i * PAGE + MARK] = 1;
        work_pattern(shared + i * PAGE, MARK, number);
        CHECK_EQ(pread(fd, text, MARK, i * PAGE), MARK);
        work_check_pattern(text, MARK, number);
        work_check_pattern(own + i * PAGE, MARK, number + i);
    }
close:
    close(fd);
    if (shared != MAP_FAILED)
        munmap(shared, PAGES * PAGE);
    if (own != MAP_FAILED)
        munmap(own, PAGES * PAGE);
}

static void grow_stack(int levels, uint64_t number)
{
    unsigned char room[PAGE];

    work_pattern(room, MARK, number + levels);
    if (levels)
        grow_stack(levels - 1, number);
    work_check_pattern(room, MARK, number + levels);
}

void work_stack(void)
{
    grow_stack(tap_below(64), tap_random());
}
