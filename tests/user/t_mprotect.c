/*
 * t_mprotect.c - mprotect(2) (rows E-06, R04).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/probe.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>

#define RW (PROT_READ | PROT_WRITE)

static const uint32_t ret_instruction = 0x00008067;

static void place_code(char *p)
{
    memcpy(p, &ret_instruction, sizeof(ret_instruction));
    __builtin___clear_cache(p, p + sizeof(ret_instruction));
}

TEST("E-06 each protection allows what it says and nothing else")
{
    static const struct {
        int prot;
        bool read, write, exec;
    } cases[] = {
        { PROT_NONE,                          false, false, false },
        { PROT_READ,                          true,  false, false },
        { PROT_READ | PROT_WRITE,             true,  true,  false },
        { PROT_READ | PROT_EXEC,              true,  false, true },
        { PROT_EXEC,                          false, false, true },
        { PROT_READ | PROT_WRITE | PROT_EXEC, true,  true,  true },
    };
    char *p = probe_pages(1, RW);

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        bool may[3] = { cases[i].read, cases[i].write, cases[i].exec };

        /* Backwards, for a store changes the code. */
        for (int access = EXEC; access >= READ; access--) {
            CHECK_EQ(mprotect(p, PAGE, RW), 0);
            place_code(p);
            CHECK_EQ(mprotect(p, PAGE, cases[i].prot), 0);
            struct fault f = probe((uintptr_t)p, access);
            /* Whether execute-only can be read is the machine's business. */
            if (cases[i].prot == PROT_EXEC && access == READ)
                continue;
            if (may[access] ? f.signo != 0
                            : f.signo != SIGSEGV || f.code != SEGV_ACCERR)
                tap_fail(__FILE__, __LINE__, "prot %d, access %d: signal %d, "
                         "code %d", cases[i].prot, access, f.signo, f.code);
        }
    }
}

TEST("E-06 pages not touched before obey it, too")
{
    char *p = probe_pages(3, PROT_NONE);

    CHECK_FAULTS(p, READ, SIGSEGV, SEGV_ACCERR);
    CHECK_EQ(mprotect(p + PAGE, PAGE, PROT_READ), 0);
    CHECK_WORKS(p + PAGE, READ);
    CHECK_FAULTS(p + PAGE, WRITE, SIGSEGV, SEGV_ACCERR);
    CHECK_EQ(mprotect(p, 3 * PAGE, RW), 0);
    for (int i = 0; i < 3; i++)
        CHECK_WORKS(p + i * PAGE, WRITE);
}

TEST("E-06 contents survive PROT_NONE, and a fork meanwhile")
{
    char *p = probe_pages(2, RW);
    pid_t pid;

    memset(p, 'k', 2 * PAGE);
    CHECK_EQ(mprotect(p, 2 * PAGE, PROT_NONE), 0);
    pid = child_fork();
    if (pid == 0) {
        CHECK_FAULTS(p, READ, SIGSEGV, SEGV_ACCERR);
        CHECK_EQ(mprotect(p, PAGE, RW), 0);
        CHECK_EQ(p[5], 'k');
        p[5] = 'c';
        _exit(0);
    }
    CHECK_EXITS(pid, 0);
    CHECK_EQ(mprotect(p, 2 * PAGE, PROT_READ), 0);
    CHECK(p[5] == 'k' && p[PAGE + 5] == 'k');
}

TEST("E-06 a page made read-only, then writable, is not shared by mistake")
{
    char *p = probe_pages(1, RW);
    pid_t pid;

    *p = 1;
    pid = child_fork();
    if (pid == 0) {
        CHECK_EQ(mprotect(p, PAGE, PROT_READ), 0);
        CHECK_EQ(mprotect(p, PAGE, RW), 0);
        *p = 2;
        _exit(0);
    }
    CHECK_EXITS(pid, 0);
    CHECK_EQ(*p, 1);
    /* The zero page, read first, is nobody's to write, either. */
    char *zero = probe_pages(2, PROT_READ);
    CHECK_EQ(zero[0] + zero[PAGE], 0);
    CHECK_EQ(mprotect(zero, 2 * PAGE, RW), 0);
    zero[0] = 9;
    CHECK_EQ(zero[PAGE], 0);
    CHECK_EQ(probe_pages(1, PROT_READ)[0], 0);
}

TEST("E-06 what mprotect refuses, and how far it came")
{
    char *p = probe_pages(4, RW);

    CHECK_FAILS(syscall(SYS_mprotect, p + 1, PAGE, PROT_READ), EINVAL);
    CHECK_EQ(mprotect(p, 0, PROT_READ), 0);
    CHECK_WORKS(p, WRITE);
    CHECK_FAILS(mprotect(p, PAGE, 0x100), EINVAL);
    CHECK_FAILS(syscall(SYS_mprotect, p, -PAGE, PROT_READ), ENOMEM);
    CHECK_FAILS(mprotect((void *)0x10000, PAGE, PROT_READ), ENOMEM);
    CHECK_FAILS(mprotect((void *)-PAGE, PAGE, PROT_READ), ENOMEM);
    CHECK_EQ(munmap(p + 2 * PAGE, PAGE), 0);
    CHECK_FAILS(mprotect(p, 4 * PAGE, PROT_READ), ENOMEM);
    CHECK_WORKS(p + 3 * PAGE, WRITE);   /* behind the hole: as it was */
}

TEST("E-06 a shared mapping of a file opened to read stays read-only")
{
    int fd = open("/tmp/t_mprotect", O_RDWR | O_CREAT | O_TRUNC, 0600);
    char *p;

    CHECK_EQ(ftruncate(fd, PAGE), 0);
    close(fd);
    fd = open("/tmp/t_mprotect", O_RDONLY);
    p = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
    CHECK(p != MAP_FAILED);
    CHECK_FAILS(mprotect(p, PAGE, RW), EACCES);
    CHECK_FAULTS(p, WRITE, SIGSEGV, SEGV_ACCERR);
    p = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
    CHECK_EQ(mprotect(p, PAGE, RW), 0);
    CHECK_WORKS(p, WRITE);
    close(fd);
    unlink("/tmp/t_mprotect");
}

TEST("E-06 the program's own text can be made writable, and is a copy then")
{
    uintptr_t text = (uintptr_t)&place_code & -PAGE;
    pid_t pid;

    CHECK_FAULTS(text, WRITE, SIGSEGV, SEGV_ACCERR);
    pid = child_fork();
    if (pid == 0) {
        char *constant = (char *)((uintptr_t)&ret_instruction & -PAGE);
        CHECK_EQ(mprotect(constant, PAGE, RW | PROT_EXEC), 0);
        *(volatile uint32_t *)&ret_instruction = 0;
        CHECK_EQ(*(volatile const uint32_t *)&ret_instruction, 0);
        _exit(0);
    }
    CHECK_EXITS(pid, 0);
    CHECK_EQ(ret_instruction, 0x8067);
}

/* --- seen by other threads at once --- */

static struct {
    volatile char *page;
    volatile unsigned long writes;
    volatile bool stop;
} race;

static void on_segv(int signo)
{
    (void)signo;
    sched_yield();
}

static void *write_on(void *arg)
{
    (void)arg;
    while (!race.stop) {
        (*race.page)++;                 /* faults until it may */
        race.writes++;
    }
    return NULL;
}

TEST("E-06 after mprotect returns no thread writes any more")
{
    char *page = probe_pages(1, RW);
    pthread_t t[2];

    race.page = page;
    signal(SIGSEGV, on_segv);
    for (int i = 0; i < 2; i++)
        CHECK_EQ(pthread_create(&t[i], NULL, write_on, NULL), 0);
    for (int round = 0; round < 100; round++) {
        CHECK_EQ(mprotect(page, PAGE, PROT_READ), 0);
        char before = *(volatile char *)page;
        for (int i = 0; i < 2000; i++)
            CHECK_EQ(*(volatile char *)page, before);
        CHECK_EQ(mprotect(page, PAGE, RW), 0);
        for (unsigned long w = race.writes; race.writes < w + 3; )
            sched_yield();
    }
    race.stop = true;
    for (int i = 0; i < 2; i++)
        CHECK_EQ(pthread_join(t[i], NULL), 0);
}
