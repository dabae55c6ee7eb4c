/*
 * t_debugger.c - what a debugger does, by ptrace(2) alone: breakpoints in
 * another process, single steps by temporary ones, registers and memory,
 * threads (lwp.md row I-08).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/trace.h"

#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>

#define EBREAK      0x00100073
#define C_EBREAK    0x9002

/* --- breakpoints --- */

struct breakpoint {
    unsigned long at;
    unsigned short old;             /* what it stands on */
};

static unsigned fetch(pid_t pid, unsigned long pc)
{
    long word = trace_peek(pid, (void *)pc);

    return (word & 3) == 3 ? word & 0xffffffff : word & 0xffff;
}

static void poke_half(pid_t pid, unsigned long at, unsigned short value)
{
    long word = trace_peek(pid, (void *)at);

    trace_poke(pid, (void *)at, (word & ~0xffffl) | value);
}

static void put(pid_t pid, struct breakpoint *b, unsigned long at)
{
    b->at = at;
    b->old = fetch(pid, at);
    poke_half(pid, at, C_EBREAK);
}

static void take_away(pid_t pid, const struct breakpoint *b)
{
    poke_half(pid, b->at, b->old);
}

/* --- where an instruction leads --- */

static long bits(unsigned insn, int from, int count, int to)
{
    return (long)(insn >> from & ((1u << count) - 1)) << to;
}

static long sign(long value, int width)
{
    return value << (64 - width) >> (64 - width);
}

static unsigned long reg(const regs_t *regs, int n)
{
    return n ? ((const unsigned long *)regs)[n] : 0;
}

static bool branch_taken(unsigned insn, const regs_t *regs)
{
    unsigned long a = reg(regs, insn >> 15 & 31), b = reg(regs, insn >> 20 & 31);

    switch (insn >> 12 & 7) {
    case 0:  return a == b;
    case 1:  return a != b;
    case 4:  return (long)a < (long)b;
    case 5:  return (long)a >= (long)b;
    case 6:  return a < b;
    default: return a >= b;
    }
}

static unsigned long next_long(unsigned insn, const regs_t *regs)
{
    unsigned long pc = regs->pc;
    long offset;

    switch (insn & 0x7f) {
    case 0x6f:                                          /* jal */
        offset = bits(insn, 21, 10, 1) | bits(insn, 20, 1, 11) |
                 bits(insn, 12, 8, 12) | bits(insn, 31, 1, 20);
        return pc + sign(offset, 21);
    case 0x67:                                          /* jalr */
        return (reg(regs, insn >> 15 & 31) + sign(insn >> 20, 12)) & ~1ul;
    case 0x63:                                          /* branches */
        offset = bits(insn, 8, 4, 1) | bits(insn, 25, 6, 5) |
                 bits(insn, 7, 1, 11) | bits(insn, 31, 1, 12);
        return branch_taken(insn, regs) ? pc + sign(offset, 13) : pc + 4;
    }
    return pc + 4;
}

static unsigned long next_short(unsigned insn, const regs_t *regs)
{
    unsigned long pc = regs->pc, a = reg(regs, 8 + (insn >> 7 & 7));
    long offset;

    switch (insn & 0xe003) {
    case 0xa001:                                        /* c.j */
        offset = bits(insn, 3, 3, 1) | bits(insn, 11, 1, 4) |
                 bits(insn, 2, 1, 5) | bits(insn, 7, 1, 6) |
                 bits(insn, 6, 1, 7) | bits(insn, 9, 2, 8) |
                 bits(insn, 8, 1, 10) | bits(insn, 12, 1, 11);
        return pc + sign(offset, 12);
    case 0xc001:                                        /* c.beqz, c.bnez */
    case 0xe001:
        offset = bits(insn, 3, 2, 1) | bits(insn, 10, 2, 3) |
                 bits(insn, 2, 1, 5) | bits(insn, 5, 2, 6) |
                 bits(insn, 12, 1, 8);
        return (a == 0) == !(insn & 0x2000) ? pc + sign(offset, 9) : pc + 2;
    case 0x8002:                                        /* c.jr, c.jalr */
        if (!(insn & 0x7c) && (insn & 0xf80))
            return reg(regs, insn >> 7 & 31);
    }
    return pc + 2;
}

/* One instruction further. */
static void step(pid_t pid, regs_t *regs)
{
    unsigned insn = fetch(pid, regs->pc);
    struct breakpoint b;

    put(pid, &b, (insn & 3) == 3 ? next_long(insn, regs)
                                 : next_short(insn, regs));
    CHECK_EQ(trace_cont(pid, 0), STOPPED_BY(SIGTRAP));
    take_away(pid, &b);
    trace_get_regs(pid, regs);
    CHECK_EQ(regs->pc, b.at);
}

/* --- the program that is debugged --- */

static volatile long counter = 5, trail;

/* Sums 1 to n, by jumps of several kinds. */
__attribute__((noinline)) static long sum_up(long n)
{
    long sum = 0;

    for (long i = 1; i <= n; i++) {
        if (i % 3 == 0)
            sum += i;
        else
            sum = sum + i + trail * 0;
        trail = i;
    }
    return sum;
}

__attribute__((noinline)) static void finish_line(long sum)
{
    asm volatile("" : : "r"(sum) : "memory");
    trail = sum;
}

static void debuggee(void)
{
    finish_line(sum_up(counter));
    _exit(trail);
}

static pid_t start_debuggee(void)
{
    return trace_start(debuggee);
}

TEST("I-08 a breakpoint in a child: SIGTRAP, TRAP_BRKPT, pc and address at it")
{
    pid_t pid = start_debuggee();
    struct breakpoint b;
    siginfo_t info;
    regs_t regs;

    put(pid, &b, (unsigned long)sum_up);
    CHECK_EQ(trace_cont(pid, 0), STOPPED_BY(SIGTRAP));
    CHECK_EQ(ptrace(PTRACE_GETSIGINFO, pid, 0, &info), 0);
    CHECK_EQ(info.si_code, TRAP_BRKPT);
    CHECK_EQ((unsigned long)info.si_addr, b.at);
    trace_get_regs(pid, &regs);
    CHECK_EQ(regs.pc, b.at);
    CHECK_EQ(regs.a0, 5);

    /* Another argument, and go on as if nothing had been. */
    regs.a0 = 10;
    trace_set_regs(pid, &regs);
    take_away(pid, &b);
    CHECK_EQ(trace_cont(pid, 0), EXITED_WITH(55));
    /* This process runs the same page, and met no breakpoint. */
    CHECK_EQ(sum_up(4), 10);
}

TEST("I-08 the long ebreak is a breakpoint too")
{
    pid_t pid = start_debuggee();
    unsigned long at = (unsigned long)sum_up;
    long old = trace_peek(pid, sum_up);
    regs_t regs;

    trace_poke(pid, sum_up, (old & ~0xffffffffl) | EBREAK);
    CHECK_EQ(trace_cont(pid, 0), STOPPED_BY(SIGTRAP));
    trace_get_regs(pid, &regs);
    CHECK_EQ(regs.pc, at);
    trace_poke(pid, sum_up, old);
    CHECK_EQ(trace_cont(pid, 0), EXITED_WITH(15));
}

TEST("I-08 single steps over branches, calls and returns, to the very end")
{
    pid_t pid = start_debuggee();
    struct breakpoint b;
    int steps = 0;
    regs_t regs;
    unsigned long caller;

    put(pid, &b, (unsigned long)sum_up);
    CHECK_EQ(trace_cont(pid, 0), STOPPED_BY(SIGTRAP));
    take_away(pid, &b);
    trace_get_regs(pid, &regs);
    caller = regs.ra;
    for (; regs.pc != caller; steps++) {
        CHECK(steps < 1000);
        step(pid, &regs);
    }
    CHECK_EQ(regs.a0, 15);
    CHECK_EQ(trace_peek(pid, (void *)&trail), 5);
    CHECK(steps > 25);
    for (; regs.pc != (unsigned long)finish_line; steps++) {
        CHECK(steps < 1000);
        step(pid, &regs);
    }
    regs.a0 = 99;
    trace_set_regs(pid, &regs);
    CHECK_EQ(trace_cont(pid, 0), EXITED_WITH(99));
}

TEST("I-08 a variable is watched by stepping: it changes where it should")
{
    pid_t pid = start_debuggee();
    struct breakpoint b;
    long last = 0, seen[8] = { 0 };
    int changes = 0;
    unsigned long caller;
    regs_t regs;

    put(pid, &b, (unsigned long)sum_up);
    CHECK_EQ(trace_cont(pid, 0), STOPPED_BY(SIGTRAP));
    take_away(pid, &b);
    trace_get_regs(pid, &regs);
    caller = regs.ra;
    while (regs.pc != caller) {
        long now;

        step(pid, &regs);
        now = trace_peek(pid, (void *)&trail);
        if (now != last && changes < 8)
            seen[changes++] = now;
        last = now;
    }
    CHECK_EQ(changes, 5);
    for (int i = 0; i < changes; i++)
        CHECK_EQ(seen[i], i + 1);
    kill(pid, SIGKILL);
    CHECK_KILLED(pid, SIGKILL);
}

static int pipe_ends[2];

static void read_from_pipe(void)
{
    char buf[4];

    _exit(read(pipe_ends[0], buf, sizeof(buf)) == 3 && trail == 123 ? 0 : 1);
}

TEST("I-08 a function is called in a process that sleeps in a system call")
{
    struct breakpoint b;
    regs_t saved, regs;
    pid_t pid;

    CHECK_EQ(pipe(pipe_ends), 0);
    pid = child_start(read_from_pipe);
    CHECK_EQ(ptrace(PTRACE_SEIZE, pid, 0, 0), 0);
    sleep_ms(20);
    for (int i = 0; i < 2; i++) {
        CHECK_EQ(ptrace(PTRACE_INTERRUPT, pid, 0, 0), 0);
        CHECK_EQ(trace_wait(pid), STOPPED_AT(PTRACE_EVENT_STOP));
        trace_get_regs(pid, &saved);
        regs = saved;
        regs.pc = (unsigned long)finish_line;
        regs.a0 = 123;
        regs.sp -= 256;
        regs.ra = (unsigned long)sum_up;
        trace_set_regs(pid, &regs);
        put(pid, &b, regs.ra);
        CHECK_EQ(trace_cont(pid, 0), STOPPED_BY(SIGTRAP));
        take_away(pid, &b);
        CHECK_EQ(trace_peek(pid, (void *)&trail), 123);
        trace_set_regs(pid, &saved);
        CHECK_EQ(ptrace(PTRACE_CONT, pid, 0, 0), 0);
        sleep_ms(10);
    }
    CHECK_EQ(waitpid(pid, NULL, WNOHANG), 0);
    CHECK_EQ(write(pipe_ends[1], "abc", 3), 3);
    CHECK_EXITS(pid, 0);
    close(pipe_ends[0]);
    close(pipe_ends[1]);
}

/* --- threads --- */

#define THREADS 3
#define ROUNDS 20

volatile long rounds[THREADS];

/* An instruction that does nothing, for a breakpoint that can stay while other
 * threads run: the debugger goes around it. */
void one_round(long i);
extern char spare_instruction[];
asm(".text\n"
    ".globl one_round, spare_instruction\n"
    "one_round:\n"
    "    slli a0, a0, 3\n"
    "spare_instruction:\n"
    "    .2byte 0x0001\n"
    "    la t0, rounds\n"
    "    add t0, t0, a0\n"
    "    ld t1, 0(t0)\n"
    "    addi t1, t1, 1\n"
    "    sd t1, 0(t0)\n"
    "    ret\n");

static void *work(void *arg)
{
    for (int i = 0; i < ROUNDS; i++)
        one_round((long)arg);
    return NULL;
}

static void work_in_threads(void)
{
    pthread_t threads[THREADS];

    for (long i = 0; i < THREADS; i++)
        CHECK_EQ(pthread_create(&threads[i], NULL, work, (void *)i), 0);
    for (int i = 0; i < THREADS; i++)
        CHECK_EQ(pthread_join(threads[i], NULL), 0);
    for (int i = 0; i < THREADS; i++)
        CHECK_EQ(rounds[i], ROUNDS);
}

TEST("I-08 threads run into one breakpoint, each stops by itself, each time")
{
    pid_t pid = trace_start(work_in_threads), who;
    struct breakpoint b;
    int hits = 0, ends = 0, status;
    regs_t regs;

    CHECK_EQ(ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACECLONE), 0);
    put(pid, &b, (unsigned long)spare_instruction);
    CHECK_EQ(ptrace(PTRACE_CONT, pid, 0, 0), 0);
    while ((who = waitpid(-1, &status, __WALL)) > 0) {
        if (!WIFSTOPPED(status)) {
            CHECK_EQ(status, 0);
            ends++;
            continue;
        }
        if (status == STOPPED_BY(SIGTRAP)) {
            trace_get_regs(who, &regs);
            CHECK_EQ(regs.pc, b.at);
            CHECK(regs.a0 < 8 * THREADS);
            regs.pc += 2;
            trace_set_regs(who, &regs);
            hits++;
        }
        CHECK_EQ(ptrace(PTRACE_CONT, who, 0, 0), 0);
    }
    CHECK_EQ(hits, THREADS * ROUNDS);
    CHECK_EQ(ends, THREADS + 1);
}
