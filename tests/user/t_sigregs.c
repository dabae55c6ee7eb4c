/*
 * t_sigregs.c - what signal handlers do to registers (row G-10).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/tap.h"

#include <signal.h>

static volatile sig_atomic_t count;

static void catch_signal(int signo, void (*handler)(int), int flags)
{
    struct sigaction act = { .sa_handler = handler, .sa_flags = flags };

    CHECK(sigaction(signo, &act, NULL) == 0);
}

static void ruin_registers(int signo)
{
    (void)signo;
    count++;
    __asm__ volatile(
        "li ra, -1\nli t0, -1\nli t1, -1\nli t2, -1\nli a0, -1\nli a1, -1\n"
        "li a2, -1\nli a3, -1\nli a4, -1\nli a5, -1\nli a6, -1\nli a7, -1\n"
        "li t3, -1\nli t4, -1\nli t5, -1\nli t6, -1\n"
        "fcvt.d.w ft0, t0\nfcvt.d.w ft1, t0\nfcvt.d.w fa0, t0\n"
        "fcvt.d.w fa7, t0\nfcvt.d.w ft11, t0\nfcvt.d.w fs0, t0\n"
        "fcvt.d.w fs11, t0\nfsrmi 3\n"
        ::: "ra", "t0", "t1", "t2", "a0", "a1", "a2", "a3", "a4", "a5", "a6",
            "a7", "t3", "t4", "t5", "t6", "ft0", "ft1", "fa0", "fa7", "ft11",
            "fs0", "fs11", "memory");
}

/* Spins until the handler has run; every register it can is made of seed. */
static long registers_survive(long seed)
{
    register volatile sig_atomic_t *flag __asm__("s11") = &count;
    long wrong;

    __asm__ volatile(
        "mv t0, %1\naddi t1, %1, 1\naddi t2, %1, 2\naddi a1, %1, 3\n"
        "addi a2, %1, 4\naddi a3, %1, 5\naddi a4, %1, 6\naddi a5, %1, 7\n"
        "addi a6, %1, 8\naddi a7, %1, 9\naddi t3, %1, 10\naddi t4, %1, 11\n"
        "addi t5, %1, 12\n"
        "fcvt.d.l ft0, t1\nfcvt.d.l fa0, t2\nfcvt.d.l fa7, a1\n"
        "fcvt.d.l ft11, a2\nfcvt.d.l fs0, a3\nfcvt.d.l fs11, a4\n"
        "1: lw t6, 0(%2)\nbeqz t6, 1b\n"
        "sub %0, t0, %1\n"
        "sub t1, t1, %1\naddi t1, t1, -1\nor %0, %0, t1\n"
        "sub t2, t2, %1\naddi t2, t2, -2\nor %0, %0, t2\n"
        "sub a1, a1, %1\naddi a1, a1, -3\nor %0, %0, a1\n"
        "sub a2, a2, %1\naddi a2, a2, -4\nor %0, %0, a2\n"
        "sub a3, a3, %1\naddi a3, a3, -5\nor %0, %0, a3\n"
        "sub a4, a4, %1\naddi a4, a4, -6\nor %0, %0, a4\n"
        "sub a5, a5, %1\naddi a5, a5, -7\nor %0, %0, a5\n"
        "sub a6, a6, %1\naddi a6, a6, -8\nor %0, %0, a6\n"
        "sub a7, a7, %1\naddi a7, a7, -9\nor %0, %0, a7\n"
        "sub t3, t3, %1\naddi t3, t3, -10\nor %0, %0, t3\n"
        "sub t4, t4, %1\naddi t4, t4, -11\nor %0, %0, t4\n"
        "sub t5, t5, %1\naddi t5, t5, -12\nor %0, %0, t5\n"
        "fcvt.l.d t0, ft0\nsub t0, t0, %1\naddi t0, t0, -1\nor %0, %0, t0\n"
        "fcvt.l.d t0, fa0\nsub t0, t0, %1\naddi t0, t0, -2\nor %0, %0, t0\n"
        "fcvt.l.d t0, fa7\nsub t0, t0, %1\naddi t0, t0, -3\nor %0, %0, t0\n"
        "fcvt.l.d t0, ft11\nsub t0, t0, %1\naddi t0, t0, -4\nor %0, %0, t0\n"
        "fcvt.l.d t0, fs0\nsub t0, t0, %1\naddi t0, t0, -5\nor %0, %0, t0\n"
        "fcvt.l.d t0, fs11\nsub t0, t0, %1\naddi t0, t0, -6\nor %0, %0, t0\n"
        "frrm t0\nor %0, %0, t0\n"
        : "=&r"(wrong)
        : "r"(seed), "r"(flag)
        : "t0", "t1", "t2", "a1", "a2", "a3", "a4", "a5", "a6", "a7", "t3",
          "t4", "t5", "t6", "ft0", "fa0", "fa7", "ft11", "fs0", "fs11",
          "memory");
    return wrong;
}

TEST("G-10 a handler may use all registers; the program finds its own again")
{
    catch_signal(SIGALRM, ruin_registers, SA_RESTART);
    for (long i = 0; i < 20; i++) {
        count = 0;
        ualarm(3000, 0);
        CHECK_EQ(registers_survive(i * 1000003), 0);
    }
}

TEST("G-10 a handler's FP registers are gone, even if the program used none")
{
    long mode, fs11;

    catch_signal(SIGUSR1, ruin_registers, 0);
    CHECK(raise(SIGUSR1) == 0);
    __asm__ volatile("frrm %0\nfmv.x.d %1, fs11" : "=r"(mode), "=r"(fs11));
    CHECK_EQ(mode, 0);
    CHECK_EQ(fs11, 0);
}
