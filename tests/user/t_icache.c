/*
 * t_icache.c - code that comes by other ways than a store and a flush: mprotect,
 * a file just written, a debugger (row E-15).
 *
 * run: cpus=1,2,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/probe.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/ptrace.h>

#define RW (PROT_READ | PROT_WRITE)
#define ROUNDS 60

/* li a0, value; ret */
static void emit(void *at, int value)
{
    const uint32_t code[] = { (uint32_t)value << 20 | 0x513, 0x00008067 };

    memcpy(at, code, sizeof(code));
}

static int run(void *code)
{
    return ((int (*)(void))code)();
}

static int harts(void)
{
    return sysconf(_SC_NPROCESSORS_ONLN);
}

static void go_to_hart(int n)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(n % harts(), &set);
    CHECK_EQ(sched_setaffinity(0, sizeof(set), &set), 0);
}

TEST("E-15 written, made executable and run on the next hart, without a flush")
{
    char *p = probe_pages(2, RW);

    for (int i = 0; i < ROUNDS; i++) {
        go_to_hart(i);
        CHECK_EQ(mprotect(p, 2 * PAGE, RW), 0);
        emit(p, i);
        emit(p + PAGE, i + 1);
        CHECK_EQ(mprotect(p, 2 * PAGE, PROT_READ | PROT_EXEC), 0);
        CHECK_EQ(run(p), i);
        go_to_hart(i + 1);
        CHECK_EQ(run(p) + run(p + PAGE), 2 * i + 1);
    }
}

TEST("E-15 a library that was just written is mapped and run")
{
    for (int i = 0; i < 50; i++) {
        char page[PAGE] = { 0 }, *p;
        int fd = open("/tmp/jit", O_RDWR | O_CREAT | O_TRUNC, 0755);

        go_to_hart(i);
        emit(page, i);
        CHECK_EQ(write(fd, page, PAGE), PAGE);
        go_to_hart(i + 1);
        p = mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
        CHECK(p != MAP_FAILED);
        CHECK_EQ(run(p), i);
        CHECK_EQ(munmap(p, PAGE), 0);
        close(fd);
    }
    CHECK_EQ(unlink("/tmp/jit"), 0);
}

TEST("E-15 what a tracer pokes is what is run")
{
    char *p = probe_pages(1, RW | PROT_EXEC);
    pid_t pid = child_fork();

    if (pid == 0) {
        go_to_hart(1);
        ptrace(PTRACE_TRACEME, 0, 0, 0);
        emit(p, 1);
        __builtin___clear_cache(p, p + 8);
        for (int i = 0; i < 20; i++) {
            raise(SIGSTOP);
            if (run(p) != i)
                _exit(1);
        }
        _exit(0);
    }
    for (int i = 0; i < 20; i++) {
        uint64_t words[2];
        int status;

        CHECK_EQ(waitpid(pid, &status, 0), pid);
        CHECK(WIFSTOPPED(status));
        emit(words, i);
        CHECK_EQ(ptrace(PTRACE_POKEDATA, pid, p, words[0]), 0);
        CHECK_EQ(ptrace(PTRACE_CONT, pid, 0, 0), 0);
    }
    CHECK_EXITS(pid, 0);
}
