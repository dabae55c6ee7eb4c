/*
 * t_fork_regs.c - fork changes one register, a0, in parent and child: all
 * others, floating point too, are as they were (rows T13, S30).
 *
 * run: cpus=1,4
 */
#include "tests/user/lib/child.h"

#include <signal.h>
#include <sys/syscall.h>

#define CAN_CHANGE 10                   /* a0: the result */
#define FIXED_SP   2                    /* keeps its place */

struct registers {
    uint64_t x[32];
    uint64_t f[32];
    uint64_t fcsr;
};

/* fork() with these registers (but for sp, and those that hold the arguments
 * of the call); then store all of them to *out.  The result of the call. */
long fork_with(const struct registers *in, struct registers *out);

/* The callee-saved registers lie at sp, and `out` at 208(sp): sp alone survives
 * the call for certain.  a0 and a1 hold arguments, a2-a4 are 0, a7 the number. */
__asm__(
    ".macro each_x op, base\n"
    "  .irp n, 1,3,4,5,6,7,8,9,15,16,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
    "    \\op x\\n, 8*\\n(\\base)\n"
    "  .endr\n"
    ".endm\n"
    ".macro each_f op, base\n"
    "  .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,"
             "24,25,26,27,28,29,30,31\n"
    "    \\op f\\n, 256+8*\\n(\\base)\n"
    "  .endr\n"
    ".endm\n"
    ".macro each_saved op, fop\n"
    "  \\op ra, 0(sp)\n  \\op gp, 8(sp)\n  \\op tp, 16(sp)\n"
    "  \\op s0, 24(sp)\n  \\op s1, 32(sp)\n  \\op s2, 40(sp)\n"
    "  \\op s3, 48(sp)\n  \\op s4, 56(sp)\n  \\op s5, 64(sp)\n"
    "  \\op s6, 72(sp)\n  \\op s7, 80(sp)\n  \\op s8, 88(sp)\n"
    "  \\op s9, 96(sp)\n  \\op s10, 104(sp)\n  \\op s11, 112(sp)\n"
    "  \\fop fs0, 120(sp)\n  \\fop fs1, 128(sp)\n  \\fop fs2, 136(sp)\n"
    "  \\fop fs3, 144(sp)\n  \\fop fs4, 152(sp)\n  \\fop fs5, 160(sp)\n"
    "  \\fop fs6, 168(sp)\n  \\fop fs7, 176(sp)\n  \\fop fs8, 184(sp)\n"
    "  \\fop fs9, 192(sp)\n  \\fop fs10, 200(sp)\n  \\fop fs11, 224(sp)\n"
    ".endm\n"
    ".globl fork_with\n"
    "fork_with:\n"
    "  addi sp, sp, -240\n"
    "  each_saved sd, fsd\n"
    "  sd a1, 208(sp)\n"
    "  mv t6, a0\n"
    "  ld t0, 512(t6)\n"
    "  fscsr t0\n"
    "  each_f fld, t6\n"
    "  mv a1, t6\n"
    "  each_x ld, a1\n"
    "  li a0, 17\n"                     /* SIGCHLD */
    "  li a1, 0\n  li a2, 0\n  li a3, 0\n  li a4, 0\n"
    "  li a7, 220\n"                    /* clone */
    "  ecall\n"
    "  sd a0, 216(sp)\n"
    "  ld a0, 208(sp)\n"
    "  each_x sd, a0\n"
    "  sd sp, 16(a0)\n"
    "  sd a1, 88(a0)\n  sd a2, 96(a0)\n  sd a3, 104(a0)\n  sd a4, 112(a0)\n"
    "  sd a7, 136(a0)\n"
    "  each_f fsd, a0\n"
    "  frcsr t0\n"
    "  sd t0, 512(a0)\n"
    "  each_saved ld, fld\n"
    "  ld a0, 216(sp)\n"
    "  addi sp, sp, 240\n"
    "  ret\n");

static void fill(struct registers *r)
{
    for (int i = 0; i < 32; i++) {
        r->x[i] = tap_random();
        r->f[i] = tap_random();
    }
    r->x[0] = 0;
    r->x[11] = r->x[12] = r->x[13] = r->x[14] = 0;
    r->x[17] = SYS_clone;
    r->fcsr = tap_below(5) << 5 | tap_below(32);    /* rounding, flags */
}

static void compare(const struct registers *in, const struct registers *out)
{
    for (int i = 1; i < 32; i++)
        if (i != CAN_CHANGE && i != FIXED_SP && in->x[i] != out->x[i])
            tap_fail(__FILE__, __LINE__, "x%d is %#lx, was %#lx", i,
                     out->x[i], in->x[i]);
    for (int i = 0; i < 32; i++)
        if (in->f[i] != out->f[i])
            tap_fail(__FILE__, __LINE__, "f%d is %#lx, was %#lx", i,
                     out->f[i], in->f[i]);
    CHECK_EQ(out->fcsr, in->fcsr);
}

TEST("T13 all registers but a0 are equal in parent and child after fork")
{
    struct registers in, *out = child_shared(4096);

    for (int round = 0; round < 50; round++) {
        fill(&in);
        memset(out, 0xff, sizeof(*out));
        struct registers mine;
        long pid = fork_with(&in, &mine);

        if (pid == 0) {
            *out = mine;
            compare(&in, out);
            _exit(0);
        }
        CHECK(pid > 0);
        compare(&in, &mine);
        CHECK_EXITS(pid, 0);
        CHECK_EQ(out->x[FIXED_SP], mine.x[FIXED_SP]);
    }
}

TEST("S30 floating point of parent and child is not mixed by switching")
{
    struct registers in;
    double *results = child_shared(4096);
    pid_t pids[8];

    fill(&in);
    for (int i = 0; i < 8; i++) {
        pids[i] = child_fork();
        if (pids[i] == 0) {
            double sum = i;
            for (int n = 1; n < 300000; n++)
                sum += (double)i / n;
            results[i] = sum;
            _exit(0);
        }
    }
    for (int i = 0; i < 8; i++)
        CHECK_EXITS(pids[i], 0);
    /* 1/n summed in the same order by the one process that is left */
    for (int i = 0; i < 8; i++) {
        double sum = i;
        for (int n = 1; n < 300000; n++)
            sum += (double)i / n;
        CHECK(sum == results[i]);
    }
}
