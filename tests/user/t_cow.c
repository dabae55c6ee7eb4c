/*
 * t_cow.c - copy on write: what fork shares, and for how long (rows E-09, P10,
 * P12, T18).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/probe.h"

#include <fcntl.h>
#include <pthread.h>

#define RW (PROT_READ | PROT_WRITE)

/* kB that are free, the caches of slabs and stacks counted in. */
static long free_memory(void)
{
    long free = tap_read_number("/proc/meminfo", "MemFree");

    if (free < 0)
        tap_skip("no /proc/meminfo");
    return free + tap_read_number("/proc/meminfo", "Slab") +
           tap_read_number("/proc/meminfo", "KStackFree");
}

TEST("P12 300 children share a page; each may write, and then the parent reads")
{
    static pid_t pids[300];
    struct gate all_there, done;
    int *page = (int *)probe_pages(1, RW);

    gate_init(&all_there);
    gate_init(&done);
    page[5] = 4711;
    for (int i = 0; i < 300; i++) {
        pids[i] = child_fork();
        if (pids[i] == 0) {
            char c;
            close(all_there.fd[1]);
            read(all_there.fd[0], &c, 1);
            CHECK_EQ(page[5], 4711);
            if (i % 2)
                page[5] = i;
            _exit(page[5] == (i % 2 ? i : 4711) ? 0 : 1);
        }
    }
    close(all_there.fd[1]);
    for (int i = 0; i < 300; i++)
        CHECK_EXITS(pids[i], 0);
    CHECK_EQ(page[5], 4711);
    page[5] = 1;
    CHECK_EQ(page[5], 1);
}

#define BIG (64ul << 20)

TEST("P10 E-09 a fork of 64 MiB takes less than 1 MiB")
{
    struct gate forked, die;
    long before, during;
    pid_t pid;
    char *p;

    if (free_memory() < 80 << 10)
        tap_skip("needs 80 MiB");
    p = mmap(NULL, BIG, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    CHECK(p != MAP_FAILED);
    CHECK_EQ(probe_resident(p, 1024), 1024);
    gate_init(&forked);
    gate_init(&die);
    before = free_memory();
    pid = child_fork();
    if (pid == 0) {
        CHECK_EQ(p[BIG - 1], 0);
        gate_open(&forked);
        gate_pass(&die);
        _exit(0);
    }
    gate_pass(&forked);
    during = free_memory();
    if (before - during >= 1024)
        tap_fail(__FILE__, __LINE__, "it takes %ld kB", before - during);
    gate_open(&die);
    CHECK_EXITS(pid, 0);
}

TEST("E-09 the last to have a page writes it without a copy")
{
    char *p = probe_pages(64, RW);
    long before, after;

    memset(p, 1, 64 * PAGE);
    for (int i = 0; i < 3; i++) {
        pid_t pid = child_fork();
        if (pid == 0)
            _exit(p[PAGE]);
        CHECK_EXITS(pid, 1);
    }
    before = free_memory();
    memset(p, 2, 64 * PAGE);
    after = free_memory();
    CHECK(before - after < 64);
}

TEST("T18 a child that writes 16 pages takes about 16 pages")
{
    char *p = probe_pages(256, RW);
    struct gate written, die;
    long before, during;
    pid_t pid;

    memset(p, 1, 256 * PAGE);
    gate_init(&written);
    gate_init(&die);
    before = free_memory();
    pid = child_fork();
    if (pid == 0) {
        for (int i = 0; i < 16; i++)
            p[i * 16 * PAGE] = 2;
        gate_open(&written);
        gate_pass(&die);
        _exit(0);
    }
    gate_pass(&written);
    during = free_memory();
    if (before - during < 64 || before - during > 400)
        tap_fail(__FILE__, __LINE__, "it takes %ld kB", before - during);
    gate_open(&die);
    CHECK_EXITS(pid, 0);
}

TEST("E-09 each of 12 generations changes a page and sees older changes")
{
    char *p = probe_pages(12, RW);
    int generation = 0;
    pid_t pid = 0;

    for (; generation < 12 && pid == 0; generation++) {
        for (int i = 0; i < 12; i++)
            CHECK_EQ(p[i * PAGE + 9], i < generation ? i + 1 : 0);
        p[generation * PAGE + 9] = generation + 1;
        pid = child_fork();
    }
    if (pid)
        CHECK_EXITS(pid, 0);
    if (generation > 1 || !pid)
        _exit(0);
    CHECK_EQ(p[9], 1);
    CHECK_EQ(p[PAGE + 9], 0);
}

TEST("E-09 the system, too, writes to a copy: read(2) into a shared page")
{
    char *p = probe_pages(2, RW);
    int fds[2];
    pid_t pid;

    memset(p, 'p', 2 * PAGE);
    CHECK_EQ(pipe(fds), 0);
    pid = child_fork();
    if (pid == 0) {
        CHECK_EQ(write(fds[1], "childs", 6), 6);
        CHECK_EQ(read(fds[0], p + PAGE - 3, 6), 6);
        CHECK(!memcmp(p + PAGE - 4, "pchildsp", 8));
        _exit(0);
    }
    CHECK_EXITS(pid, 0);
    for (size_t i = 0; i < 2 * PAGE; i++)
        CHECK_EQ(p[i], 'p');
}

TEST("E-09 private pages of a file: the child's writes reach nobody")
{
    int fd = open("/tmp/t_cow", O_RDWR | O_CREAT | O_TRUNC, 0600);
    char *p, c;
    pid_t pid;

    CHECK_EQ(write(fd, "file", 4), 4);
    p = mmap(NULL, PAGE, RW, MAP_PRIVATE, fd, 0);
    CHECK(p != MAP_FAILED);
    CHECK_EQ(p[0], 'f');
    pid = child_fork();
    if (pid == 0) {
        p[0] = 'c';
        _exit(p[0]);
    }
    CHECK_EXITS(pid, 'c');
    CHECK_EQ(p[0], 'f');
    p[1] = 'P';
    CHECK_EQ(pread(fd, &c, 1, 1), 1);
    CHECK_EQ(c, 'i');
    close(fd);
    unlink("/tmp/t_cow");
}

/* --- while other threads write --- */

static struct {
    volatile uint64_t *words;           /* one in each of 8 pages */
    volatile bool stop;
} shared;

static void *count_up(void *arg)
{
    volatile uint64_t *word = shared.words + (long)arg * 512;

    while (!shared.stop)
        ++*word;
    return NULL;
}

TEST("E-09 fork while threads write: the child has a moment, no word goes back")
{
    uint64_t last[8] = { 0 };
    pthread_t t[3];

    shared.words = (uint64_t *)probe_pages(8, RW);
    for (long i = 0; i < 3; i++)
        CHECK_EQ(pthread_create(&t[i], NULL, count_up, (void *)i), 0);
    for (int round = 0; round < 60; round++) {
        pid_t pid = child_fork();
        if (pid == 0) {
            uint64_t now[3];
            for (int i = 0; i < 3; i++)
                now[i] = shared.words[i * 512];
            usleep(200);
            for (int i = 0; i < 3; i++)
                if (now[i] != shared.words[i * 512] || now[i] < last[i])
                    _exit(1);
            _exit(0);
        }
        for (int i = 0; i < 3; i++) {
            uint64_t now = shared.words[i * 512];
            CHECK(now >= last[i]);
            last[i] = now;
        }
        CHECK_EXITS(pid, 0);
    }
    shared.stop = true;
    for (int i = 0; i < 3; i++)
        CHECK_EQ(pthread_join(t[i], NULL), 0);
    CHECK(last[0] && last[1] && last[2]);
}
