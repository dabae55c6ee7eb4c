/*
 * t_stack.c - the stack of a program: it grows by itself up to its limit, and
 * not into what lies below (rows E-17, G-19).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/probe.h"

#include <pthread.h>
#include <sys/resource.h>

#define RW (PROT_READ | PROT_WRITE)
#define MIB (1ul << 20)

/* Use about `bytes` of stack, a page at a time. */
static __attribute__((noinline)) int descend(long bytes)
{
    volatile char frame[4000];

    frame[0] = bytes;
    frame[3999] = 1;
    if (bytes <= (long)sizeof(frame))
        return frame[3999];
    return descend(bytes - sizeof(frame)) + frame[3999];
}

static void descend_for_ever(void *arg)
{
    descend((long)arg);
}

TEST("E-17 nearly 8 MiB of stack can be used")
{
    struct rlimit limit;

    CHECK_EQ(getrlimit(RLIMIT_STACK, &limit), 0);
    CHECK_EQ(limit.rlim_cur, 8 * MIB);
    CHECK(descend(7 * MIB + MIB / 2) > 1800);
}

static uintptr_t stack_bottom(void)
{
    unsigned long from = 0;

    sscanf(probe_map_line(&from), "%lx-", &from);
    return from;
}

TEST("E-17 beyond its limit the stack overflows: SIGSEGV, near the pointer")
{
    char here;
    struct fault f = probe_run(descend_for_ever, (void *)(64 * MIB));

    CHECK_EQ(f.signo, SIGSEGV);
    CHECK_EQ(f.code, SEGV_MAPERR);
    CHECK((uintptr_t)&here - f.address > 8 * MIB - 256 * 1024);
    CHECK((uintptr_t)&here - f.address < 8 * MIB + 64 * 1024);
}

TEST("E-17 without a handler the overflow ends the process with SIGSEGV")
{
    pid_t pid = child_fork();

    if (pid == 0) {
        descend(64 * MIB);
        _exit(0);
    }
    CHECK_KILLED(pid, SIGSEGV);
}

TEST("E-17 RLIMIT_STACK decides, also when it changes later")
{
    struct rlimit limit = { 1 * MIB, 16 * MIB };
    char here;
    struct fault f;

    CHECK_EQ(setrlimit(RLIMIT_STACK, &limit), 0);
    f = probe_run(descend_for_ever, (void *)(64 * MIB));
    CHECK_EQ(f.signo, SIGSEGV);
    CHECK((uintptr_t)&here - f.address < MIB + 64 * 1024);
    limit.rlim_cur = 16 * MIB;
    CHECK_EQ(setrlimit(RLIMIT_STACK, &limit), 0);
    CHECK(descend(15 * MIB) > 3000);
}

TEST("E-17 far below the stack pointer memory can be touched: it grows")
{
    volatile char *below = (char *)stack_bottom() - MIB;

    CHECK_WORKS(below, WRITE);
    CHECK_EQ(below[0], 0x5a);
    CHECK_EQ(below[PAGE], 0);
    CHECK(stack_bottom() <= (uintptr_t)below);
    CHECK_FAULTS((uintptr_t)below - 64 * MIB, WRITE, SIGSEGV, SEGV_MAPERR);
}

TEST("E-17 the stack keeps a gap of 1 MiB to the mapping below it")
{
    uintptr_t wall = (stack_bottom() - 3 * MIB) & -PAGE;
    char *p = mmap((void *)wall, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS |
                   MAP_FIXED_NOREPLACE, -1, 0);

    CHECK(p == (char *)wall);
    *p = 31;
    CHECK_WORKS(wall + PAGE + MIB + PAGE, WRITE);
    CHECK_FAULTS(wall + 2 * PAGE, WRITE, SIGSEGV, SEGV_MAPERR);
    struct fault f = probe_run(descend_for_ever, (void *)(64 * MIB));
    CHECK_EQ(f.signo, SIGSEGV);
    CHECK(f.address > wall + PAGE);
    CHECK_EQ(*p, 31);
}

TEST("E-17 the stack can't be executed")
{
    uint32_t code[2] = { 0x00008067, 0x00008067 };      /* ret */

    __builtin___clear_cache((char *)code, (char *)(code + 2));
    CHECK_FAULTS(code, EXEC, SIGSEGV, SEGV_ACCERR);
    CHECK(strstr(probe_map_line(code), " rw-p "));
}

TEST("E-17 stacks of parent and child grow apart")
{
    pid_t pid = child_fork();

    if (pid == 0) {
        CHECK(descend(6 * MIB) > 1000);
        _exit(0);
    }
    CHECK(descend(4 * MIB) > 1000);
    CHECK_EXITS(pid, 0);
}

static char alternative_memory[16384];

static void note_stack(int signo)
{
    char here;

    (void)signo;
    _exit(&here > alternative_memory &&
          &here < alternative_memory + sizeof(alternative_memory) ? 44 : 45);
}

TEST("G-19 an overflow can be handled on an alternative stack")
{
    stack_t alternative = { .ss_sp = alternative_memory,
                            .ss_size = sizeof(alternative_memory) };
    struct sigaction sa = { .sa_handler = note_stack, .sa_flags = SA_ONSTACK };
    pid_t pid = child_fork();

    if (pid == 0) {
        CHECK_EQ(sigaltstack(&alternative, NULL), 0);
        CHECK_EQ(sigaction(SIGSEGV, &sa, NULL), 0);
        descend(64 * MIB);
        _exit(0);
    }
    CHECK_EXITS(pid, 44);
}

TEST("G-19 a handler without room on the overflown stack is a SIGSEGV's end")
{
    pid_t pid = child_fork();

    if (pid == 0) {
        signal(SIGSEGV, note_stack);
        descend(64 * MIB);
        _exit(0);
    }
    CHECK_KILLED(pid, SIGSEGV);
}

static void *overflow_thread(void *arg)
{
    descend((long)arg);
    return NULL;
}

TEST("a thread's stack has the guard that its library gave it")
{
    pid_t pid = child_fork();

    if (pid == 0) {
        pthread_t t;
        CHECK_EQ(pthread_create(&t, NULL, overflow_thread,
                                (void *)(64 * MIB)), 0);
        pthread_join(t, NULL);
        _exit(0);
    }
    CHECK_KILLED(pid, SIGSEGV);
}

TEST("MAP_GROWSDOWN makes a mapping that grows like the stack")
{
    char *area = probe_pages(1024, PROT_NONE), *p;

    CHECK_EQ(munmap(area, 1024 * PAGE), 0);
    p = mmap(area + 1000 * PAGE, 4 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS |
             MAP_GROWSDOWN | MAP_FIXED, -1, 0);
    CHECK(p == area + 1000 * PAGE);
    CHECK_WORKS(p - 1, WRITE);
    CHECK_WORKS(p - 20 * PAGE, WRITE);
    CHECK_EQ(p[-1], 0x5a);
}
