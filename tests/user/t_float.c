/*
 * t_float.c - floating-point registers and fcsr belong to each thread, through
 * preemption, yields, system calls and page faults (peers.md P18; seeds.md S16,
 * S30).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"

#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#define REGS 32
#define EACH(do) \
    do(0) do(1) do(2) do(3) do(4) do(5) do(6) do(7) do(8) do(9) do(10) \
    do(11) do(12) do(13) do(14) do(15) do(16) do(17) do(18) do(19) do(20) \
    do(21) do(22) do(23) do(24) do(25) do(26) do(27) do(28) do(29) do(30) \
    do(31)
#define LOAD(n) "fld f" #n ", 8*" #n "(%1)\n"
#define STORE(n) "fsd f" #n ", 8*" #n "(%2)\n"

/*
 * All registers get `in`, fcsr too; then comes a system call, or so many turns
 * of a loop for the timer to fall into; and all are stored to `out`.
 */
static long spin_with(const uint64_t *in, uint64_t *out, long csr, long turns,
                      long number)
{
    register long a7 __asm__("a7") = number, a0 __asm__("a0");

    __asm__ volatile (
        EACH(LOAD)
        "fscsr %3\n"
        "bnez a7, 2f\n"
        "1: addi %4, %4, -1\n"
        "bnez %4, 1b\n"
        "j 3f\n"
        "2: ecall\n"
        "3: frcsr %3\n"
        "fscsr zero\n"
        EACH(STORE)
        : "=r"(a0), "+r"(in), "+r"(out), "+r"(csr), "+r"(turns), "+r"(a7)
        : : "memory", "ft0", "ft1", "ft2", "ft3", "ft4", "ft5", "ft6", "ft7",
            "fs0", "fs1", "fa0", "fa1", "fa2", "fa3", "fa4", "fa5", "fa6",
            "fa7", "fs2", "fs3", "fs4", "fs5", "fs6", "fs7", "fs8", "fs9",
            "fs10", "fs11", "ft8", "ft9", "ft10", "ft11");
    return csr;
}

static void check_rounds(uint64_t seed, int rounds, long turns, long number)
{
    uint64_t in[REGS], out[REGS];
    long csr = (seed & 31) | (seed % 5) << 5;

    for (int i = 0; i < REGS; i++)
        in[i] = seed * 0x9e3779b97f4a7c15ull + i * 0x0101010101010101ull;
    while (rounds--) {
        memset(out, 0, sizeof(out));
        CHECK_EQ(spin_with(in, out, csr, turns, number), csr);
        CHECK(!memcmp(in, out, sizeof(in)));
    }
}

static long preemptions(void)
{
    struct rusage usage;

    CHECK_EQ(getrusage(RUSAGE_SELF, &usage), 0);
    return usage.ru_nivcsw;
}

static int *satisfied;

/* Each goes on until all have been preempted often: alone it would not be. */
static void spin_until_preempted(void)
{
    uint64_t seed = getpid();
    bool often = false;

    while (__atomic_load_n(satisfied, __ATOMIC_SEQ_CST) < 3) {
        check_rounds(seed++, 20, 5000, 0);
        if (!often && preemptions() >= 20) {
            often = true;
            __atomic_add_fetch(satisfied, 1, __ATOMIC_SEQ_CST);
        }
    }
}

TEST("P18 S30 three processes on one hart keep their registers, preempted")
{
    pid_t pids[3];
    cpu_set_t first;

    CPU_ZERO(&first);
    CPU_SET(0, &first);
    satisfied = child_shared(4096);
    CHECK_EQ(sched_setaffinity(0, sizeof(first), &first), 0);
    for (int i = 0; i < 3; i++)
        pids[i] = child_start(spin_until_preempted);
    for (int i = 0; i < 3; i++)
        CHECK_EXITS(pids[i], 0);
}

static void *yield_often(void *arg)
{
    check_rounds((long)arg, 10000, 1, SYS_sched_yield);
    return NULL;
}

/* Threads that use none lie between: their state must not leak in. */
static void *yield_without(void *arg)
{
    for (int i = 0; i < 10000; i++)
        syscall(SYS_sched_yield);
    return arg;
}

TEST("P18 S16 eight threads and 80,000 yields: each has its own registers")
{
    pthread_t threads[8];

    for (long i = 0; i < 8; i++)
        CHECK_EQ(pthread_create(&threads[i], NULL,
                                i % 3 ? yield_often : yield_without,
                                (void *)(i + 100)), 0);
    for (int i = 0; i < 8; i++)
        CHECK_EQ(pthread_join(threads[i], NULL), 0);
}

static void *page_by_page(void *arg)
{
    for (int i = 0; i < 200; i++) {
        char *p = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        CHECK(p != MAP_FAILED);
        /* The stores of the registers fault in fresh pages. */
        check_rounds((long)arg + i, 1, 1, 0);
        uint64_t in[REGS];
        for (int k = 0; k < REGS; k++)
            in[k] = (long)arg + k;
        CHECK_EQ(spin_with(in, (uint64_t *)(p + 4096 - 128), 3, 1, 0), 3);
        CHECK(!memcmp(in, p + 4096 - 128, sizeof(in)));
        CHECK_EQ(munmap(p, 8192), 0);
    }
    return NULL;
}

TEST("P18 S30 registers survive the page faults of their own stores")
{
    pthread_t threads[4];

    for (long i = 0; i < 4; i++)
        CHECK_EQ(pthread_create(&threads[i], NULL, page_by_page,
                                (void *)(i * 1000)), 0);
    for (int i = 0; i < 4; i++)
        CHECK_EQ(pthread_join(threads[i], NULL), 0);
}
