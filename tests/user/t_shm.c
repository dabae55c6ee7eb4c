/*
 * t_shm.c - lwp_shm: keys, ids, attaching and removing (lwp.md rows D-01 to
 * D-12).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/probe.h"
#include "tests/user/lib/shm.h"

#include <errno.h>
#include <sys/resource.h>

#define KEY 0x1a4c
#define SEGMENTS 64

static bool all_zero(const char *p, size_t size)
{
    while (size && !p[size - 1])
        size--;
    return !size;
}

/* How many segments there are. */
static int count_segments(void)
{
    struct shm_line line;
    int count = 0;

    for (int id = 0; id < SEGMENTS; id++)
        count += shm_find(id, &line);
    return count;
}

TEST("D-01 the key's segment is found, whatever size and create say")
{
    int id = shm_get(KEY, 100, 1);

    CHECK(id >= 0);
    CHECK_EQ(shm_get(KEY, 100, 1), id);
    CHECK_EQ(shm_get(KEY, 100, 0), id);
    CHECK_EQ(shm_get(KEY, 0, 0), id);
    CHECK_EQ(shm_get(KEY, 1 << 20, 1), id);
    CHECK_EQ(shm_get(KEY, -1, 1), id);
    CHECK_EQ(shm_rm(id), 0);
}

TEST("D-01 any number is a key, 0 and -1 too, in all its 64 bits")
{
    const size_t keys[] = { 0, -1, 1, 1ul << 32, 1ul << 63 };
    int ids[5];

    for (int i = 0; i < 5; i++) {
        ids[i] = shm_get(keys[i], 1, 1);
        CHECK(ids[i] >= 0);
        for (int j = 0; j < i; j++)
            CHECK(ids[i] != ids[j]);
    }
    for (int i = 0; i < 5; i++)
        CHECK_EQ(shm_get(keys[i], 1, 0), ids[i]);
    for (int i = 0; i < 5; i++)
        CHECK_EQ(shm_rm(ids[i]), 0);
}

TEST("D-01 another process finds it by the key, and by the id")
{
    int id;
    char *p = shm_new(1, &id);
    struct shm_line line;

    CHECK(shm_find(id, &line));
    *p = 'x';
    pid_t pid = child_fork();
    if (pid == 0) {
        CHECK_EQ(shm_dt(p), 0);
        CHECK_EQ(shm_get(line.key, 1, 0), id);
        char *q = shm_at(id, NULL);
        CHECK(q && *q == 'x');
        *q = 'y';
        _exit(0);
    }
    CHECK_EXITS(pid, 0);
    CHECK_EQ(*p, 'y');
    CHECK_EQ(shm_dt(p), 0);
    CHECK_EQ(shm_rm(id), 0);
}

TEST("D-02 without create, or without a size, there is none")
{
    CHECK_FAILS(shm_get(KEY, 4096, 0), ENOENT);
    CHECK_FAILS(shm_get(KEY, 0, 1), EINVAL);
    CHECK_FAILS(shm_get(KEY, 0, 0), ENOENT);
    int id = shm_get(KEY, 1, 7);        /* anything but 0 is yes */
    CHECK(id >= 0);
    CHECK_EQ(shm_rm(id), 0);
}

TEST("D-02 sizes are rounded up to a power of two pages")
{
    const size_t sizes[][2] = {
        { 1, PAGE }, { PAGE, PAGE }, { PAGE + 1, 2 * PAGE },
        { 5000, 2 * PAGE }, { 3 * PAGE, 4 * PAGE }, { 70 * PAGE, 128 * PAGE },
        { 5 << 20, 8 << 20 },
    };

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        size_t size = sizes[i][1];
        struct shm_line line;
        int id;
        char *p = shm_new(sizes[i][0], &id);

        CHECK(shm_find(id, &line));
        CHECK_EQ(line.size, size);
        CHECK_WORKS(p + size - 1, WRITE);
        CHECK(all_zero(p, size - 1));
        CHECK_EQ(shm_dt(p), 0);
        CHECK_EQ(shm_rm(id), 0);
    }
}

TEST("D-02 the area has that size, not more")
{
    int id;
    char *p = shm_new(5000, &id);
    unsigned long start, end;

    CHECK_EQ(sscanf(probe_map_line(p), "%lx-%lx", &start, &end), 2);
    CHECK_EQ(start, (unsigned long)p);
    CHECK_EQ(end - start, 8192);
    CHECK_EQ(shm_dt(p), 0);
    CHECK_EQ(shm_rm(id), 0);
}

TEST("D-02 sizes that cannot be are refused, and leave nothing behind")
{
    const size_t sizes[] = {
        -1, -4096, 1ul << 63, (1ul << 63) + 1, 1ul << 40, 1ul << 34,
    };
    int before = count_segments();

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        CHECK_FAILS(shm_get(KEY, sizes[i], 1), ENOMEM);
    long free_kib = tap_read_number("/proc/meminfo", "MemFree:");
    CHECK_FAILS(shm_get(KEY, (free_kib + 4096) << 10, 1), ENOMEM);
    CHECK_EQ(count_segments(), before);
    CHECK_FAILS(shm_get(KEY, 1, 0), ENOENT);
}

TEST("D-02 64 segments, the 65th is refused until one is removed")
{
    int ids[SEGMENTS], n = 0, before = count_segments();

    while (n < SEGMENTS && (ids[n] = shm_get(KEY + n, 1, 1)) >= 0)
        n++;
    CHECK_EQ(n, SEGMENTS - before);
    CHECK_FAILS(shm_get(KEY + n, 1, 1), ENOSPC);
    CHECK_FAILS(shm_get(KEY + n, 1, 0), ENOENT);
    CHECK_EQ(shm_get(KEY, 1, 1), ids[0]);       /* it is there */
    CHECK_EQ(shm_rm(ids[5]), 0);
    CHECK_EQ(shm_get(KEY + n, 1, 1), ids[5]);
    CHECK_FAILS(shm_get(KEY + n + 1, 1, 1), ENOSPC);
    for (int i = 0; i < n; i++)
        CHECK_EQ(shm_rm(ids[i]), 0);
    CHECK_EQ(count_segments(), before);
}

TEST("D-03 a new segment is zero, whatever was in its memory before")
{
    for (int round = 0; round < 20; round++) {
        int id;
        char *p = shm_new(8 * PAGE, &id);

        CHECK(all_zero(p, 8 * PAGE));
        memset(p, 0xc5, 8 * PAGE);
        CHECK_EQ(shm_dt(p), 0);
        CHECK_EQ(shm_rm(id), 0);
    }
}

TEST("D-04 each process that attaches sees the same bytes")
{
    int id;
    char *p = shm_new(3 * PAGE, &id);
    struct gate go, done;

    gate_init(&go);
    gate_init(&done);
    pid_t pid = child_fork();
    if (pid == 0) {
        char *q = shm_at(id, NULL);
        CHECK(q && q != p);             /* it has the parent's, too */
        gate_pass(&go);
        CHECK_EQ(q[3 * PAGE], 'p');
        q[PAGE] = 'c';
        gate_open(&done);
        gate_pass(&go);
        _exit(0);
    }
    p[3 * PAGE] = 'p';
    gate_open(&go);
    gate_pass(&done);
    CHECK_EQ(p[PAGE], 'c');
    gate_open(&go);
    CHECK_EXITS(pid, 0);
    CHECK_EQ(shm_dt(p), 0);
    CHECK_EQ(shm_rm(id), 0);
}

TEST("D-04 one process attaches as often as it likes")
{
    int id;
    char *p[10];

    p[0] = shm_new(2 * PAGE, &id);
    for (int i = 1; i < 10; i++) {
        p[i] = shm_at(id, NULL);
        CHECK(p[i] != NULL);
        for (int j = 0; j < i; j++)
            CHECK(p[i] != p[j]);
    }
    struct shm_line line;
    CHECK(shm_find(id, &line));
    CHECK_EQ(line.attached, 10);
    p[3][PAGE] = 7;
    for (int i = 0; i < 10; i++) {
        CHECK_EQ(p[i][PAGE], 7);
        CHECK_EQ(shm_dt(p[i]), 0);
    }
    CHECK_EQ(shm_rm(id), 0);
}

/* An address with free pages around it. */
static char *free_place(size_t pages)
{
    char *p = probe_pages(pages, PROT_READ);

    CHECK_EQ(munmap(p, pages * PAGE), 0);
    return p;
}

TEST("D-04 an aligned hint is obeyed")
{
    char *place = free_place(8);
    int id;
    char *p = shm_new(2 * PAGE, &id);

    if (p >= place && p < place + 8 * PAGE)
        place = p - 16 * PAGE;
    CHECK(shm_at(id, place) == place);
    CHECK(shm_at(id, place + 2 * PAGE) == place + 2 * PAGE);
    place[0] = 1;
    CHECK(place[2 * PAGE] == 1 && place[PAGE] == 0 && p[0] == 1);
    CHECK_EQ(shm_dt(place), 0);
    CHECK_EQ(place[2 * PAGE], 1);
    CHECK_EQ(shm_dt(place + 2 * PAGE), 0);
    CHECK_EQ(shm_dt(p), 0);
    CHECK_EQ(shm_rm(id), 0);
}

#define CHECK_NO_PLACE(id, address, error) \
    do { \
        errno = 0; \
        CHECK(shm_at(id, (void *)(address)) == NULL); \
        CHECK_EQ(errno, error); \
    } while (0)

TEST("D-04 hints that are no place are refused")
{
    char *mine = probe_pages(4, PROT_READ);
    int id;
    char *p = shm_new(2 * PAGE, &id);
    struct shm_line line;

    for (int off = 1; off < 4096; off += off)
        CHECK_NO_PLACE(id, mine + off, EINVAL);
    CHECK_NO_PLACE(id, -1, EINVAL);
    for (int page = -1; page < 4; page++)       /* overlaps what is there */
        CHECK_NO_PLACE(id, mine + page * (long)PAGE, EEXIST);
    CHECK_NO_PLACE(id, p, EEXIST);
    CHECK_NO_PLACE(id, p + PAGE, EEXIST);
    CHECK_NO_PLACE(id, PAGE, EPERM);            /* near NULL */
    CHECK_NO_PLACE(id, 0x4000000000, ENOMEM);   /* the end of user space */
    CHECK_NO_PLACE(id, 0x4000000000 - PAGE, ENOMEM);
    CHECK_NO_PLACE(id, 0xffffffc000000000, ENOMEM);     /* the kernel */
    CHECK_NO_PLACE(id, -PAGE, ENOMEM);          /* would wrap around */
    CHECK(shm_find(id, &line));
    CHECK_EQ(line.attached, 1);
    CHECK_EQ(shm_dt(p), 0);
    CHECK_EQ(shm_rm(id), 0);
}

TEST("D-04 ids that are none are refused by attach and remove")
{
    const int ids[] = { -1, 64, 65, 1000, 0x7fffffff, -0x7fffffff - 1, 63 };

    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        CHECK_NO_PLACE(ids[i], 0, EINVAL);
        CHECK_FAILS(shm_rm(ids[i]), EINVAL);
    }
}

TEST("D-04 RLIMIT_AS counts attachments")
{
    struct rlimit limit = { 64 << 20, 64 << 20 };
    int id;
    char *p = shm_new(16 << 20, &id), *q[8];
    int n = 0;

    CHECK_EQ(setrlimit(RLIMIT_AS, &limit), 0);
    while (n < 8 && (q[n] = shm_at(id, NULL)))
        n++;
    CHECK(n >= 1 && n <= 3 && errno == ENOMEM);
    while (n--)
        CHECK_EQ(shm_dt(q[n]), 0);
    CHECK_EQ(shm_dt(p), 0);
    CHECK_EQ(shm_rm(id), 0);
}

TEST("D-05 after detaching the memory is gone")
{
    int id;
    char *p = shm_new(PAGE, &id);

    *p = 1;
    CHECK_EQ(shm_dt(p), 0);
    CHECK_FAULTS(p, READ, SIGSEGV, SEGV_MAPERR);
    CHECK_FAILS(shm_dt(p), EINVAL);
    CHECK_EQ(shm_rm(id), 0);
}

TEST("D-05 any other address is an error, and changes nothing")
{
    char *mine = probe_pages(1, PROT_READ | PROT_WRITE);
    char *shared = mmap(NULL, PAGE, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1,
                        0);
    int id;
    char *p = shm_new(4 * PAGE, &id);
    void *const bad[] = {
        NULL, p + 1, p + PAGE, p + 4 * PAGE, p - PAGE, mine, shared, &id,
        (void *)-1, (void *)-PAGE, (void *)0x4000000000,
        (void *)0xffffffc000000000, (void *)shm_new,
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        CHECK_FAILS(shm_dt(bad[i]), EINVAL);
    CHECK_WORKS(mine, WRITE);
    CHECK_WORKS(shared, READ);
    CHECK_WORKS(p + 3 * PAGE, WRITE);
    CHECK_EQ(shm_dt(p), 0);
    CHECK_EQ(shm_rm(id), 0);
}

TEST("D-05 an attachment in pieces is detached as a whole, what is between stays")
{
    int id;
    char *p = shm_new(8 * PAGE, &id), *mine;
    struct shm_line line;

    CHECK_EQ(munmap(p, PAGE), 0);
    CHECK_EQ(munmap(p + 3 * PAGE, PAGE), 0);
    mine = mmap(p + 3 * PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE |
                MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    CHECK(mine == p + 3 * PAGE);
    CHECK_EQ(mprotect(p + 6 * PAGE, PAGE, PROT_READ), 0);
    CHECK(shm_find(id, &line));
    CHECK_EQ(line.attached, 4);
    CHECK_EQ(shm_rm(id), 0);            /* nothing happens */
    CHECK_FAILS(shm_dt(p + PAGE), EINVAL);
    CHECK_EQ(shm_dt(p), 0);
    CHECK_WORKS(mine, WRITE);
    for (int i = 0; i < 8; i++)
        if (i != 3)
            CHECK_FAULTS(p + i * PAGE, READ, SIGSEGV, SEGV_MAPERR);
    CHECK(shm_find(id, &line));
    CHECK_EQ(line.attached, 0);
    CHECK_EQ(shm_rm(id), 0);
}

TEST("D-05 a moved attachment is detached where it is now")
{
    int id;
    char *p = shm_new(PAGE, &id);
    char *q = mremap(p, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
                     free_place(4));

    CHECK(q != MAP_FAILED && q != p);
    CHECK_FAILS(shm_dt(p), EINVAL);
    CHECK_EQ(shm_dt(q), 0);
    CHECK_EQ(shm_rm(id), 0);
}

TEST("D-06 removing what somebody has attached does nothing")
{
    int id;
    char *p = shm_new(PAGE, &id);
    struct shm_line line;

    *p = 'd';
    CHECK(shm_find(id, &line));
    CHECK_EQ(shm_rm(id), 0);
    CHECK_EQ(*p, 'd');
    CHECK_EQ(shm_get(line.key, 1, 0), id);
    CHECK_EQ(shm_dt(p), 0);
    p = shm_at(id, NULL);
    CHECK(p && *p == 'd');
    CHECK_EQ(shm_dt(p), 0);
    CHECK_EQ(shm_rm(id), 0);
    CHECK_FAILS(shm_rm(id), EINVAL);
    CHECK_FAILS(shm_get(line.key, 1, 0), ENOENT);
    CHECK(!shm_find(id, &line));
}

TEST("D-06 removing gives the memory back")
{
    const char *path = "/proc/meminfo";
    long before = tap_read_number(path, "MemFree:"), id, free_kib, shared;
    char *p;

    id = shm_get(KEY, 4 << 20, 1);
    CHECK(id >= 0);
    CHECK(tap_read_number(path, "MemFree:") <= before - 4096);
    p = shm_at(id, NULL);
    memset(p, 1, 1 << 20);
    CHECK_EQ(shm_dt(p), 0);
    free_kib = tap_read_number(path, "MemFree:");
    shared = tap_read_number(path, "Shmem:");
    CHECK_EQ(shm_rm(id), 0);
    CHECK(tap_read_number(path, "MemFree:") >= free_kib + 4096);
    CHECK_EQ(shared - tap_read_number(path, "Shmem:"), 1024);
}

TEST("D-09 the id of a removed segment is refused")
{
    int a = shm_get(KEY, 1, 1), b = shm_get(KEY + 1, 1, 1);

    CHECK(a >= 0 && b >= 0);
    CHECK_EQ(shm_rm(a), 0);
    CHECK_NO_PLACE(a, 0, EINVAL);
    CHECK_FAILS(shm_rm(a), EINVAL);
    CHECK_EQ(shm_rm(b), 0);
    CHECK_NO_PLACE(b, 0, EINVAL);
}

TEST("D-12 the id freed last is given first")
{
    int ids[5];

    for (int i = 0; i < 5; i++)
        ids[i] = shm_get(KEY + i, 1, 1);
    CHECK_EQ(shm_rm(ids[1]), 0);
    CHECK_EQ(shm_rm(ids[4]), 0);
    CHECK_EQ(shm_rm(ids[0]), 0);
    CHECK_EQ(shm_get(KEY + 10, 1, 1), ids[0]);
    CHECK_EQ(shm_get(KEY + 11, 1, 1), ids[4]);
    CHECK_EQ(shm_get(KEY + 12, 1, 1), ids[1]);
    for (int i = 0; i < 5; i++)
        CHECK_EQ(shm_rm(ids[i]), 0);
}

TEST("D-12 a segment made anew each round has the same id each time")
{
    int first = -1;

    for (int round = 0; round < 100; round++) {
        int id = shm_get(KEY, 11, 1);
        char *p = shm_at(id, NULL);

        CHECK(p != NULL);
        snprintf(p, 11, "count = %d", round);
        CHECK_EQ(shm_dt(p), 0);
        CHECK_EQ(shm_rm(id), 0);
        if (!round)
            first = id;
        CHECK_EQ(id, first);
    }
}
