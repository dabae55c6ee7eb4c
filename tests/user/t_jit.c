/*
 * t_jit.c - code that a program makes itself: riscv_flush_icache(2), and which
 * pages can be executed (row E-15).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/probe.h"

#include <pthread.h>
#include <sched.h>
#include <sys/sysinfo.h>
#include <sys/syscall.h>

#define SYS_flush_icache 259
#define LOCAL 1
#define ROUNDS 2000

/* A function that returns n, 0 <= n < 2048: li a0, n; ret. */
static void write_code(volatile uint32_t *code, int n)
{
    code[0] = 0x00000513 | (uint32_t)n << 20;
    code[1] = 0x00008067;
}

static long flush(void *start, unsigned long flags)
{
    return syscall(SYS_flush_icache, start, (char *)start + 8, flags);
}

static int call(void *code)
{
    return ((int (*)(void))code)();
}

static void bind_to(int hart)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(hart, &set);
    CHECK_EQ(sched_setaffinity(0, sizeof(set), &set), 0);
}

TEST("E-15 code is written anew, flushed, and run: the new one runs")
{
    void *page = probe_pages(1, PROT_READ | PROT_WRITE | PROT_EXEC);

    for (int n = 0; n < ROUNDS; n++) {
        write_code(page, n);
        CHECK_EQ(flush(page, n % 2 ? LOCAL : 0), 0);
        CHECK_EQ(call(page), n);
    }
}

static void *shared_code;
static struct gate made, ran;

static void *run_elsewhere(void *arg)
{
    bind_to(get_nprocs() - 1);
    for (int n = 0; n < ROUNDS; n++) {
        gate_pass(&made);
        CHECK_EQ(call(shared_code), n);
        gate_open(&ran);
    }
    return arg;
}

TEST("E-15 what one hart has written and flushed another one runs")
{
    pthread_t t;

    shared_code = probe_pages(1, PROT_READ | PROT_WRITE | PROT_EXEC);
    gate_init(&made);
    gate_init(&ran);
    bind_to(0);
    CHECK_EQ(pthread_create(&t, NULL, run_elsewhere, NULL), 0);
    for (int n = 0; n < ROUNDS; n++) {
        write_code(shared_code, n);
        CHECK_EQ(flush(shared_code, 0), 0);
        gate_open(&made);
        gate_pass(&ran);
    }
    CHECK_EQ(pthread_join(t, NULL), 0);
}

TEST("E-15 written first, made executable then: no page is both")
{
    void *page = probe_pages(1, PROT_READ | PROT_WRITE);

    write_code(page, 77);
    CHECK_EQ(flush(page, 0), 0);
    CHECK_FAULTS(page, EXEC, SIGSEGV, SEGV_ACCERR);
    CHECK_EQ(mprotect(page, PAGE, PROT_READ | PROT_EXEC), 0);
    CHECK_EQ(call(page), 77);
    CHECK_FAULTS(page, WRITE, SIGSEGV, SEGV_ACCERR);
    CHECK_EQ(mprotect(page, PAGE, PROT_READ | PROT_WRITE), 0);
    write_code(page, 78);
    CHECK_EQ(mprotect(page, PAGE, PROT_READ | PROT_EXEC), 0);
    CHECK_EQ(call(page), 78);
}

TEST("E-15 riscv_flush_icache takes one flag, and any range")
{
    CHECK_EQ(flush(NULL, 0), 0);
    CHECK_EQ(flush((void *)-4096, LOCAL), 0);
    CHECK_FAILS(flush(NULL, 2), EINVAL);
    CHECK_FAILS(flush(NULL, ~0ul), EINVAL);
}
