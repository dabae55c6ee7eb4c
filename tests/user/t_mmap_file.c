/*
 * t_mmap_file.c - mappings of files: one memory with read(2) and write(2), the
 * end of the file, truncation (rows E-05, R05, P14, P18).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/probe.h"

#include <fcntl.h>
#include <sys/stat.h>

#define RW (PROT_READ | PROT_WRITE)
#define PATH "/tmp/t_mmap_file"

/* A file of that many pages, each full of its letter, already unlinked. */
static int letters(int pages, int mode)
{
    char page[PAGE];
    int fd = open(PATH, O_RDWR | O_CREAT | O_TRUNC, 0600), other;

    CHECK(fd >= 0);
    for (int i = 0; i < pages; i++) {
        memset(page, 'a' + i, PAGE);
        CHECK_EQ(write(fd, page, PAGE), PAGE);
    }
    other = open(PATH, mode);
    close(fd);
    unlink(PATH);
    CHECK(other >= 0);
    return other;
}

static char *map(int fd, int pages, int prot, int flags)
{
    char *p = mmap(NULL, pages * PAGE, prot, flags, fd, 0);

    CHECK(p != MAP_FAILED);
    return p;
}

TEST("E-05 a mapping shows the file, from the offset on")
{
    int fd = letters(5, O_RDONLY);
    char *p = map(fd, 5, PROT_READ, MAP_PRIVATE), *q;

    for (int i = 0; i < 5; i++)
        CHECK(p[i * PAGE] == 'a' + i && p[i * PAGE + PAGE - 1] == 'a' + i);
    q = mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, fd, 3 * PAGE);
    CHECK(q[0] == 'd' && q[PAGE] == 'e');
    close(fd);                          /* the mapping keeps the file */
    CHECK_EQ(p[2 * PAGE], 'c');
}

TEST("E-05 stores to a shared mapping are read by read(2), and the other way")
{
    int fd = letters(2, O_RDWR);
    char *p = map(fd, 2, RW, MAP_SHARED);
    char *q = map(fd, 2, PROT_READ, MAP_SHARED);
    char buf[8] = "";

    memcpy(p + PAGE - 2, "page", 4);
    CHECK_EQ(pread(fd, buf, 4, PAGE - 2), 4);
    CHECK(!memcmp(buf, "page", 4));
    CHECK(!memcmp(q + PAGE - 2, "page", 4));
    CHECK_EQ(pwrite(fd, "WRITE", 5, PAGE + 100), 5);
    CHECK(!memcmp(p + PAGE + 100, "WRITEb", 6));
    CHECK_EQ(munmap(p, 2 * PAGE), 0);
    CHECK_EQ(pread(fd, buf, 4, PAGE - 2), 4);
    CHECK(!memcmp(buf, "page", 4));
    close(fd);
}

TEST("E-05 stores to a private mapping stay; the file changes under the rest")
{
    int fd = letters(2, O_RDWR);
    char *p = map(fd, 2, RW, MAP_PRIVATE), c;

    p[5] = 'X';
    CHECK_EQ(pread(fd, &c, 1, 5), 1);
    CHECK_EQ(c, 'a');
    CHECK_EQ(pwrite(fd, "zz", 2, 4), 2);
    CHECK(p[4] == 'a' && p[5] == 'X');  /* a copy by now */
    CHECK_EQ(pwrite(fd, "y", 1, PAGE), 1);
    CHECK_EQ(p[PAGE], 'y');             /* not touched before: the file's */
    close(fd);
}

TEST("E-05 shared with a child, also by a file opened twice")
{
    int fd = letters(1, O_RDWR);
    char *p = map(fd, 1, RW, MAP_SHARED);
    pid_t pid = child_fork();

    if (pid == 0) {
        p[9] = '9';
        _exit(pwrite(fd, "8", 1, 8) == 1 ? 0 : 1);
    }
    CHECK_EXITS(pid, 0);
    CHECK(p[9] == '9' && p[8] == '8');
    close(fd);
}

TEST("E-05 behind the end of the file: zeroes to the page's end, then SIGBUS")
{
    int fd = letters(1, O_RDWR);
    char *p = map(fd, 4, RW, MAP_SHARED), c[2];

    CHECK_EQ(ftruncate(fd, PAGE + 10), 0);
    CHECK_EQ(p[PAGE], 0);
    CHECK_EQ(p[PAGE + 4000], 0);
    p[PAGE + 10] = 'x';                 /* not in the file */
    CHECK_FAULTS(p + 2 * PAGE, READ, SIGBUS, BUS_ADRERR);
    CHECK_FAULTS(p + 3 * PAGE + 5, WRITE, SIGBUS, BUS_ADRERR);
    CHECK_EQ(pread(fd, c, 2, PAGE + 9), 1);
    CHECK_EQ(ftruncate(fd, 4 * PAGE), 0);
    CHECK_WORKS(p + 2 * PAGE, WRITE);   /* it has grown under the mapping */
    CHECK_EQ(p[PAGE + 11], 0);
    struct stat st;
    CHECK_EQ(fstat(fd, &st), 0);
    CHECK_EQ(st.st_size, 4 * PAGE);
    close(fd);
}

TEST("E-05 truncation takes the file's pages away from all mappings")
{
    int fd = letters(4, O_RDWR);
    char *p = map(fd, 4, RW, MAP_SHARED), *q = map(fd, 4, RW, MAP_PRIVATE);

    p[2 * PAGE] = 'M';
    q[0] = 'K';
    CHECK_EQ(p[3 * PAGE] + q[3 * PAGE], 'd' + 'd');
    CHECK_EQ(ftruncate(fd, PAGE / 2), 0);
    CHECK(p[100] == 'a' && q[0] == 'K');
    for (int i = 1; i < 4; i++) {
        CHECK_FAULTS(p + i * PAGE, READ, SIGBUS, BUS_ADRERR);
        CHECK_FAULTS(q + i * PAGE, WRITE, SIGBUS, BUS_ADRERR);
    }
    CHECK_EQ(ftruncate(fd, 4 * PAGE), 0);
    CHECK(p[PAGE / 2] == 0 && p[2 * PAGE] == 0 && q[2 * PAGE] == 0);
    close(fd);
}

TEST("E-05 truncation takes private copies away, too, a child's as well")
{
    int fd = letters(4, O_RDWR);
    char *p = map(fd, 4, RW, MAP_PRIVATE), *hidden = map(fd, 4, RW, MAP_PRIVATE);
    struct gate cut, done;
    pid_t pid;

    gate_init(&cut);
    gate_init(&done);
    for (int i = 0; i < 4; i++)
        p[i * PAGE] = hidden[i * PAGE] = 'P';
    CHECK_EQ(mprotect(hidden, 4 * PAGE, PROT_NONE), 0);
    pid = child_fork();
    if (pid == 0) {
        p[3 * PAGE + 1] = 'Q';
        gate_open(&done);
        gate_pass(&cut);
        CHECK_EQ(p[PAGE], 'P');
        CHECK_FAULTS(p + 2 * PAGE, WRITE, SIGBUS, BUS_ADRERR);
        CHECK_FAULTS(p + 3 * PAGE, READ, SIGBUS, BUS_ADRERR);
        _exit(0);
    }
    gate_pass(&done);
    CHECK_EQ(ftruncate(fd, PAGE + 10), 0);
    gate_open(&cut);
    CHECK(p[0] == 'P' && p[PAGE] == 'P' && p[PAGE + 10] == 'b');
    CHECK_FAULTS(p + 2 * PAGE, READ, SIGBUS, BUS_ADRERR);
    CHECK_FAULTS(p + 3 * PAGE, WRITE, SIGBUS, BUS_ADRERR);
    CHECK_EXITS(pid, 0);
    CHECK_EQ(ftruncate(fd, 4 * PAGE), 0);
    CHECK_EQ(mprotect(hidden, 4 * PAGE, RW), 0);
    CHECK(p[2 * PAGE] == 0 && hidden[3 * PAGE] == 0 && hidden[PAGE] == 'P');
    p[2 * PAGE] = 'R';
    CHECK_EQ(madvise(map(fd, 4, RW, MAP_SHARED), 4 * PAGE, MADV_REMOVE), 0);
    CHECK(p[2 * PAGE] == 'R' && p[0] == 'P');   /* a hole is no end */
    close(fd);
}

static char *raced;

static void *store_always(void *arg)
{
    for (;;)
        for (int i = 0; i < 4; i++)
            probe((uintptr_t)raced + i * PAGE, WRITE);
    return arg;
}

static void fork_always(void)
{
    for (;;) {
        pid_t pid = child_fork();

        if (pid == 0) {
            raced[3 * PAGE] = 1;
            _exit(0);
        }
        child_wait(pid);
    }
}

TEST("E-05 private copies against truncation and fork, on all harts")
{
    int64_t end = tap_now() + 1000000000;
    int fd = letters(4, O_RDWR);
    pid_t children[2];

    raced = map(fd, 4, RW, MAP_PRIVATE);
    children[0] = child_fork();
    if (children[0] == 0)
        store_always(NULL);
    children[1] = child_start(fork_always);
    while (tap_now() < end) {
        CHECK_EQ(ftruncate(fd, tap_below(4) * PAGE), 0);
        CHECK_EQ(ftruncate(fd, 4 * PAGE), 0);
        raced[tap_below(4) * PAGE] = 1;
    }
    for (int i = 0; i < 2; i++) {
        CHECK_EQ(kill(children[i], SIGKILL), 0);
        CHECK_KILLED(children[i], SIGKILL);
    }
    close(fd);
}

TEST("E-05 O_TRUNC and truncate(2) by name do the same")
{
    int fd = open(PATH, O_RDWR | O_CREAT | O_TRUNC, 0600);
    char *p;

    CHECK_EQ(write(fd, "contents", 8), 8);
    p = map(fd, 1, PROT_READ, MAP_SHARED);
    CHECK_EQ(p[3], 't');
    CHECK_EQ(truncate(PATH, 4), 0);
    CHECK(p[3] == 't' && p[4] == 0);
    close(open(PATH, O_WRONLY | O_TRUNC));
    CHECK_FAULTS(p, READ, SIGBUS, BUS_ADRERR);
    close(fd);
    unlink(PATH);
}

TEST("the system's own access behind the end is EFAULT, not SIGBUS")
{
    int fd = letters(1, O_RDWR), p[2];
    char *mapping = map(fd, 2, RW, MAP_SHARED);

    CHECK_EQ(pipe(p), 0);
    CHECK_FAILS(write(p[1], mapping + PAGE, 10), EFAULT);
    CHECK_EQ(write(p[1], "0123456789", 10), 10);
    CHECK_FAILS(read(p[0], mapping + PAGE, 10), EFAULT);
    CHECK_EQ(read(p[0], mapping + PAGE - 4, 4), 4);
    close(fd);
}

TEST("E-05 what a file's mode allows")
{
    int fd = letters(1, O_RDONLY);

    CHECK(mmap(NULL, PAGE, RW, MAP_SHARED, fd, 0) == MAP_FAILED);
    CHECK_EQ(errno, EACCES);
    CHECK(mmap(NULL, PAGE, RW, MAP_PRIVATE, fd, 0) != MAP_FAILED);
    close(fd);
    fd = letters(1, O_WRONLY);
    CHECK(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0) == MAP_FAILED);
    CHECK_EQ(errno, EACCES);
    CHECK(mmap(NULL, PAGE, PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
    CHECK_EQ(errno, EACCES);
    close(fd);
    fd = open("/tmp", O_RDONLY | O_DIRECTORY);
    CHECK(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0) == MAP_FAILED);
    CHECK_EQ(errno, ENODEV);
    close(fd);
    fd = open("/tmp", O_PATH);
    CHECK(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0) == MAP_FAILED);
    CHECK_EQ(errno, EBADF);
}

TEST("P14 a file opened as descriptor 0 can be mapped")
{
    int fd = letters(1, O_RDONLY);

    CHECK_EQ(dup2(fd, 0), 0);
    CHECK_EQ(map(0, 1, PROT_READ, MAP_PRIVATE)[7], 'a');
}

TEST("/dev/zero maps as zeroes, private to each")
{
    int fd = open("/dev/zero", O_RDWR);
    char *p = map(fd, 2, RW, MAP_PRIVATE), *q = map(fd, 2, RW, MAP_PRIVATE);

    CHECK_EQ(p[PAGE], 0);
    p[PAGE] = 1;
    CHECK_EQ(q[PAGE], 0);
    close(fd);
}

TEST("R05 10 mappings of a file take its pages once")
{
    int fd = letters(16, O_RDONLY);
    long before = tap_read_number("/proc/meminfo", "MemFree");
    volatile int sum = 0;

    if (before < 0)
        tap_skip("no /proc/meminfo");
    for (int i = 0; i < 10; i++) {
        char *p = map(fd, 16, PROT_READ, i % 2 ? MAP_SHARED : MAP_PRIVATE);
        for (int page = 0; page < 16; page++)
            sum += p[page * PAGE];
    }
    CHECK(before - tap_read_number("/proc/meminfo", "MemFree") < 16 * 4);
    close(fd);
}

/* --- code that is written by another, truncation in a race --- */

TEST("E-15 a program mapped and run, changed and run again")
{
    static const uint32_t codes[2][2] = {
        { 0x00100513, 0x00008067 },     /* li a0, 1; ret */
        { 0x00200513, 0x00008067 },     /* li a0, 2; ret */
    };
    int fd = letters(1, O_RDWR);
    char *write_side = map(fd, 1, RW, MAP_SHARED);
    int (*run)(void) = (int (*)(void))map(fd, 1, PROT_READ | PROT_EXEC,
                                          MAP_SHARED);

    for (int i = 0; i < 20; i++) {
        memcpy(write_side, codes[i % 2], sizeof(codes[0]));
        __builtin___clear_cache((char *)run, (char *)run + 8);
        CHECK_EQ(run(), i % 2 + 1);
    }
    close(fd);
}

TEST("E-05 200 truncations while a child reads: bytes of the file, or SIGBUS")
{
    int fd = letters(4, O_RDWR);
    volatile char *p = map(fd, 4, PROT_READ, MAP_SHARED);
    volatile int *stop = child_shared(PAGE);
    pid_t pid = child_fork();

    if (pid == 0) {
        while (!*stop) {
            struct fault f = probe((uintptr_t)p + tap_below(4) * PAGE, READ);
            CHECK(f.signo == 0 || f.signo == SIGBUS);
        }
        _exit(0);
    }
    for (int i = 0; i < 200; i++) {
        CHECK_EQ(ftruncate(fd, tap_below(4) * PAGE), 0);
        CHECK_EQ(ftruncate(fd, 4 * PAGE), 0);
    }
    *stop = 1;
    CHECK_EXITS(pid, 0);
    for (int i = 1; i < 4; i++)
        CHECK(p[i * PAGE] == 0 || p[i * PAGE] == 'a' + i);
    close(fd);
}
